// Which calls are about the placeholder, and which are not: a mistake sends it to Google or keeps a
// client's own call from getting there.
#include "proxy/token_answers.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "proxy/placeholder_file.h"

namespace wif::proxy {
namespace {

MetadataView view() {
  MetadataView view;
  view.placeholder = "wif-proxy-placeholder-a._b";
  view.email = "a@p.iam.gserviceaccount.com";
  view.scopes = {"one", "two"};
  return view;
}

TokenCall find(std::string_view method, std::string_view host, std::string_view path) {
  return find_token_call(method, host, path, "googleapis.com");
}

TEST(TokenAnswers, CallsAreFoundByHostAndPath) {
  EXPECT_EQ(find("GET", "oauth2.googleapis.com", "/tokeninfo"), TokenCall::kTokenInfo);
  EXPECT_EQ(find("POST", "www.googleapis.com", "/oauth2/v1/tokeninfo"), TokenCall::kTokenInfo);
  EXPECT_EQ(find("GET", "www.googleapis.com", "/oauth2/v3/userinfo"), TokenCall::kUserInfo);
  EXPECT_EQ(find("GET", "openidconnect.googleapis.com", "/v1/userinfo"), TokenCall::kUserInfo);
  EXPECT_EQ(find("POST", "oauth2.googleapis.com", "/token"), TokenCall::kRefresh);
  EXPECT_EQ(find_token_call("POST", "oauth2.apis.example", "/token", "apis.example"),
            TokenCall::kRefresh);
}

TEST(TokenAnswers, NothingElseIs) {
  for (const auto& [host, path] :
       {std::pair("oauth2.googleapis.com", "/tokeninfo/"),
        std::pair("oauth2.googleapis.com", "/TOKENINFO"),
        std::pair("oauth2.googleapis.com", "/revoke"), std::pair("oauth2.googleapis.com", "/"),
        std::pair("oauth2.example.com", "/tokeninfo"),
        std::pair("xoauth2.googleapis.com", "/tokeninfo"),
        std::pair("oauth2googleapis.com", "/tokeninfo"), std::pair("googleapis.com", "/tokeninfo"),
        std::pair("www.googleapis.com", "/tokeninfo"),
        std::pair("www.googleapis.com", "/oauth2/v/tokeninfo"),
        std::pair("www.googleapis.com", "/oauth2/v11/tokeninfo"),
        std::pair("www.googleapis.com", "/oauth2/v1/tokeninfos"),
        std::pair("sts.googleapis.com", "/token")}) {
    EXPECT_EQ(find("POST", host, path), TokenCall::kNone) << host << path;
  }
  EXPECT_EQ(find("GET", "oauth2.googleapis.com", "/token"), TokenCall::kNone);
}

TEST(TokenAnswers, PlaceholderIsTheWholeValue) {
  const auto answered = [](std::string_view query, std::string_view form = "") {
    return answer_token_call(TokenCall::kTokenInfo, query, form, view()).has_value();
  };
  EXPECT_TRUE(answered("access_token=wif-proxy-placeholder-a._b"));
  EXPECT_TRUE(answered("alt=json&access_token=wif%2Dproxy-placeholder-a._b&x"));
  EXPECT_TRUE(answered("", "access_token=wif-proxy-placeholder-a._b"));
  EXPECT_FALSE(answered("access_token=wif-proxy-placeholder-a._bc"));
  EXPECT_FALSE(answered("access_token=wif-proxy-placeholder-"));
  EXPECT_FALSE(answered("id_token=wif-proxy-placeholder-a._b"));
  EXPECT_FALSE(answered("access_token="));
  EXPECT_FALSE(answered("access_token=%zz"));
  EXPECT_FALSE(answered(""));
}

TEST(TokenAnswers, RefreshGivesThePlaceholder) {
  const auto answer = answer_token_call(
      TokenCall::kRefresh, "",
      "client_id=x&refresh_token=wif-proxy-placeholder-refresh&grant_type=refresh_token", view());
  ASSERT_TRUE(answer);
  const auto json = nlohmann::json::parse(answer->body);
  EXPECT_EQ(json["access_token"].get<std::string>(), view().placeholder);
  EXPECT_EQ(json["scope"].get<std::string>(), "one two");
  EXPECT_EQ(json["expires_in"].get<int>(), 3599);
}

TEST(TokenAnswers, PlaceholderFileIsAnAuthorizedUsers) {
  const auto json = nlohmann::json::parse(placeholder_credentials());
  EXPECT_EQ(json["type"].get<std::string>(), "authorized_user");
  EXPECT_EQ(json["refresh_token"].get<std::string>(), std::string(kPlaceholderRefreshToken));
}

}  // namespace
}  // namespace wif::proxy
