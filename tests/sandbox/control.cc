#include "tests/sandbox/control.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sandbox {
namespace {

using nlohmann::json;

Response answer(const json& body, int status = 200) {
  Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  return response;
}

std::chrono::seconds seconds_at(const json& body, const char* key) {
  return std::chrono::seconds(body.at(key).get<long long>());
}

json arrivals_json(const std::vector<Arrival>& arrivals) {
  json list = json::array();
  for (const Arrival& arrival : arrivals) {
    json headers = json::array();
    for (const auto& [name, value] : arrival.headers) headers.push_back({name, value});
    list.push_back({{"service", arrival.service},
                    {"method", arrival.method},
                    {"target", arrival.target},
                    {"headers", headers},
                    {"body_bytes", arrival.body_bytes},
                    {"body_sha256", arrival.body_sha256},
                    {"time", format_rfc3339(arrival.time)},
                    {"server_name", arrival.server_name},
                    {"peer", arrival.peer}});
  }
  return list;
}

Failure::Kind failure_kind(const std::string& name) {
  if (name == "answer") return Failure::Kind::kAnswer;
  if (name == "pass_on") return Failure::Kind::kPassOn;
  if (name == "close") return Failure::Kind::kClose;
  if (name == "reset") return Failure::Kind::kReset;
  if (name == "no_answer") return Failure::Kind::kNoAnswer;
  throw std::invalid_argument("unknown kind " + name);
}

json fail(Cloud& cloud, const json& body) {
  Failure failure;
  failure.kind = failure_kind(body.value("kind", "answer"));
  failure.status = body.value("status", 503);
  failure.body = body.value("body", "");
  const json headers = body.value("headers", json::object());
  for (const auto& [name, value] : headers.items()) {
    failure.headers.emplace_back(name, value.get<std::string>());
  }
  failure.count = body.value("count", std::size_t{1});
  failure.delay = std::chrono::milliseconds(body.value("delay_ms", 0));
  failure.target_prefix = body.value("prefix", "");
  cloud.failures().add(body.at("service").get<std::string>(), failure);
  return json::object();
}

json clear(Cloud& cloud, const json&) {
  cloud.failures().clear();
  cloud.arrivals().clear();
  return json::object();
}

json set_role(Cloud& cloud, const json& body) {
  std::optional<std::string> role;
  if (!body.at("role").is_null()) role = body.at("role").get<std::string>();
  const std::string where = body.value("where", "");
  if (where.empty() || where == "instance") cloud.metadata().set_instance_role(role);
  if (where.empty() || where == "task") cloud.metadata().set_task_role(role);
  if (where.empty() || where == "pod") cloud.metadata().set_pod_role(role);
  if (body.contains("account")) {
    cloud.metadata().set_account(body.at("account").get<std::string>());
  }
  return json::object();
}

ImdsMode imds_mode(const std::string& name) {
  if (name == "optional") return ImdsMode::kOptional;
  if (name == "v1_only") return ImdsMode::kV1Only;
  if (name == "required") return ImdsMode::kRequired;
  if (name == "disabled") return ImdsMode::kDisabled;
  if (name == "hop_limit") return ImdsMode::kHopLimit;
  throw std::invalid_argument("unknown mode " + name);
}

json set_imds(Cloud& cloud, const json& body) {
  AwsMetadata& metadata = cloud.metadata();
  if (body.contains("mode")) metadata.set_mode(imds_mode(body.at("mode").get<std::string>()));
  if (body.contains("assumable")) metadata.set_role_assumable(body.at("assumable").get<bool>());
  if (body.contains("zone") || body.contains("region")) {
    metadata.set_place(body.at("zone").get<std::string>(), body.at("region").get<std::string>());
  }
  return json::object();
}

json ksa_token(Cloud& cloud, const json& body) {
  return {{"token", cloud.world().make_ksa_token(
                        body.at("namespace").get<std::string>(), body.at("name").get<std::string>(),
                        body.value("audience", std::string(kKsaAudience)),
                        std::chrono::seconds(body.value("life_seconds", 86400)))}};
}

std::string member_of(const json& body) {
  if (body.contains("role")) return aws_role_member(body.at("role").get<std::string>());
  if (body.contains("ksa")) return ksa_member(body.at("ksa").get<std::string>());
  return body.at("member").get<std::string>();
}

json bind(Cloud& cloud, const json& body) {
  cloud.world().bind(body.at("account").get<std::string>(), member_of(body));
  return json::object();
}

json unbind(Cloud& cloud, const json& body) {
  cloud.world().unbind(body.at("account").get<std::string>(), member_of(body));
  return json::object();
}

json tokens(Cloud& cloud, const json& body) {
  if (body.contains("life_seconds")) cloud.world().set_token_life(seconds_at(body, "life_seconds"));
  if (body.value("revoke", false)) cloud.world().revoke_all_tokens();
  return {{"issued", cloud.world().issued_tokens().size()}};
}

json aws_sessions(Cloud& cloud, const json& body) {
  if (body.contains("life_seconds")) {
    cloud.metadata().set_credential_life(seconds_at(body, "life_seconds"));
  }
  if (body.value("expire", false)) cloud.world().expire_aws_sessions();
  if (body.value("forget", false)) cloud.world().forget_aws_sessions();
  if (body.value("rotate", false)) cloud.metadata().rotate();
  return json::object();
}

json set_clock(Cloud& cloud, const json& body) {
  cloud.world().set_clock_offset(seconds_at(body, "offset_seconds"));
  return json::object();
}

json set_certificate(Cloud& cloud, const json& body) {
  const std::string service = body.at("service").get<std::string>();
  const std::string kind = body.at("kind").get<std::string>();
  if (kind == "good") {
    cloud.serve_good_certificate(service);
    return json::object();
  }
  if (kind == "old_tls") {
    cloud.serve_old_tls(service);
    return json::object();
  }
  for (const BadCertificate bad : all_bad_certificates()) {
    if (to_string(bad) != kind) continue;
    cloud.serve_bad_certificate(service, bad);
    return json::object();
  }
  throw std::invalid_argument("unknown kind " + kind);
}

json issue(Cloud& cloud, const json& body) {
  const TlsIdentity identity =
      cloud.authority().issue(body.at("names").get<std::vector<std::string>>());
  return {{"certificate", identity.certificate_pem}, {"key", identity.private_key_pem}};
}

json check_token(Cloud& cloud, const json& body) {
  const auto principal = cloud.world().check_bearer(body.at("authorization").get<std::string>());
  if (!principal || !cloud.world().may_use_project(*principal)) return {{"valid", false}};
  return {{"valid", true}, {"subject", principal->subject}};
}

// Looks through bytes of any length; a token may lie across two reads.
json contains_token(Cloud& cloud, Request& request) {
  constexpr std::size_t kWindow = 1 << 20;
  constexpr std::size_t kOverlap = 1024;  // longer than a token
  std::set<std::size_t> found;
  std::string window;
  std::vector<char> buffer(256 * 1024);
  while (const std::size_t count = request.body(buffer.data(), buffer.size())) {
    window.append(buffer.data(), count);
    if (window.size() < kWindow) continue;
    found.merge(cloud.world().tokens_in(window));
    window.erase(0, window.size() - kOverlap);
  }
  found.merge(cloud.world().tokens_in(window));
  return {{"count", found.size()}};
}

using Command = json (*)(Cloud&, const json&);

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands = {{"/fail", fail},
                                                           {"/clear", clear},
                                                           {"/role", set_role},
                                                           {"/imds", set_imds},
                                                           {"/ksa-token", ksa_token},
                                                           {"/bind", bind},
                                                           {"/unbind", unbind},
                                                           {"/tokens", tokens},
                                                           {"/aws-sessions", aws_sessions},
                                                           {"/clock", set_clock},
                                                           {"/certificate", set_certificate},
                                                           {"/issue", issue},
                                                           {"/check-token", check_token}};
  return kCommands;
}

