// The JSON bodies of the admin port.
#include <nlohmann/json.hpp>

#include "proxy/admin.h"
#include "proxy/build_info.h"

namespace wif::proxy {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kStatusVersion = 1;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json seconds(const std::optional<std::chrono::seconds>& value) {
  return value ? Json(value->count()) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json readiness_members(const Readiness& readiness) {
  Json json{{"ready", readiness.ready()}, {"reasons", Json::array()}};
  for (const std::string_view reason : readiness.reasons()) json["reasons"].push_back(reason);
  return json;
}

Json identity_members(const IdentityStatus& identity) {
  Json json;
  json["name"] = identity.name;
  json["source"] = text_or_null(identity.source);
  json["principal"] = text_or_null(identity.principal);
  json["usable"] = identity.usable;
  json["expires_in_seconds"] = seconds(identity.expires_in);
  json["next_attempt_in_seconds"] = seconds(identity.next_attempt_in);
  json["error"] = nullptr;
  if (!identity.error_code.empty()) {
    json["error"] = Json{{"code", identity.error_code},
                         {"message", identity.error_message},
                         {"explain", identity.explain},
                         {"fix", identity.fix}};
  }
  return json;
}

// Requests of all hosts, by status class.
Json request_members(const Counters& total) {
  std::array<std::uint64_t, Counters::kClasses> by_class{};
  std::uint64_t all = 0;
  for (const Counters::Host& host : total.hosts) {
    for (const auto& action : host.requests) {
      for (std::size_t code = 0; code < by_class.size(); ++code) {
        for (const std::uint64_t count : action[code]) {
          by_class[code] += count;
          all += count;
        }
      }
    }
  }
  std::uint64_t denied = 0;
  for (const std::uint64_t count : total.denied) denied += count;
  return Json{{"total", all},
              {"1xx", by_class[1]},
              {"2xx", by_class[2]},
              {"3xx", by_class[3]},
              {"4xx", by_class[4]},
              {"5xx", by_class[5]},
              {"unanswered", by_class[0]},
              {"answered_by_us", denied}};
}

template <typename Values>
std::int64_t sum(const Values& values) {
  std::int64_t total = 0;
  for (const std::int64_t value : values) total += value;
  return total;
}

}  // namespace

std::string readiness_json(const Readiness& readiness) {
  return dump(readiness_members(readiness));
}

std::string status_json(const AdminSnapshot& snapshot) {
  const BuildInfo build = build_info();
  const Counters& total = snapshot.metrics.total;
  Json json;
  json["version"] = kStatusVersion;
  json["wif_proxy"] = Json{{"version", build.version}, {"revision", build.revision}};
  json.update(readiness_members(snapshot.readiness));
  json["uptime_seconds"] = snapshot.uptime.count();
  json["identities"] = Json::array();
  for (const auto& each : snapshot.identities) json["identities"].push_back(identity_members(each));
  json["listeners"] = Json::object();
  for (const ListenerStatus& each : snapshot.listeners) {
    json["listeners"][each.name].push_back(each.address);
  }
  json["project_id"] = text_or_null(snapshot.project_id);
  json["ca"] = Json{{"fingerprint", text_or_null(snapshot.ca_fingerprint)},
                    {"days_left", snapshot.ca_days_left},
                    {"export_dir", text_or_null(snapshot.ca_export_dir)}};
  json["connections"] = Json{{"client", sum(total.client_connections)},
                             {"upstream", sum(total.upstream_connections)},
                             {"tunnels", total.tunnels}};
  json["requests"] = request_members(total);
  json["clock_offset_seconds"] = snapshot.metrics.clock_offset.count();
  return dump(json);
}

}  // namespace wif::proxy
