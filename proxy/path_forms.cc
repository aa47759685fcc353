#include "proxy/path_forms.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace wif::proxy {
namespace {

// The byte that "%XX" at the start of the text stands for.
std::optional<char> escape_at(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_value(text[1]);
  const int low = hex_value(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

// RFC 3986 6.2.2: only escapes that mean the same when decoded; the others in upper case.
std::string decode_harmless(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const auto byte = escape_at(path.substr(i));
    if (!byte) {
      out += path[i];
      continue;
    }
    if (is_unreserved(*byte)) {
      out += *byte;
    } else {
      append_escape(out, *byte);
    }
    i += 2;
  }
  return out;
}

// Every escape, also those that only appear by decoding ("%252e"), and the other slash.
std::string decode_everything(std::string_view path) {
  std::string out;
  for (const char c : path) {
    out += c;
    while (out.size() >= 3) {
      const auto byte = escape_at(std::string_view(out).substr(out.size() - 3));
      if (!byte) break;
      out.resize(out.size() - 3);
      out += *byte;
    }
  }
  std::replace(out.begin(), out.end(), '\\', '/');
  return out;
}

// Without dot segments (RFC 3986 5.2.4), and where asked without empty ones.
std::string resolve(std::string_view path, bool merge_slashes) {
  if (!path.starts_with('/')) return std::string(path);
  std::vector<std::string_view> kept;
  const auto segments = split(path.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    const bool last = i + 1 == segments.size();
    const bool dots = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (dots ? last : last || !segment.empty() || !merge_slashes) {
      kept.push_back(dots ? std::string_view() : segment);
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return out;
}

// Most paths can be read in one way only.
bool is_plain(std::string_view path) {
  return path.find_first_of("%\\") == std::string_view::npos &&
         path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
}

}  // namespace

PathForms::PathForms(std::string_view path) {
  forms_.push_back({Reading::kAsIs, std::string(path)});
  if (is_plain(path)) return;
  for (const Reading reading :
       {Reading::kEscapes, Reading::kEscapesMerged, Reading::kSlashes, Reading::kSlashesMerged}) {
    forms_.push_back({reading, read(path, reading)});
  }
}

std::string PathForms::read(std::string_view path, Reading reading) {
  switch (reading) {
    case Reading::kAsIs: break;
    case Reading::kEscapes: return resolve(decode_harmless(path), false);
    case Reading::kEscapesMerged: return resolve(decode_harmless(path), true);
    case Reading::kSlashes: return resolve(decode_everything(path), false);
    case Reading::kSlashesMerged: return resolve(decode_everything(path), true);
  }
  return std::string(path);
}

// The pattern is read in the same way, since it may be written with escapes.
bool PathForms::matches(const Form& form, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    const bool beginning = pattern.ends_with('*');
    if (beginning) pattern.remove_suffix(1);
    const std::string wanted = read(pattern, form.reading);
    return beginning ? form.path.starts_with(wanted) : form.path == wanted;
  });
}

bool PathForms::may_be(const std::vector<std::string>& patterns) const {
  return std::any_of(forms_.begin(), forms_.end(),
                     [&](const Form& form) { return matches(form, patterns); });
}

bool PathForms::is(const std::vector<std::string>& patterns) const {
  return std::all_of(forms_.begin(), forms_.end(),
                     [&](const Form& form) { return matches(form, patterns); });
}

}  // namespace wif::proxy
