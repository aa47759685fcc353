#include "proxy/request_target.h"

#include <gtest/gtest.h>

#include <string>

namespace wif::proxy {
namespace {

using Tunnel = ClientInfo::Tunnel;

http::RequestHead head_of(std::string_view method, std::string_view target, std::string_view host) {
  http::RequestHead head;
  head.method = method;
  head.target = target;
  head.authority = host;
  return head;
}

// "host port tls|plain path", or the status of the refusal.
std::string show(const http::RequestHead& head, const std::optional<Tunnel>& tunnel) {
  const auto target = find_target(head, tunnel);
  if (!target) {
    const Error& error = target.error();
    if (error.reason == Reason::kHostMismatch) return "421";
    EXPECT_EQ(error.reason, Reason::kBadRequest);
    return std::to_string(error.status == 0 ? 400 : error.status);
  }
  return target->host + " " + std::to_string(target->port) + (target->tls ? " tls " : " plain ") +
         std::string(target->path_and_query);
}
std::string inside(std::string_view target, std::string_view host, std::string_view method = "GET",
                   std::uint16_t port = 443) {
  return show(head_of(method, target, host), Tunnel{"bigquery.googleapis.com", port});
}
std::string on_proxy_port(std::string_view target, std::string_view host = "a.example",
                          std::string_view method = "GET") {
  return show(head_of(method, target, host), std::nullopt);
}

constexpr auto kHost = "bigquery.googleapis.com";

//
TEST(FindTarget, InsideASessionHostNamesTheTunnel) {
  const std::string expected = "bigquery.googleapis.com 443 tls /a%2Fb?c=%20&&";
  for (const std::string_view host :
       {"bigquery.googleapis.com", "bigquery.googleapis.com:443", "BigQuery.GoogleAPIs.com",
        "bigquery.googleapis.com.", "bigquery.googleapis.com.:443"}) {
    EXPECT_EQ(inside("/a%2Fb?c=%20&&", host), expected) << host;
  }
  EXPECT_EQ(inside("/", "bigquery.googleapis.com:8443", "GET", 8443),
            "bigquery.googleapis.com 8443 tls /");
}

TEST(FindTarget, InsideASessionAnotherHostIs421) {
  for (const std::string_view host :
       {"storage.googleapis.com", "googleapis.com", "evil.example", "bigquery.googleapis.com:444",
        "xbigquery.googleapis.com", "bigquery.googleapis.com.evil.example", "127.0.0.1",
        "[::1]:443"}) {
    EXPECT_EQ(inside("/", host), "421") << host;
  }
  EXPECT_EQ(inside("/", "bigquery.googleapis.com:443", "GET", 8443), "421");
}

//
TEST(FindTarget, InsideASessionAHostThatIsNoneIs400) {
  for (const std::string_view host :
       {"", ":443", "a b", "user@bigquery.googleapis.com", "bigquery.googleapis.com/", "b%2e.com",
        "bigquery.googleapis.com:0", "bigquery.googleapis.com:", "bigquery.googleapis.com:x",
        "[::1", "b\xc3\xbcgquery.example", "bigquery..googleapis.com", "bigquery.googleapis.com..",
        "127.1", "bigquery.googleapis.com,evil.example"}) {
    EXPECT_EQ(inside("/", host), "400") << host;
  }
}

TEST(FindTarget, InsideASessionHttp10MayLackHost) {
  auto head = head_of("GET", "/x", "");
  head.version = http::Version::kHttp10;
  EXPECT_EQ(show(head, Tunnel{kHost, 443}), "bigquery.googleapis.com 443 tls /x");
  head.authority = "evil.example";
  EXPECT_EQ(show(head, Tunnel{kHost, 443}), "421");
}

TEST(FindTarget, InsideASessionAnAbsoluteTargetIsTheTunnelsOwn) {
  EXPECT_EQ(inside("https://bigquery.googleapis.com/x?y", kHost),
            "bigquery.googleapis.com 443 tls /x?y");
  EXPECT_EQ(inside("HTTPS://BIGQUERY.googleapis.com:443", kHost),
            "bigquery.googleapis.com 443 tls /");
  EXPECT_EQ(inside("https://evil.example/", kHost), "421");
  EXPECT_EQ(inside("https://bigquery.googleapis.com:444/", kHost), "421");
  EXPECT_EQ(inside("https://user@bigquery.googleapis.com/", kHost), "400");
  EXPECT_EQ(inside("ftp://bigquery.googleapis.com/", kHost), "400");
}

TEST(FindTarget, AnAbsoluteTargetWinsOverHostButHostMustBeOne) {
  EXPECT_EQ(inside("https://bigquery.googleapis.com/x", "evil.example"),
            "bigquery.googleapis.com 443 tls /x");
  EXPECT_EQ(inside("https://bigquery.googleapis.com/x", "e vil"), "400");
  EXPECT_EQ(on_proxy_port("http://a.example/x", "other.example"), "a.example 80 plain /x");
  EXPECT_EQ(on_proxy_port("http://a.example/x", ""), "a.example 80 plain /x");
  for (const std::string_view host :
       {"a b", "user@a.example", "a.example:0", "a.example/", "%61", ":80", "a,b", "[::1"}) {
    EXPECT_EQ(on_proxy_port("http://a.example/x", host), "400") << host;
  }
}

//
TEST(FindTarget, OriginFormIsNoRequestForAProxy) {
  EXPECT_EQ(on_proxy_port("/"), "400");
  EXPECT_EQ(on_proxy_port("/x?y"), "400");
  EXPECT_EQ(on_proxy_port("*", "a.example", "OPTIONS"), "400");
  EXPECT_EQ(on_proxy_port("a.example:443"), "400");
  EXPECT_EQ(on_proxy_port(""), "400");
}

TEST(FindTarget, ReadsAbsoluteFormOnTheProxyPort) {
  EXPECT_EQ(on_proxy_port("http://A.Example./x"), "a.example 80 plain /x");
  EXPECT_EQ(on_proxy_port("http://a.example:8080/x"), "a.example 8080 plain /x");
  EXPECT_EQ(on_proxy_port("https://a.example/x"), "a.example 443 tls /x");
  EXPECT_EQ(on_proxy_port("https://a.example:80/x"), "a.example 80 tls /x");
  EXPECT_EQ(on_proxy_port("http://169.254.169.254/computeMetadata/v1/"),
            "169.254.169.254 80 plain /computeMetadata/v1/");
  EXPECT_EQ(on_proxy_port("http://metadata.google.internal./computeMetadata/v1/"),
            "metadata.google.internal 80 plain /computeMetadata/v1/");
  EXPECT_EQ(on_proxy_port("http://[2001:db8::1]:81/"), "2001:db8::1 81 plain /");
}

// what a resolver might take for an address.
TEST(FindTarget, RefusesOddSpellingsOfAddresses) {
  for (const std::string host : {"2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::ffff:7f00:1%1]",
                                 "[0:0::1]", "1.2.3.4.5", "0x7f000001"}) {
    EXPECT_EQ(on_proxy_port("http://" + host + "/"), "400") << host;
  }
  // Read as the address that it is, so that the address policy sees it.
  EXPECT_EQ(on_proxy_port("http://127.0.0.1./"), "127.0.0.1 80 plain /");
}

TEST(FindTarget, OptionsAsteriskIsForTheTunnelsHost) {
  EXPECT_EQ(inside("*", kHost, "OPTIONS"), "bigquery.googleapis.com 443 tls *");
  EXPECT_EQ(inside("*", "evil.example", "OPTIONS"), "421");
  EXPECT_EQ(inside("*", kHost, "GET"), "400");
}

TEST(FindTarget, InsideASessionOtherFormsAre400) {
  EXPECT_EQ(inside("x", kHost), "400");
  EXPECT_EQ(inside("bigquery.googleapis.com:443", kHost), "400");
  EXPECT_EQ(inside("**", kHost, "OPTIONS"), "400");
}

//
TEST(FindTarget, RefusesMethodsThatAreNoRequests) {
  for (const std::string_view method : {"CONNECT", "TRACE", "TRACK"}) {
    EXPECT_EQ(inside("/", kHost, method), "405") << method;
    EXPECT_EQ(on_proxy_port("http://a.example/", "a.example", method), "405") << method;
  }
  EXPECT_EQ(inside("bigquery.googleapis.com:443", kHost, "CONNECT"), "405");
}

TEST(PathOf, EndsBeforeTheQuery) {
  EXPECT_EQ(path_of("/a?b?c"), "/a");
  EXPECT_EQ(path_of("/a"), "/a");
  EXPECT_EQ(path_of("/?"), "/");
  EXPECT_EQ(path_of("*"), "*");
}

}  // namespace
}  // namespace wif::proxy
