// The contract of the metadata server, row by row.
#include "proxy/metadata.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

namespace wif::proxy {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kEmail = "access-from-aws@foo-project.iam.gserviceaccount.com";
const config::IpAddress kLoopback = config::IpAddress::v4(0x7f000001);

MetadataView view() {
  MetadataView view;
  view.project_id = "foo-project";
  view.numeric_project_id = "123456789012";
  view.email = kEmail;
  view.placeholder = "wif-proxy-placeholder-abc";
  view.scopes = {"https://www.googleapis.com/auth/cloud-platform", "second"};
  view.host_name = "box";
  view.id = "42";
  view.own_hosts = {"127.0.0.1", "wif-proxy"};
  return view;
}

// A request as a well-behaved client sends it, which each test then spoils.
struct Ask {
  explicit Ask(std::string target_in) : target(std::move(target_in)) {
    headers.add_view("metadata-flavor", "Google");
  }
  Ask& with(std::string_view name, std::string_view value) {
    headers.add_view(name, value);
    return *this;
  }
  Ask& without(std::string_view name) {
    headers.remove(name);
    return *this;
  }
  SmallResponse answer() const {
    SmallRequest request(method, target, host, headers);
    request.peer = peer;
    request.local = local;
    return answer_metadata(request, metadata);
  }

  std::string method = "GET";
  std::string target;
  std::string host = "127.0.0.1:3130";
  http::Headers headers;
  config::IpAddress peer = kLoopback;
  config::IpAddress local = kLoopback;
  MetadataView metadata = view();
};

SmallResponse get(std::string_view below_v1) {
  return Ask("/computeMetadata/v1" + std::string(below_v1)).answer();
}

std::string header(const SmallResponse& response, std::string_view name) {
  for (const auto& [field, value] : response.headers) {
    if (field == name) return value;
  }
  return {};
}

struct TextRow {
  const char* path;
  std::string body;
};

class TextValue : public testing::TestWithParam<TextRow> {};

TEST_P(TextValue, IsAnswered) {
  const auto response = get(GetParam().path);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, GetParam().body);
  EXPECT_EQ(response.content_type, "application/text");
  EXPECT_EQ(header(response, "metadata-flavor"), "Google");
  EXPECT_EQ(header(response, "server"), "Metadata Server for VM");
  EXPECT_NE(header(response, "etag"), "");
  EXPECT_EQ(response.delay.count(), 0);
}

const std::string kAccount = "/instance/service-accounts/" + std::string(kEmail);

INSTANTIATE_TEST_SUITE_P(
    Table, TextValue,
    testing::Values(
        TextRow{"/project/project-id", "foo-project"},
        TextRow{"/project/numeric-project-id", "123456789012"},
        TextRow{"/universe/universe-domain", "googleapis.com"},
        TextRow{"/universe/universe_domain", "googleapis.com"},
        TextRow{"/instance", "hostname\nid\nname\nservice-accounts/\n"},
        TextRow{"/instance/", "hostname\nid\nname\nservice-accounts/\n"},
        TextRow{"/instance/service-accounts", "default/\n" + std::string(kEmail) + "/\n"},
        TextRow{"/instance/service-accounts/", "default/\n" + std::string(kEmail) + "/\n"},
        TextRow{"/instance/service-accounts/default", "aliases\nemail\nidentity\nscopes\ntoken\n"},
        TextRow{"/instance/service-accounts/default/email", std::string(kEmail)},
        TextRow{"/instance/service-accounts/"
                "access-from-aws%40foo-project.iam.gserviceaccount.com/email",
                std::string(kEmail)},
        TextRow{"/instance/service-accounts/default/aliases", "default"},
        TextRow{"/instance/service-accounts/default/scopes",
                "https://www.googleapis.com/auth/cloud-platform\nsecond\n"},
        TextRow{"/instance/id", "42"}, TextRow{"/instance/name", "box"},
        TextRow{"/instance/hostname", "box"}, TextRow{"", "instance/\nproject/\nuniverse/\n"},
        TextRow{"/project/project-id?alt=text", "foo-project"},
        TextRow{"/instance/service-accounts/default/token?alt=text",
                "access_token wif-proxy-placeholder-abc\nexpires_in 3599\ntoken_type Bearer\n"},
        TextRow{"/project/?recursive=true&alt=text",
                "numeric-project-id 123456789012\nproject-id foo-project\n"}));

