#include "auth/redact.h"

#include "fakes.h"

namespace wif::auth {
namespace {

TEST(Redact, TakesOutEverythingThatIsShapedLikeASecret) {
  for (const std::string& secret :
       {jwt(R"({"sub":"x"})"), std::string("ya29.c.b0Aaekm1K-abc_def"),
        std::string("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        std::string("IQoJb3JpZ2luX2VjEKT0wEaCXVzLWVhc3QtMiJHMEUCIQDexample9Zk2slashQ7equals=="),
        std::string("52bd481e2ecdbf897fb5cf2fbb1d5253dcadb2b4dbf14bdcd48059ce8e4e74f6")}) {
    const std::string text = redact("before " + secret + " after");
    EXPECT_EQ(text, "before [redacted] after");
  }
}

TEST(Redact, TakesOutValuesByTheirPosition) {
  EXPECT_EQ(redact("Authorization: Bearer abcdefghijklmnopqrst"),
            "Authorization: Bearer [redacted]");
  EXPECT_EQ(redact("Signature=aaaaaaaaaaaaaaaaaaaaaaaa, x"), "Signature=[redacted], x");
}

TEST(Redact, ShortensKeyIds) {
  EXPECT_EQ(redact("key ASIAIOSFODNN7EXAMPLE is unknown"), "key ASIA…MPLE is unknown");
}

TEST(Redact, KeepsNamesThatHelp) {
  for (const std::string& name :
       {kAudience, kEmail,
        std::string("https://oidc.eks.us-east-2.amazonaws.com/id/EXAMPLE539D4633E53"),
        std::string("00000000-0000-4000-8000-000000000000"),
        std::string("arn:aws:sts::123456789012:assumed-role/AmazonEKS_Role_ForPods/eks-cluster-1"),
        std::string("https://console.developers.google.com/apis/api/iamcredentials.googleapis.com"),
        std::string("system:serviceaccount:default:eks-access-to-gcp")}) {
    EXPECT_EQ(redact(name), name);
  }
}

TEST(Redact, ServiceTextIsOneShortLine) {
  EXPECT_EQ(service_text("Too\r\n  Many\tRequests\n"), "Too Many Requests");
  EXPECT_EQ(service_text("aäöü", 4), "aä");
  EXPECT_LE(service_text(std::string(5000, 'x') + " y", 500).size(), 500u);
}

}  // namespace
}  // namespace wif::auth
