#include "tests/sandbox/echo.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

namespace sandbox {
namespace {

constexpr std::string_view kPattern = "0123456789abcdef";

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t query_number(const Request& request, std::string_view name) {
  return number(request.query_value(name).value_or(""));
}

// `total` bytes of the known content.
BodySource known_source(std::uint64_t total) {
  return [total, sent = std::uint64_t{0}](char* out, std::size_t size) mutable {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(size, total - sent));
    for (std::size_t i = 0; i < count; ++i) out[i] = kPattern[(sent + i) % kPattern.size()];
    sent += count;
    return count;
  };
}

Response bytes(std::uint64_t declared, std::uint64_t sent, bool chunked) {
  Response response;
  response.headers = {{"Content-Type", "application/octet-stream"}};
  response.source = known_source(sent);
  if (!chunked) response.content_length = declared;
  return response;
}

Response silence(After after) {
  Response response;
  response.raw = "";
  response.after = after;
  return response;
}

nlohmann::json to_json(const HeaderList& fields) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [name, value] : fields) list.push_back({name, value});
  return list;
}

Response echo(const World& world, Request& request) {
  RunningSha256 hash;
  std::uint64_t total = 0;
  std::vector<char> buffer(64 * 1024);
  while (const std::size_t count = request.body(buffer.data(), buffer.size())) {
    hash.add(std::string_view(buffer.data(), count));
    total += count;
  }
  const nlohmann::ordered_json body = {
      {"method", request.method},
      {"target", request.target},
      {"headers", to_json(request.headers)},
      {"trailers", to_json(request.trailers ? *request.trailers : HeaderList())},
      {"body_bytes", total},
      {"body_sha256", hash.hex()},
      {"server_name", request.server_name},
      {"peer", request.peer},
      {"protocol", request.protocol},
      {"connection", request.connection}};
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  // Bytes that are not UTF-8 may stand in fields; they must not end the answer.
  response.body =
      world.redact_tokens(body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)) +
      "\n";
  return response;
}

Response status(const Request& request, int code) {
  Response response;
  response.status = code;
  if (code == 401) response.headers = {{"WWW-Authenticate", "Bearer"}};
  if (code == 308 && !request.query_value("to")) {
    response.headers = {{"Range", request.query_value("range").value_or("bytes=0-262143")}};
  } else if (code >= 300 && code < 400 && code != 304) {
    response.headers = {{"Location", request.query_value("to").value_or("/")}};
  }
  if (code == 304) response.headers = {{"ETag", "\"sandbox\""}};
  if (code != 204 && code != 304 && code != 308)
    response.body = "status " + std::to_string(code) + "\n";
  return response;
}

Response mirror(Request& request) {
  Response response;
  response.headers = {{"Content-Type", "application/octet-stream"}};
  response.source = request.body;
  // Without it the length is not known: HTTP/2 needs no field to say that a body follows.
  if (request.header_count("content-length") == 1) {
    response.content_length = number(request.header("content-length"));
  }
  return response;
}

Response drip(std::uint64_t total, std::chrono::milliseconds pause) {
  Response response;
  response.content_length = total;
  response.source = [pause, source = known_source(total)](char* out, std::size_t) mutable {
    std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds(5000)));
    return source(out, 1);
  };
  return response;
}

Response cut(const Request& request, std::uint64_t declared) {
  Response response = bytes(declared, declared / 2, false);
  if (!request.query_value("chunked")) return response;
  response.content_length.reset();
  response.source = [source = known_source(declared / 2)](char* out, std::size_t size) mutable {
    const std::size_t count = source(out, size);
    if (count == 0) throw std::runtime_error("cut");
    return count;
  };
  return response;
}

// Counts requests per target, for answers that change after the first few.
class Echo {
 public:
  explicit Echo(World& world) : world_(world) {}

  Response operator()(Request& request) {
    const std::size_t end = std::min(request.path.find('/', 1), request.path.size());
    const std::string name = request.path.substr(0, end);
    const std::uint64_t size =
        end < request.path.size() ? number(std::string_view(request.path).substr(end + 1)) : 0;
    if (name == "/bytes") return bytes(size, size, false);
    if (name == "/chunked") return bytes(size, size, true);
    if (name == "/mirror") return mirror(request);
    if (name == "/status" && size >= 200 && size <= 599) {
      return limited_status(request, static_cast<int>(size));
    }
    if (name == "/drip") {
      return drip(size, std::chrono::milliseconds(query_number(request, "ms")));
    }
    if (name == "/cut") return cut(request, size);
    if (name == "/stall") {
      Response response = bytes(size, size / 2, false);
      response.after = After::kHang;
      return response;
    }
    if (name == "/early") return early();
    if (name == "/close") return silence(After::kClose);
    if (name == "/reset") return silence(After::kReset);
    if (name == "/hang") return silence(After::kHang);
    if (name == "/raw") return raw(request);
    return decorated(name, request);
  }

 private:
  Response limited_status(Request& request, int code) {
    if (const auto times = request.query_value("times")) {
      const std::lock_guard lock(mutex_);
      if (++seen_[request.target] > number(*times)) return echo(world_, request);
    }
    return status(request, code);
  }

  static Response early() {
    Response response;
    response.status = 413;
    response.body = "too large\n";
    response.after = After::kClose;
    return response;
  }

  static Response raw(const Request& request) {
    Response response = silence(After::kClose);
    response.raw = base64_decode(request.query_value("b64").value_or("")).value_or("");
    return response;
  }

  // The echo with something around it.
  Response decorated(const std::string& name, Request& request) {
    Response response = echo(world_, request);
    if (name == "/slow") {
      response.delay = std::chrono::milliseconds(query_number(request, "ms"));
    } else if (name == "/interim") {
      response.interim = {{103, {{"Link", "</style.css>; rel=preload"}}}};
    } else if (name == "/trailers") {
      response.headers.emplace_back("Trailer", "X-Checksum, X-Rows");
      response.trailers = {{"X-Checksum", to_hex(sha256(response.body))}, {"X-Rows", "1"}};
    } else if (name == "/fields") {
      for (auto& field : parse_form(request.query)) response.headers.push_back(std::move(field));
    }
    return response;
  }

  World& world_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> seen_;
};

}  // namespace

Handler echo_handler(World& world) {
  return [echo = std::make_shared<Echo>(world)](Request& request) { return (*echo)(request); };
}

std::string known_content(std::uint64_t size) {
  std::string out(static_cast<std::size_t>(size), '\0');
  known_source(size)(out.data(), out.size());
  return out;
}

}  // namespace sandbox
