#include "http/h2_fields.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "http/h1_lines.h"

namespace wif::http {
namespace {

constexpr std::size_t kUsualFields = 16;

std::string_view view(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

// nghttp2 has checked names and values; an HTTP/1.1 line is made of them, so they are checked here
// too.
bool is_field_name(std::string_view name) {
  return is_token(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_field_value(std::string_view value) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  return value.empty() ||
         (!is_blank(value.front()) && !is_blank(value.back()) && !has_control_byte(value));
}

// A request target in origin-form or "*" (RFC 9112 3.2).
bool is_path(std::string_view path) {
  if (path.empty() || (path.front() != '/' && path != "*")) return false;
  return std::none_of(path.begin(), path.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || c == '#';
  });
}

// RFC 9113 8.2.3: HTTP/1.1 knows no crumbs. An empty one would end the value with a space, which
// makes a request of HTTP/2 malformed.
void join_cookies(Headers& headers) {
  if (headers.count("cookie") < 2) return;
  std::string cookie;
  for (const HeaderField& field : headers.fields()) {
    if (field.name != "cookie" || field.value.empty()) continue;
    if (!cookie.empty()) cookie += "; ";
    cookie += field.value;
  }
  headers.remove("cookie");
  headers.add("cookie", std::move(cookie));
}

Error malformed(std::string_view code) {
  Error error(Reason::kBadRequest, "the request is malformed (" + std::string(code) + ")");
  error.code = code;
  return error;
}

Error bad_answer(std::string_view code) {
  return Error(Reason::kUpstreamProtocol,
               "the upstream's answer is malformed (" + std::string(code) + ")");
}

}  // namespace

H2FieldSection::~H2FieldSection() {
  for (nghttp2_rcbuf* buffer : kept_) nghttp2_rcbuf_decref(buffer);
}

void H2FieldSection::begin() {
  fields_.clear();
  fields_.reserve(kUsualFields);
  kept_.reserve(kept_.size() + 2 * kUsualFields);
  framing_ = FieldFraming();
  method_ = scheme_ = authority_ = host_ = path_ = status_ = {};
  bytes_ = count_ = 0;
  too_large_ = malformed_ = false;
}

bool H2FieldSection::take_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") return method_ = value, true;
  if (name == ":scheme") return scheme_ = value, true;
  if (name == ":authority") return authority_ = value, true;
  if (name == ":path") return path_ = value, true;
  if (name == ":status") return status_ = value, true;
  return false;
}

void H2FieldSection::add(nghttp2_rcbuf* name_buffer, nghttp2_rcbuf* value_buffer,
                         const H2Limits& limits) {
  const std::string_view name = view(name_buffer);
  const std::string_view value = view(value_buffer);
  bytes_ += name.size() + value.size() + 4;  // as it would be in HTTP/1.1
  ++count_;
  if (bytes_ > limits.max_header_bytes || count_ > limits.max_header_fields ||
      name.size() + value.size() > limits.max_field_bytes) {
    too_large_ = true;
    return;
  }
  for (nghttp2_rcbuf* buffer : {name_buffer, value_buffer}) {
    if (nghttp2_rcbuf_is_static(buffer) != 0) continue;
    nghttp2_rcbuf_incref(buffer);
    kept_.push_back(buffer);
  }
  if (name.starts_with(':')) {
    malformed_ = malformed_ || !take_pseudo(name, value) || !is_field_value(value);
    return;
  }
  malformed_ = malformed_ || !is_field_name(name) || !is_field_value(value);
  if (name == "host") host_ = value;
  // In an answer that field means nothing, and passes.
  const bool passes = name == "host" && !status_.empty();
  if (passes || !framing_.take(name, value)) fields_.add_view(name, value);
}

Result<void> H2FieldSection::take_request(bool end_of_stream, RequestHead& out) {
  out.version = Version::kHttp2;
  out.method = method_;
  if (too_large_) {
    Error large(Reason::kHeadersTooLarge, "the request head is larger than the limits allow");
    large.status = 431;
    return large;
  }
  if (malformed_ || !is_token(method_)) return malformed("field");
  const bool connect = method_ == "CONNECT";
  if (!connect && !is_path(path_)) return malformed("target");
  if (!authority_.empty() && !host_.empty() && !iequals(authority_, host_)) {
    return malformed("authority_and_host");
  }
  if (!connect && scheme_ != "https") {
    Error scheme(Reason::kBadRequest, "the scheme of the request is not https");
    scheme.status = 400;
    return scheme;
  }
  out.headers = std::move(fields_);
  if (const auto fault = framing_.apply_to_request(out)) {
    Error error = malformed(fault->code);
    error.status = fault->status;
    return error;
  }
  join_cookies(out.headers);
  out.authority = authority_.empty() ? host_ : authority_;
  out.target = out.path_and_query = connect ? authority_ : path_;
  if (end_of_stream && out.content_length.value_or(0) > 0) return malformed("content_length");
  out.chunked = !end_of_stream && !out.content_length;
  return {};
}

Result<void> H2FieldSection::take_response(std::string_view method, bool end_of_stream,
                                           ResponseHead& out) {
  if (too_large_) {
    Error large = bad_answer("too_large");
    large.proxy_status = "http_response_header_section_size";
    return large;
  }
  const auto status = parse_decimal<int>(status_);
  if (malformed_ || status_.size() != 3 || !status || *status < 100) return bad_answer("field");
  out.status = *status;
  out.reason = {};
  out.headers = std::move(fields_);
  if (const auto fault = framing_.apply_to_response(out, Version::kHttp2, method)) {
    return bad_answer(fault->code);
  }
  out.last = end_of_stream;
  // "content-length: 0" may still be followed by trailers.
  const bool by_length = method != "HEAD" && out.status != 204 && out.status != 304;
  if (out.status >= 200 && by_length) out.no_body = false;
  out.no_body = out.no_body || end_of_stream;
  return {};
}

Result<void> H2FieldSection::take_trailers(const H2Limits& limits, Headers& out) {
  if (too_large_ || malformed_ || bytes_ > limits.max_trailer_bytes ||
      count_ > limits.max_trailer_fields) {
    return malformed("trailers");
  }
  out = std::move(fields_);
  return {};
}

void H2FieldList::add(std::string_view name, std::string_view value, Indexing indexing) {
  nghttp2_nv field;
  field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  field.namelen = name.size();
  field.valuelen = value.size();
  field.flags = indexing == Indexing::kNever ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  fields_.push_back(field);
  bytes_ += name.size() + value.size();
}

void H2FieldList::add_length(std::uint64_t length) {
  const auto end = std::to_chars(std::begin(length_), std::end(length_), length).ptr;
  add("content-length", {std::begin(length_), end});
}

void H2FieldList::request(const RequestHead& head, const HeaderField* left_out) {
  fields_.reserve(head.headers.fields().size() + 6);
  add(":method", head.method);
  add(":scheme", "https");  // HTTP/2 is spoken inside TLS only
  add(":authority", head.authority);
  add(":path", head.path_and_query);
  for (const HeaderField& field : head.headers.fields()) {
    if (&field != left_out) add(field.name, field.value, field.indexing);
  }
  if (head.expect_continue) add("expect", "100-continue");
  if (head.content_length) add_length(*head.content_length);
}

void H2FieldList::response(const ResponseHead& head) {
  fields_.reserve(head.headers.fields().size() + 2);
  std::to_chars(std::begin(status_), std::end(status_), head.status);
  add(":status", {std::begin(status_), 3});
  trailers(head.headers);
  // RFC 9110 8.6: not in a 1xx or 204.
  if (head.content_length && head.status >= 200 && head.status != 204) {
    add_length(*head.content_length);
  }
}

void H2FieldList::trailers(const Headers& headers) {
  for (const HeaderField& field : headers.fields()) add(field.name, field.value, field.indexing);
}

}  // namespace wif::http
