// Writes samples in the text formats of Prometheus (0.0.4) and OpenMetrics (1.0.0). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "proxy/metrics.h"

namespace wif::proxy {

class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit MetricsText(MetricsFormat format) : format_(format) {}

  // Begin a family; the samples that follow belong to it. The unit is that of the name's end.
  // `name` of a counter is without "_total".
  void counter(std::string_view name, std::string_view help);
  void gauge(std::string_view name, std::string_view help);
  void histogram(std::string_view name, std::string_view help);

  // One sample of the family that was begun last.
  void sample(Labels labels, std::uint64_t value) { sample(labels, std::to_string(value)); }
  void sample(Labels labels, std::int64_t value) { sample(labels, std::to_string(value)); }
  void sample(Labels labels, int value) { sample(labels, std::to_string(value)); }
  void sample(Labels labels, std::chrono::nanoseconds seconds);
  void sample(Labels labels, SystemTime timestamp);
  void sample(Labels labels, const Histogram& histogram);

  // The text; OpenMetrics' end mark included.
  std::string finish() &&;

 private:
  void family(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, std::string_view value) { line(suffix_, labels, {}, value); }
  void line(std::string_view suffix, Labels labels, std::string_view bound, std::string_view value);

  MetricsFormat format_;
  std::string text_;
  std::string name_;
  std::string_view suffix_;
};

// "0.25", "5e-05", "1.0": as the formats want the bounds of histograms.
std::string bound_text(std::int64_t nanoseconds);

// process_cpu_seconds, process_open_fds and so on, of this process.
void append_process_metrics(MetricsText& text);

}  // namespace wif::proxy
