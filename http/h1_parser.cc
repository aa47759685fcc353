#include "http/h1_parser.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "http/framing.h"

namespace wif::http {
namespace {

constexpr std::size_t kAdded = 4;  // fields for which there is room: the token, a diagnosis

// Of the head that is being parsed: per thread, so that idle connections hold none.
thread_local std::vector<std::pair<std::string_view, std::string_view>> raw_fields;

// RFC 9112 5.2: a folded line in an answer becomes spaces. Only a field has more lines: white space
// behind the status line stays, and is refused.
void fold_continuation_lines(char* head, std::size_t size) {
  const std::string_view text(head, size);
  std::size_t end = text.find('\n');
  while ((end = text.find("\r\n", end)) != std::string_view::npos && end + 2 < size) {
    if (head[end + 2] == ' ' || head[end + 2] == '\t') head[end] = head[end + 1] = ' ';
    end += 2;
  }
}

}  // namespace

// llhttp's callbacks only record; they never call anybody else's code.
struct H1Parser::Callbacks {
  static H1Parser& self(llhttp_t* parser) { return *static_cast<H1Parser*>(parser->data); }

  static int on_url(llhttp_t* parser, const char* at, std::size_t size) {
    self(parser).target_ = {at, size};
    return 0;
  }
  static int on_status(llhttp_t* parser, const char* at, std::size_t size) {
    self(parser).reason_ = {at, size};
    return 0;
  }
  static int on_header_field(llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<void>(parser);
    raw_fields.emplace_back(std::string_view(at, size), std::string_view());
    return 0;
  }
  static int on_header_value(llhttp_t* parser, const char* at, std::size_t size) {
    static_cast<void>(parser);
    if (!raw_fields.empty() && size > 0) raw_fields.back().second = {at, size};
    return 0;
  }
  static int on_headers_complete(llhttp_t* parser) {
    static_cast<void>(parser);
    return HPE_PAUSED;  // bodies are ours, whatever llhttp thinks of an Upgrade field
  }

