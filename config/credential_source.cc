#include "config/credential_source.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "config/url.h"
#include "config/values.h"

namespace wif::config {
namespace {

constexpr std::string_view kAwsTokenType = "urn:ietf:params:aws:token-type:aws4_request";
constexpr std::string_view kCallerIdentity = "Action=GetCallerIdentity&Version=2011-06-15";
constexpr std::string_view kRegenerate =
    "write the file again with gcloud iam workload-identity-pools create-cred-config";

// Whether the subject_token_type fits a source that yields a ready-made token.
bool is_plain_token_type(std::string_view type) {
  constexpr std::string_view kPrefix = "urn:ietf:params:oauth:token-type:";
  constexpr std::array<std::string_view, 4> kKinds{"jwt", "id_token", "id-token", "saml2"};
  if (!type.starts_with(kPrefix)) return false;
  return std::find(kKinds.begin(), kKinds.end(), type.substr(kPrefix.size())) != kKinds.end();
}

Error token_type_error(const ExternalAccount& account, std::string_view wanted) {
  return Error(Reason::kConfiguration, "subject_token_type: found " +
                                           shown(account.subject_token_type) +
                                           "; this source needs " + std::string(wanted));
}

Error regional_url_error(const JsonFields& fields, std::string_view url, std::string_view what) {
  return fields.error("regional_cred_verification_url",
                      "found " + shown(url) + "; " + std::string(what) +
                          ", as in https://sts.{region}" + ".amazonaws.com?" +
                          std::string(kCallerIdentity));
}

// sts[.REGION].amazonaws.com[.cn]
bool is_sts_host(std::string_view host) {
  constexpr std::string_view kDomain = ".amazonaws.com";
  if (host.ends_with(".cn")) host.remove_suffix(3);
  if (!host.starts_with("sts") || !host.ends_with(kDomain)) return false;
  host.remove_prefix(3);
  host.remove_suffix(kDomain.size());
  return host.empty() || (host.front() == '.' && is_aws_region(host.substr(1)));
}

// This URL is what we sign with AWS credentials, so nothing but GetCallerIdentity may pass.
Result<void> check_regional_url(const JsonFields& fields, const std::string& text) {
  constexpr std::string_view kMark = "{region}";
  std::string filled = text;
  if (const auto at = filled.find(kMark); at != std::string::npos) {
    filled.replace(at, kMark.size(), "xx-any-1");
  }
  const auto url = parse_url(filled);
  if (!url || url->scheme != "https" || url->has_userinfo || url->has_fragment ||
      (url->port != 0 && url->port != 443)) {
    return regional_url_error(fields, text, "write an https URL without user, port and fragment");
  }
  if (!is_sts_host(url->host)) {
    return regional_url_error(fields, text, "the host has to be an AWS STS endpoint");
  }
  if (url->query != kCallerIdentity || (!url->path.empty() && url->path != "/")) {
    return regional_url_error(fields, text, "only GetCallerIdentity may be signed");
  }
  return {};
}

// The three metadata URLs: fixed hosts, else the file could aim our metadata calls elsewhere.
Result<std::string> metadata_url(JsonFields& fields, std::string_view key,
                                 const std::string& imds_endpoint) {
  TRY(const auto text, fields.text(key));
  if (!text || text->empty()) return std::string();
  const auto url = parse_url(*text);
  const auto own = parse_url(imds_endpoint);
  const bool plain = url && url->scheme == "http" && !url->has_userinfo && !url->has_fragment;
  const bool usual = plain && (url->port == 0 || url->port == 80) &&
                     (url->host == "169.254.169.254" || url->host == "fd00:ec2::254");
  const bool by_operator = plain && own && own->host == url->host;
  if (!usual && !by_operator) {
    return fields.error(key, "found " + shown(*text) +
                                 "; write an http URL with host 169.254.169.254 or " +
                                 "[fd00:ec2::254], or set imds.endpoint to that host");
  }
  return *text;
}

Result<void> parse_aws(JsonFields& fields, const ExternalAccountOptions& options,
                       ExternalAccount& account) {
  TRY(const auto id, fields.required_text("environment_id", "write \"aws1\""));
  const auto version = id.starts_with("aws") ? parse_decimal<unsigned>(id.substr(3)) : std::nullopt;
  if (version && *version != 1) {
    return fields.error("environment_id", "aws version " + std::to_string(*version) +
                                              " is not supported; write \"aws1\"");
  }
  if (!version) return fields.error("environment_id", "found " + shown(id) + "; write \"aws1\"");
  account.source = ExternalAccount::SourceKind::kAws;
  TRY(account.regional_cred_verification_url,
      fields.required_text("regional_cred_verification_url", kRegenerate));
  TRY_VOID(check_regional_url(fields, account.regional_cred_verification_url));
  TRY(account.region_url, metadata_url(fields, "region_url", options.imds_endpoint));
  TRY(account.security_credentials_url, metadata_url(fields, "url", options.imds_endpoint));
  TRY(account.imdsv2_session_token_url,
      metadata_url(fields, "imdsv2_session_token_url", options.imds_endpoint));
  if (account.subject_token_type != kAwsTokenType) return token_type_error(account, kAwsTokenType);
  return {};
}

Result<void> parse_format(JsonFields& fields, ExternalAccount& account,
                          std::vector<std::string>& warnings) {
  TRY(const auto* const object, fields.object("format"));
  if (object == nullptr) return {};
  JsonFields format(*object, fields.path("format"));
  TRY(const auto written, format.text("type"));
  const std::string_view type = written ? std::string_view(*written) : "text";
  if (type != "text" && type != "json") {
    return format.error("type", "found " + shown(type) + "; write \"text\" or \"json\"");
  }
  account.format.json = type == "json";
  format.accept("subject_token_field_name");
  if (account.format.json) {
    TRY(account.format.subject_token_field_name,
        format.required_text("subject_token_field_name",
                             "name the field of the JSON that holds the token"));
  }
  for (auto& path : format.unknown()) warnings.push_back(path + ": unknown field, ignored");
  return {};
}

Result<void> parse_file(JsonFields& fields, ExternalAccount& account,
                        std::vector<std::string>& warnings) {
  account.source = ExternalAccount::SourceKind::kFile;
  TRY(account.file, fields.required_text("file", "write the path of the token's file"));
  if (account.file.find('\0') != std::string::npos) {
    return fields.error("file", "found a NUL byte; write the path of the token's file");
  }
  if (account.file.front() != '/') {
    warnings.push_back(fields.path("file") + ": " + shown(account.file) +
                       " is relative to the working directory; write an absolute path");
  }
  return parse_format(fields, account, warnings);
}

bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
  return !name.empty() && std::all_of(name.begin(), name.end(), [kMarks](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Result<void> parse_headers(JsonFields& fields, ExternalAccount& account) {
  TRY(const auto* const object, fields.object("headers"));
  if (object == nullptr) return {};
  JsonFields headers(*object, fields.path("headers"));
  for (const auto& item : object->items()) {
    TRY(const auto value, headers.text(item.key()));
    if (!is_token(item.key())) {
      return fields.error("headers",
                          "found the name " + shown(item.key()) + "; write an HTTP field name");
    }
    const std::string text = value.value_or("");
    if (std::any_of(text.begin(), text.end(), [](char c) {
          return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
        })) {
      return fields.error(
          "headers", "found a control character in the value of " + item.key() + "; remove it");
    }
    account.url_headers.emplace_back(item.key(), text);
  }
  return {};
}

Result<void> parse_url_source(JsonFields& fields, ExternalAccount& account,
                              std::vector<std::string>& warnings) {
  account.source = ExternalAccount::SourceKind::kUrl;
  TRY(account.url, fields.required_text("url", "write the URL that answers with the token"));
  const auto url = parse_url(account.url);
  if (!url || (url->scheme != "http" && url->scheme != "https") || url->has_userinfo ||
      url->has_fragment) {
    return fields.error("url", "found " + shown(account.url) +
                                   "; write an http or https URL without user and fragment");
  }
  TRY_VOID(parse_headers(fields, account));
  return parse_format(fields, account, warnings);
}

// Its mistakes are named although a correct one is refused as well: the reader sees that the file
// was understood.
Result<void> refuse_executable(JsonFields& fields) {
  TRY(const auto* const object, fields.object("executable"));
  JsonFields executable(*object, fields.path("executable"));
  TRY(const auto command, executable.required_text("command", "write the command"));
  TRY(const auto timeout, executable.integer("timeout_millis"));
  if (timeout && (*timeout < 5000 || *timeout > 120000)) {
    return executable.error("timeout_millis", "found " + std::to_string(*timeout) +
                                                  "; write a number from 5000 to 120000");
  }
  return fields.error("executable",
                      "found a command as the source, which is not supported; let it write its "
                      "token to a file and use \"file\", or use an AWS source");
}

}  // namespace

Result<void> parse_credential_source(const nlohmann::json& source,
                                     const ExternalAccountOptions& options,
                                     ExternalAccount& account, std::vector<std::string>& warnings) {
  JsonFields fields(source, "credential_source");
  std::vector<std::string> kinds;
  for (const char* key : {"environment_id", "file", "url", "executable", "certificate"}) {
    // An AWS source has a `url` of its own.
    const bool part_of_aws = std::string_view(key) == "url" && fields.has("environment_id");
    if (fields.has(key) && !part_of_aws) kinds.emplace_back(key);
  }
  const auto error = [](const std::string& what) {
    return Error(Reason::kConfiguration, "credential_source: " + what);
  };
  if (kinds.empty()) {
    return error("found no source; write one of environment_id, file, url");
  }
  if (kinds.size() > 1) {
    return error("found " + kinds[0] + " and " + kinds[1] +
                 ", which exclude one another; keep one");
  }
  if (kinds[0] == "certificate") {
    return fields.error("certificate",
                        "found an X.509 certificate as the source, which is not supported; use an "
                        "AWS, file or url source");
  }
  if (kinds[0] == "executable") return refuse_executable(fields);
  if (kinds[0] == "environment_id") {
    TRY_VOID(parse_aws(fields, options, account));
  } else {
    TRY_VOID(kinds[0] == "file" ? parse_file(fields, account, warnings)
                                : parse_url_source(fields, account, warnings));
    if (!is_plain_token_type(account.subject_token_type)) {
      return token_type_error(account,
                              "urn:ietf:params:oauth:token-type: with jwt, id_token or saml2");
    }
  }
  for (auto& path : fields.unknown()) warnings.push_back(path + ": unknown field, ignored");
  return {};
}

}  // namespace wif::config
