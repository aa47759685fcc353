#include "http/h2_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace wif::http {
namespace {

// The window of a stream from an upstream grows while its reader waits for the network, so that
// long distances are no slower than HTTP/1.1: 4 MiB are 80 MB/s at 50 ms.
constexpr std::size_t kLargestWindow = 4u << 20;
// A buffer that grew beyond this is not kept.
constexpr std::size_t kKeptCapacity = 64u << 10;

}  // namespace

H2Stream::H2Stream(H2Session& session)
    : session_(session),
      readable_(session.ready()),
      window_(session.limits().max_stream_window_bytes),
      writable_(session.ready()) {
  session_.enter(*this);
}

H2Stream::~H2Stream() {
  if (owed_ > 0) session_.consumed_on_connection(owed_);
  if (window_ > session_.limits().max_stream_window_bytes) {
    session_.shrink(window_ - session_.limits().max_stream_window_bytes);
  }
  session_.leave(*this);
}

Error H2Stream::failure(std::string_view doing) const {
  const bool upstream = session_.role() == H2Session::Role::kClient;
  if (expired_) {
    return upstream
               ? Error(Reason::kUpstreamTimeout,
                       "the upstream was silent for too long " + std::string(doing))
               : Error(Reason::kClientGone, "the client made no progress " + std::string(doing));
  }
  if (!upstream) return Error(Reason::kClientGone, "the client gave up " + std::string(doing));
  if (connection_lost_) {
    return Error(Reason::kUpstreamClosed,
                 "the upstream closed the connection " + std::string(doing));
  }
  Error error(Reason::kUpstreamClosed, "the upstream reset the request (" +
                                           std::string(nghttp2_http2_strerror(close_code_)) + ") " +
                                           std::string(doing));
  error.unprocessed = unprocessed_;
  return error;
}

tls::Deadline& H2Stream::deadline(std::optional<tls::Deadline>& which) {
  if (!which) which.emplace(session_.deadlines(), [this] { expire(); });
  return *which;
}

void H2Stream::expire() {
  expired_ = true;
  reset(NGHTTP2_CANCEL);
}

void H2Stream::limit_reading(std::chrono::milliseconds limit) {
  if (limit.count() > 0) {
    deadline(read_deadline_).set(limit);
  } else if (read_deadline_) {
    read_deadline_->clear();
  }
}

// Returns the credit of what the caller has used up, so that the peer may send as much again.
void H2Stream::give_back() {
  if (handed_out_.empty()) return;
  since_grown_ += handed_out_.size();
  if (session_.role() == H2Session::Role::kServer) owed_ -= handed_out_.size();
  if (!end_received_) grow_window();
  session_.consumed(id_, handed_out_.size());
  if (handed_out_.capacity() > kKeptCapacity) {
    RecycledString().swap(handed_out_);
  } else {
    handed_out_.clear();
  }
}

void H2Stream::grow_window() {
  if (!std::exchange(starved_, false) || since_grown_ < window_ || window_ >= kLargestWindow ||
      session_.role() != H2Session::Role::kClient) {
    return;
  }
  since_grown_ = 0;
  const std::size_t larger = std::min(window_ * 2, kLargestWindow);
  if (session_.grow(id_, window_, larger)) window_ = larger;
}

Task<Result<Chunk>> H2Stream::read() {
  give_back();
  const bool wait = received_.empty() && !end_received_;
  if (wait) {
    starved_ = true;
    limit_reading(session_.timeouts().stream_idle);
  }
  while (received_.empty() && !end_received_ && !closed_ && !abandoned_) {
    co_await readable_.wait();
  }
  if (wait) limit_reading(std::chrono::milliseconds(0));
  if (received_.empty() && !end_received_) co_return failure("inside a body");
  std::swap(handed_out_, received_);
  read_to_end_ = end_received_;
  co_return Chunk{handed_out_, end_received_};
}

void H2Stream::abandon_reading() {
  abandoned_ = true;
  readable_.notify();
}

Task<Result<void>> H2Stream::write(std::string_view bytes, bool last) {
  outgoing_ = bytes;
  outgoing_last_ = last;
  return sent();
}

Task<Result<void>> H2Stream::finish(const Headers& trailers) {
  outgoing_trailers_ = &trailers;
  outgoing_last_ = true;
  return sent();
}

