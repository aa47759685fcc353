#include "tests/sandbox/sql_token.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "tests/sandbox/api_error.h"
#include "tests/sandbox/sql_types.h"

namespace sandbox {
namespace {

using Kind = SqlToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool in_word(char c) { return starts_word(c) || is_digit(c); }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> run() {
    std::vector<SqlToken> tokens;
    while (true) {
      const std::size_t before = at_;
      skip_blank();
      SqlToken token = next();
      token.glued = before == start_ && !tokens.empty();
      tokens.push_back(std::move(token));
      if (tokens.back().kind == Kind::end) return tokens;
    }
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  bool looking_at(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

  void advance(std::size_t n = 1) {
    for (; n > 0 && at_ < sql_.size(); --n, ++at_) {
      if (sql_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else {
        ++column_;
      }
    }
  }

  void skip_blank() {
    while (at_ < sql_.size()) {
      if (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
        advance();
      } else if (peek() == '#' || looking_at("--")) {
        while (at_ < sql_.size() && peek() != '\n') advance();
      } else if (looking_at("/*")) {
        const auto close = sql_.find("*/", at_ + 2);
        if (close == std::string_view::npos) fail("Syntax error: Unclosed comment");
        advance(close + 2 - at_);
      } else {
        return;
      }
    }
  }

  SqlToken make(Kind kind, std::string text, std::string key) const {
    return {kind, std::move(text), std::move(key), start_line_, start_column_, false};
  }

  [[noreturn]] void fail(const std::string& message) const {
    SqlToken here;
    here.line = start_line_;
    here.column = start_column_;
    throw invalid_query(message + position_of(here));
  }

  SqlToken next() {
    start_ = at_;
    start_line_ = line_;
    start_column_ = column_;
    const char c = peek();
    if (at_ >= sql_.size()) return make(Kind::end, "", "");
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (c == '\'' || c == '"') return string(false);
    if ((c == 'r' || c == 'R') && (peek(1) == '\'' || peek(1) == '"')) {
      advance();
      return string(true);
    }
    if (c == '`') return quoted_name();
    if (c == '@' && starts_word(peek(1))) {
      advance();
      return make(Kind::parameter, word_text(), "@");
    }
    if (starts_word(c)) {
      std::string text = word_text();
      std::string key = upper(text);
      return make(Kind::word, std::move(text), std::move(key));
    }
    return symbol();
  }

  std::string word_text() {
    const std::size_t from = at_;
    while (in_word(peek())) advance();
    return std::string(sql_.substr(from, at_ - from));
  }

  SqlToken number() {
    const std::size_t from = at_;
    bool real = false;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      advance(2);
      while (in_word(peek())) advance();
    } else {
      while (is_digit(peek())) advance();
      const bool exponent = (peek(1) == 'e' || peek(1) == 'E') && is_digit(peek(2));
      if (peek() == '.' && starts_word(peek(1)) && !exponent) {
        // The number ends the name of a project: my-project-123.dataset.
        return make(Kind::integer, std::string(sql_.substr(from, at_ - from)), "");
      }
      if (peek() == '.') {
        real = true;
        advance();
        while (is_digit(peek())) advance();
      }
      const bool signed_exponent = (peek(1) == '+' || peek(1) == '-') && is_digit(peek(2));
      if ((peek() == 'e' || peek() == 'E') && (is_digit(peek(1)) || signed_exponent)) {
        real = true;
        advance(2);
        while (is_digit(peek())) advance();
      }
      if (in_word(peek())) fail("Syntax error: Missing whitespace between literal and alias");
    }
    return make(real ? Kind::floating : Kind::integer, std::string(sql_.substr(from, at_ - from)),
                "");
  }

  SqlToken string(bool raw) {
    const char quote = peek();
    const std::string triple(3, quote);
    const std::string close = looking_at(triple) ? triple : std::string(1, quote);
    advance(close.size());
    std::string text;
    while (!looking_at(close)) {
      if (at_ >= sql_.size() || (close.size() == 1 && peek() == '\n')) {
        fail("Syntax error: Unclosed string literal");
      }
      if (peek() == '\\' && raw) {
        text += peek();
        advance();
        text += peek();
        advance();
      } else if (peek() == '\\') {
        advance();
        escape(text);
      } else {
        text += peek();
        advance();
      }
    }
    advance(close.size());
    if (text.find('\0') != std::string::npos) fail("The sandbox does not take NUL in a string");
    return make(Kind::string, std::move(text), "");
  }

  void escape(std::string& text) {
    static constexpr std::string_view kLetters = "abfnrtv\\?\"'`";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    const char c = peek();
    advance();
    if (const auto known = kLetters.find(c); c != '\0' && known != std::string_view::npos) {
      text += kMeanings[known];
    } else if (c == 'x' || c == 'X') {
      append_utf8(text, code(2, 16));
    } else if (c == 'u') {
      append_utf8(text, code(4, 16));
    } else if (c == 'U') {
      append_utf8(text, code(8, 16));
    } else if (c >= '0' && c <= '3') {
      at_ -= 1;
      column_ -= 1;
      append_utf8(text, code(3, 8));
    } else {
      fail(std::string("Syntax error: Illegal escape sequence: \\") + c);
    }
  }

  std::uint32_t code(std::size_t digits, int base) {
    const std::string text(sql_.substr(at_, digits));
    char* end = nullptr;
    const unsigned long value = std::strtoul(text.c_str(), &end, base);
    if (text.size() != digits || end != text.c_str() + digits || value > 0x10FFFF) {
      fail("Syntax error: Illegal escape sequence in string literal");
    }
    advance(digits);
    return static_cast<std::uint32_t>(value);
  }

  SqlToken quoted_name() {
    advance();
    std::string text;
    while (peek() != '`') {
      if (at_ >= sql_.size()) fail("Syntax error: Unclosed identifier literal");
      text += peek();
      advance();
    }
    advance();
    if (text.empty()) fail("Syntax error: Invalid empty identifier");
    return make(Kind::quoted_name, std::move(text), "`");
  }

  SqlToken symbol() {
    static constexpr std::array<std::string_view, 8> kLong = {
        "<=", ">=", "<>", "!=", "||", "<<", ">>", "=>"};
    for (const std::string_view text : kLong) {
      if (!looking_at(text)) continue;
      advance(text.size());
      return make(Kind::symbol, std::string(text), std::string(text));
    }
    const std::string text(1, peek());
    if (std::string_view("()[]{},.;+-*/=<>?&|^~%:").find(text) == std::string_view::npos) {
      fail("Syntax error: Illegal input character \"" + text + "\"");
    }
    advance();
    return make(Kind::symbol, text, text);
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t column_ = 1;
  std::size_t start_ = 0;
  std::size_t start_line_ = 1;
  std::size_t start_column_ = 1;
};

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += c;
    result += c;
  }
  return result + quote;
}

}  // namespace

std::vector<SqlToken> tokenize(std::string_view sql) { return Tokenizer(sql).run(); }

std::string position_of(const SqlToken& token) {
  return " at [" + std::to_string(token.line) + ":" + std::to_string(token.column) + "]";
}

std::string sqlite_string(std::string_view text) { return quoted(text, '\''); }
std::string sqlite_name(std::string_view name) { return quoted(name, '"'); }

}  // namespace sandbox
