#include "proxy/upload.h"

#include <utility>

#include "base/ready_queue.h"
#include "proxy/rewrite.h"

namespace wif::proxy {
namespace {

constexpr std::chrono::milliseconds kHurry{2'000};

}  // namespace

void Upload::remember(std::string_view bytes) {
  bytes_ += bytes.size();
  if (overflowed_) return;
  if (buffered_.size() + bytes.size() > max_replay_) {
    overflowed_ = true;
    std::string().swap(buffered_);
  } else {
    buffered_.append(bytes);
  }
}

Task<Result<void>> Upload::read_all() {
  while (!whole_) {
    auto chunk = co_await client_.read();
    if (!chunk) {
      client_error_ = chunk.error();
      co_return std::move(chunk).error();
    }
    remember(chunk->data);
    whole_ = chunk->last;
  }
  co_return Result<void>();
}

Task<Result<void>> Upload::send_buffered(http::ClientStream& upstream) {
  return upstream.write(buffered_, true);
}

void Upload::start(http::ClientStream& upstream) {
  running_ = true;
  done_.emplace(executor_);
  spawn(executor_, run(upstream), [this](const std::exception_ptr& failure) {
    if (failure) client_error_ = Error(Reason::kInternal, "the upload failed");
    running_ = false;
    done_->notify();
  });
}

Task<void> Upload::run(http::ClientStream& upstream) {
  for (;;) {
    auto chunk = co_await client_.read();
    if (!chunk) {
      if (!hurried_) client_error_ = std::move(chunk).error();
      upstream.reset();  // an incomplete request is never completed
      co_return;
    }
    remember(chunk->data);
    const bool last = chunk->last;
    const bool with_trailers = last && !client_.trailers().empty();
    auto sent = co_await upstream.write(chunk->data, last && !with_trailers);
    overflowed_ = overflowed_ || with_trailers;  // trailers are not kept for sending again
    if (sent && with_trailers) sent = co_await upstream.finish(filter_trailers(client_.trailers()));
    if (!sent) co_return;  // it may have answered: the exchange goes on reading
    whole_ = last;
    if (last) co_return;
  }
}

Task<void> Upload::join(http::ClientStream& upstream, bool hurry) {
  if (hurry) {
    hurried_ = true;
    upstream.reset();
    client_.limit_reading(kHurry);
  }
  while (running_) co_await done_->wait();
}

}  // namespace wif::proxy
