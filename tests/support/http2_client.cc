#include "tests/support/http2_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

namespace wif::test {
namespace {

TlsClient::Options with_h2() {
  TlsClient::Options options;
  options.protocol = "h2";
  return options;
}

std::vector<nghttp2_nv> to_nghttp2(const sandbox::HeaderList& fields) {
  std::vector<nghttp2_nv> out;
  for (const auto& [name, value] : fields) {
    nghttp2_nv field{};
    field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
    field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    field.namelen = name.size();
    field.valuelen = value.size();
    out.push_back(field);
  }
  return out;
}

}  // namespace

struct Http2Client::Callbacks {
  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    Http2Answer& answer = self(user).answers_[frame->hd.stream_id];
    std::string key(reinterpret_cast<const char*>(name), name_size);
    std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      answer.status = std::stoi(text);
      answer.headers.clear();
    } else if (frame->headers.cat == NGHTTP2_HCAT_HEADERS && answer.bytes > 0) {
      answer.trailers.emplace_back(std::move(key), std::move(text));
    } else {
      answer.headers.emplace_back(std::move(key), std::move(text));
    }
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Client& me = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      me.goaway_ = true;
      me.goaway_error_ = frame->goaway.error_code;
    }
    const bool part = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (part && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      me.answers_[frame->hd.stream_id].ended = true;
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* user) {
    Http2Client& me = self(user);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Http2Answer& answer = me.answers_[id];
    answer.bytes += size;
    if (me.sink) {
      me.sink(bytes);
    } else {
      answer.body += bytes;
    }
    nghttp2_session_consume_connection(session, size);
    if (!me.stalled_[id]) nghttp2_session_consume_stream(session, id, size);
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    Http2Answer& answer = self(user).answers_[id];
    answer.closed = true;
    answer.error = error;
    return 0;
  }

  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* out, std::size_t size,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const std::size_t count = std::min(size, body.pending.size());
    std::memcpy(out, body.pending.data(), count);
    body.pending.erase(0, count);
    if (body.pending.empty() && body.end) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (body.trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    } else if (count == 0) {
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(count);
  }
};

Http2Client::Http2Client(const TestProxy& proxy, const std::string& host, const Options& options)
    : host_(host), tls_(proxy, host, with_h2()) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::on_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  // Malformed requests are what some tests are about.
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_session_client_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const std::array<nghttp2_settings_entry, 2> settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, options.connection_window);
}

Http2Client::~Http2Client() { nghttp2_session_del(session_); }

std::int32_t Http2Client::start(std::string_view method, std::string_view path,
                                const sandbox::HeaderList& fields, bool end) {
  sandbox::HeaderList all{{":method", std::string(method)},
                          {":scheme", "https"},
                          {":authority", host_},
                          {":path", std::string(path)}};
  for (const auto& field : fields) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& each) {
      return field.first.starts_with(':') && each.first == field.first;
    });
    if (same == all.end()) {
      all.push_back(field);
    } else if (field.second.empty()) {
      all.erase(same);
    } else {
      same->second = field.second;
    }
  }
  const auto list = to_nghttp2(all);
  nghttp2_data_provider body{};
  body.read_callback = Callbacks::read_body;
  const auto id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                         end ? nullptr : &body, nullptr);
  if (id < 0) throw std::runtime_error(nghttp2_strerror(id));
  return id;
}

void Http2Client::write(std::int32_t id, std::string_view bytes, bool end) {
  bodies_[id].pending += bytes;
  bodies_[id].end = end;
  nghttp2_session_resume_data(session_, id);
}

void Http2Client::trailers(std::int32_t id, const sandbox::HeaderList& fields) {
  bodies_[id].end = bodies_[id].trailers = true;
  nghttp2_session_resume_data(session_, id);
  send();
  const auto list = to_nghttp2(fields);
  nghttp2_submit_trailer(session_, id, list.data(), list.size());
}

void Http2Client::reset(std::int32_t id) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
}

void Http2Client::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

bool Http2Client::send() {
  std::string batch;
  const std::uint8_t* data = nullptr;
  for (;;) {
    const auto count = nghttp2_session_mem_send(session_, &data);
    if (count <= 0) break;
    batch.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(count));
  }
  return batch.empty() || tls_.send(batch);
}

bool Http2Client::run_until(const std::function<bool()>& done) {
  for (;;) {
    const bool sent = send();
    if (done()) return true;
    if (ended_) return false;
    const std::string bytes = tls_.read_some();
    ended_ = bytes.empty() || (!sent && bytes.empty());
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (nghttp2_session_mem_recv(session_, data, bytes.size()) < 0) ended_ = true;
  }
}

const Http2Answer& Http2Client::finish(std::int32_t id) {
  const Http2Answer& answer = answers_[id];
  run_until([&] { return answer.closed; });
  return answer;
}

const Http2Answer& Http2Client::exchange(std::string_view method, std::string_view path,
                                         const sandbox::HeaderList& fields) {
  return finish(start(method, path, fields));
}

}  // namespace wif::test
