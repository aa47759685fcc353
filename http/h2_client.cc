#include "http/h2_client.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/ready_queue.h"
#include "tls/poller.h"

namespace wif::http {
namespace {

constexpr int kMaxInterim = 16;

}  // namespace

H2Client::H2Client(std::unique_ptr<tls::Transport> transport, Executor executor,
                   tls::DeadlineList& deadlines, const H2Limits& limits, const H2Timeouts& timeouts)
    : transport_(std::move(transport)),
      executor_(executor),
      session_(H2Session::Role::kClient, *this, *transport_, executor, deadlines, limits,
               timeouts) {}

void H2Client::start() {
  const auto done = [self = shared_from_this()](const std::exception_ptr& failure) {
    if (failure) self->abort();
  };
  spawn(executor_, session_.write_loop(), done);
  spawn(executor_, session_.read_loop(), done);
}

H2ClientStream::H2ClientStream(std::shared_ptr<H2Client> connection)
    : connection_(std::move(connection)), stream_(connection_->session_) {
  connection_->session_.check_alive();
  stream_.on_section = [this](bool end_of_stream) { return take_section(end_of_stream); };
}

H2ClientStream::~H2ClientStream() {
  if (!stream_.over()) stream_.reset(NGHTTP2_CANCEL);
}

bool H2ClientStream::take_section(bool end_of_stream) {
  if (have_final_) {
    Headers trailers;
    auto taken = stream_.section.take_trailers(stream_.session().limits(), trailers);
    if (taken) stream_.set_trailers(std::move(trailers));
    return static_cast<bool>(taken);
  }
  answered_ = true;
  ResponseHead head;
  auto taken = stream_.section.take_response(method_, end_of_stream, head);
  const bool interim = taken && head.status < 200;
  have_final_ = taken && !interim;
  if (interim && (head.status == 101 || ++interim_ > kMaxInterim)) {
    taken = Error(Reason::kUpstreamProtocol, "the upstream's interim answers are not acceptable");
  }
  if (taken) {
    heads_.push_back(std::move(head));
  } else {
    malformed_ = std::move(taken).error();
  }
  stream_.readable().notify();
  return !malformed_;
}

bool H2ClientStream::submit(const RequestHead& head, bool last) {
  const auto& all = head.headers.fields();
  const auto token = std::find_if(all.begin(), all.end(), [](const HeaderField& field) {
    return field.indexing == Indexing::kNever && field.name == "authorization";
  });
  H2FieldList fields;
  if (token != all.end()) {
    auto encoded = connection_->authorization_.encoded(token->value);
    fields.request(head, &*token);
    if (fits_one_frame(fields.bytes(), fields.size(), encoded->reveal().size())) {
      return stream_.submit_request(fields, last, std::move(encoded));
    }
    fields = H2FieldList();
  }
  fields.request(head, nullptr);
  return stream_.submit_request(fields, last, nullptr);
}

Task<Result<void>> H2ClientStream::send(const RequestHead& head, bool last) {
  method_ = head.method;
  if (submit(head, last)) co_return Result<void>();
  Error error(Reason::kUpstreamClosed, "the upstream's connection takes no more requests");
  error.unprocessed = true;
  co_return error;
}

// Heads never wait: the writer sends what was submitted when the loop gets to it.
Task<Result<void>> H2ClientStream::flush() { co_return Result<void>(); }

Task<Result<ResponseHead*>> H2ClientStream::receive() {
  if (heads_.empty()) stream_.limit_reading(stream_.session().timeouts().response);
  while (heads_.empty() && !malformed_ && !stream_.closed()) {
    co_await stream_.readable().wait();
  }
  stream_.limit_reading(std::chrono::milliseconds(0));
  if (heads_.empty()) {
    co_return malformed_ ? *malformed_ : stream_.failure("before its answer was complete");
  }
  head_ = std::move(heads_.front());
  heads_.erase(heads_.begin());
  co_return &head_;
}

Task<bool> H2ClientStream::answer_within(std::chrono::milliseconds limit) {
  bool expired = false;
  asio::steady_timer timer(stream_.session().executor(), limit);
  timer.async_wait([this, &expired](boost::system::error_code cancelled) {
    if (cancelled) return;
    expired = true;
    stream_.readable().notify();
  });
  while (heads_.empty() && !malformed_ && !stream_.closed() && !expired) {
    co_await stream_.readable().wait();
  }
  // A handler that is queued already must not outlive these locals: let it run first.
  if (timer.cancel() == 0 && !expired) {
    co_await tls::Poller::of(stream_.session().executor()).next_turn();
  }
  co_return !expired || !heads_.empty();
}

}  // namespace wif::http
