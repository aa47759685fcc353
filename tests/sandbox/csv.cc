#include "tests/sandbox/csv.h"

#include "tests/sandbox/bigquery_load.h"

namespace sandbox {
namespace {

constexpr int kEnd = -1;

}  // namespace

int RecordReader::peek() {
  if (at_ == filled_) {
    filled_ = content_.read(offset_, buffer_.data(), buffer_.size());
    offset_ += filled_;
    at_ = 0;
    if (filled_ == 0) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[at_]);
}

int RecordReader::get() {
  const int c = peek();
  if (c != kEnd) ++at_;
  return c;
}

bool RecordReader::line(std::string& out) {
  out.clear();
  if (peek() == kEnd) return false;
  for (int c = get(); c != kEnd && c != '\n'; c = get()) out += static_cast<char>(c);
  if (out.ends_with('\r')) out.pop_back();
  return true;
}

RecordReader::Field RecordReader::field(char delimiter, char quote) {
  Field field;
  if (quote != '\0' && peek() == quote) {
    get();
    field.quoted = true;
    for (int c = get();; c = get()) {
      if (c == kEnd) throw LoadError("Unterminated quoted field");
      if (c == quote && peek() != quote) break;
      if (c == quote) get();  // two of them mean one
      field.text += static_cast<char>(c);
    }
  }
  std::string rest;
  while (peek() != delimiter && peek() != '\n' && peek() != kEnd) {
    rest += static_cast<char>(get());
  }
  if (peek() != delimiter && rest.ends_with('\r')) rest.pop_back();
  field.text += rest;
  return field;
}

bool RecordReader::record(char delimiter, char quote, std::vector<Field>& out) {
  while (peek() == '\n' || peek() == '\r') get();
  if (peek() == kEnd) return false;
  out.clear();
  do {
    out.push_back(field(delimiter, quote));
  } while (get() == delimiter);
  return true;
}

}  // namespace sandbox
