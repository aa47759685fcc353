// The admin port (R-9.1, experience.md 7): /healthz, /readyz, /metrics, /status and, where enabled,
// POST /quitquitquit. Knows nothing of the server but what AdminView gives. Control thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "proxy/metrics.h"
#include "proxy/small_server.h"

namespace wif::proxy {

// Why the process is ready or not; cheap to make.
struct Readiness {
  bool listening = false;  // all listeners are bound
  bool ca_exported = false;
  bool draining = false;
  bool has_token = false;      // of the default identity, one that may be served
  bool token_required = true;  // health.ready_requires_token

  bool ready() const;
  // Codes of a closed list: "listeners", "ca", "draining", "token"; empty when ready.
  std::vector<std::string_view> reasons() const;
};

struct IdentityStatus {
  std::string name;
  std::string source;                              // "" = not known yet
  std::string principal;                           // "" = no token yet
  bool usable = false;                             // there is a token that may be served
  std::optional<std::chrono::seconds> expires_in;  // nullopt: none, or its life is unknown
  // The last attempt's failure; all empty after a success.
  std::string error_code;
  std::string error_message;
  std::string explain;
  std::string fix;
  std::optional<std::chrono::seconds> next_attempt_in;
};

struct ListenerStatus {
  std::string name;     // proxy, metadata, admin
  std::string address;  // as bound: "127.0.0.1:3128"
};

// Everything that /status and /metrics show.
struct AdminSnapshot {
  AdminSnapshot() = default;  // not an aggregate, because it passes through coroutines
  Readiness readiness;
  std::chrono::seconds uptime{0};
  std::vector<IdentityStatus> identities;
  std::vector<ListenerStatus> listeners;
  std::string project_id;  // that clients are told, "" where none is known
  std::string ca_fingerprint;
  std::string ca_export_dir;
  int ca_days_left = 0;
  MetricsSnapshot metrics;
};

struct AdminView {
  std::function<Readiness()> readiness;
  std::function<Task<AdminSnapshot>()> gather;  // asks every worker for its counters
  std::function<void()> quit;                   // starts draining; empty = not enabled
};

// `view` is kept by the handler; what its functions refer to must outlive it.
SmallHandler make_admin_handler(AdminView view);

// The bodies, for tests. Versioned: `"version": 1` counts up when a member changes its meaning.
std::string readiness_json(const Readiness& readiness);
std::string status_json(const AdminSnapshot& snapshot);

}  // namespace wif::proxy
