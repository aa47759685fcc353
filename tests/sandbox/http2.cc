#include "tests/sandbox/http2.h"

#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace sandbox {
namespace {

constexpr std::size_t kBuffer = 256 * 1024;
constexpr std::int32_t kWindow = 1 << 20;

// One request. The connection's thread speaks to nghttp2, the handler's thread only to this.
struct Call {
  std::int32_t id = 0;
  Request request;
  std::shared_ptr<HeaderList> trailers = std::make_shared<HeaderList>();

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::string incoming;
  bool incoming_ended = false;
  std::size_t taken = 0;  // by the handler, credit not yet returned
  bool gone = false;      // the client reset it, or the connection is over

  bool wants_continue = false;
  std::deque<Interim> interim;
  bool answered = false;  // `response` may be submitted
  bool submitted = false;
  Response response;
  std::string outgoing;
  bool outgoing_ended = false;
  bool finished = false;  // the handler's thread is over
  std::thread thread;
};

nghttp2_nv field(const std::string& name, const std::string& value) {
  nghttp2_nv out{};
  out.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  out.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  out.namelen = name.size();
  out.valuelen = value.size();
  return out;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

class Connection {
 public:
  Connection(Stream& stream, const Handler& handler, std::string peer, std::uint64_t number)
      : stream_(stream), handler_(handler), peer_(std::move(peer)), number_(number) {
    wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_session_server_new2(&session_, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    const std::array<nghttp2_settings_entry, 2> settings{
        nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100},
        nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
  }

  ~Connection() {
    for (auto& [id, call] : calls_) give_up(*call);
    for (auto& [id, call] : calls_) {
      if (call->thread.joinable()) call->thread.join();
    }
    nghttp2_session_del(session_);
    ::close(wake_);
  }

  void run() {
    std::vector<char> buffer(64 * 1024);
    for (;;) {
      progress();
      if (!send()) return;
      if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) {
        return;
      }
      if (!stream_.pending()) {
        std::array<pollfd, 2> items{pollfd{stream_.descriptor(), POLLIN, 0},
                                    pollfd{wake_, POLLIN, 0}};
        ::poll(items.data(), items.size(), -1);
        std::uint64_t count = 0;
        if (::read(wake_, &count, sizeof count) < 0) count = 0;
        if (items[0].revents == 0) continue;
      }
      const std::size_t count = stream_.read(buffer.data(), buffer.size());
      if (count == 0) return;
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.data());
      if (nghttp2_session_mem_recv(session_, bytes, count) < 0) return;
    }
  }

 private:
  static Connection& self(void* user) { return *static_cast<Connection*>(user); }
  Call* find(std::int32_t id) {
    const auto found = calls_.find(id);
    return found == calls_.end() ? nullptr : found->second.get();
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto call = std::make_unique<Call>();
    call->id = frame->hd.stream_id;
    self(user).calls_[call->id] = std::move(call);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    Call* call = self(user).find(frame->hd.stream_id);
    if (call == nullptr) return 0;
    std::string key(reinterpret_cast<const char*>(name), name_size);
    std::string text(reinterpret_cast<const char*>(value), value_size);
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
      call->trailers->emplace_back(std::move(key), std::move(text));
    } else if (key == ":method") {
      call->request.method = std::move(text);
    } else if (key == ":path") {
      call->request.target = std::move(text);
    } else if (key == ":authority") {
      call->request.headers.emplace_back("host", std::move(text));
    } else if (!key.starts_with(':')) {
      call->request.headers.emplace_back(std::move(key), std::move(text));
    }
    return 0;
  }

  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Connection& me = self(user);
    const bool headers = frame->hd.type == NGHTTP2_HEADERS;
    if (!headers && frame->hd.type != NGHTTP2_DATA) return 0;
    Call* call = me.find(frame->hd.stream_id);
    if (call == nullptr) return 0;
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      const std::lock_guard lock(call->mutex);
      call->incoming_ended = true;
      call->changed.notify_all();
    }
    if (headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST) me.start(*call);
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* user) {
    Call* call = self(user).find(id);
    if (call == nullptr) {
      nghttp2_session_consume(session, id, size);
      return 0;
    }
    const std::lock_guard lock(call->mutex);
    call->incoming.append(reinterpret_cast<const char*>(data), size);
    call->changed.notify_all();
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    if (Call* call = self(user).find(id)) give_up(*call);
    return 0;
  }

  static void give_up(Call& call) {
    const std::lock_guard lock(call.mutex);
    call.gone = true;
    call.changed.notify_all();
  }

  void start(Call& call) {
    Request& request = call.request;
    const std::size_t question = std::min(request.target.find('?'), request.target.size());
    request.path = request.target.substr(0, question);
    request.query = request.target.substr(std::min(question + 1, request.target.size()));
    request.peer = peer_;
    request.connection = number_;
    request.protocol = "h2";
    request.server_name = stream_.server_name();
    request.trailers = call.trailers;
    call.wants_continue = equals_ignoring_case(request.header("expect"), "100-continue");
    request.body = [this, &call](char* out, std::size_t size) { return pull(call, out, size); };
    call.thread = std::thread([this, &call] { answer(call); });
  }

  void wake() const {
    const std::uint64_t one = 1;
    if (::write(wake_, &one, sizeof one) < 0) return;
  }

  // On the handler's thread from here.
  std::size_t pull(Call& call, char* out, std::size_t size) {
    std::unique_lock lock(call.mutex);
    if (std::exchange(call.wants_continue, false)) {
      call.interim.push_back({100, {}});
      wake();
    }
    call.changed.wait(lock,
                      [&] { return !call.incoming.empty() || call.incoming_ended || call.gone; });
    if (call.incoming.empty() && call.incoming_ended) return 0;
    if (call.incoming.empty()) throw std::runtime_error("the client ended its body early");
    const std::size_t count = std::min(size, call.incoming.size());
    std::memcpy(out, call.incoming.data(), count);
    call.incoming.erase(0, count);
    call.taken += count;
    wake();
    return count;
  }

  void push(Call& call, std::string_view bytes) {
    std::unique_lock lock(call.mutex);
    call.changed.wait(lock, [&] { return call.outgoing.size() < kBuffer || call.gone; });
    if (call.gone) throw std::runtime_error("the client is gone");
    call.outgoing.append(bytes);
    wake();
  }

  void answer(Call& call) {
    try {
      Response response = handle(call.request);
      if (response.delay.count() > 0) {
        std::unique_lock lock(call.mutex);
        call.changed.wait_for(lock, response.delay, [&] { return call.gone; });
      }
      BodySource source = response.source;
      std::string body = std::move(response.body);
      {
        const std::lock_guard lock(call.mutex);
        for (Interim& interim : response.interim) call.interim.push_back(std::move(interim));
        if (!source && !response.content_length && response.trailers.empty()) {
          response.content_length = body.size();
        }
        call.response = std::move(response);
        call.answered = true;
        wake();
      }
      push(call, body);
      std::vector<char> buffer(64 * 1024);
      while (const std::size_t count = source ? source(buffer.data(), buffer.size()) : 0) {
        push(call, std::string_view(buffer.data(), count));
      }
    } catch (const std::exception&) {
      give_up(call);
    }
    const std::lock_guard lock(call.mutex);
    call.outgoing_ended = true;
    call.finished = true;
    wake();
  }

  Response handle(Request& request) {
    try {
      return handler_(request);
    } catch (const std::exception& error) {
      Response response;
      response.status = 500;
      response.body = std::string("sandbox: ") + error.what() + "\n";
      return response;
    }
  }

  // On the connection's thread again: hands what the handlers did to nghttp2.
  void progress() {
    for (auto it = calls_.begin(); it != calls_.end();) {
      Call& call = *it->second;
      std::unique_lock lock(call.mutex);
      if (call.taken > 0) {
        nghttp2_session_consume(session_, call.id, std::exchange(call.taken, 0));
      }
      if (!call.gone) submit(call);
      const bool over = call.finished && call.gone;
      lock.unlock();
      if (!over) {
        ++it;
        continue;
      }
      call.thread.join();
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.id, NGHTTP2_INTERNAL_ERROR);
      it = calls_.erase(it);
    }
  }

  void submit(Call& call) {
    for (; !call.interim.empty(); call.interim.pop_front()) {
      submit_fields(call, call.interim.front().status, call.interim.front().headers, true);
    }
    if (!call.answered) return;
    if (call.response.raw || call.response.after == After::kReset) {
      broken_ = true;
      if (call.response.after == After::kReset) stream_.reset_on_close();
      return;
    }
    if (call.response.after == After::kHang) return;
    if (std::exchange(call.submitted, true)) {
      nghttp2_session_resume_data(session_, call.id);
      return;
    }
    HeaderList headers = call.response.headers;
    if (call.response.content_length && find_header(headers, "content-length").empty()) {
      headers.emplace_back("content-length", std::to_string(*call.response.content_length));
    }
    submit_fields(call, call.response.status, headers, false);
    if (call.response.after == After::kClose) {
      nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, call.id, NGHTTP2_NO_ERROR, nullptr, 0);
    }
  }

  void submit_fields(Call& call, int status, const HeaderList& headers, bool interim) {
    std::vector<std::pair<std::string, std::string>> texts{{":status", std::to_string(status)}};
    for (const auto& [name, value] : headers) {
      const std::string key = lower_case(name);
      if (key == "connection" || key == "transfer-encoding" || key == "keep-alive") continue;
      texts.emplace_back(key, value);
    }
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : texts) fields.push_back(field(name, value));
    if (interim) {
      nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, call.id, nullptr, fields.data(),
                             fields.size(), nullptr);
      return;
    }
    const bool empty = call.request.method == "HEAD" || status == 204 || status == 304;
    nghttp2_data_provider body{};
    body.source.ptr = this;
    body.read_callback = read_body;
    nghttp2_submit_response(session_, call.id, fields.data(), fields.size(),
                            empty ? nullptr : &body);
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* out,
                           std::size_t size, std::uint32_t* flags, nghttp2_data_source*,
                           void* user) {
    Call* call = self(user).find(id);
    if (call == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::lock_guard lock(call->mutex);
    // What was given up must not look complete.
    if (call->gone) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const std::size_t count = std::min(size, call->outgoing.size());
    std::memcpy(out, call->outgoing.data(), count);
    call->outgoing.erase(0, count);
    call->changed.notify_all();
    if (call->outgoing.empty() && call->outgoing_ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      const HeaderList& trailers = call->response.trailers;
      if (!trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        std::vector<std::pair<std::string, std::string>> texts;
        for (const auto& [name, value] : trailers) texts.emplace_back(lower_case(name), value);
        std::vector<nghttp2_nv> fields;
        for (const auto& [name, value] : texts) fields.push_back(field(name, value));
        nghttp2_submit_trailer(session, id, fields.data(), fields.size());
      }
      return static_cast<ssize_t>(count);
    }
    if (count == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(count);
  }

  // False: the connection has to end.
  bool send() {
    std::string batch;
    const std::uint8_t* data = nullptr;
    for (;;) {
      const auto count = nghttp2_session_mem_send(session_, &data);
      if (count < 0) return false;
      if (count > 0) batch.append(reinterpret_cast<const char*>(data), static_cast<size_t>(count));
      if (count == 0 || batch.size() >= kBuffer) {
        if (!batch.empty()) stream_.write(batch);
        batch.clear();
        if (count == 0) return !broken_;
      }
    }
  }

  Stream& stream_;
  const Handler& handler_;
  std::string peer_;
  std::uint64_t number_;
  nghttp2_session* session_ = nullptr;
  int wake_ = -1;
  bool broken_ = false;
  std::map<std::int32_t, std::unique_ptr<Call>> calls_;
};

}  // namespace

void serve_http2(Stream& stream, const Handler& handler, const std::string& peer,
                 std::uint64_t connection) {
  try {
    Connection(stream, handler, peer, connection).run();
  } catch (const std::exception&) {
    // The connection broke: the end of the stream tells.
  }
}

}  // namespace sandbox
