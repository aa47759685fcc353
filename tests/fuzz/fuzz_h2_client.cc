// The client side of an HTTP/2 connection with an upstream that sends anything: every
// request ends, an answer's body is never longer than its window or other than its head says, and
// when the upstream has gone nothing is left. Requests do what exchanges do.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/ready_queue.h"
#include "http/h2_client.h"
#include "tests/fuzz/h1_fuzz.h"
#include "tests/fuzz/h2_script.h"

namespace wif::fuzz {
namespace {

using http::require;

constexpr std::size_t kLargestWindow = 4u << 20;  // to which that of a stream grows
constexpr std::size_t kConnectionWindow = 16u << 20;
constexpr int kMaxInterim = 16;

// What a request is and how it is given up, from one byte.
struct Plan {
  enum Body : unsigned { kNone, kShort, kLong, kTrailers };
  enum Wait : unsigned { kForTheAnswer, kNotAtAll, kALittle, kLongEnough };
  enum End : unsigned { kReadAll, kReadOnePiece, kLeave, kReset };

  explicit Plan(unsigned byte)
      : body(static_cast<Body>(byte & 3)),
        wait(static_cast<Wait>(byte >> 2 & 3)),
        end(static_cast<End>(byte >> 4 & 3)),
        head_only((byte & 64) != 0),
        joins((byte & 128) != 0) {}

  Body body;
  Wait wait;
  End end;
  bool head_only;  // HEAD
  bool joins;      // lets the upload come to its end before the request is given up
};

class Requests {
 public:
  Requests(Executor executor, const http::H2Limits& limits, bool silent)
      : executor_(executor), limits_(limits), silent_(silent) {}

  void open(std::shared_ptr<http::H2Client> client, unsigned plan) {
    if (!client->room()) return;
    ++running_;
    spawn(executor_, fetch(std::move(client), Plan(plan)),
          [this](const std::exception_ptr& failure) {
            require(!failure);
            --running_;
          });
  }
  bool idle() const { return running_ == 0; }

 private:
  Task<void> fetch(std::shared_ptr<http::H2Client> client, Plan plan) {
    http::H2ClientStream stream(std::move(client));
    http::RequestHead head;
    const bool uploads = plan.body != Plan::kNone && !plan.head_only;
    head.method = plan.head_only ? "HEAD" : uploads ? "POST" : "GET";
    head.authority = "a.example";
    head.path_and_query = "/a";
    head.chunked = uploads;
    head.expect_continue = plan.wait == Plan::kALittle;
    auto sent = co_await stream.send(head, !uploads);
    if (!sent) co_return;
    tls::Event done(executor_);
    bool uploading = uploads;
    if (uploads) {
      spawn(executor_, upload(stream, plan), [&](const std::exception_ptr& failure) {
        require(!failure);
        uploading = false;
        done.notify();
      });
    }
    if (plan.wait == Plan::kALittle) co_await stream.answer_within(std::chrono::seconds(0));
    // That clock is a real one, so somebody has to end it.
    if (plan.wait == Plan::kLongEnough && !silent_) {
      co_await stream.answer_within(std::chrono::hours(1));
    }
    if (plan.wait != Plan::kNotAtAll) co_await answer(stream, head.method, plan);
    if (uploading && !plan.joins) stream.reset();
    while (uploading) co_await done.wait();
    if (plan.end == Plan::kReset) stream.reset();
  }

  static Task<void> upload(http::H2ClientStream& stream, const Plan& plan) {
    const std::string body(plan.body == Plan::kLong ? 100'000 : 10, 'a');
    auto sent = co_await stream.write(body, plan.body == Plan::kShort);
    if (!sent || plan.body == Plan::kShort) co_return;
    http::Headers trailers;
    if (plan.body == Plan::kTrailers) trailers.add_view("x-trailer", "1");
    sent = co_await stream.finish(trailers);
  }

  Task<void> answer(http::H2ClientStream& stream, std::string_view method, const Plan& plan) {
    int interim = 0;
    http::ResponseHead* head = nullptr;
    while (head == nullptr || head->status < 200) {
      auto received = co_await stream.receive();
      if (!received) {
        require(received.error().status != 200);
        co_return;
      }
      head = *received;
      require(stream.answered());
      require(head->status >= 100 && head->status <= 999 && head->status != 101);
      http::require_clean(head->headers);
      require(head->headers.fields().size() <= limits_.max_header_fields);
      require(head->status >= 200 || ++interim <= kMaxInterim);
    }
    const auto length = head->no_body ? std::nullopt : head->content_length;
    require(method != "HEAD" || head->no_body);
    if (head->last || plan.end == Plan::kLeave) co_return;
    std::uint64_t total = 0;
    for (;;) {
      auto chunk = co_await stream.read();
      if (!chunk) co_return;
      require(chunk->data.size() <= kLargestWindow);
      total += chunk->data.size();
      if (chunk->last) break;
      if (plan.end == Plan::kReadOnePiece) co_return;
    }
    require(length.value_or(total) == total);
    http::require_clean(stream.trailers());
    require(stream.trailers().fields().size() <= limits_.max_trailer_fields);
  }

  Executor executor_;
  const http::H2Limits& limits_;
  const bool silent_;
  std::size_t running_ = 0;
};

void run(Script script) {
  asio::io_context io;
  tls::DeadlineList deadlines;
  Peer peer(io, deadlines, script);
  const http::H2Limits limits = limits_of(script);
  const http::H2Timeouts timeouts;
  Requests requests(io.get_executor(), limits, script.is(kSilent));
  auto client = std::make_shared<http::H2Client>(peer.end.take_transport(), io.get_executor(),
                                                 deadlines, limits, timeouts);
  client->start();
  for (std::size_t i = 0; i < 3; ++i) requests.open(client, script.plan(i));
  peer.play("", [&](const Step& step) {
    if ((step.kind & 0x1f) == kOpen) requests.open(client, step.flags);
    if ((step.kind & 0x1f) == kShutdown) client->abort();
  });
  if (!client->over()) peer.check_credit(kConnectionWindow);
  peer.leave();
  require(requests.idle());
  require(client->over() && !client->room());
  require(client.use_count() == 1);
}

}  // namespace
}  // namespace wif::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wif::fuzz::run(wif::fuzz::Script(data, size));
  return 0;
}
