// Calls about the placeholder are answered here, and no other call is (clients.md 3, 4).
#include <gtest/gtest.h>

#include "tests/support/client.h"
#include "tests/support/curl.h"
#include "tests/support/json.h"
#include "tests/support/secrets.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_proxy.h"

namespace wif::test {
namespace {

const std::string kOauth = "https://oauth2.googleapis.com";
const std::string kWww = "https://www.googleapis.com";
const std::string kEmail = "access-from-aws@foo-project.iam.gserviceaccount.com";

class TokenAnswers : public testing::Test {
 protected:
  std::string placeholder() {
    return json_at(curl_direct({"-H", "Metadata-Flavor: Google",
                                "http://" + proxy.metadata() +
                                    "/computeMetadata/v1/instance/service-accounts/default/token"})
                       .body,
                   "/access_token");
  }
  CurlAnswer refresh(const std::string& form) {
    return curl(proxy, {"-d", form, kOauth + "/token"});
  }
  static std::string reason(const CurlAnswer& answer) {
    return json_at(answer.body, "/error/details/0/reason");
  }

  sandbox::Cloud cloud;
  TestProxy proxy = TestProxy(cloud).ec2().start();
};

// In the query or as a form, although the host itself is denied (R-6.5).
TEST_F(TokenAnswers, TokenInfoOfThePlaceholder) {
  const std::string token = placeholder();
  for (const std::string& url :
       {kOauth + "/tokeninfo", kWww + "/oauth2/v1/tokeninfo", kWww + "/oauth2/v3/tokeninfo"}) {
    for (const auto& arguments :
         {std::vector<std::string>{url + "?access_token=" + token},
          std::vector<std::string>{"-d", "access_token=" + token, url},
          std::vector<std::string>{"-H", "Expect: 100-continue", "-d", "access_token=" + token,
                                   url},
          std::vector<std::string>{"-X", "POST", url + "?alt=json&access_token=" + token}}) {
      SCOPED_TRACE(url + " " + arguments.front());
      const CurlAnswer answer = curl(proxy, arguments);
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_EQ(json_at(answer.body, "/email"), kEmail);
      EXPECT_EQ(json_at(answer.body, "/scope"), "https://www.googleapis.com/auth/cloud-platform");
      EXPECT_EQ(json_at(answer.body, "/expires_in"), "3599");
      EXPECT_NE(json_at(answer.body, "/aud"), "");
      EXPECT_NE(json_at(answer.body, "/azp"), "");
    }
  }
  EXPECT_EQ(cloud.arrivals().count("google_apis"), 0u);
}

TEST_F(TokenAnswers, UserInfoOfThePlaceholder) {
  const std::string token = placeholder();
  for (const std::string& url :
       {kWww + "/oauth2/v1/userinfo", kWww + "/oauth2/v2/userinfo", kWww + "/oauth2/v3/userinfo",
        std::string("https://openidconnect.googleapis.com/v1/userinfo")}) {
    const CurlAnswer answer = curl(proxy, {url + "?access_token=" + token});
    EXPECT_EQ(answer.status, 200) << url << answer.body;
    EXPECT_EQ(json_at(answer.body, "/email"), kEmail);
  }
}

// What is not ours goes its usual way: refused in the query, denied at a host that mints tokens.
TEST_F(TokenAnswers, OtherTokensAreJudgedByTheRules) {
  const CurlAnswer denied = curl(proxy, {kOauth + "/tokeninfo?access_token=another"});
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(reason(denied), "RULE_DENIED");
  EXPECT_EQ(curl(proxy, {"-d", "access_token=another", kOauth + "/tokeninfo"}).status, 403);
  EXPECT_EQ(curl(proxy, {kOauth + "/tokeninfo"}).status, 403);
  const CurlAnswer refused = curl(proxy, {kWww + "/oauth2/v3/tokeninfo?access_token=another"});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(reason(refused), "CLIENT_CREDENTIAL");
  // The placeholder leaves us nowhere else either.
  EXPECT_EQ(curl(proxy, {echo_url("/?access_token=" + placeholder())}).status, 400);
}

// A form that was looked into and is not ours arrives whole.
TEST_F(TokenAnswers, OtherFormsArriveUnchanged) {
  for (const std::size_t size : {0u, 10u, 9'000u, 300'000u}) {
    const std::string form = "access_token=another&x=" + std::string(size, 'x');
    const std::string file = (proxy.folder() / "form").string();
    write_file(file, form);
    for (const char* framing : {"X-Framing: length", "Transfer-Encoding: chunked"}) {
      SCOPED_TRACE(std::string(framing) + " " + std::to_string(size));
      const CurlAnswer answer =
          curl(proxy, {"-H", framing, "--data-binary", "@" + file, kWww + "/oauth2/v3/tokeninfo"});
      EXPECT_EQ(answer.status, 200) << answer.body;
      EXPECT_EQ(Seen(answer.body).body_bytes, std::to_string(form.size()));
    }
  }
}

TEST_F(TokenAnswers, PlaceholderFileGetsThePlaceholder) {
  const CurlAnswer answer = refresh(
      "grant_type=refresh_token&client_id=wif-proxy&client_secret=wif-proxy&"
      "refresh_token=wif-proxy-placeholder-refresh");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json_at(answer.body, "/access_token"), placeholder());
  EXPECT_EQ(json_at(answer.body, "/expires_in"), "3599");
  EXPECT_EQ(json_at(answer.body, "/token_type"), "Bearer");
  EXPECT_EQ(find_secret(cloud, {}, answer.body), "");
}

TEST_F(TokenAnswers, OtherRefreshTokensAreDenied) {
  for (const char* form :
       {"grant_type=refresh_token&refresh_token=1//another", "grant_type=refresh_token",
        "refresh_token=wif-proxy-placeholder-refresh",
        "grant_type=authorization_code&refresh_token=wif-proxy-placeholder-refresh"}) {
    const CurlAnswer answer = refresh(form);
    EXPECT_EQ(answer.status, 403) << form;
    EXPECT_EQ(reason(answer), "RULE_DENIED");
  }
  const CurlAnswer query = curl(
      proxy,
      {"-X", "POST",
       kOauth + "/token?grant_type=refresh_token&refresh_token=wif-proxy-placeholder-refresh"});
  EXPECT_EQ(query.status, 403);
}

}  // namespace
}  // namespace wif::test
