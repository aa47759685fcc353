#include "tests/sandbox/jwt.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/sandbox/crypto.h"

namespace sandbox {
namespace {

constexpr std::string_view kClaims = R"({"aud":"a","iss":"i","sub":"s"})";

class Jwt : public testing::TestWithParam<bool> {
 protected:
  static JwtKey make() { return GetParam() ? JwtKey::make_rs256() : JwtKey::make_es256(); }
};

TEST_P(Jwt, GivesBackTheClaimsItSigned) {
  const JwtKey key = make();
  EXPECT_EQ(key.verify(key.sign(kClaims)), kClaims);
}

TEST_P(Jwt, OfAnotherKeyIsRefused) { EXPECT_EQ(make().verify(make().sign(kClaims)), std::nullopt); }

TEST_P(Jwt, WithChangedClaimsIsRefused) {
  const JwtKey key = make();
  std::string token = key.sign(kClaims);
  const std::size_t start = token.find('.') + 1;
  const std::size_t end = token.rfind('.');
  token.replace(start, end - start, base64url_encode(R"({"aud":"a","iss":"i","sub":"root"})"));
  EXPECT_EQ(key.verify(token), std::nullopt);
  EXPECT_TRUE(unverified_jwt_claims(token));
}

TEST_P(Jwt, WithAChangedSignatureIsRefused) {
  const JwtKey key = make();
  std::string token = key.sign(kClaims);
  char& c = token[token.rfind('.') + 5];
  c = c == 'A' ? 'B' : 'A';
  EXPECT_EQ(key.verify(token), std::nullopt);
}

// A verifier that trusts the header lets everyone in.
TEST_P(Jwt, WithAlgorithmNoneIsRefused) {
  const JwtKey key = make();
  const std::string token = base64url_encode(R"({"alg":"none"})") + "." + base64url_encode(kClaims);
  EXPECT_EQ(key.verify(token + "."), std::nullopt);
}

TEST_P(Jwt, ThatIsNoneIsRefused) {
  const JwtKey key = make();
  for (const std::string_view text : {"", "a.b", "a.b.c", "....", "a.b.c.d", "!!.!!.!!"}) {
    EXPECT_EQ(key.verify(text), std::nullopt) << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Jwt, testing::Bool(),
                         [](const auto& test) { return test.param ? "Rs256" : "Es256"; });

}  // namespace
}  // namespace sandbox
