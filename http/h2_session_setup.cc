// How an H2Session is made: nghttp2's options, its callbacks, and the first frames we send.
#include <memory>
#include <new>

#include "http/h2_memory.h"
#include "http/h2_session.h"
#include "http/h2_stream.h"

namespace wif::http {
namespace {

// What a shared connection to an upstream may take in at once; see the class comment.
constexpr std::int32_t kUpstreamConnectionWindow = 16 << 20;

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};

std::unique_ptr<nghttp2_option, OptionDeleter> make_options(const H2Limits& limits) {
  nghttp2_option* raw = nullptr;
  if (nghttp2_option_new(&raw) != 0) throw std::bad_alloc();
  std::unique_ptr<nghttp2_option, OptionDeleter> options(raw);
  nghttp2_option_set_no_auto_window_update(raw, 1);
  nghttp2_option_set_max_outbound_ack(raw, limits.max_queued_acks);
  nghttp2_option_set_max_continuations(raw, limits.max_continuations);
  nghttp2_option_set_stream_reset_rate_limit(
      raw, limits.max_reset_burst,
      std::max<std::uint64_t>(1, limits.max_reset_burst / kBurstSeconds));
  nghttp2_option_set_max_deflate_dynamic_table_size(raw, limits.max_header_table_bytes);
  nghttp2_option_set_max_send_header_block_length(raw, 2 * limits.max_header_bytes);
  return options;
}

}  // namespace

// nghttp2's callbacks. They record and call nobody's code but H2Owner::begin_request().
struct H2Session::Callbacks {
  static H2Session& self(void* user_data) { return *static_cast<H2Session*>(user_data); }

  // RFC 9113 5.1.1: numbers of streams only grow, which nghttp2 does not insist on.
  static int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    H2Session& me = self(user);
    if (me.role_ == Role::kServer && head->type == NGHTTP2_HEADERS &&
        me.was_passed_over(head->stream_id)) {
      nghttp2_session_terminate_session(me.session_, NGHTTP2_PROTOCOL_ERROR);
    }
    return 0;
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    H2Session& me = self(user);
    const std::int32_t id = frame->hd.stream_id;
    me.in_head_ = id;
    if (me.role_ == Role::kServer && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      H2Stream* opened = me.going_away_ ? nullptr : me.owner_.begin_request(id);
      if (opened == nullptr) {
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
        return 0;
      }
      opened->open_as(id);
      opened->section.begin();
      nghttp2_session_set_stream_user_data(session, id, opened);
      return 0;
    }
    if (H2Stream* stream = stream_of(session, id)) stream->section.begin();
    return 0;
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                       nghttp2_rcbuf* value, std::uint8_t, void* user) {
    if (H2Stream* stream = stream_of(session, frame->hd.stream_id)) {
      stream->section.add(name, value, self(user).limits_);
    }
    return 0;
  }

  // By default nghttp2 would leave such a field out; a message with one is malformed.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*,
                               nghttp2_rcbuf*, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    self(user).on_frame(*frame);
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* data, std::size_t size, void* user) {
    H2Session& me = self(user);
    H2Stream* stream = stream_of(session, id);
    // The connection to an upstream is shared: its window must not wait for one slow reader.
    if (stream == nullptr || me.role_ == Role::kClient) {
      nghttp2_session_consume_connection(session, size);
    }
    if (stream != nullptr) stream->received_data({reinterpret_cast<const char*>(data), size});
    return 0;
  }

  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void*) {
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!end || (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS)) return 0;
    if (H2Stream* stream = stream_of(session, frame->hd.stream_id)) stream->end_left();
    return 0;
  }

  static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user) {
    // Where a section is refused, nothing else tells that it is over. Others go on.
    if (self(user).in_head_ == id) self(user).in_head_ = 0;
    if (H2Stream* stream = stream_of(session, id)) {
      const bool early = !stream->over();
      stream->closed_by(code);
      if (early) self(user).gone_.push_back(stream);
    }
    return 0;
  }

  static std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> make() {
    nghttp2_session_callbacks* raw = nullptr;
    if (nghttp2_session_callbacks_new(&raw) != 0) throw std::bad_alloc();
    std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> callbacks(raw);
    nghttp2_session_callbacks_set_on_begin_frame_callback(raw, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(raw, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(raw, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(raw, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(raw, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(raw, on_frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(raw, on_close);
    return callbacks;
  }
};

H2Session::H2Session(Role role, H2Owner& owner, tls::Transport& transport, Executor executor,
                     tls::DeadlineList& deadlines, const H2Limits& limits,
                     const H2Timeouts& timeouts)
    : role_(role),
      owner_(owner),
      transport_(transport),
      executor_(executor),
      ready_(ReadyQueue::of(executor)),
      deadlines_(deadlines),
      limits_(limits),
      timeouts_(timeouts),
      writer_(ready_),
      heard_at_(CoarseClock::now()) {
  const auto callbacks = Callbacks::make();
  const auto options = make_options(limits);
  const auto make =
      role == Role::kServer ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  if (make(&session_, callbacks.get(), this, options.get(), h2_memory()) != 0) {
    throw std::bad_alloc();
  }
  submit_preface();
  set_limit();
}

H2Session::~H2Session() { nghttp2_session_del(session_); }

void H2Session::submit_preface() {
  std::vector<nghttp2_settings_entry> settings;
  const auto set = [&settings](nghttp2_settings_id id, std::size_t value) {
    settings.push_back({id, static_cast<std::uint32_t>(value)});
  };
  set(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.max_stream_window_bytes);
  set(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits_.max_header_bytes);
  set(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits_.max_header_table_bytes);
  auto window = kUpstreamConnectionWindow;
  if (role_ == Role::kServer) {
    set(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.max_concurrent_streams);
    window = static_cast<std::int32_t>(limits_.max_connection_window_bytes);
  } else {
    set(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  }
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, window);
}

}  // namespace wif::http
