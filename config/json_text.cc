#include "config/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace wif::config {
namespace {

constexpr std::size_t kMaxDepth = 32;  // a path is kept per level; nothing of ours nests so deep

bool is_word(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    const char lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_' || c == '-' || c == '$';
  });
}

// One object or array that is open at the current place.
struct Level {
  bool object = false;
  bool expects_key = false;  // of an object: the next string is a key
  std::size_t index = 0;     // of an array
  std::string path;
};

class Scanner {
 public:
  Scanner(std::string_view text, JsonDialect dialect) : text_(text), dialect_(dialect) {
    result_.plain = text;
  }

  JsonText scan() && {
    while (at_ < text_.size() && levels_.size() <= kMaxDepth) step();
    result_.too_deep = levels_.size() > kMaxDepth;
    return std::move(result_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at_;
    } else if (c == '/' && dialect_ == JsonDialect::kWithComments && at_ + 1 < text_.size() &&
               (text_[at_ + 1] == '/' || text_[at_ + 1] == '*')) {
      skip_comment();
    } else if (c == ',') {
      next_member();
      comma_ = at_++;
    } else {
      if (c == '}' || c == ']') drop_trailing_comma();
      comma_ = std::string::npos;
      token(c);
    }
  }

  void token(char c) {
    switch (c) {
      case '{':
      case '[': open(c == '{'); break;
      case '}':
      case ']':
        if (!levels_.empty()) levels_.pop_back();
        value_awaited_ = false;
        ++at_;
        break;
      case '"': string(); break;
      default:
        mark_element();
        value_awaited_ = c == ':';
        ++at_;
    }
  }

  // An unfinished comment is left in place: the parser reports it.
  void skip_comment() {
    const bool line = text_[at_ + 1] == '/';
    auto end = text_.find(line ? "\n" : "*/", at_ + 2);
    if (end == std::string_view::npos) {
      end = line ? text_.size() : at_;
    } else if (!line) {
      end += 2;
    }
    for (std::size_t i = at_; i < end; ++i) {
      if (result_.plain[i] != '\n') result_.plain[i] = ' ';
    }
    at_ = std::max(end, at_ + 1);
  }

  void drop_trailing_comma() {
    if (comma_ != std::string::npos && dialect_ == JsonDialect::kWithComments && after_value_) {
      result_.plain[comma_] = ' ';
    }
  }

  void next_member() {
    after_value_ = comma_ == std::string::npos && !value_awaited_;
    if (levels_.empty()) return;
    Level& level = levels_.back();
    level.expects_key = level.object;
    if (!level.object) ++level.index;
  }

  void open(bool object) {
    mark_element();
    levels_.push_back({object, object, 0, value_path()});
    value_awaited_ = true;
    ++at_;
  }

  // The path of the value that begins here.
  std::string value_path() const {
    if (levels_.empty()) return {};
    const Level& level = levels_.back();
    return level.object ? key_path_ : json_element(level.path, level.index);
  }

  void mark_element() {
    value_awaited_ = false;
    if (levels_.empty() || levels_.back().object) return;
    result_.positions.try_emplace(value_path(), at_);
  }

  void string() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, text_.size());
    const auto literal = text_.substr(at_, end - at_);
    if (!levels_.empty() && levels_.back().expects_key) {
      key(literal);
    } else {
      mark_element();
    }
    value_awaited_ = false;
    at_ = end;
  }

  void key(std::string_view literal) {
    std::string name(literal.size() < 2 ? "" : literal.substr(1, literal.size() - 2));
    // "\u0061" is the same key as "a".
    if (name.find('\\') != std::string::npos) {
      const auto decoded = nlohmann::json::parse(literal, nullptr, false);
      if (decoded.is_string()) name = decoded.get<std::string>();
    }
    levels_.back().expects_key = false;
    key_path_ = json_child(levels_.back().path, name);
    const auto [position, is_new] = result_.positions.try_emplace(key_path_, at_);
    if (!is_new) {
      position->second = at_;
      result_.duplicates.push_back(key_path_);
    }
  }

  std::string_view text_;
  JsonDialect dialect_;
  JsonText result_;
  std::vector<Level> levels_;
  std::string key_path_;  // of the key that was read last
  std::size_t at_ = 0;
  std::size_t comma_ = std::string::npos;  // of a comma with nothing but space behind it
  bool after_value_ = false;               // whether a value stands before that comma
  bool value_awaited_ = false;             // nothing but space since an opening bracket or colon
};

}  // namespace

std::string json_child(std::string_view parent, std::string_view key) {
  if (!is_word(key)) {
    std::string quoted(key);
    // A path is part of one-line messages.
    std::replace_if(
        quoted.begin(), quoted.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; },
        '?');
    return std::string(parent) + "[\"" + quoted + "\"]";
  }
  return parent.empty() ? std::string(key) : std::string(parent) + "." + std::string(key);
}

std::string json_element(std::string_view parent, std::size_t index) {
  return std::string(parent) + "[" + std::to_string(index) + "]";
}

JsonText scan_json(std::string_view text, JsonDialect dialect) {
  return Scanner(text, dialect).scan();
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const auto last = before.rfind('\n');
  const auto column = last == std::string_view::npos ? before.size() : before.size() - last - 1;
  return std::to_string(lines + 1) + ":" + std::to_string(column + 1);
}

std::string parse_complaint(std::string_view nlohmann_message) {
  const auto dash = nlohmann_message.find(" - ");
  if (dash == std::string_view::npos) return "not valid JSON";
  std::string_view what = nlohmann_message.substr(dash + 3);
  std::string_view expected;
  if (const auto at = what.rfind("; expected "); at != std::string_view::npos) {
    expected = what.substr(at);
  }
  what = what.substr(0, std::min(what.find("; last read"), what.find("; expected ")));
  return "not valid JSON: " + std::string(what) + std::string(expected);
}

}  // namespace wif::config
