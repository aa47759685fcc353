#include "proxy/metrics_text.h"

#include <array>
#include <cstdio>

#include "base/text.h"

namespace wif::proxy {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

// Whole nanoseconds, so that a sum does not lose its small parts.
std::string seconds_text(std::int64_t nanoseconds) {
  std::array<char, 40> text{};
  const std::int64_t whole = nanoseconds / kSecond;
  const std::int64_t part = nanoseconds % kSecond;
  const bool negative = nanoseconds < 0;
  std::snprintf(text.data(), text.size(), "%s%lld.%09lld", negative && whole == 0 ? "-" : "",
                static_cast<long long>(whole), static_cast<long long>(negative ? -part : part));
  return text.data();
}

}  // namespace

std::string bound_text(std::int64_t nanoseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g",
                static_cast<double>(nanoseconds) / static_cast<double>(kSecond));
  std::string bound = text.data();
  if (bound.find_first_of(".e") == std::string::npos) bound += ".0";
  return bound;
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  const bool open = format_ == MetricsFormat::kOpenMetrics;
  name_ = name;
  suffix_ = type == "counter" ? "_total" : "";
  std::string shown = name_;
  if (!open) shown += suffix_;
  text_.append("# HELP ").append(shown).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(shown).append(" ").append(type).append("\n");
  if (!open) return;
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (!name.ends_with("_" + std::string(unit))) continue;
    text_.append("# UNIT ").append(shown).append(" ").append(unit).append("\n");
  }
}

void MetricsText::counter(std::string_view name, std::string_view help) {
  family(name, "counter", help);
}

void MetricsText::gauge(std::string_view name, std::string_view help) {
  family(name, "gauge", help);
}

void MetricsText::histogram(std::string_view name, std::string_view help) {
  family(name, "histogram", help);
}

void MetricsText::line(std::string_view suffix, Labels labels, std::string_view bound,
                       std::string_view value) {
  text_.append(name_).append(suffix);
  char separator = '{';
  const auto label = [&](std::string_view name, std::string_view text) {
    text_ += separator;
    text_.append(name).append("=\"");
    append_escaped(text_, text);
    text_ += '"';
    separator = ',';
  };
  for (const auto& [name, text] : labels) label(name, text);
  if (!bound.empty()) label("le", bound);
  if (separator == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

void MetricsText::sample(Labels labels, std::chrono::nanoseconds seconds) {
  sample(labels, seconds_text(seconds.count()));
}

void MetricsText::sample(Labels labels, SystemTime timestamp) {
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(timestamp.time_since_epoch());
  sample(labels, std::to_string(since.count()));
}

void MetricsText::sample(Labels labels, const Histogram& histogram) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
    count += histogram.cell(i);
    line("_bucket", labels, bound_text(histogram.bounds()[i]), std::to_string(count));
  }
  line("_bucket", labels, "+Inf", std::to_string(histogram.count()));
  line("_sum", labels, {}, seconds_text(histogram.sum().count()));
  line("_count", labels, {}, std::to_string(histogram.count()));
}

std::string MetricsText::finish() && {
  if (format_ == MetricsFormat::kOpenMetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace wif::proxy
