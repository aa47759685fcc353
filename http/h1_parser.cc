#include "http/h1_parser.h"

#include <cstring>

#include "base/text.h"
#include "http/framing.h"

namespace wif::http {

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
    H1Parser& me = self(parser);
    if (me.in_head_) {
      me.raw_fields_.emplace_back(std::string_view(at, size), std::string_view());
    } else {
      if (!std::exchange(me.trailer_open_, true)) me.raw_trailers_.emplace_back();
      me.raw_trailers_.back().first.append(at, size);
    }
    return 0;
  }
  static int on_header_value(llhttp_t* parser, const char* at, std::size_t size) {
    H1Parser& me = self(parser);
    if (me.in_head_) {
      if (!me.raw_fields_.empty() && size > 0) me.raw_fields_.back().second = {at, size};
    } else if (!me.raw_trailers_.empty()) {
      me.raw_trailers_.back().second.append(at, size);
    }
    return 0;
  }
  static int on_header_value_complete(llhttp_t* parser) {
    self(parser).trailer_open_ = false;
    return 0;
  }
  static int on_headers_complete(llhttp_t* parser) {
    // We never switch protocols on llhttp's word; an Upgrade field must not end the parsing.
    parser->upgrade = 0;
    return HPE_PAUSED;
  }
  static int on_body(llhttp_t* parser, const char* at, std::size_t size) {
    H1Parser& me = self(parser);
    if (me.chunked_) {
      if (me.account_framing(at)) return HPE_USER;
      me.guard_.data_seen();
      me.cursor_ = at + size;
    }
    if (me.output_ != at) std::memmove(me.output_, at, size);
    me.output_ += size;
    return 0;
  }
  static int on_message_complete(llhttp_t* parser) {
    self(parser).complete_ = true;
    return HPE_PAUSED;
  }
};

H1Parser::H1Parser(HeadKind kind, const H1Limits& limits)
    : kind_(kind), limits_(limits), guard_(limits.chunk) {
  llhttp_settings_init(&settings_);
  settings_.on_url = Callbacks::on_url;
  settings_.on_status = Callbacks::on_status;
  settings_.on_header_field = Callbacks::on_header_field;
  settings_.on_header_value = Callbacks::on_header_value;
  settings_.on_header_value_complete = Callbacks::on_header_value_complete;
  settings_.on_headers_complete = Callbacks::on_headers_complete;
  settings_.on_body = Callbacks::on_body;
  settings_.on_message_complete = Callbacks::on_message_complete;
}

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

Result<void> H1Parser::execute_head(const char* head, std::size_t size) {
  if (const auto wrong = check_head_lines({head, size}, kind_)) return refuse(*wrong);
  llhttp_init(&parser_, kind_ == HeadKind::kRequest ? HTTP_REQUEST : HTTP_RESPONSE, &settings_);
  parser_.data = this;
  in_head_ = true;
  complete_ = false;
  raw_fields_.clear();
  target_ = reason_ = {};
  const auto verdict = llhttp_execute(&parser_, head, size);
  if (verdict != HPE_PAUSED) return refuse("syntax");
  in_head_ = false;
  if (raw_fields_.size() > limits_.max_header_fields) return refuse("too_many_fields", 431);
  for (auto& [name, value] : raw_fields_) {
    if (name.size() + value.size() > limits_.max_field_bytes) return refuse("field_too_large", 431);
    value = trim(value);
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
  for (const auto& [name, value] : raw_fields_) {
    const std::string_view lower = lower_in_place(name);
    if (!framing.take(lower, value)) out.headers.add_view(lower, value);
  }
  if (const auto wrong = framing.apply_to_request(out)) return refuse(wrong->code, wrong->status);
  chunked_ = out.chunked;
  until_close_ = false;
  guard_ = ChunkGuard(limits_.chunk);
  raw_trailers_.clear();
  trailers_.clear();
  return {};
}

Result<void> H1Parser::parse_response_head(char* head, std::size_t size, std::string_view method,
                                           ResponseHead& out) {
  TRY_VOID(execute_head(head, size));
  out.status = parser_.status_code;
  out.reason = reason_;
  FieldFraming framing;
  out.headers.clear();
  for (const auto& [name, value] : raw_fields_) {
    const std::string_view lower = lower_in_place(name);
    if (lower == "host" || !framing.take(lower, value)) out.headers.add_view(lower, value);
  }
  const auto version = parser_.http_minor == 0 ? Version::kHttp10 : Version::kHttp11;
  if (const auto wrong = framing.apply_to_response(out, version, method)) {
    return refuse(wrong->code);
  }
  chunked_ = framing.chunked();
  until_close_ = !chunked_ && !out.content_length;
  guard_ = ChunkGuard(limits_.chunk);
  raw_trailers_.clear();
  trailers_.clear();
  return {};
}

std::optional<std::string_view> H1Parser::account_framing(const char* end) {
  const auto wrong = guard_.feed({cursor_, static_cast<std::size_t>(end - cursor_)});
  cursor_ = end;
  if (wrong) refusal_ = *wrong;
  framing_bad_ = framing_bad_ || wrong;
  return wrong;
}

Result<H1Parser::Body> H1Parser::parse_body(char* bytes, std::size_t size) {
  output_ = bytes;
  cursor_ = bytes;
  framing_bad_ = false;
  if (llhttp_get_errno(&parser_) == HPE_PAUSED) llhttp_resume(&parser_);
  const auto verdict = llhttp_execute(&parser_, bytes, size);
  const char* end = complete_ ? llhttp_get_error_pos(&parser_) : bytes + size;
  if (framing_bad_) return refuse(refusal_);
  if (verdict != HPE_OK && !complete_) return refuse(chunked_ ? "chunk_syntax" : "body_syntax");
  if (chunked_ && account_framing(end)) return refuse(refusal_);
  Body body;
  body.consumed = static_cast<std::size_t>(end - bytes);
  body.data = {bytes, static_cast<std::size_t>(output_ - bytes)};
  body.last = complete_;
  if (complete_) {
    if (raw_trailers_.size() > limits_.max_trailer_fields) return refuse("too_many_trailers");
    read_trailers();
  }
  return body;
}

Result<void> H1Parser::end_of_input() {
  if (until_close_) return {};
  return refuse("incomplete");
}

void H1Parser::read_trailers() {
  for (auto& [name, value] : raw_trailers_) {
    lower_in_place(name);
    trailers_.add_view(name, trim(value));
  }
}

}  // namespace wif::http
