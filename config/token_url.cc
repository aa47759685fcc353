#include "config/token_url.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace wif::config {
namespace {

bool is_label(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  });
}

// What stands between `prefix` and `suffix` is one label.
bool is_label_between(std::string_view text, std::string_view prefix, std::string_view suffix) {
  return text.size() > prefix.size() + suffix.size() && text.starts_with(prefix) &&
         text.ends_with(suffix) &&
         is_label(text.substr(prefix.size(), text.size() - prefix.size() - suffix.size()));
}

bool is_listed(const Url& url, const std::vector<std::string>& extra_hosts) {
  const std::string with_port = url.host + ":" + std::to_string(url.port == 0 ? 443 : url.port);
  return std::any_of(extra_hosts.begin(), extra_hosts.end(), [&](const std::string& extra) {
    return iequals(extra, with_port) || iequals(extra + ":443", with_port);
  });
}

Error wrong(std::string_view text, std::string_view remedy) {
  return Error(Reason::kConfiguration,
               "found \"" + std::string(text) + "\"; " + std::string(remedy));
}

}  // namespace

bool is_service_host(std::string_view host, std::string_view service, std::string_view universe) {
  const std::string s(service);
  const std::string d = "." + std::string(universe);
  if (host == s + d) return true;
  if (host.ends_with(".p" + d)) return is_label_between(host, s + "-", ".p" + d);
  return is_label_between(host, "", "." + s + d) ||      // X.S.D
         is_label_between(host, s + ".", d) ||           // S.X.D, with X = mtls too
         is_label_between(host, s + ".", ".rep" + d) ||  // S.X.rep.D
         is_label_between(host, "", "-" + s + d);        // X-S.D
}

Result<Url> parse_token_url(std::string_view text, std::string_view service,
                            std::string_view universe,
                            const std::vector<std::string>& extra_hosts) {
  const auto url = parse_url(text);
  if (!url) return wrong(text, "write an https URL");
  if (url->scheme != "https") return wrong(text, "the scheme has to be https");
  if (url->has_userinfo) return wrong(text, "remove the user name before \"@\"");
  if (url->has_fragment) return wrong(text, "remove the part from \"#\" on");
  if (is_listed(*url, extra_hosts)) return *url;
  const std::string usual = std::string(service) + "." + std::string(universe);
  if (!is_service_host(url->host, service, universe)) {
    return wrong(text, "the host has to be " + usual +
                           " or one of its regional or private forms; " +
                           "if you trust this host, allow it with --allow-token-host");
  }
  if (url->port != 0 && url->port != 443) return wrong(text, "the port has to be 443");
  return *url;
}

}  // namespace wif::config
