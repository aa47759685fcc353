#include "proxy/rewrite.h"

#include <optional>
#include <utility>

#include "base/text.h"

namespace wif::proxy {
namespace {

// What a field of a request is to us.
enum class FieldKind {
  kEndToEnd,
  kHopByHop,
  kTe,
  kUserProject,
  kAuthorization,
  kProxyAuthorization,
  kApiKey,
  kIam,
  kAuthenticatedUser,
  kIapAssertion,
  kServerless,
  kForwarded,
};

// Whether `name` is `wanted` with "_" taken for "-": servers that hand fields to CGI variables do
// not tell them apart.
bool same_name(std::string_view name, std::string_view wanted) {
  if (name.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != wanted[i] && !(name[i] == '_' && wanted[i] == '-')) return false;
  }
  return true;
}

bool has_prefix(std::string_view name, std::string_view prefix) {
  return same_name(name.substr(0, prefix.size()), prefix);
}

FieldKind classify_x_goog(std::string_view name) {
  if (same_name(name, "x-goog-user-project")) return FieldKind::kUserProject;
  if (same_name(name, "x-goog-api-key")) return FieldKind::kApiKey;
  if (same_name(name, "x-goog-iam-authorization-token")) return FieldKind::kIam;
  if (same_name(name, "x-goog-iam-authority-selector")) return FieldKind::kIam;
  if (same_name(name, "x-goog-iap-jwt-assertion")) return FieldKind::kIapAssertion;
  if (has_prefix(name, "x-goog-authenticated-user-")) return FieldKind::kAuthenticatedUser;
  return FieldKind::kEndToEnd;
}

FieldKind classify_x(std::string_view name) {
  if (has_prefix(name, "x-goog-")) return classify_x_goog(name);
  if (has_prefix(name, "x-forwarded-")) return FieldKind::kForwarded;
  if (same_name(name, "x-serverless-authorization")) return FieldKind::kServerless;
  return FieldKind::kEndToEnd;
}

FieldKind classify_p(std::string_view name) {
  if (same_name(name, "proxy-authorization")) return FieldKind::kProxyAuthorization;
  const bool hop_by_hop = name == "proxy-connection" || name == "proxy-authenticate" ||
                          name == "proxy-authentication-info";
  return hop_by_hop ? FieldKind::kHopByHop : FieldKind::kEndToEnd;
}

// The first letter settles nearly every field at once. Names are in lower case.
FieldKind classify(std::string_view name) {
  const auto hop_by_hop_if = [](bool yes) {
    return yes ? FieldKind::kHopByHop : FieldKind::kEndToEnd;
  };
  switch (name.empty() ? '\0' : name.front()) {
    case 'a': return name == "authorization" ? FieldKind::kAuthorization : FieldKind::kEndToEnd;
    case 'f': return name == "forwarded" ? FieldKind::kForwarded : FieldKind::kEndToEnd;
    case 'h': return hop_by_hop_if(name == "http2-settings");
    case 'k': return hop_by_hop_if(name == "keep-alive");
    case 'p': return classify_p(name);
    case 't':
      if (name == "te") return FieldKind::kTe;
      return hop_by_hop_if(name == "transfer-encoding");
    case 'u': return hop_by_hop_if(name == "upgrade");
    case 'x': return classify_x(name);
    default: return FieldKind::kEndToEnd;
  }
}

// Takes out Connection fields and what they name: that ends here, too. `te` is named wherever it is
// sent (RFC 9110 10.1.4), and is judged by its value.
void remove_connection(http::Headers& headers) {
  while (const auto members = headers.find("connection")) {
    const std::string_view list = *members;  // a view into the received head
    bool first = true;
    headers.remove_if([&first](const http::HeaderField& field) {
      return field.name == "connection" && std::exchange(first, false);
    });
    http::for_each_member(list, [&headers](std::string_view member) {
      if (iequals(member, "close") || iequals(member, "keep-alive") || iequals(member, "te"))
        return;
      if (iequals(member, "connection")) return;
      headers.remove_if(
          [member](const http::HeaderField& field) { return iequals(field.name, member); });
    });
  }
}

// The one value of TE that goes on; false when the field goes.
bool keep_te(http::HeaderField& field) {
  bool trailers = false;
  http::for_each_member(field.value, [&](std::string_view member) {
    trailers = trailers || iequals(member, "trailers");
  });
  if (trailers) field.value = "trailers";
  return trailers;
}

std::optional<StrippedKind> stripped_kind(FieldKind kind) {
  switch (kind) {
    case FieldKind::kAuthorization: return StrippedKind::kAuthorization;
    case FieldKind::kProxyAuthorization: return StrippedKind::kProxyAuthorization;
    case FieldKind::kApiKey: return StrippedKind::kApiKey;
    case FieldKind::kIam: return StrippedKind::kIam;
    case FieldKind::kAuthenticatedUser: return StrippedKind::kAuthenticatedUser;
    case FieldKind::kIapAssertion: return StrippedKind::kIapAssertion;
    case FieldKind::kServerless: return StrippedKind::kServerless;
    case FieldKind::kForwarded: return StrippedKind::kForwarded;
    default: return std::nullopt;
  }
}

// "Bearer PLACEHOLDER", with the scheme in any case.
bool is_placeholder(std::string_view value, std::string_view placeholder) {
  constexpr std::string_view kBearer = "bearer ";
  return !placeholder.empty() && value.size() == kBearer.size() + placeholder.size() &&
         value.ends_with(placeholder) && iequals(value.substr(0, kBearer.size()), kBearer);
}

// State of one pass over the fields of a request.
class RequestPass {
 public:
  explicit RequestPass(const RewriteRequest& how) : how_(how) {}

