#include "tests/sandbox/cloud.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/sandbox/aws_sts.h"
#include "tests/sandbox/bigquery.h"
#include "tests/sandbox/echo.h"
#include "tests/sandbox/google_apis.h"
#include "tests/sandbox/google_sts.h"
#include "tests/sandbox/iam_credentials.h"
#include "tests/sandbox/storage.h"

namespace sandbox {
namespace {

using Names = std::vector<std::string>;

// Names of each TLS service. The first ones without a star are those of connect_to().
const std::map<std::string, Names>& tls_names() {
  static const std::map<std::string, Names> kNames = {
      {"aws_sts",
       {"sts.us-east-2.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts.us-west-2.amazonaws.com",
        "sts.eu-central-1.amazonaws.com", "sts.ap-northeast-1.amazonaws.com", "sts.amazonaws.com"}},
      {"google_sts", {"sts.googleapis.com"}},
      {"iam_credentials", {"iamcredentials.googleapis.com"}},
      {"google_apis",
       {"bigquery.googleapis.com", "storage.googleapis.com", "www.googleapis.com",
        "echo.googleapis.com", "echo2.googleapis.com", "googleapis.com", "*.googleapis.com",
        "*.storage.googleapis.com", "*.us-east4.rep.googleapis.com"}},
      {"outside", {"outside.example", "www.outside.example", "*.outside.example"}}};
  return kNames;
}

Names certificate_names(const std::string& service) {
  Names names = tls_names().at(service);
  names.insert(names.end(), {"localhost", "127.0.0.1", "::1"});
  return names;
}

std::string without_port(std::string_view host) {
  return std::string(host.substr(0, host.rfind(':')));
}

// A name in TLS that differs from the one in HTTP means that a connection was used for another
// host than it was opened for.
Handler one_authority(Handler next) {
  return [next = std::move(next)](Request& request) -> Response {
    const std::string host = without_port(request.header("host"));
    if (request.server_name.empty() || equals_ignoring_case(request.server_name, host)) {
      return next(request);
    }
    Response response;
    response.status = 421;
    response.body = "SNI " + request.server_name + ", Host " + host + "\n";
    return response;
  };
}

// Answers carry this cloud's time, which a test may have moved.
Handler dated(const World& world, Handler next) {
  return [&world, next = std::move(next)](Request& request) {
    Response response = next(request);
    if (find_header(response.headers, "date").empty()) {
      response.headers.emplace_back("Date", format_http_date(world.now()));
    }
    return response;
  };
}

}  // namespace

CloudOptions& CloudOptions::in_dir(std::filesystem::path path) {
  dir = std::move(path);
  return *this;
}

CloudOptions& CloudOptions::token_lives(std::chrono::seconds life) {
  token_life = life;
  return *this;
}

CloudOptions& CloudOptions::imds(ImdsMode mode) {
  imds_mode = mode;
  return *this;
}

CloudOptions& CloudOptions::listen_at(const std::string& service, const std::string& where) {
  listen[service] = where;
  return *this;
}

Cloud::Cloud(CloudOptions options) : options_(std::move(options)), metadata_(world_) {
  world_.set_token_life(options_.token_life);
  metadata_.set_mode(options_.imds_mode);
  const auto watched = [this](const std::string& service, Handler handler) {
    return arrivals_.recording(service, failures_.failing(service, std::move(handler)));
  };
  start("imds", watched("imds", [this](Request& r) { return metadata_.imds(r); }), false);
  start("ecs", watched("ecs", [this](Request& r) { return metadata_.container(r); }), false);
  start("aws_sts", watched("aws_sts", aws_sts_handler(world_)), true);
  start("google_sts", watched("google_sts", google_sts_handler(world_)), true);
  start("iam_credentials", watched("iam_credentials", iam_credentials_handler(world_)), true);
  start("google_apis",
        google_apis_handler(world_, arrivals_, failures_, bigquery_handler(), storage_handler(),
                            echo_handler(world_)),
        true);
  start("outside", watched("outside", echo_handler(world_)), true);
  start("outside_http", watched("outside_http", echo_handler(world_)), false);
  if (!options_.dir.empty()) write_files();
}

Cloud::~Cloud() = default;

void Cloud::start(const std::string& service, Handler handler, bool tls) {
  const auto where = options_.listen.find(service);
  const std::string& address = where == options_.listen.end() ? options_.address : where->second;
  std::optional<TlsIdentity> identity;
  if (tls) {
    identity = authority_.issue(certificate_names(service));
    handler = one_authority(std::move(handler));
  }
  servers_[service] =
      std::make_unique<HttpServer>(address, dated(world_, std::move(handler)), identity);
}

HttpServer& Cloud::server(const std::string& service) { return *servers_.at(service); }

std::uint16_t Cloud::port(const std::string& service) { return server(service).port(); }

std::string Cloud::url(const std::string& service) {
  return (tls_names().count(service) > 0 ? "https://" : "http://") + server(service).endpoint();
}

std::vector<std::string> Cloud::connect_to() {
  std::vector<std::string> list;
  for (const auto& [service, names] : tls_names()) {
    for (const std::string& name : names) {
      if (name.front() != '*') list.push_back(name + ":443:" + server(service).endpoint());
    }
  }
  return list;
}

std::filesystem::path Cloud::file(const std::string& name) const { return options_.dir / name; }

void Cloud::write_files() {
  std::filesystem::create_directories(options_.dir);
  const auto write = [this](const std::string& name, const std::string& text) {
    std::ofstream out(file(name), std::ios::binary | std::ios::trunc);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + file(name).string());
  };
  write("ca.pem", ca_pem());
  write("eks-token", make_ksa_token("default", "eks-access-to-gcp"));
  write("other-ksa-token", make_ksa_token("default", "other-ksa"));
  write("pod-identity-token", metadata_.pod_token());
}

std::string Cloud::describe() {
  nlohmann::ordered_json out;
  for (const auto& [service, unused] : servers_) out[service] = url(service);
  out["connect_to"] = connect_to();
  if (options_.dir.empty()) return out.dump();
  for (const std::string name : {"ca.pem", "eks-token", "other-ksa-token", "pod-identity-token"}) {
    out["files"][name] = std::filesystem::absolute(file(name)).string();
  }
  return out.dump();
}

std::string Cloud::make_ksa_token(const std::string& name_space, const std::string& name) const {
  return world_.make_ksa_token(name_space, name);
}

void Cloud::serve_bad_certificate(const std::string& service, BadCertificate kind) {
  server(service).set_identity(authority_.issue_bad(certificate_names(service), kind));
  server(service).drop_connections();
}

void Cloud::serve_good_certificate(const std::string& service) {
  server(service).set_identity(authority_.issue(certificate_names(service)));
  server(service).drop_connections();
}

void Cloud::speak(const std::string& service, std::vector<std::string> protocols) {
  TlsIdentity identity = authority_.issue(certificate_names(service));
  identity.protocols = std::move(protocols);
  server(service).set_identity(identity);
  server(service).drop_connections();
}

void Cloud::serve_old_tls(const std::string& service) {
  TlsIdentity identity = authority_.issue(certificate_names(service));
  identity.only_tls_1_1 = true;
  server(service).set_identity(identity);
  server(service).drop_connections();
}

}  // namespace sandbox
