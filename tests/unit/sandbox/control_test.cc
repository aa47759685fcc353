#include "tests/sandbox/control.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

class Control : public testing::Test {
 protected:
  nlohmann::json post(const std::string& path, const nlohmann::json& body) {
    Request request;
    request.method = "POST";
    request.target = request.path = path;
    request.body = text_source(body.dump());
    return nlohmann::json::parse(control_handler(cloud_)(request).body);
  }

  bool valid(const std::string& authorization) {
    return post("/check-token", {{"authorization", authorization}}).at("valid");
  }

  Cloud cloud_;
};

// A stand-in outside this process has no other way to know which tokens are good.
TEST_F(Control, ChecksTokens) {
  const std::string token = cloud_.world().issue_access_token(
      std::string(kAwsServiceAccount), {"https://www.googleapis.com/auth/cloud-platform"},
      std::chrono::seconds(60));
  EXPECT_TRUE(valid("Bearer " + token));
  EXPECT_FALSE(valid(token));
  EXPECT_FALSE(valid("Bearer nonsense"));
  cloud_.world().set_clock_offset(std::chrono::seconds(61));
  EXPECT_FALSE(valid("Bearer " + token));
}

TEST_F(Control, IssuesLeaves) {
  const nlohmann::json leaf = post("/issue", {{"names", {"bigquerystorage.googleapis.com"}}});
  EXPECT_EQ(leaf.at("certificate").get<std::string>().find("-----BEGIN CERTIFICATE-----"), 0u);
  EXPECT_NE(leaf.at("key").get<std::string>().find("PRIVATE KEY"), std::string::npos);
}

}  // namespace
}  // namespace sandbox