  // Whether the field goes.
  bool operator()(http::HeaderField& field) {
    const FieldKind kind = classify(field.name);
    if (kind == FieldKind::kEndToEnd) return false;
    if (kind == FieldKind::kHopByHop) return true;
    if (kind == FieldKind::kTe) return !keep_te(field);
    const bool inject = how_.authorization != nullptr;
    if (!inject && kind != FieldKind::kProxyAuthorization) return false;
    if (kind == FieldKind::kUserProject) return !keep_user_project();
    count(kind, field.value);
    return true;
  }

  bool has_user_project() const { return has_user_project_; }
  Stripped stripped() const { return stripped_; }

 private:
  bool keep_user_project() {
    has_user_project_ = how_.user_project == "keep";
    return has_user_project_;
  }

  void count(FieldKind kind, std::string_view value) {
    if (kind == FieldKind::kAuthorization && is_placeholder(value, how_.placeholder)) {
      stripped_.add(StrippedKind::kPlaceholder);
    } else if (const auto stripped = stripped_kind(kind)) {
      stripped_.add(*stripped);
    }
  }

  const RewriteRequest& how_;
  Stripped stripped_;
  bool has_user_project_ = false;
};

// The project to name beside what the client sent; "" = none.
std::string_view user_project_to_add(const RewriteRequest& how, bool client_named_one) {
  if (how.user_project == "remove") return {};
  if (how.user_project != "keep") return how.user_project;
  return client_named_one ? std::string_view{} : how.quota_project;
}

}  // namespace

std::string_view name_of(StrippedKind kind) {
  switch (kind) {
    case StrippedKind::kPlaceholder: return "placeholder";
    case StrippedKind::kAuthorization: return "authorization";
    case StrippedKind::kProxyAuthorization: return "proxy_authorization";
    case StrippedKind::kApiKey: return "api_key";
    case StrippedKind::kIam: return "iam";
    case StrippedKind::kAuthenticatedUser: return "authenticated_user";
    case StrippedKind::kIapAssertion: return "iap_assertion";
    case StrippedKind::kServerless: return "serverless";
    case StrippedKind::kForwarded: return "forwarded";
  }
  return "other";
}

Stripped rewrite_request(http::RequestHead& head, const RewriteRequest& how) {
  remove_connection(head.headers);
  RequestPass pass(how);
  head.headers.remove_if([&pass](http::HeaderField& field) { return pass(field); });
  if (how.authorization == nullptr) return pass.stripped();
  const std::string_view project = user_project_to_add(how, pass.has_user_project());
  if (!project.empty()) head.headers.add_view("x-goog-user-project", project);
  head.headers.add_view("authorization", how.authorization->reveal(), http::Indexing::kNever);
  return pass.stripped();
}

void rewrite_response(http::ResponseHead& head, bool injected) {
  remove_connection(head.headers);
  head.headers.remove_if([injected](const http::HeaderField& field) {
    const FieldKind kind = classify(field.name);
    if (kind == FieldKind::kHopByHop || kind == FieldKind::kTe) return true;
    return injected && (field.name == "alt-svc" || field.name == "x-wif-proxy");
  });
}

}  // namespace wif::proxy
