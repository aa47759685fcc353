#include "config/upstream_proxy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/url.h"

namespace wif::config {
namespace {

constexpr std::string_view kWanted =
    "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT; percent-encode @, :, / and % in "
    "user "
    "and password";

Error not_usable(std::string_view what) {
  return Error(Reason::kConfiguration, std::string(what) + "; " + std::string(kWanted));
}

// "USER:PASSWORD@", without the "@"; empty where there is none.
std::string_view user_info(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const auto at = url.rfind('@');
  return at == std::string_view::npos ? std::string_view() : url.substr(0, at);
}

// Value of Proxy-Authorization (RFC 7617).
Result<Secret> basic(std::string_view info) {
  const auto colon = info.find(':');
  const auto user = percent_decode(info.substr(0, colon));
  auto password = percent_decode(colon == std::string_view::npos ? "" : info.substr(colon + 1));
  if (!user || user->empty() || !password || user->find(':') != std::string::npos) {
    return not_usable("the user or password is malformed");
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  std::string pair = *user + ":" + *password;
  wipe(*password);
  if (std::any_of(pair.begin(), pair.end(), is_control)) {
    wipe(pair);
    return not_usable("the user or password holds a control character");
  }
  std::string encoded = base64_encode(pair);
  wipe(pair);
  std::string value = "Basic " + encoded;
  wipe(encoded);
  return Secret(std::move(value));
}

}  // namespace

bool holds_password(std::string_view url) {
  return user_info(url).find(':') != std::string_view::npos;
}

Result<UpstreamProxy> parse_upstream_proxy(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return not_usable("that is not the URL of a proxy");
  if (url->scheme == "https") {
    return not_usable(
        "https:// to the proxy itself is not supported, nor needed for https through it");
  }
  if (url->scheme != "http") return not_usable("only HTTP proxies are supported");
  const bool has_more =
      url->has_fragment || !url->query.empty() || (!url->path.empty() && url->path != "/");
  if (url->port == 0 || has_more) return not_usable("that is not the URL of a proxy");
  UpstreamProxy proxy;
  proxy.host = url->host;
  proxy.port = url->port;
  if (url->has_userinfo) {
    TRY(proxy.authorization, basic(user_info(text)));
  }
  return proxy;
}

}  // namespace wif::config
