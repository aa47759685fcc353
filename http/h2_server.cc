#include "http/h2_server.h"

#include <utility>

#include "base/log.h"
#include "base/ready_queue.h"

namespace wif::http {
namespace {

// A client that names wrong authorities is not listened to for long.
constexpr int kMisdirected = 421;

}  // namespace

H2ServerStream::H2ServerStream(H2Session& session) : stream_(session) {
  stream_.on_section = [this](bool end_of_stream) { return take_section(end_of_stream); };
}

H2ServerStream::~H2ServerStream() {
  // Answered before the request came to its end: the rest is of no use (RFC 9113 8.1).
  if (!stream_.over()) {
    stream_.reset(stream_.end_sent() ? NGHTTP2_NO_ERROR : NGHTTP2_INTERNAL_ERROR);
  }
}

bool H2ServerStream::take_section(bool end_of_stream) {
  if (have_head_) {
    Headers trailers;
    auto taken = stream_.section.take_trailers(stream_.session().limits(), trailers);
    if (taken) stream_.set_trailers(std::move(trailers));
    return static_cast<bool>(taken);
  }
  have_head_ = true;
  auto taken = stream_.section.take_request(end_of_stream, head_);
  if (taken) return true;
  const bool answerable = taken.error().status != 0;
  head_error_ = std::move(taken).error();
  return answerable;
}

Task<Result<void>> H2ServerStream::respond(const ResponseHead& head, bool last) {
  H2FieldList fields;
  fields.response(head);
  if (head.status == kMisdirected) stream_.session().count_misdirected();
  const bool sent =
      head.status < 200 ? stream_.submit_interim(fields) : stream_.submit_response(fields, last);
  if (sent) co_return Result<void>();
  co_return stream_.failure("before it was answered");
}

// Heads never wait: the writer sends what was submitted when the loop gets to it.
Task<Result<void>> H2ServerStream::flush() { co_return Result<void>(); }

// The stream is reset when it goes, which would take back what is not sent yet.
Task<void> H2ServerStream::drain(std::size_t) { return stream_.end_leaves(); }

// Ends at once: no byte that comes later would be of use.
void H2ServerStream::limit_reading(std::chrono::milliseconds) { stream_.abandon_reading(); }

H2Server::H2Server(tls::Transport& transport, Executor executor, tls::DeadlineList& deadlines,
                   const H2Limits& limits, const H2Timeouts& timeouts, Handler handler, Busy busy)
    : executor_(executor),
      limits_(limits),
      handler_(std::move(handler)),
      busy_(std::move(busy)),
      session_(H2Session::Role::kServer, *this, transport, executor, deadlines, limits, timeouts),
      ended_(executor) {}

Task<void> H2Server::serve() {
  writing_ = true;
  spawn(executor_, session_.write_loop(), [this](const std::exception_ptr& failure) {
    if (failure) session_.abort();
    writing_ = false;
    ended_.notify();
  });
  co_await session_.read_loop();
  unstarted_.clear();
  while (writing_ || running_ > 0) co_await ended_.wait();
  co_await session_.say_goodbye();
}

// A stream that the client has reset is over for HTTP/2 while its handler still runs, so those are
// counted, too: resetting must not be a way around the limit.
H2Stream* H2Server::begin_request(std::int32_t id) {
  if (running_ + unstarted_.size() >= 2 * limits_.max_concurrent_streams) return nullptr;
  auto stream = std::make_unique<H2ServerStream>(session_);
  H2Stream* raw = &stream->stream_;
  raw->on_gone = [this, id] { drop_unstarted(id); };
  unstarted_.emplace(id, std::move(stream));
  return raw;
}

void H2Server::drop_unstarted(std::int32_t id) {
  const auto found = unstarted_.find(id);
  if (found == unstarted_.end()) return;
  const std::unique_ptr<H2ServerStream> stream = std::move(found->second);
  unstarted_.erase(found);
}

void H2Server::request(H2Stream& raw) {
  const auto found = unstarted_.find(raw.id());
  if (found == unstarted_.end()) return;
  std::unique_ptr<H2ServerStream> stream = std::move(found->second);
  unstarted_.erase(found);
  raw.on_gone = nullptr;
  if (raw.closed()) return;
  ++running_;
  spawn(session_.ready(), run(std::move(stream)), [this](const std::exception_ptr& failure) {
    --running_;
    ended_.notify();
    log::internal_error(failure);
  });
}

Task<void> H2Server::run(std::unique_ptr<H2ServerStream> stream) { co_await handler_(*stream); }

}  // namespace wif::http