Task<Result<void>> H2Stream::sent() {
  const auto pending = [this] { return !outgoing_.empty() || (outgoing_last_ && !end_sent_); };
  if (pending() && !closed_) {
    nghttp2_session_resume_data(session_.raw(), id_);
    session_.wake_writer();
    deadline(write_deadline_).set(session_.timeouts().write);
  }
  while (pending() && !closed_) co_await writable_.wait();
  if (write_deadline_) write_deadline_->clear();
  const bool done = !pending();
  outgoing_ = {};
  outgoing_trailers_ = nullptr;
  if (done) co_return Result<void>();
  co_return failure("before all was sent");
}

Task<void> H2Stream::end_leaves() {
  while (end_sent_ && !end_left_ && !closed_) co_await writable_.wait();
}

void H2Stream::end_left() {
  end_left_ = true;
  writable_.notify();
}

void H2Stream::reset(std::uint32_t code) {
  if (closed_ || id_ < 0) return;
  nghttp2_submit_rst_stream(session_.raw(), NGHTTP2_FLAG_NONE, id_, code);
  session_.wake_writer();
  closed_by(code);  // whoever waits need not wait for the frame to be sent
}

namespace {

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* out, std::size_t size,
                  std::uint32_t* flags, nghttp2_data_source*, void*) {
  auto* stream = static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  return stream->next_data(out, size, flags);
}

const nghttp2_data_provider kBody{{0}, read_body};

}  // namespace

bool H2Stream::submit_request(const H2FieldList& fields, bool last,
                              std::shared_ptr<const Secret> encoded_field) {
  const auto id = nghttp2_submit_request(session_.raw(), nullptr, fields.data(), fields.size(),
                                         last ? nullptr : &kBody, this);
  if (id < 0) return false;
  id_ = id;
  encoded_field_ = std::move(encoded_field);
  end_sent_ = last;
  session_.wake_writer();
  return true;
}

bool H2Stream::submit_response(const H2FieldList& fields, bool last) {
  if (closed_) return false;
  end_sent_ = last;
  const int failed = nghttp2_submit_response(session_.raw(), id_, fields.data(), fields.size(),
                                             last ? nullptr : &kBody);
  session_.wake_writer();
  return failed == 0;
}

bool H2Stream::submit_interim(const H2FieldList& fields) {
  if (closed_) return false;
  const int failed = nghttp2_submit_headers(session_.raw(), NGHTTP2_FLAG_NONE, id_, nullptr,
                                            fields.data(), fields.size(), nullptr);
  session_.wake_writer();
  return failed == 0;
}

// nghttp2 asks for the payload of the next DATA frame.
ssize_t H2Stream::next_data(std::uint8_t* out, std::size_t size, std::uint32_t* flags) {
  if (outgoing_.empty() && !outgoing_last_) return NGHTTP2_ERR_DEFERRED;
  const std::size_t count = std::min(size, outgoing_.size());
  if (count > 0) std::memcpy(out, outgoing_.data(), count);
  outgoing_.remove_prefix(count);
  if (!outgoing_.empty()) {
    write_deadline_->set(session_.timeouts().write);  // progress
    return static_cast<ssize_t>(count);
  }
  if (outgoing_last_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (outgoing_trailers_ != nullptr && !outgoing_trailers_->empty()) {
      H2FieldList fields;
      fields.trailers(*outgoing_trailers_);
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(session_.raw(), id_, fields.data(), fields.size());
    }
    end_sent_ = true;
  }
  writable_.notify();
  return static_cast<ssize_t>(count);
}

void H2Stream::received_data(std::string_view bytes) {
  if (session_.role() == H2Session::Role::kServer) owed_ += bytes.size();
  if (abandoned_) return;  // its credit is returned with the stream
  received_.append(bytes);
  readable_.notify();
}

void H2Stream::received_section(bool end_of_stream) {
  if (!on_section(end_of_stream)) {
    reset(NGHTTP2_PROTOCOL_ERROR);
    return;
  }
  if (end_of_stream) received_end();
}

void H2Stream::received_end() {
  end_received_ = true;
  readable_.notify();
}

void H2Stream::closed_by(std::uint32_t code) {
  if (closed_) return;
  closed_ = true;
  close_code_ = code;
  unprocessed_ = code == NGHTTP2_REFUSED_STREAM;
  readable_.notify();
  writable_.notify();
}

void H2Stream::lost_connection() {
  connection_lost_ = !closed_;
  closed_by(NGHTTP2_INTERNAL_ERROR);
}

}  // namespace wif::http
