#include "http/h1_client.h"

#include <string>

namespace wif::http {

using State = tls::IoResult::State;

namespace {

constexpr int kMaxInterim = 16;

}  // namespace

H1Client::H1Client(std::unique_ptr<tls::Transport> transport, const H1Limits& limits,
                   const H1ClientTimeouts& timeouts)
    : transport_(std::move(transport)),
      limits_(limits),
      timeouts_(timeouts),
      parser_(HeadKind::kResponse, limits),
      writer_(*transport_) {
  transport_->limit_writing(timeouts.stream_idle);
}

Error H1Client::ended(std::string_view doing) const {
  if (transport_->tcp().expired()) {
    return Error(Reason::kUpstreamTimeout,
                 "the upstream was silent for too long " + std::string(doing));
  }
  return Error(Reason::kUpstreamClosed, "the upstream closed the connection " + std::string(doing));
}

Result<void> H1Client::sent(bool ok) const {
  if (ok) return {};
  return ended("while the request was sent");
}

Task<Result<void>> H1Client::send(const RequestHead& head, bool last) {
  transport_->tcp().limit(std::chrono::milliseconds(0));  // that of its rest is over
  method_.assign(head.method);
  ++exchanges_;
  interim_ = 0;
  answered_ = false;
  response_done_ = false;
  keep_alive_ = true;
  request_done_ = false;
  writer_.request(head, last);
  if (!last) co_return Result<void>();
  auto sent = co_await flush();
  request_done_ = static_cast<bool>(sent);
  co_return sent;
}

Task<Result<void>> H1Client::write(std::string_view bytes, bool last) {
  transport_->tcp().limit(timeouts_.stream_idle);
  const bool ok = co_await writer_.body(bytes, last);
  request_done_ = ok && last;
  co_return sent(ok);
}

Task<Result<void>> H1Client::finish(const Headers& trailers) {
  const bool ok = co_await writer_.finish(trailers);
  request_done_ = ok;
  co_return sent(ok);
}

Task<Result<void>> H1Client::flush() {
  const bool ok = co_await writer_.flush();
  co_return sent(ok);
}

void H1Client::reset() {
  keep_alive_ = false;
  transport_->tcp().shutdown();
}

State H1Client::take() {
  if (next_ == end_) next_ = end_ = 0;
  if (!block_) block_ = tls::take_block();
  const auto got = transport_->read(block_->data + end_, tls::kBlockBytes - end_);
  end_ += got.bytes;
  answered_ = answered_ || got.bytes > 0;
  if (end_ == 0) block_.reset();
  return got.state;
}

// Waits until there is something, and returns what.
Task<State> H1Client::fill() {
  if (!transport_->pending()) co_await transport_->readable();
  State got = take();
  while (got == State::kWouldBlock) {
    co_await transport_->readable();
    got = take();
  }
  co_return got;
}

Task<Result<ResponseHead*>> H1Client::receive() {
  transport_->tcp().limit(timeouts_.response);
  for (;;) {
    const std::string_view unread =
        next_ < end_ ? std::string_view(block_->data + next_, end_ - next_) : std::string_view();
    const std::size_t size = find_head_end(unread);
    const bool whole = size != std::string_view::npos;
    if (whole && size <= limits_.max_header_bytes) {
      auto parsed = parser_.parse_response_head(block_->data + next_, size, method_, head_);
      if (!parsed) co_return std::move(parsed).error();
      next_ += size;
      break;
    }
    if (whole || unread.size() >= limits_.max_header_bytes || end_ == tls::kBlockBytes) {
      Error large(Reason::kUpstreamProtocol, "the head of the upstream's answer is too large");
      large.proxy_status = "http_response_header_section_size";
      co_return large;
    }
    const State got = co_await fill();
    if (got != State::kDone) co_return ended("before its answer was complete");
  }
  if (head_.status < 200) {
    if (head_.status == 101 || ++interim_ > kMaxInterim) {
      co_return Error(Reason::kUpstreamProtocol,
                      "the upstream's interim answers are not acceptable");
    }
    co_return &head_;
  }
  response_done_ = head_.no_body;
  keep_alive_ =
      keep_alive_ && !has_member(head_.headers, "connection", "close") && !parser_.is_http10();
  co_return &head_;
}

Task<bool> H1Client::answer_within(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  // What is readable may be TLS's own, such as a session ticket: then nothing comes of it.
  while (next_ == end_ && take() == State::kWouldBlock) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const bool readable = co_await transport_->tcp().readable_within(left);
    if (!readable) co_return false;
  }
  co_return true;
}

Task<Result<Chunk>> H1Client::read() {
  if (response_done_) co_return Chunk{{}, true};
  transport_->tcp().limit(timeouts_.stream_idle);
  for (;;) {
    if (next_ == end_) {
      const State got = co_await fill();
      if (got == State::kEof) {
        keep_alive_ = false;
        auto complete = parser_.end_of_input();
        if (!complete) co_return ended("inside its answer");
        response_done_ = true;
        co_return Chunk{{}, true};
      }
      if (got == State::kFailed) co_return ended("inside its answer");
    }
    auto piece = parser_.parse_body(block_->data + next_, end_ - next_);
    if (!piece) co_return std::move(piece).error();
    next_ += piece->consumed;
    response_done_ = piece->last;
    if (piece->data.empty() && !piece->last) continue;
    co_return Chunk{piece->data, piece->last};
  }
}

void H1Client::rest(std::chrono::milliseconds limit) {
  block_.reset();
  next_ = end_ = 0;
  transport_->tcp().limit(limit);
  transport_->tcp().watch_idle();
}

bool H1Client::reusable() const {
  // Bytes behind a complete answer belong to nobody: such a connection is not used again.
  return keep_alive_ && request_done_ && response_done_ && next_ == end_ && !transport_->pending();
}

}  // namespace wif::http
