#include "tests/sandbox/google_apis.h"

#include <gtest/gtest.h>

#include "tests/unit/sandbox/exchange_support.h"

namespace sandbox {
namespace {

constexpr char kCloudPlatform[] = "https://www.googleapis.com/auth/cloud-platform";

class GoogleApis : public testing::Test {
 protected:
  static Request make(const std::string& host, const std::string& path,
                      const HeaderList& headers = {}) {
    Request request;
    request.method = "GET";
    request.target = request.path = path;
    request.headers = headers;
    request.headers.emplace_back("Host", host);
    request.body = text_source("");
    return request;
  }

  Response call(const std::string& host, const std::string& path, const HeaderList& headers = {}) {
    const auto named = [](const std::string& name) {
      return [name](Request&) {
        Response response;
        response.body = name;
        return response;
      };
    };
    Request request = make(host, path, headers);
    return google_apis_handler(world_, arrivals_, failures_, named("bigquery"), named("storage"),
                               named("echo"))(request);
  }

  HeaderList token(const std::string& email, const std::string& scope = kCloudPlatform) {
    return {{"Authorization",
             "Bearer " + world_.issue_access_token(email, {scope}, std::chrono::seconds(60))}};
  }

  World world_;
  Arrivals arrivals_;
  Failures failures_;
};

TEST_F(GoogleApis, RoutesByHostAndPath) {
  const auto service = [](const std::string& host, const std::string& path) {
    return google_service_of(make(host, path));
  };
  EXPECT_EQ(service("BigQuery.googleapis.com:443", "/"), "bigquery");
  EXPECT_EQ(service("storage.googleapis.com", "/b/o"), "storage");
  EXPECT_EQ(service("bucket.storage.googleapis.com", "/o"), "storage");
  EXPECT_EQ(service("www.googleapis.com", "/upload/bigquery/v2/x"), "bigquery");
  EXPECT_EQ(service("www.googleapis.com", "/batch/storage/v1"), "storage");
  EXPECT_EQ(service("www.googleapis.com", "/discovery/v1/apis/bigquery/v2/rest"), "discovery");
  EXPECT_EQ(service("echo2.googleapis.com", "/"), "echo");
  EXPECT_EQ(service("compute.googleapis.com", "/"), "other");
}

TEST_F(GoogleApis, LetInAccountsOfTheProjectOnly) {
  const std::string mine(kAwsServiceAccount);
  EXPECT_EQ(call("bigquery.googleapis.com", "/", token(mine)).body, "bigquery");
  EXPECT_EQ(call("storage.googleapis.com", "/", token(mine)).body, "storage");
  const std::string theirs = "sa@other-project.iam.gserviceaccount.com";
  EXPECT_EQ(call("bigquery.googleapis.com", "/", token(theirs)).status, 403);
}

TEST_F(GoogleApis, RefuseMissingUnknownAndDoubleTokens) {
  const Response missing = call("bigquery.googleapis.com", "/");
  EXPECT_EQ(missing.status, 401);
  EXPECT_NE(missing.body.find("UNAUTHENTICATED"), std::string::npos);
  EXPECT_FALSE(find_header(missing.headers, "www-authenticate").empty());
  EXPECT_EQ(call("echo.googleapis.com", "/", {{"Authorization", "Bearer x"}}).status, 401);
  HeaderList twice = token(std::string(kAwsServiceAccount));
  twice.push_back(twice.front());
  EXPECT_EQ(call("bigquery.googleapis.com", "/", twice).status, 401);
}

TEST_F(GoogleApis, RefuseTokensWithoutTheScope) {
  const HeaderList narrow = token(std::string(kAwsServiceAccount),
                                  "https://www.googleapis.com/auth/devstorage.read_only");
  EXPECT_EQ(call("storage.googleapis.com", "/", narrow).status, 200);
  const Response refused = call("bigquery.googleapis.com", "/", narrow);
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), std::string::npos);
}

TEST_F(GoogleApis, ServeDiscoveryToAnyone) {
  EXPECT_EQ(call("bigquery.googleapis.com", "/$discovery/rest").body, "bigquery");
  EXPECT_EQ(call("www.googleapis.com", "/discovery/v1/apis/storage/v1/rest").body, "storage");
}

TEST_F(GoogleApis, LogArrivalsAndFailAsOrdered) {
  Failure failure;
  failure.status = 500;
  failures_.add("bigquery", failure);
  EXPECT_EQ(call("bigquery.googleapis.com", "/x").status, 500);
  EXPECT_EQ(call("bigquery.googleapis.com", "/x").status, 401);
  EXPECT_EQ(arrivals_.count("bigquery", "/x"), 2u);
  EXPECT_EQ(arrivals_.count("storage"), 0u);
  arrivals_.clear();
  EXPECT_TRUE(arrivals_.all().empty());
}

}  // namespace
}  // namespace sandbox