struct JsonRow {
  std::string path;
  const char* body;
};

class JsonValue : public testing::TestWithParam<JsonRow> {};

TEST_P(JsonValue, IsAnswered) {
  const auto response = get(GetParam().path);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(Json::parse(response.body), Json::parse(GetParam().body)) << response.body;
}

constexpr const char* kToken =
    R"({"access_token":"wif-proxy-placeholder-abc","expires_in":3599,"token_type":"Bearer"})";
constexpr const char* kAccountJson =
    R"({"aliases":["default"],"email":"access-from-aws@foo-project.iam.gserviceaccount.com",
        "scopes":["https://www.googleapis.com/auth/cloud-platform","second"]})";

INSTANTIATE_TEST_SUITE_P(
    Table, JsonValue,
    testing::Values(JsonRow{"/instance/service-accounts/default/token", kToken},
                    JsonRow{"/instance/service-accounts/default/token?scopes=a%2Cb", kToken},
                    JsonRow{kAccount + "/token", kToken},
                    JsonRow{"/instance/service-accounts/default/?recursive=true", kAccountJson},
                    JsonRow{"/instance/service-accounts/default?recursive=true", kAccountJson},
                    JsonRow{kAccount + "/?recursive=true", kAccountJson},
                    JsonRow{"/project/project-id?alt=json", R"("foo-project")"},
                    JsonRow{"/project/numeric-project-id?alt=json", "123456789012"},
                    JsonRow{"/instance/service-accounts/default/aliases?alt=json",
                            R"(["default"])"},
                    JsonRow{"/project/?recursive=true",
                            R"({"numericProjectId":123456789012,"projectId":"foo-project"})"},
                    JsonRow{"/universe/?recursive=true", R"({"universeDomain":"googleapis.com"})"},
                    JsonRow{"/project/?alt=json", R"(["numeric-project-id","project-id"])"}));

TEST(Metadata, ListsAllAccountsRecursively) {
  const auto json = Json::parse(get("/instance/service-accounts/?recursive=true").body);
  EXPECT_EQ(json.size(), 2u);
  EXPECT_EQ(json.at("default"), Json::parse(kAccountJson));
  EXPECT_EQ(json.at(std::string(kEmail)), Json::parse(kAccountJson));
}

// Whoever dumps the tree (crash reports do) must not find a token in it.
TEST(Metadata, RecursionHoldsNoToken) {
  const auto response = get("/?recursive=true");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.find("placeholder"), std::string::npos);
  EXPECT_TRUE(Json::parse(response.body).at("instance").contains("serviceAccounts"));
}

TEST(Metadata, AnswersThePresencePing) {
  Ask ask("/");
  const auto response = ask.without("metadata-flavor").answer();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "computeMetadata/\n");
  EXPECT_EQ(header(response, "metadata-flavor"), "Google");
}

