#include "proxy/query.h"

#include <gtest/gtest.h>

namespace wif::proxy {
namespace {

struct CredentialRow {
  const char* target;
  QueryCredential expected;
};

class FindQueryCredential : public testing::TestWithParam<CredentialRow> {};

TEST_P(FindQueryCredential, JudgesTheTarget) {
  EXPECT_EQ(find_query_credential(GetParam().target), GetParam().expected) << GetParam().target;
}

constexpr auto kNone = QueryCredential::kNone;
constexpr auto kToken = QueryCredential::kToken;
constexpr auto kSigned = QueryCredential::kSignedUrl;

INSTANTIATE_TEST_SUITE_P(
    Table, FindQueryCredential,
    testing::Values(
        CredentialRow{"/p", kNone}, CredentialRow{"/p?", kNone}, CredentialRow{"", kNone},
        CredentialRow{"/p?a=1&b=2", kNone}, CredentialRow{"/p?access_token=x", kToken},
        CredentialRow{"/p?oauth_token=x", kToken}, CredentialRow{"/p?bearer_token=x", kToken},
        CredentialRow{"/p?a=1&access_token", kToken}, CredentialRow{"/p?&&ACCESS_TOKEN=x", kToken},
        CredentialRow{"/p?Access%5FToken=x", kToken},
        CredentialRow{"/p?%61%63%63%65%73%73%5f%74%6f%6b%65%6e=x", kToken},
        CredentialRow{"/p?%2561ccess_token=x", kNone},  // decodes to a name with "%"
        CredentialRow{"/p?$access_token=x", kToken}, CredentialRow{"/p?%24oauth_token=x", kToken},
        CredentialRow{"/p?my_access_token=x", kNone}, CredentialRow{"/p?access_tokens=x", kNone},
        CredentialRow{"/p?q=access_token%3Dx", kNone}, CredentialRow{"/p?q=access_token=x", kNone},
        CredentialRow{"/access_token=x", kNone}, CredentialRow{"/p?access_token%", kNone},
        CredentialRow{"/p?x?access_token=x", kNone}, CredentialRow{"/p?key=x", kNone},
        CredentialRow{"/p?X-Goog-Signature=00", kSigned},
        CredentialRow{"/p?x-goog-signature=00", kSigned},
        CredentialRow{"/p?X%2DGoog%2DSignature=00", kSigned},
        CredentialRow{"/p?Signature=a&GoogleAccessId=b", kSigned},
        CredentialRow{"/p?GoogleAccessId=b&Expires=1&Signature=a", kSigned},
        CredentialRow{"/p?Signature=a", kNone}, CredentialRow{"/p?GoogleAccessId=b", kNone},
        CredentialRow{"/p?X-Goog-Signature=00&access_token=x", kToken}));

struct KeyRow {
  const char* target;
  const char* without;
};

class WithoutApiKey : public testing::TestWithParam<KeyRow> {};

TEST_P(WithoutApiKey, LeavesEveryOtherByte) {
  const auto& [target, without] = GetParam();
  EXPECT_EQ(without_api_key(target), without) << target;
  EXPECT_EQ(has_api_key(target), std::string_view(target) != without) << target;
}

INSTANTIATE_TEST_SUITE_P(
    Table, WithoutApiKey,
    testing::Values(KeyRow{"/p", "/p"}, KeyRow{"/p?", "/p?"}, KeyRow{"/p?key=A", "/p"},
                    KeyRow{"/p?key", "/p"}, KeyRow{"/p?key=A&key=B", "/p"},
                    KeyRow{"/p?key=A&b=2", "/p?b=2"}, KeyRow{"/p?a=1&key=A", "/p?a=1"},
                    KeyRow{"/p?a=1&key=A&b=2", "/p?a=1&b=2"}, KeyRow{"/p?b=2&a=1", "/p?b=2&a=1"},
                    KeyRow{"/p?a=1&&key=A&b", "/p?a=1&&b"}, KeyRow{"/p?&key=A", "/p?"},
                    KeyRow{"/p?key=A&", "/p?"}, KeyRow{"/p?%6Bey=A&b", "/p?b"},
                    KeyRow{"/p?$key=A&b", "/p?b"}, KeyRow{"/p?%24key=A&b", "/p?b"},
                    KeyRow{"/o/a%2Fb%20c?x=%2F&key=A&y=+", "/o/a%2Fb%20c?x=%2F&y=+"},
                    KeyRow{"/p?keys=1&monkey=2", "/p?keys=1&monkey=2"},
                    KeyRow{"/p?Key=1", "/p?Key=1"},  // the application's, not Google's
                    KeyRow{"/key=A", "/key=A"}, KeyRow{"/p?q=key%3DA", "/p?q=key%3DA"},
                    KeyRow{"/p?a=b=c&d=%zz", "/p?a=b=c&d=%zz"}));

TEST(QueryValue, GivesTheFirstValueStillEncoded) {
  EXPECT_EQ(query_value("a=1&b=x%2Fy&b=2", "b"), "x%2Fy");
  EXPECT_EQ(query_value("%61lt=json", "alt"), "json");
  EXPECT_EQ(query_value("a&b=", "a"), "");
  EXPECT_EQ(query_value("", "a"), "");
  EXPECT_EQ(query_value("ALT=json", "alt"), "");
}

}  // namespace
}  // namespace wif::proxy
