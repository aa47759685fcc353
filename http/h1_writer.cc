#include "http/h1_writer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace wif::http {
namespace {

constexpr std::size_t kRecordBytes = 16u << 10;  // the largest TLS record
constexpr std::size_t kKeptBytes = 64u << 10;

// Memory for the next head of any connection of this thread: an idle one holds none.
thread_local std::string spare;

void append_number(std::string& out, std::uint64_t value, int base) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void H1Writer::field(std::string_view name, std::string_view value) {
  pending_.append(name).append(": ").append(value).append("\r\n");
}

void H1Writer::fields(const Headers& headers) {
  for (const HeaderField& each : headers.fields()) field(each.name, each.value);
}

void H1Writer::framing(const std::optional<std::uint64_t>& length, bool chunked) {
  chunked_ = chunked;
  if (chunked) {
    pending_.append("transfer-encoding: chunked\r\n");
  } else if (length) {
    pending_.append("content-length: ");
    append_number(pending_, *length, 10);
    pending_.append("\r\n");
  }
}

void H1Writer::begin() {
  pending_.clear();  // of a message that could not be sent
  if (pending_.capacity() < spare.capacity()) pending_.swap(spare);
}

void H1Writer::give_back() {
  pending_.clear();
  if (pending_.capacity() > kKeptBytes) std::string().swap(pending_);
  if (pending_.capacity() > spare.capacity()) pending_.swap(spare);
  std::string().swap(pending_);
}

void H1Writer::request(const RequestHead& head, bool last) {
  begin();
  pending_.append(head.method).append(" ").append(head.path_and_query).append(" HTTP/1.1\r\n");
  field("host", head.authority);
  fields(head.headers);
  if (head.expect_continue) field("expect", "100-continue");
  framing(head.content_length, head.chunked && !last);
  pending_.append("\r\n");
}

bool H1Writer::response(const ResponseHead& head, Version version, bool last, bool close) {
  begin();
  pending_.append("HTTP/1.1 ");
  append_number(pending_, static_cast<std::uint64_t>(head.status), 10);
  pending_.append(" ").append(head.reason.empty() ? reason_phrase(head.status) : head.reason);
  pending_.append("\r\n");
  fields(head.headers);
  const bool interim = head.status < 200;
  const bool may_have_length = !interim && head.status != 204;
  const bool delimited = last || head.no_body || head.content_length || version != Version::kHttp10;
  if (may_have_length) {
    framing(head.content_length, !last && !head.no_body && !head.content_length && delimited);
  } else {
    chunked_ = false;
  }
  if (!interim && (close || !delimited)) field("connection", "close");
  pending_.append("\r\n");
  return delimited;
}

Task<bool> H1Writer::send(std::string_view bytes, std::string_view suffix) {
  // Whatever waits goes into one record with the first bytes: sealing a record costs more than
  // copying a few KiB.
  if (!pending_.empty() || !suffix.empty()) {
    const std::size_t room = kRecordBytes - std::min(kRecordBytes, pending_.size() + suffix.size());
    const std::size_t count = std::min(room, bytes.size());
    pending_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (bytes.empty()) pending_.append(std::exchange(suffix, {}));
  }
  for (std::string_view part : {std::string_view(pending_), bytes, suffix}) {
    if (!part.empty()) part.remove_prefix(transport_.put(part));
    if (part.empty()) continue;
    const bool sent = co_await transport_.enqueue(part);
    if (!sent) co_return false;
  }
  give_back();
  co_return co_await transport_.flush();
}

Task<bool> H1Writer::body(std::string_view bytes, bool last) {
  if (!chunked_) return send(bytes, {});
  std::string_view suffix = last ? "0\r\n\r\n" : "";
  if (!bytes.empty()) {
    append_number(pending_, bytes.size(), 16);
    pending_.append("\r\n");
    suffix = last ? "\r\n0\r\n\r\n" : "\r\n";
  }
  return send(bytes, suffix);
}

Task<bool> H1Writer::finish(const Headers& trailers) {
  if (chunked_) {
    pending_.append("0\r\n");
    fields(trailers);
    pending_.append("\r\n");
  }
  return flush();
}

Task<bool> H1Writer::flush() { return send({}, {}); }

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return {};
  }
}

}  // namespace wif::http
