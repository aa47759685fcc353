// Cuts a BigQuery statement into tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sandbox {

struct SqlToken {
  enum class Kind { word, quoted_name, integer, floating, string, parameter, symbol, end };

  Kind kind = Kind::end;
  std::string text;  // names and strings without quotes and escapes; "@x" without "@"
  std::string key;   // a word in upper case, or the symbol: what the parser compares
  std::size_t line = 1;
  std::size_t column = 1;
  bool glued = false;  // nothing stands between this token and the one before
};

// All tokens of the text; the last one is of kind `end`. Throws ApiError (400 invalidQuery).
std::vector<SqlToken> tokenize(std::string_view sql);

// " at [line:column]", as BigQuery's messages end.
std::string position_of(const SqlToken& token);

// A text as an SQLite literal, a name as an SQLite identifier.
std::string sqlite_string(std::string_view text);
std::string sqlite_name(std::string_view name);

}  // namespace sandbox