TEST(Metadata, UnknownThingsAre404WithTheFlavor) {
  for (const char* path :
       {"/instance/attributes/cluster-name", "/instance/attributes/", "/instance/zone", "/nothing",
        "/instance/service-accounts/other@x.iam.gserviceaccount.com/token", "/project/project-id/x",
        "/instance/service-accounts/default/token/x", "//project", "/%zz"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(header(response, "metadata-flavor"), "Google") << path;
    EXPECT_EQ(header(response, "etag"), "") << path;
    EXPECT_LT(response.body.size(), 80u) << path;
  }
  EXPECT_EQ(Ask("/other").answer().status, 404);
  EXPECT_EQ(Ask("/computeMetadata/v2/").answer().status, 404);
}

TEST(Metadata, HasAZoneWhenConfigured) {
  Ask ask("/computeMetadata/v1/instance/zone");
  ask.metadata.zone = "projects/1/zones/asia-northeast1-a";
  EXPECT_EQ(ask.answer().body, "projects/1/zones/asia-northeast1-a");
}

TEST(Metadata, HasNoIdTokens) {
  EXPECT_EQ(get("/instance/service-accounts/default/identity").status, 400);
  EXPECT_EQ(get("/instance/service-accounts/default/identity?audience=").status, 400);
  EXPECT_EQ(get("/instance/service-accounts/default/identity?audience=a&format=full").status, 404);
}

TEST(Metadata, RefusesTheTreeOfAws) {
  EXPECT_EQ(Ask("/latest/meta-data/iam/security-credentials/").answer().status, 403);
  EXPECT_EQ(Ask("/latest").answer().status, 403);
  EXPECT_EQ(Ask("/%6Catest/api/token").answer().status, 403);
}

TEST(MetadataChecks, OnlyGetAndHead) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"}) {
    Ask ask("/computeMetadata/v1/instance/service-accounts/default/token");
    ask.method = method;
    EXPECT_EQ(ask.answer().status, 405) << method;
  }
  Ask head("/");
  head.method = "HEAD";
  EXPECT_EQ(head.answer().status, 200);
}

TEST(MetadataChecks, NothingForwarded) {
  for (const char* name : {"x-forwarded-for", "forwarded"}) {
    EXPECT_EQ(Ask("/").with(name, "1.2.3.4").answer().status, 403) << name;
  }
}

struct HostRow {
  const char* host;
  int status;
};

class MetadataHost : public testing::TestWithParam<HostRow> {};

TEST_P(MetadataHost, IsChecked) {
  Ask ask("/");
  ask.host = GetParam().host;
  ask.local = config::IpAddress::v4(0xac120002);  // 172.18.0.2
  EXPECT_EQ(ask.answer().status, GetParam().status) << GetParam().host;
}

INSTANTIATE_TEST_SUITE_P(
    Table, MetadataHost,
    testing::Values(HostRow{"127.0.0.1:3130", 200}, HostRow{"127.0.0.1", 200},
                    HostRow{"metadata.google.internal", 200},
                    HostRow{"metadata.google.internal.:80", 200}, HostRow{"METADATA", 200},
                    HostRow{"metadata:80", 200}, HostRow{"169.254.169.254", 200},
                    HostRow{"wif-proxy:3130", 200}, HostRow{"WIF-PROXY", 200},
                    HostRow{"172.18.0.2:3130", 200}, HostRow{"172.18.0.3:3130", 403},
                    HostRow{"evil.example:3130", 403}, HostRow{"", 403},
                    HostRow{"127.0.0.1:3130@evil", 403}, HostRow{"127.0.0.1.evil.example", 403},
                    HostRow{"127.0.0.1:x", 403}, HostRow{"0.0.0.0", 403}));

TEST(MetadataChecks, FlavorIsExact) {
  const std::string token = "/computeMetadata/v1/instance/service-accounts/default/token";
  EXPECT_EQ(Ask(token).without("metadata-flavor").answer().status, 403);
  for (const char* wrong : {"google", "Google ", "Googles", ""}) {
    EXPECT_EQ(Ask(token).without("metadata-flavor").with("metadata-flavor", wrong).answer().status,
              403)
        << wrong;
  }
  EXPECT_EQ(Ask(token)
                .without("metadata-flavor")
                .with("x-google-metadata-request", "True")
                .answer()
                .status,
            200);
  // The prefix counts decoded, else an escape would get round the check.
  EXPECT_EQ(Ask("/%63omputeMetadata/v1/instance/service-accounts/default/token")
                .without("metadata-flavor")
                .answer()
                .status,
            403);
}

TEST(MetadataChecks, OnlyAllowedPeers) {
  Ask ask("/");
  ask.peer = config::IpAddress::v4(0x0a000001);
  EXPECT_EQ(ask.answer().status, 403);
  ask.metadata.clients = {*config::Cidr::parse("10.0.0.0/8")};
  EXPECT_EQ(ask.answer().status, 200);
  ask.peer = kLoopback;
  EXPECT_EQ(ask.answer().status, 403);
}

