#include "tls/poller.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <thread>

namespace wif::tls {
namespace {

constexpr int kTurns = 16;  // that it waits by itself before the io_context has its turn

}  // namespace

asio::execution_context::id Poller::id;

Watch::Watch(Poller& poller, int descriptor, Kind kind)
    : poller_(poller), listener_(kind == Kind::kListener ? descriptor : -1) {
  poller_.add(*this, descriptor, EPOLLIN | (kind == Kind::kListener ? 0u : EPOLLOUT | EPOLLRDHUP));
}

Watch::~Watch() {
  if (looking_) poller_.expect_one_less();
  if (reader_) take(reader_);
  if (writer_) take(writer_);
  poller_.remove(*this);
}

void Watch::expect(Resumer& place, Frame& waiter) {
  place = Resumer(waiter);
  if (&place == &reader_ && std::exchange(looking_, false)) return;
  poller_.expect_one();
}

Resumer Watch::take(Resumer& waiter) {
  poller_.expect_one_less();
  return std::exchange(waiter, Resumer());
}

void Watch::keep_looking() {
  if (!std::exchange(looking_, true)) poller_.expect_one();
}

void Watch::give_up_reading() {
  if (reader_) poller_.ready_.add(take(reader_));
}

void Watch::tell(std::uint32_t events) {
  const bool over = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  ended_ = ended_ || over;
  readable_ = readable_ || over || (events & EPOLLIN) != 0;
  writable_ = writable_ || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if (readable_ && std::exchange(looking_, false)) poller_.expect_one_less();
  // Who is resumed may destroy this object.
  Resumer reader = readable_ && reader_ ? take(reader_) : Resumer();
  Resumer writer = writable_ && writer_ ? take(writer_) : Resumer();
  if (reader) reader();
  if (writer) writer();
}

Poller::Poller(asio::execution_context& context)
    : service(context),
      executor_(static_cast<asio::io_context&>(context).get_executor()),
      ready_(ReadyQueue::of(executor_)),
      epoll_(executor_) {
  const int descriptor = ::epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_.assign(descriptor);
}

// The io_context ends: nothing resumes the coroutines that still wait, so they are destroyed, and
// with each the connections that it owns.
void Poller::shutdown() {
  for (;;) {
    const auto waiting = std::find_if(watches_.begin(), watches_.end(),
                                      [](const Watch& watch) { return watch.has_waiter(); });
    if (waiting == watches_.end()) break;
    const Resumer lost = std::exchange(waiting->reader_ ? waiting->reader_ : waiting->writer_, {});
  }
  boost::system::error_code ignored;
  epoll_.close(ignored);
}

void Poller::add(Watch& watch, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events | EPOLLET;
  event.data.ptr = &watch;
  if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
  watches_.push_back(watch);
}

// The kernel takes a closed socket off by itself, but not one that others have open, too.
void Poller::remove(Watch& watch) {
  if (watch.listener_ >= 0) {
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, watch.listener_, nullptr);
  }
  watches_.erase(watches_.iterator_to(watch));
  for (std::size_t i = next_; i < count_; ++i) {
    if (events_[i].data.ptr == &watch) events_[i].data.ptr = nullptr;
  }
}

void Poller::expect_one() {
  ++expected_;
  arm();
}

void Poller::expect_one_less() {
  if (--expected_ > 0 || !armed_ || draining_) return;
  boost::system::error_code ignored;
  epoll_.cancel(ignored);
}

void Poller::arm() {
  if (armed_ || draining_ || expected_ == 0) return;
  armed_ = true;
  epoll_.async_wait(asio::posix::descriptor_base::wait_read,
                    [this](boost::system::error_code cancelled) {
                      armed_ = false;
                      if (!cancelled) drain();
                      arm();
                    });
}

void Poller::drain() {
  draining_ = true;
  const bool again_soon = Pace::Clock::now() - last_drain_ < patience_;
  look(std::chrono::milliseconds(0));
  for (int turn = 0; again_soon && turn < kTurns && may_wait(); ++turn) {
    if (!look(patience_)) break;
  }
  last_drain_ = Pace::Clock::now();
  draining_ = false;
}

// Whether anything came.
bool Poller::look(std::chrono::milliseconds patience) {
  if (pace_.slow()) std::this_thread::sleep_for(pace_.rest(Pace::Clock::now()));
  const ReadyQueue::Hold hold(ready_);
  const int got =
      ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()),
                   static_cast<int>(patience.count()));
  waits_.store(false, std::memory_order_relaxed);
  count_ = got > 0 ? static_cast<std::size_t>(got) : 0;
  for (next_ = 0; next_ < count_;) {
    const epoll_event& event = events_[next_++];
    if (event.data.ptr != nullptr) static_cast<Watch*>(event.data.ptr)->tell(event.events);
  }
  count_ = next_ = 0;
  ready_.run();
  return got > 0;
}

// Not where the io_context has something to do, or nothing to wait for. Who posts after a true one
// sees waits_, and interrupts.
bool Poller::may_wait() {
  if (expected_ == 0 || asio_first_ > 0 || !ready_.empty()) return false;
  waits_ = true;
  if (posted_ == 0) return true;
  waits_ = false;
  return false;
}

void Poller::wait_by_itself(std::chrono::milliseconds patience) {
  wake_up_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // of each write, so nobody needs to read
  if (wake_up_.get() < 0 ||
      ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, wake_up_.get(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  patience_ = patience;
}

void Poller::interrupt() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wake_up_.get(), &one, sizeof one);
}

}  // namespace wif::tls