  static const llhttp_settings_t& settings() {
    static const llhttp_settings_t made = [] {
      llhttp_settings_t settings;
      llhttp_settings_init(&settings);
      settings.on_url = on_url;
      settings.on_status = on_status;
      settings.on_header_field = on_header_field;
      settings.on_header_value = on_header_value;
      settings.on_headers_complete = on_headers_complete;
      return settings;
    }();
    return made;
  }
};

H1Parser::H1Parser(HeadKind kind, const H1Limits& limits)
    : kind_(kind), limits_(limits), chunks_(limits.chunk) {}

Error H1Parser::refuse(std::string_view code, int status) {
  refusal_ = code;
  if (kind_ == HeadKind::kResponse) {
    return Error(Reason::kUpstreamProtocol,
                 "the upstream's answer is malformed (" + std::string(code) + ")");
  }
  Error error(status == 431 ? Reason::kHeadersTooLarge : Reason::kBadRequest,
              "the request is malformed (" + std::string(code) + ")");
  error.status = status;
  error.code = code;
  return error;
}

std::optional<std::string_view> H1Parser::check_lines(char* head, std::size_t size) const {
  const auto wrong = check_head_lines({head, size}, kind_);
  if (kind_ == HeadKind::kRequest || wrong != "obs_fold") return wrong;
  fold_continuation_lines(head, size);
  return check_head_lines({head, size}, kind_);
}

Result<void> H1Parser::execute_head(char* head, std::size_t size) {
  if (const auto wrong = check_lines(head, size)) return refuse(*wrong);
  llhttp_init(&parser_, kind_ == HeadKind::kRequest ? HTTP_REQUEST : HTTP_RESPONSE,
              &Callbacks::settings());
  parser_.data = this;
  raw_fields.clear();
  target_ = reason_ = {};
  const auto verdict = llhttp_execute(&parser_, head, size);
  // llhttp knows no TRACK; it is refused as TRACE is.
  if (std::string_view(head, size).starts_with("TRACK ")) return refuse("method", 405);
  if (verdict != HPE_PAUSED) return refuse("syntax");
  if (raw_fields.size() > limits_.max_header_fields) return refuse("too_many_fields", 431);
  for (auto& [name, value] : raw_fields) {
    if (name.size() + value.size() > limits_.max_field_bytes) return refuse("field_too_large", 431);
    const std::string_view trimmed = trim(value);
    // Some parsers read the white space behind a length as a part of it.
    if (trimmed.end() != value.end() && iequals(name, "content-length")) {
      return refuse("content_length");
    }
    value = trimmed;
  }
  return {};
}

namespace {

// The views point into a buffer that is ours to change.
std::string_view lower_in_place(std::string_view name) {
  char* bytes = const_cast<char*>(name.data());
  for (std::size_t i = 0; i < name.size(); ++i) bytes[i] = ascii_lower(bytes[i]);
  return name;
}

}  // namespace

Result<void> H1Parser::parse_request_head(char* head, std::size_t size, RequestHead& out) {
  const std::size_t line_end = std::string_view(head, size).find('\n');
  if (line_end > limits_.max_request_line_bytes) return refuse("request_line_too_long", 414);
  TRY_VOID(execute_head(head, size));
  out.method = std::string_view(head, std::string_view(head, size).find(' '));
  out.target = target_;
  out.version = parser_.http_minor == 0 ? Version::kHttp10 : Version::kHttp11;
  FieldFraming framing;
  out.headers.clear();
  out.headers.reserve(raw_fields.size() + kAdded);
  for (const auto& [name, value] : raw_fields) {
    const std::string_view lower = lower_in_place(name);
    if (!framing.take(lower, value)) out.headers.add_view(lower, value);
  }
  if (const auto wrong = framing.apply_to_request(out)) return refuse(wrong->code, wrong->status);
  start_body(out.chunked, out.content_length.value_or(0));
  return {};
}

Result<void> H1Parser::parse_response_head(char* head, std::size_t size, std::string_view method,
                                           ResponseHead& out) {
  TRY_VOID(execute_head(head, size));
  out.status = parser_.status_code;
  out.reason = reason_;
  FieldFraming framing;
  out.headers.clear();
  out.headers.reserve(raw_fields.size() + kAdded);
  for (const auto& [name, value] : raw_fields) {
    const std::string_view lower = lower_in_place(name);
    if (lower == "host" || !framing.take(lower, value)) out.headers.add_view(lower, value);
  }
  const auto version = parser_.http_minor == 0 ? Version::kHttp10 : Version::kHttp11;
  if (const auto wrong = framing.apply_to_response(out, version, method)) {
    return refuse(wrong->code);
  }
  start_body(framing.chunked(), out.content_length);
  return {};
}

// Without chunks and length the body ends with the connection.
void H1Parser::start_body(bool chunked, const std::optional<std::uint64_t>& length) {
  chunked_ = chunked;
  until_close_ = !chunked && !length;
  left_ = length.value_or(0);
  trailers_.clear();
  if (chunked) chunks_ = ChunkedDecoder(limits_.chunk);
}

Result<H1Parser::Body> H1Parser::parse_body(char* bytes, std::size_t size) {
  Body body;
  if (chunked_) {
    ChunkedDecoder::Piece piece;
    if (const auto wrong = chunks_.decode(bytes, size, piece)) return refuse(*wrong);
    body.consumed = piece.consumed;
    body.data = {bytes, piece.data_bytes};
    body.last = chunks_.done();
    if (body.last) TRY_VOID(read_trailers());
    return body;
  }
  body.consumed =
      until_close_ ? size : static_cast<std::size_t>(std::min<std::uint64_t>(left_, size));
  body.data = {bytes, body.consumed};
  if (!until_close_) {
    left_ -= body.consumed;
    body.last = left_ == 0;
  }
  return body;
}

Result<void> H1Parser::end_of_input() {
  if (until_close_) return {};
  return refuse("incomplete");
}

Result<void> H1Parser::read_trailers() {
  std::string_view lines = chunks_.trailers();
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\r'));
    lines.remove_prefix(line.size() + 2);
    if (const auto wrong = check_field_line(line)) return refuse(*wrong);
    if (trailers_.fields().size() == limits_.max_trailer_fields) return refuse("too_many_trailers");
    const std::size_t colon = line.find(':');
    trailers_.add_view(lower_in_place(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return {};
}

}  // namespace wif::http