Response get(Cloud& cloud, const Request& request) {
  const std::string service = request.query_value("service").value_or("");
  if (request.path == "/") return answer(json::parse(cloud.describe()));
  if (request.path == "/arrivals") return answer(arrivals_json(cloud.arrivals().all(service)));
  if (request.path == "/count") {
    const std::string prefix = request.query_value("prefix").value_or("");
    return answer({{"count", cloud.arrivals().count(service, prefix)}});
  }
  return answer({{"error", "no such path"}}, 404);
}

Response post(Cloud& cloud, Request& request) {
  if (request.path == "/contains-token") return answer(contains_token(cloud, request));
  const auto command = commands().find(request.path);
  if (command == commands().end()) return answer({{"error", "no such path"}}, 404);
  const std::string text = request.read_body();
  return answer(command->second(cloud, text.empty() ? json::object() : json::parse(text)));
}

}  // namespace

Handler control_handler(Cloud& cloud) {
  return [&cloud](Request& request) {
    try {
      Response response = request.method == "POST" ? post(cloud, request) : get(cloud, request);
      response.body = cloud.world().redact_tokens(std::move(response.body));
      return response;
    } catch (const std::logic_error& error) {  // wrong arguments
      return answer({{"error", error.what()}}, 400);
    } catch (const json::exception& error) {
      return answer({{"error", error.what()}}, 400);
    }
  };
}

}  // namespace sandbox
