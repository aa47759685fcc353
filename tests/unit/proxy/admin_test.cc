#include "proxy/admin.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/support/run_task.h"

namespace wif::proxy {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

Readiness all_ready() {
  Readiness readiness;
  readiness.listening = true;
  readiness.ca_exported = true;
  readiness.has_token = true;
  return readiness;
}

// An admin port without a server behind it.
struct Admin {
  Admin() {
    view.readiness = [this] { return readiness; };
    view.gather = [this]() -> Task<AdminSnapshot> { return gather(this); };
  }
  static Task<AdminSnapshot> gather(Admin* self) {
    AdminSnapshot snapshot = self->snapshot;
    snapshot.readiness = self->readiness;
    co_return snapshot;
  }
  SmallResponse ask(std::string_view method, std::string_view target) {
    const SmallHandler handler = make_admin_handler(view);
    const SmallRequest request(method, target, "127.0.0.1:3131", headers);
    return run(handler(request));
  }

  Readiness readiness = all_ready();
  AdminSnapshot snapshot;
  AdminView view;
  http::Headers headers;
};

TEST(Admin, HealthzAsksNobody) {
  Admin admin;
  admin.readiness = Readiness{};
  admin.view.gather = nullptr;
  EXPECT_EQ(admin.ask("GET", "/healthz").status, 200);
}

TEST(Admin, ReadyzNamesTheReasonsAndNothingElse) {
  Admin admin;
  auto response = admin.ask("GET", "/readyz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"ready\":true,\"reasons\":[]}\n");
  admin.readiness = Readiness{};
  admin.readiness.draining = true;
  response = admin.ask("GET", "/readyz?verbose");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(Json::parse(response.body),
            Json::parse(R"({"ready":false,"reasons":["listeners","ca","draining","token"]})"));
}

TEST(Admin, ReadyzMayDoWithoutAToken) {
  Admin admin;
  admin.readiness.has_token = false;
  EXPECT_EQ(admin.ask("GET", "/readyz").status, 503);
  admin.readiness.token_required = false;
  EXPECT_EQ(admin.ask("GET", "/readyz").status, 200);
}

TEST(Admin, MetricsFollowAccept) {
  Admin admin;
  auto response = admin.ask("GET", "/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.content_type.starts_with("text/plain; version=0.0.4"));
  EXPECT_NE(response.body.find("wif_proxy_build_info{version="), std::string::npos);
  admin.headers.add_view("accept", "application/openmetrics-text");
  response = admin.ask("GET", "/metrics");
  EXPECT_TRUE(response.content_type.starts_with("application/openmetrics-text"));
  EXPECT_TRUE(response.body.ends_with("# EOF\n"));
}

TEST(Admin, StatusTellsTheWholeStory) {
  Admin admin;
  admin.readiness.has_token = false;
  IdentityStatus identity;
  identity.name = "default";
  identity.source = "imds";
  identity.error_code = "sa_permission";
  identity.error_message = "403";
  identity.explain = "no permission";
  identity.fix = "gcloud …";
  identity.next_attempt_in = 4s;
  admin.snapshot.identities.push_back(identity);
  identity = IdentityStatus{};
  identity.name = "other";
  identity.principal = "sa@foo-project.iam.gserviceaccount.com";
  identity.usable = true;
  identity.expires_in = 3599s;
  admin.snapshot.identities.push_back(identity);
  admin.snapshot.listeners = {{"proxy", "127.0.0.1:3128"}, {"proxy", "[::1]:3128"}};
  admin.snapshot.ca_fingerprint = "3f:9a";
  admin.snapshot.ca_days_left = 90;
  admin.snapshot.metrics.total.add_client_connection(Protocol::kHttp1, 2);
  FinishedRequest request;
  request.status = 200;
  admin.snapshot.metrics.total.count_request(request);
  const auto response = admin.ask("GET", "/status");
  EXPECT_EQ(response.status, 200);
  const Json json = Json::parse(response.body);
  EXPECT_EQ(json.at("version"), 1);
  EXPECT_EQ(json.at("wif_proxy").at("version"), WIF_VERSION);
  EXPECT_EQ(json.at("ready"), false);
  EXPECT_EQ(json.at("reasons"), Json::parse(R"(["token"])"));
  EXPECT_EQ(json.at("identities")[0].at("error").at("code"), "sa_permission");
  EXPECT_EQ(json.at("identities")[0].at("error").at("fix"), "gcloud …");
  EXPECT_EQ(json.at("identities")[0].at("principal"), nullptr);
  EXPECT_EQ(json.at("identities")[0].at("next_attempt_in_seconds"), 4);
  EXPECT_EQ(json.at("identities")[1].at("error"), nullptr);
  EXPECT_EQ(json.at("identities")[1].at("expires_in_seconds"), 3599);
  EXPECT_EQ(json.at("listeners").at("proxy"), Json::parse(R"(["127.0.0.1:3128","[::1]:3128"])"));
  EXPECT_EQ(json.at("ca").at("fingerprint"), "3f:9a");
  EXPECT_EQ(json.at("ca").at("days_left"), 90);
  EXPECT_EQ(json.at("connections").at("client"), 2);
  EXPECT_EQ(json.at("requests").at("total"), 1);
  EXPECT_EQ(json.at("requests").at("2xx"), 1);
}

TEST(Admin, QuitExistsOnlyWhereEnabled) {
  Admin admin;
  EXPECT_EQ(admin.ask("GET", "/quitquitquit").status, 404);
  EXPECT_EQ(admin.ask("POST", "/quitquitquit").status, 405);
  int quits = 0;
  admin.view.quit = [&quits] { ++quits; };
  EXPECT_EQ(admin.ask("GET", "/quitquitquit").status, 405);
  EXPECT_EQ(quits, 0);
  EXPECT_EQ(admin.ask("POST", "/quitquitquit").status, 200);
  EXPECT_EQ(quits, 1);
}

TEST(Admin, ServesNothingElse) {
  Admin admin;
  for (const char* path : {"/nothing", "/config", "/debug/pprof", "/reload", "/readyz/", "*"}) {
    const auto response = admin.ask("GET", path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(response.content_type, "application/json");
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    EXPECT_EQ(admin.ask(method, "/readyz").status, 405) << method;
  }
  EXPECT_EQ(admin.ask("HEAD", "/readyz").status, 200);
}

}  // namespace
}  // namespace wif::proxy
