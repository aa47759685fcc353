#include "tests/sandbox/body_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sandbox {
namespace {

constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::size_t kHeadLimit = 128 * 1024;

bool is_token(std::string_view text) {
  constexpr std::string_view kSymbols = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSymbols.find(c) != std::string_view::npos;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// All of `text` as a number, without sign or blanks.
std::uint64_t parse_number(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    throw BadRequest("malformed length");
  }
  return value;
}

void parse_request_line(std::string_view line, Request& request, bool& http_1_0) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    throw BadRequest("malformed request line");
  }
  const std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") throw BadRequest("unknown version");
  http_1_0 = version == "HTTP/1.0";
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, second - first - 1);
  if (!is_token(request.method) || request.target.empty()) {
    throw BadRequest("malformed request line");
  }
  const std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  if (mark != std::string::npos) request.query = request.target.substr(mark + 1);
}

}  // namespace

RequestReader::RequestReader(Stream& stream) : stream_(stream), buffer_(kReadBuffer) {}

bool RequestReader::fill() {
  begin_ = 0;
  end_ = stream_.read(buffer_.data(), buffer_.size());
  return end_ > 0;
}

std::string RequestReader::read_line(std::size_t limit) {
  std::string line;
  for (;;) {
    if (begin_ == end_ && !fill()) throw ConnectionError("the stream ends within a line");
    const char* start = buffer_.data() + begin_;
    const auto* stop = static_cast<const char*>(std::memchr(start, '\n', end_ - begin_));
    const std::size_t count =
        stop != nullptr ? static_cast<std::size_t>(stop - start) : end_ - begin_;
    line.append(start, count);
    begin_ += count + (stop != nullptr ? 1 : 0);
    if (line.size() > limit) throw BadRequest("head too large", 431);
    if (stop == nullptr) continue;
    if (line.empty() || line.back() != '\r') throw BadRequest("bare LF");
    line.pop_back();
    if (line.find_first_of(std::string_view("\r\0", 2)) != std::string::npos) {
      throw BadRequest("bare CR or NUL");
    }
    return line;
  }
}

HeaderList RequestReader::read_fields(std::size_t limit) {
  HeaderList fields;
  for (;;) {
    const std::string line = read_line(limit);
    if (line.empty()) return fields;
    limit -= line.size();
    const std::size_t colon = line.find(':');
    const std::string_view name = std::string_view(line).substr(0, colon);
    if (colon == std::string::npos || !is_token(name)) throw BadRequest("malformed field line");
    fields.emplace_back(name, trim(std::string_view(line).substr(colon + 1)));
  }
}

bool RequestReader::read_head(Request& request, bool& http_1_0) {
  if (begin_ == end_ && !fill()) return false;
  parse_request_line(read_line(kHeadLimit), request, http_1_0);
  request.headers = read_fields(kHeadLimit);
  if (request.header_count("host") != 1 && !http_1_0) throw BadRequest("not exactly one Host");
  return true;
}

std::size_t RequestReader::read_some(char* out, std::size_t size) {
  if (begin_ == end_) {
    if (size >= buffer_.size()) return stream_.read(out, size);
    if (!fill()) return 0;
  }
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(out, buffer_.data() + begin_, count);
  begin_ += count;
  return count;
}

BodyReader::BodyReader(RequestReader& reader, Stream& stream, const Request& request,
                       HeaderList& trailers)
    : reader_(reader), stream_(stream), trailers_(trailers) {
  const std::size_t lengths = request.header_count("content-length");
  const std::size_t codings = request.header_count("transfer-encoding");
  if (lengths + codings > 1) throw BadRequest("ambiguous framing");
  if (codings == 1) {
    if (!equals_ignoring_case(request.header("transfer-encoding"), "chunked")) {
      throw BadRequest("unknown transfer coding");
    }
    chunked_ = true;
  } else if (lengths == 1) {
    left_ = parse_number(request.header("content-length"), 10);
  }
  finished_ = !chunked_ && left_ == 0;
  awaits_continue_ = !finished_ && equals_ignoring_case(request.header("expect"), "100-continue");
}

std::size_t BodyReader::read(char* out, std::size_t size) {
  if (finished_ || size == 0) return 0;
  if (awaits_continue_) {
    awaits_continue_ = false;
    stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (chunked_ && left_ == 0) next_chunk();
  if (finished_) return 0;
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
  const std::size_t count = reader_.read_some(out, wanted);
  if (count == 0) throw ConnectionError("the peer ended the body early");
  left_ -= count;
  if (!chunked_ && left_ == 0) finished_ = true;
  return count;
}

void BodyReader::next_chunk() {
  constexpr std::size_t kLineLimit = 8 * 1024;
  if (in_chunk_ && !reader_.read_line(kLineLimit).empty()) throw BadRequest("malformed chunk");
  const std::string line = reader_.read_line(kLineLimit);
  left_ = parse_number(trim(std::string_view(line).substr(0, line.find(';'))), 16);
  in_chunk_ = true;
  if (left_ > 0) return;
  trailers_ = reader_.read_fields(kHeadLimit);
  finished_ = true;
}

bool BodyReader::can_drain(std::uint64_t limit) const {
  return finished_ || (!chunked_ && !awaits_continue_ && left_ <= limit);
}

void BodyReader::drain() {
  std::vector<char> scrap(kReadBuffer);
  while (read(scrap.data(), scrap.size()) > 0) {
  }
}

}  // namespace sandbox