TEST(MetadataChecks, ComeInOrder) {
  Ask ask("/computeMetadata/v1/nothing");
  ask.method = "POST";
  ask.host = "evil.example";
  ask.with("forwarded", "for=x").without("metadata-flavor");
  EXPECT_EQ(ask.answer().status, 405);
  ask.method = "GET";
  EXPECT_NE(ask.answer().body.find("forwarded"), std::string::npos);
  ask.without("forwarded");
  EXPECT_NE(ask.answer().body.find("Host"), std::string::npos);
  ask.host = "metadata";
  EXPECT_NE(ask.answer().body.find("Metadata-Flavor"), std::string::npos);
}

TEST(MetadataWait, WaitsOnlyWithTheCurrentEtag) {
  const std::string etag = header(get("/project/project-id"), "etag");
  const std::string query = "/project/project-id?wait_for_change=true&last_etag=";
  EXPECT_EQ(get(query + etag).delay.count(), 60);
  EXPECT_EQ(get(query + etag + "&timeout_sec=5").delay.count(), 5);
  EXPECT_EQ(get(query + etag + "&timeout_sec=900").delay.count(), 60);
  EXPECT_EQ(get(query + "0").delay.count(), 0);
  EXPECT_EQ(get("/project/project-id?wait_for_change=true").delay.count(), 0);
  EXPECT_EQ(get("/project/project-id?last_etag=" + etag).delay.count(), 0);
}

TEST(Placeholder, LooksLikeNothingElse) {
  const std::string placeholder = make_placeholder();
  EXPECT_TRUE(std::regex_match(placeholder, std::regex("wif-proxy-placeholder-[A-Za-z0-9._]{22}")));
  EXPECT_NE(placeholder, make_placeholder());
}

config::Config configured() {
  config::Config config;
  config::Identity identity;
  identity.name = "default";
  identity.account.emplace();
  identity.account->audience =
      "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/p/"
      "providers/q";
  identity.account->service_account_email = kEmail;
  config.identities.emplace("default", identity);
  config.listen.metadata = *config::Endpoint::parse("127.0.0.1:3130");
  config.listen.metadata_names = {"Wif-Proxy"};
  return config;
}

TEST(MakeMetadataView, FollowsTheDefaultIdentity) {
  const auto made = make_metadata_view(configured(), "placeholder", "box");
  EXPECT_EQ(made.email, kEmail);
  EXPECT_EQ(made.project_id, "foo-project");
  EXPECT_EQ(made.numeric_project_id, "123456789012");
  EXPECT_EQ(made.scopes,
            std::vector<std::string>{"https://www.googleapis.com/auth/cloud-platform"});
  EXPECT_EQ(made.own_hosts, (std::vector<std::string>{"127.0.0.1", "wif-proxy"}));
  EXPECT_NE(made.id, "0");
}

TEST(MakeMetadataView, MakesUpWhatIsNotKnown) {
  auto config = configured();
  auto& identity = config.identities.at("default");
  identity.account.reset();
  identity.project_id = "bar-project";
  auto made = make_metadata_view(config, "placeholder", "box");
  EXPECT_EQ(made.email, "wif-proxy@bar-project.iam.gserviceaccount.com");
  EXPECT_TRUE(
      std::all_of(made.numeric_project_id.begin(), made.numeric_project_id.end(), ::isdigit));
  EXPECT_NE(made.numeric_project_id, "");
  config.identities.clear();
  made = make_metadata_view(config, "placeholder", "box");
  EXPECT_NE(made.email.find('@'), std::string::npos);
}

TEST(MetadataEndpoint, IsOfAClosedList) {
  EXPECT_EQ(metadata_endpoint("/"), "root");
  EXPECT_EQ(metadata_endpoint("/computeMetadata/v1/instance/service-accounts/default/token"),
            "token");
  EXPECT_EQ(metadata_endpoint("/computeMetadata/v1/instance/"), "instance");
  EXPECT_EQ(metadata_endpoint("/computeMetadata/v1/anything-a-client-writes"), "other");
}

}  // namespace
}  // namespace wif::proxy
