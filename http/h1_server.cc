#include "http/h1_server.h"

#include <sys/socket.h>

#include <cstring>
#include <utility>

namespace wif::http {

using State = tls::IoResult::State;

H1Server::H1Server(tls::Transport& transport, const H1Limits& limits,
                   const H1ServerTimeouts& timeouts)
    : transport_(transport),
      limits_(limits),
      timeouts_(timeouts),
      parser_(HeadKind::kRequest, limits),
      writer_(transport) {
  transport.limit_writing(timeouts.write);
}

// Moves pipelined bytes to the front, or lets go of the block when there are none.
void H1Server::start_message() {
  const std::size_t left = end_ - next_;
  if (left == 0) {
    block_.reset();
    head_ = RequestHead();  // an idle connection holds nothing of the last request
  } else if (next_ > 0) {
    std::memmove(block_->data, block_->data + next_, left);
  }
  body_.reset();
  next_ = 0;
  end_ = left;
  silent_close_ = false;
}

// Adds what the client sent to the block; false at the end of the connection.
Task<Result<bool>> H1Server::fill() {
  for (;;) {
    if (!transport_.pending()) co_await transport_.readable();
    if (!block_) block_ = tls::take_block();
    const auto got = transport_.read(block_->data + end_, tls::kBlockBytes - end_);
    if (got.state == State::kDone) {
      end_ += got.bytes;
      co_return true;
    }
    if (got.state == State::kWouldBlock) {
      if (end_ == 0) block_.reset();
      co_await transport_.readable();
      continue;
    }
    if (end_ == 0) co_return false;
    if (transport_.tcp().expired()) {
      Error timeout(Reason::kBadRequest, "the request head did not arrive in time");
      timeout.status = 408;
      co_return timeout;
    }
    silent_close_ = true;
    co_return Error(Reason::kClientGone, "the client closed inside a request head");
  }
}

// True when block_ holds a whole head, which is then parsed.
Result<bool> H1Server::parse_buffered() {
  const std::string_view all(block_->data, end_);
  const std::size_t begin = all.starts_with("\r\n") ? 2 : 0;  // RFC 9112 2.2: one is forgiven
  const std::string_view bytes = all.substr(begin);
  if (bytes.empty() || all == "\r") return false;
  // Something else than HTTP (TLS, SOCKS, binary) shows in its first byte and gets no answer; so
  // does the preface of HTTP/2.
  if (!is_token(bytes.substr(0, 1)) || bytes.starts_with("PRI * HTTP/2.0\r\n")) {
    silent_close_ = true;
    return Error(Reason::kBadRequest, "the client does not speak HTTP on the proxy port");
  }
  const std::size_t head_end = find_head_end(bytes);
  const bool whole = head_end != std::string_view::npos;
  if ((whole ? head_end : bytes.size()) > limits_.max_header_bytes ||
      (!whole && end_ == tls::kBlockBytes)) {
    Error large(Reason::kHeadersTooLarge, "the request head is larger than max_header_bytes");
    if (bytes.substr(0, limits_.max_request_line_bytes).find('\n') == std::string_view::npos) {
      large.status = 414;
    }
    return large;
  }
  if (!whole) {
    // A first line that is not HTTP (an SSH banner) will not become it: do not wait for more.
    const auto line_end = bytes.find('\n');
    if (line_end != std::string_view::npos &&
        bytes.substr(0, line_end).find(' ') == std::string_view::npos) {
      silent_close_ = true;
      return Error(Reason::kBadRequest, "the client does not speak HTTP on the proxy port");
    }
    return false;
  }
  TRY_VOID(parser_.parse_request_head(block_->data + begin, head_end, head_));
  next_ = begin + head_end;
  return true;
}

Task<Result<bool>> H1Server::next() {
  start_message();
  transport_.tcp().limit_reading(end_ == 0 ? timeouts_.idle : timeouts_.header);
  bool fresh = end_ == 0;
  for (;;) {
    if (end_ > 0) {
      auto whole = parse_buffered();
      if (!whole) {
        close_ = true;
        head_.version = Version::kHttp11;  // of the answer
        co_return std::move(whole).error();
      }
      if (*whole) break;
      if (std::exchange(fresh, false)) transport_.tcp().limit_reading(timeouts_.header);
    }
    auto more = co_await fill();
    if (!more || !*more) co_return more;
  }
  transport_.tcp().limit(std::chrono::milliseconds(0));
  close_ = close_ || !head_.keep_alive;
  body_done_ = !head_.has_body();
  response_done_ = false;
  co_return true;
}

bool H1Server::reusable() const { return !close_ && body_done_ && response_done_; }

std::string H1Server::take_rest() {
  std::string rest(block_ ? block_->data + next_ : "", end_ - next_);
  head_ = RequestHead();
  block_.reset();
  next_ = end_ = 0;
  return rest;
}

Task<Result<Chunk>> H1Server::read() {
  if (body_done_) co_return Chunk{{}, true};
  transport_.tcp().limit_reading(timeouts_.stream_idle);
  for (;;) {
    char* bytes = block_->data + next_;
    std::size_t size = end_ - next_;
    const bool buffered = size > 0;
    if (!buffered) {
      if (!transport_.pending()) co_await transport_.readable();
      if (!body_) body_ = tls::take_block();
      bytes = body_->data;
      const auto got = transport_.read(bytes, tls::kBlockBytes);
      if (got.state == State::kWouldBlock) {
        co_await transport_.readable();
        continue;
      }
      if (got.state != State::kDone) {
        close_ = true;
        co_return Error(Reason::kClientGone, "the client closed inside a request body");
      }
      size = got.bytes;
    }
    auto piece = parser_.parse_body(bytes, size);
    if (!piece) {
      close_ = true;
      co_return std::move(piece).error();
    }
    if (buffered) {
      next_ += piece->consumed;
    } else if (piece->consumed < size) {
      // The next request came with the end of this body; it moves to where heads are read.
      // Where that has no room, the connection ends here: the client sends the request again.
      const std::size_t surplus = size - piece->consumed;
      if (next_ + surplus > tls::kBlockBytes) {
        close_ = true;
      } else {
        end_ = next_ + surplus;
        std::memcpy(block_->data + next_, bytes + piece->consumed, surplus);
      }
    }
    body_done_ = piece->last;
    if (piece->data.empty() && !piece->last) continue;
    co_return Chunk{piece->data, piece->last};
  }
}

Result<void> H1Server::sent(bool ok) const {
  if (ok) return {};
  return Error(Reason::kClientGone, transport_.tcp().expired()
                                        ? "the client did not read its answer in time"
                                        : "the client closed before its answer was complete");
}

Task<Result<void>> H1Server::respond(const ResponseHead& head, bool last) {
  // An empty answer of HTTP/2 need not say that it is; here it must.
  const bool says_length = head.content_length || head_.method == "HEAD" || head.status < 200 ||
                           head.status == 204 || head.status == 304;
  if (last && !says_length) {
    ResponseHead sized = head;
    sized.content_length = 0;
    delimited_ = writer_.response(sized, head_.version, last, close_);
  } else {
    delimited_ = writer_.response(head, head_.version, last, close_);
  }
  close_ = close_ || !delimited_;
  if (head.status < 200) last = false;
  response_done_ = last;
  if (!last && head.status >= 200) co_return Result<void>();
  co_return co_await flush();
}

Task<Result<void>> H1Server::write(std::string_view bytes, bool last) {
  const bool ok = co_await writer_.body(bytes, last);
  transport_.tcp().limit(std::chrono::milliseconds(0));
  response_done_ = ok && last;
  co_return sent(ok);
}

Task<Result<void>> H1Server::finish(const Headers& trailers) {
  const bool ok = co_await writer_.finish(trailers);
  transport_.tcp().limit(std::chrono::milliseconds(0));
  response_done_ = ok;
  co_return sent(ok);
}

Task<Result<void>> H1Server::flush() {
  const bool ok = co_await writer_.flush();
  transport_.tcp().limit(std::chrono::milliseconds(0));
  co_return sent(ok);
}

void H1Server::reset() {
  close_ = true;
  response_done_ = false;
  if (delimited_) return;
  // Behind an orderly end an answer without a length would look whole: close() becomes a reset.
  const linger now{1, 0};
  ::setsockopt(transport_.tcp().descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Task<void> H1Server::drain(std::size_t limit) {
  co_await transport_.drop_incoming(limit, std::chrono::milliseconds(2'000));
}

}  // namespace wif::http
