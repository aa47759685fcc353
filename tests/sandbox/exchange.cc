#include "tests/sandbox/exchange.h"

#include <array>
#include <charconv>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <vector>

#include "tests/sandbox/body_reader.h"

namespace sandbox {
namespace {

constexpr std::size_t kWriteBuffer = 64 * 1024;
// A body left unread by the handler is read and dropped up to this size to keep the connection.
constexpr std::uint64_t kDrainLimit = 64 * 1024;

std::string_view reason_of(int status) {
  switch (status) {
    case 100: return "Continue";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 304: return "Not Modified";
    case 308: return "Resume Incomplete";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

void append_fields(std::string& out, const HeaderList& fields) {
  for (const auto& [name, value] : fields) out += name + ": " + value + "\r\n";
}

std::string status_line(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_of(status)) + "\r\n";
}

enum class Framing { kNone, kLength, kChunked, kUntilClose };

// How the body of this answer is delimited.
Framing framing_of(const Response& response, bool http_1_0) {
  if (response.status == 204 || response.status == 304) return Framing::kNone;
  const bool open_ended =
      (response.source && !response.content_length) || !response.trailers.empty();
  if (!open_ended) return Framing::kLength;
  return http_1_0 ? Framing::kUntilClose : Framing::kChunked;
}

std::uint64_t declared_length(const Response& response) {
  return response.content_length.value_or(response.body.size());
}

std::string head_of(const Response& response, Framing framing, bool close) {
  std::string head = status_line(response.status);
  if (find_header(response.headers, "date").empty()) head += "Date: " + http_date() + "\r\n";
  append_fields(head, response.headers);
  if (framing == Framing::kLength && find_header(response.headers, "content-length").empty()) {
    head += "Content-Length: " + std::to_string(declared_length(response)) + "\r\n";
  }
  if (framing == Framing::kChunked) head += "Transfer-Encoding: chunked\r\n";
  if (close) head += "Connection: close\r\n";
  return head + "\r\n";
}

// One message body going out; small parts leave together with the head.
class BodyWriter {
 public:
  BodyWriter(Stream& stream, Framing framing, std::string head)
      : stream_(stream), framing_(framing), pending_(std::move(head)) {}

  void add(std::string_view bytes) {
    if (bytes.empty()) return;
    std::array<char, 20> size{};
    if (framing_ == Framing::kChunked) {
      const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
      pending_.append(size.data(), end).append("\r\n");
    }
    pending_.append(bytes);
    if (framing_ == Framing::kChunked) pending_.append("\r\n");
    flush();
  }

  void finish(const HeaderList& trailers) {
    if (framing_ == Framing::kChunked) {
      pending_ += "0\r\n";
      append_fields(pending_, trailers);
      pending_ += "\r\n";
    }
    flush();
  }

 private:
  void flush() {
    stream_.write(pending_);
    pending_.clear();
  }

  Stream& stream_;
  Framing framing_;
  std::string pending_;
};

// Sends the body; returns whether it came to its declared end.
bool send_body(const Response& response, Framing framing, BodyWriter& writer) {
  std::uint64_t sent = response.body.size();
  writer.add(response.body);
  if (response.source) {
    std::vector<char> buffer(kWriteBuffer);
    const bool bounded = framing == Framing::kLength;
    for (;;) {
      std::uint64_t room = buffer.size();
      if (bounded) room = std::min<std::uint64_t>(room, declared_length(response) - sent);
      if (room == 0) break;
      const std::size_t count = response.source(buffer.data(), static_cast<std::size_t>(room));
      if (count == 0) break;
      writer.add(std::string_view(buffer.data(), count));
      sent += count;
    }
  }
  const bool complete = framing != Framing::kLength || sent == declared_length(response);
  if (complete) writer.finish(response.trailers);
  return complete;
}

class Connection {
 public:
  Connection(Stream& stream, const Handler& handler, std::string peer, std::uint64_t number)
      : stream_(stream),
        reader_(stream),
        handler_(handler),
        peer_(std::move(peer)),
        number_(number) {}

  void run() {
    try {
      while (serve_one()) {
      }
    } catch (const BadRequest& error) {
      refuse(error);
    } catch (const std::exception&) {
      // The connection broke or a body source gave up half-way: the end of the stream tells.
    }
  }

 private:
  // One request and its answer; returns whether another may follow.
  bool serve_one() {
    Request request;
    bool http_1_0 = false;
    if (!reader_.read_head(request, http_1_0)) return false;
    request.peer = peer_;
    request.connection = number_;
    request.server_name = stream_.server_name();
    auto trailers = std::make_shared<HeaderList>();
    request.trailers = trailers;
    BodyReader body(reader_, stream_, request, *trailers);
    request.body = [&body](char* out, std::size_t size) { return body.read(out, size); };
    const bool wants_close =
        http_1_0 || equals_ignoring_case(request.header("connection"), "close");

    Response response = call(request);
    if (response.delay.count() > 0) stream_.wait(response.delay, false);
    if (response.raw) {
      stream_.write(*response.raw);
      return end(response.after == After::kKeep ? After::kClose : response.after);
    }
    return send(request, response, body, wants_close, http_1_0);
  }

  Response call(Request& request) {
    try {
      return handler_(request);
    } catch (const ConnectionError&) {
      throw;
    } catch (const BadRequest&) {
      throw;
    } catch (const std::exception& error) {
      Response response;
      response.status = 500;
      response.headers = {{"Content-Type", "text/plain"}};
      response.body = std::string("sandbox: ") + error.what() + "\n";
      return response;
    }
  }

  bool send(const Request& request, const Response& response, BodyReader& body, bool wants_close,
            bool http_1_0) {
    for (const Interim& interim : response.interim) {
      std::string head = status_line(interim.status);
      append_fields(head, interim.headers);
      stream_.write(head + "\r\n");
    }
    const Framing framing = framing_of(response, http_1_0);
    // A source may still read the request's body while it answers, so only without one is it
    // known by now that the body stays unread.
    const bool close = wants_close || response.after == After::kClose ||
                       framing == Framing::kUntilClose ||
                       (!response.source && !body.can_drain(kDrainLimit));
    const bool has_body = request.method != "HEAD" && framing != Framing::kNone;
    BodyWriter writer(stream_, has_body ? framing : Framing::kNone,
                      head_of(response, framing, close));
    if (!has_body) {
      writer.finish({});
    } else if (!send_body(response, framing, writer)) {
      return end(response.after == After::kKeep ? After::kClose : response.after);
    }
    if (response.after != After::kKeep) return end(response.after);
    if (close || !body.can_drain(kDrainLimit)) return end(After::kClose);
    body.drain();
    return true;
  }

  bool end(After after) {
    if (after == After::kReset) {
      stream_.reset_on_close();
    } else if (after == After::kHang) {
      stream_.wait(std::nullopt, true);
    } else {
      stream_.end_gently();
    }
    return false;
  }

  void refuse(const BadRequest& error) {
    try {
      Response response;
      response.status = error.status();
      response.headers = {{"Content-Type", "text/plain"}};
      response.body = std::string(error.what()) + "\n";
      stream_.write(head_of(response, Framing::kLength, true) + response.body);
      stream_.end_gently();
    } catch (const std::exception&) {
      // Nobody is left to be told.
    }
  }

  Stream& stream_;
  RequestReader reader_;
  const Handler& handler_;
  std::string peer_;
  std::uint64_t number_;
};

}  // namespace

void serve_connection(Stream& stream, const Handler& handler, const std::string& peer,
                      std::uint64_t connection) {
  Connection(stream, handler, peer, connection).run();
}

}  // namespace sandbox
