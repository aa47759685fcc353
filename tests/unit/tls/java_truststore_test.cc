// The bytes of a JKS file; that a JVM takes them is shown by the end-to-end tests.
#include "tls/java_truststore.h"

#include <openssl/sha.h>

#include "tests/unit/tls/test_support.h"
#include "tls/authority.h"

namespace wif::tls {
namespace {

using namespace test;

std::string ca_pem() {
  return Authority::create({.permitted_suffixes = {"googleapis.com"}}, now())->certificate_pem();
}

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

TEST(JavaTruststore, HoldsEachCertificateOnce) {
  const std::string one = ca_pem();
  const std::string two = ca_pem();
  const auto store = java_truststore(one + two + one, now());
  ASSERT_TRUE(store) << store.error().what;
  EXPECT_EQ(number_at(*store, 0), 0xFEEDFEEDu);
  EXPECT_EQ(number_at(*store, 4), 2u) << "the version";
  EXPECT_EQ(number_at(*store, 8), 2u) << "the number of entries";
  EXPECT_EQ(number_at(*store, 12), 2u) << "the tag of a trusted certificate";
  for (const std::string& pem : {one, two}) {
    const auto certificates = parse_certificates(pem);
    std::string der(static_cast<std::size_t>(i2d_X509(certificates->front().get(), nullptr)), 0);
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(certificates->front().get(), &end);
    EXPECT_NE(store->find(der), std::string::npos);
  }
}

// Java calls a store with another digest "tampered with".
TEST(JavaTruststore, EndsWithTheDigestThatJavaExpects) {
  const auto store = java_truststore(ca_pem(), now());
  ASSERT_TRUE(store);
  const std::string content = store->substr(0, store->size() - 20);
  const std::string text =
      std::string("\0c\0h\0a\0n\0g\0e\0i\0t", 16) + "Mighty Aphrodite" + content;
  unsigned char digest[20];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  EXPECT_EQ(store->substr(content.size()), std::string(reinterpret_cast<char*>(digest), 20));
}

TEST(JavaTruststore, TextWithoutACertificateIsAnError) {
  EXPECT_FALSE(java_truststore("", now()));
  EXPECT_FALSE(java_truststore("nothing", now()));
}

}  // namespace
}  // namespace wif::tls
