#include "tests/sandbox/arrivals.h"

#include <algorithm>

namespace sandbox {

void Arrivals::record(const std::string& service, Request& request) {
  auto entry = std::make_shared<Entry>();
  entry->arrival = {service,
                    request.method,
                    request.target,
                    request.headers,
                    0,
                    "",
                    std::chrono::system_clock::now(),
                    request.server_name,
                    request.peer};
  request.body = [this, entry, body = std::move(request.body)](char* out, std::size_t size) {
    const std::size_t count = body(out, size);
    const std::lock_guard lock(mutex_);
    entry->hash.add(std::string_view(out, count));
    entry->arrival.body_bytes += count;
    return count;
  };
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > limit_) entries_.pop_front();
}

Handler Arrivals::recording(std::string service, Handler next) {
  return [this, service = std::move(service), next = std::move(next)](Request& request) {
    record(service, request);
    return next(request);
  };
}

std::vector<Arrival> Arrivals::all(std::string_view service) const {
  const std::lock_guard lock(mutex_);
  std::vector<Arrival> out;
  for (const auto& entry : entries_) {
    if (!service.empty() && entry->arrival.service != service) continue;
    out.push_back(entry->arrival);
    out.back().body_sha256 = entry->hash.hex();
  }
  return out;
}

std::size_t Arrivals::count(std::string_view service, std::string_view target_prefix) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
        return entry->arrival.service == service &&
               entry->arrival.target.compare(0, target_prefix.size(), target_prefix) == 0;
      }));
}

void Arrivals::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
}

}  // namespace sandbox
