// The first look at a JSON text, before a parser sees it: blanks comments and trailing commas out,
// finds duplicate keys, and remembers where each key stands, which JSON parsers forget. Tolerant:
// what is not JSON is left for the parser to refuse. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wif::config {

enum class JsonDialect { kStrict, kWithComments };

struct JsonText {
  std::string plain;  // as long as the original and with the same line breaks
  std::map<std::string, std::size_t> positions;  // "rules[0].hosts" -> offset of key or element
  std::vector<std::string> duplicates;  // paths given twice; their position is the second one's
  bool too_deep = false;                // more than 32 levels: only the beginning was looked at
};

// A key that is not made of letters, digits, "_", "-" and "$" is shown quoted: listen["a.b"].
std::string json_child(std::string_view parent, std::string_view key);
std::string json_element(std::string_view parent, std::size_t index);

JsonText scan_json(std::string_view text, JsonDialect dialect);

// "3:14": line and column, both from 1; columns count octets.
std::string line_and_column(std::string_view text, std::size_t offset);

// The sentence of nlohmann's parse error without the text that it read, which may be a secret.
std::string parse_complaint(std::string_view nlohmann_message);

}  // namespace wif::config
