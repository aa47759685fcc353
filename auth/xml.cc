#include "auth/xml.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::size_t kMaxDepth = 16;  // AWS needs four; paths are built per element

void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xe0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// One entity without its "&" and ";".
bool append_entity(std::string& text, std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kNamed{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, character] : kNamed) {
    if (name == known) {
      text += character;
      return true;
    }
  }
  if (name.size() < 2 || name[0] != '#') return false;
  const bool hexadecimal = name[1] == 'x';
  name.remove_prefix(hexadecimal ? 2 : 1);
  std::uint32_t point = 0;
  const auto [end, failure] =
      std::from_chars(name.data(), name.data() + name.size(), point, hexadecimal ? 16 : 10);
  if (failure != std::errc() || end != name.data() + name.size()) return false;
  if (point == 0 || point > 0x10ffff) return false;
  append_utf8(text, point);
  return true;
}

std::optional<std::string> decode(std::string_view raw) {
  std::string text;
  while (!raw.empty()) {
    const auto ampersand = raw.find('&');
    text += raw.substr(0, ampersand);
    if (ampersand == std::string_view::npos) break;
    const auto semicolon = raw.find(';', ampersand);
    if (semicolon == std::string_view::npos) return std::nullopt;
    const auto name = raw.substr(ampersand + 1, semicolon - ampersand - 1);
    if (!append_entity(text, name)) return std::nullopt;
    raw.remove_prefix(semicolon + 1);
  }
  return text;
}

// "ns:Name attribute=..." -> "Name".
std::string_view local_name(std::string_view tag) {
  tag = tag.substr(0, tag.find_first_of(" \t\r\n/"));
  const auto colon = tag.find(':');
  return colon == std::string_view::npos ? tag : tag.substr(colon + 1);
}

struct Reader {
  // One tag without its angle brackets, and the text that stood before it.
  bool tag(std::string_view inside, std::string_view before) {
    if (inside.empty() || inside.front() == '!') return inside.substr(0, 3) == "!--";
    if (inside.front() == '?') return true;
    if (inside.front() == '/') return close(local_name(inside.substr(1)), before);
    if (open.size() == kMaxDepth) return false;
    open.emplace_back(local_name(inside));
    has_children = false;
    if (open.back().empty()) return false;
    return inside.back() != '/' || close(open.back(), "");
  }

  bool close(std::string_view name, std::string_view before) {
    if (open.empty() || open.back() != name) return false;
    if (!has_children) {
      std::string path;
      for (const std::string& element : open) path += path.empty() ? element : "/" + element;
      auto text = decode(before);
      if (!text) return false;
      texts.emplace(std::move(path), *std::move(text));
    }
    open.pop_back();
    has_children = true;
    return true;
  }

  std::vector<std::string> open;
  bool has_children = false;  // of the innermost open element
  XmlTexts texts;
};

}  // namespace

std::optional<XmlTexts> read_xml(std::string_view document) {
  Reader reader;
  for (;;) {
    const auto start = document.find('<');
    if (start == std::string_view::npos) break;
    const std::string_view before = document.substr(0, start);
    const bool comment = document.substr(start, 4) == "<!--";
    const std::string_view closing = comment ? "-->" : ">";
    const auto end = document.find(closing, start);
    if (end == std::string_view::npos) return std::nullopt;
    if (!reader.tag(document.substr(start + 1, end - start - 1), before)) return std::nullopt;
    document.remove_prefix(end + closing.size());
  }
  if (!reader.open.empty() || reader.texts.empty()) return std::nullopt;
  return std::move(reader.texts);
}

}  // namespace wif::auth
