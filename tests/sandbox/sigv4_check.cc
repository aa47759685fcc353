#include "tests/sandbox/sigv4_check.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace sandbox {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr auto kTolerance = std::chrono::minutes(15);

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Without white space at the ends, runs of it within become one space.
std::string collapse(std::string_view value) {
  std::string out;
  bool gap = false;
  for (const char c : value) {
    if (c == ' ' || c == '\t' || c == '\n') {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += c;
  }
  return out;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const std::string& field : split(query, '&')) {
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    const std::string value = equals < field.size() ? field.substr(equals + 1) : "";
    fields.emplace_back(percent_encode(percent_decode(field.substr(0, equals))),
                        percent_encode(percent_decode(value)));
  }
  std::sort(fields.begin(), fields.end());
  std::string out;
  for (const auto& [name, value] : fields) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

// Dot segments and double slashes removed, each segment encoded. All services but S3.
std::string canonical_path(std::string_view path) {
  std::vector<std::string> kept;
  for (const std::string& segment : split(path, '/')) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(percent_encode(percent_decode(segment)));
    }
  }
  std::string out;
  for (const std::string& segment : kept) out += "/" + segment;
  if (out.empty() || path.back() == '/') out += "/";
  return out;
}

// After `name` in "name=value" pieces; "" where it is another name.
std::string value_of(std::string_view piece, std::string_view name) {
  while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
  if (piece.substr(0, name.size()) != name || piece.substr(name.size(), 1) != "=") return {};
  return std::string(piece.substr(name.size() + 1));
}

SigV4Verdict refuse(std::string code, std::string message) {
  return {std::nullopt, std::move(code), std::move(message)};
}

// The complaint about the date, if there is one.
std::optional<SigV4Verdict> check_date(std::string_view amz_date, TimePoint now) {
  const auto signed_at = parse_amz_date(amz_date);
  if (!signed_at) return refuse("IncompleteSignature", "Date must be in ISO-8601 'basic format'.");
  const std::string text(amz_date);
  const std::string now_text = format_amz_date(now);
  if (*signed_at < now - kTolerance) {
    return refuse("SignatureDoesNotMatch", "Signature expired: " + text + " is now earlier than " +
                                               format_amz_date(now - kTolerance) + " (" + now_text +
                                               " - 15 min.)");
  }
  if (*signed_at > now + kTolerance) {
    return refuse("SignatureDoesNotMatch",
                  "Signature not yet current: " + text + " is still later than " +
                      format_amz_date(now + kTolerance) + " (" + now_text + " + 15 min.)");
  }
  return std::nullopt;
}

bool same_bytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// Whether every field that changes the meaning of the request is signed.
bool signs_what_it_must(const SignedRequest& request, const SigV4Authorization& authorization) {
  if (!authorization.signs("host")) return false;
  return std::all_of(request.headers.begin(), request.headers.end(), [&](const auto& field) {
    const std::string name = lower(field.first);
    return name.rfind("x-amz-", 0) != 0 || authorization.signs(name);
  });
}

}  // namespace

std::string AwsCredentials::role_arn() const {
  return "arn:aws:sts::" + account + ":assumed-role/" + role;
}

std::string AwsCredentials::arn() const { return role_arn() + "/" + session; }

std::string SigV4Authorization::scope() const {
  return date + "/" + region + "/" + service + "/aws4_request";
}

bool SigV4Authorization::signs(std::string_view header) const {
  return std::find(signed_headers.begin(), signed_headers.end(), header) != signed_headers.end();
}

std::optional<SigV4Authorization> parse_sigv4(std::string_view authorization) {
  if (authorization.substr(0, kAlgorithm.size()) != kAlgorithm) return std::nullopt;
  const std::vector<std::string> pieces = split(authorization.substr(kAlgorithm.size()), ',');
  if (pieces.size() != 3) return std::nullopt;
  const std::vector<std::string> credential = split(value_of(pieces[0], "Credential"), '/');
  SigV4Authorization out;
  out.signed_headers = split(value_of(pieces[1], "SignedHeaders"), ';');
  out.signature = value_of(pieces[2], "Signature");
  if (credential.size() != 5 || credential[4] != "aws4_request" || out.signature.size() != 64 ||
      out.signed_headers.front().empty() ||
      !std::is_sorted(out.signed_headers.begin(), out.signed_headers.end())) {
    return std::nullopt;
  }
  out.access_key_id = credential[0];
  out.date = credential[1];
  out.region = credential[2];
  out.service = credential[3];
  return out;
}

std::string sigv4_canonical_request(const SignedRequest& request,
                                    const std::vector<std::string>& signed_headers) {
  std::string names;
  std::string lines;
  for (const std::string& name : signed_headers) {
    std::string values;
    bool first = true;
    for (const auto& [key, value] : request.headers) {
      if (!equals_ignoring_case(key, name)) continue;
      values += (first ? "" : ",") + collapse(value);
      first = false;
    }
    lines += name + ":" + values + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return request.method + "\n" + canonical_path(request.path) + "\n" +
         canonical_query(request.query) + "\n" + lines + "\n" + names + "\n" + request.body_sha256;
}

std::string sigv4_string_to_sign(const std::string& canonical_request, std::string_view amz_date,
                                 std::string_view scope) {
  return std::string(kAlgorithm) + "\n" + std::string(amz_date) + "\n" + std::string(scope) + "\n" +
         to_hex(sha256(canonical_request));
}

std::string sigv4_signature(const std::string& secret, const SigV4Authorization& authorization,
                            const std::string& string_to_sign) {
  std::string key = "AWS4" + secret;
  for (const std::string& part : {authorization.date, authorization.region, authorization.service,
                                  std::string("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  return to_hex(hmac_sha256(key, string_to_sign));
}

SigV4Verdict check_sigv4(const SignedRequest& request, std::string_view region,
                         std::string_view service, const CredentialsLookup& lookup, TimePoint now) {
  const auto authorization = parse_sigv4(find_header(request.headers, "authorization"));
  if (!authorization) {
    return refuse("IncompleteSignature", "Authorization header is not a valid signature.");
  }
  const std::string amz_date(find_header(request.headers, "x-amz-date"));
  const auto credentials = lookup(authorization->access_key_id);
  if (!credentials || !same_bytes(credentials->session_token,
                                  find_header(request.headers, "x-amz-security-token"))) {
    return refuse("InvalidClientTokenId", "The security token included in the request is invalid.");
  }
  if (credentials->expiration <= now) {
    return refuse("ExpiredToken", "The security token included in the request is expired");
  }
  if (const auto complaint = check_date(amz_date, now)) return *complaint;
  if (authorization->region != region || authorization->service != service ||
      authorization->date != amz_date.substr(0, 8)) {
    return refuse("SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
  }
  const std::string canonical = sigv4_canonical_request(request, authorization->signed_headers);
  const std::string expected =
      sigv4_signature(credentials->secret_access_key, *authorization,
                      sigv4_string_to_sign(canonical, amz_date, authorization->scope()));
  if (!signs_what_it_must(request, *authorization) ||
      !same_bytes(expected, authorization->signature)) {
    return refuse("SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your AWS Secret Access Key and signing method. Consult the service "
                  "documentation for details.");
  }
  return {*credentials, "", ""};
}

}  // namespace sandbox
