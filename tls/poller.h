// Which sockets of an io_context can be read or written: one edge-triggered epoll instance, for
// which the io_context waits as for a socket. Asio's own wait takes a system call to arm and a
// queued operation each time; here a socket is registered once, what epoll says of it is kept until
// a read or a write finds otherwise, and who waits is resumed directly. While something comes every
// few milliseconds it waits by itself, where it may: one system call instead of three.
// Belongs to the io_context's thread; not thread-safe, but for Poller::post().
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/ready_queue.h"
#include "base/task.h"
#include "tls/descriptor.h"
#include "tls/pace.h"

namespace wif::tls {

class Poller;

// One socket that is watched.
class Watch : public boost::intrusive::list_base_hook<> {
 public:
  // kConnection: close the socket when this goes. kListener: only has readable(), and the socket
  // may be watched by other threads' pollers, too, which are all told of a new client.
  enum class Kind { kConnection, kListener };
  // Throws std::system_error where the kernel has no room.
  Watch(Poller& poller, int descriptor, Kind kind = Kind::kConnection);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Whether a read or write may find something; true until one found nothing.
  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  void found_empty() { readable_ = false; }
  // Less than was asked for: there is no more, but behind it may be the end.
  void found_last() { readable_ = ended_; }
  void found_full() { writable_ = false; }

  template <bool Watch::*ready, Resumer Watch::*place>
  struct Wait {
    bool await_ready() const { return watch.*ready; }
    template <typename Promise>
    void await_suspend(std::coroutine_handle<Promise> waiter) const {
      watch.expect(watch.*place, waiter.promise());
    }
    void await_resume() const {}
    Watch& watch;
  };
  // To be awaited, each by one coroutine at a time: until a read or a write may find something.
  auto wait_readable() { return Wait<&Watch::readable_, &Watch::reader_>{*this}; }
  auto wait_writable() { return Wait<&Watch::writable_, &Watch::writer_>{*this}; }
  // Resumes who awaits wait_readable(), from the loop, although there is nothing.
  void give_up_reading();

  // readable() becomes true also while nobody awaits it; until the next wait_readable().
  void keep_looking();

 private:
  friend class Poller;
  void expect(Resumer& place, Frame& waiter);
  Resumer take(Resumer& waiter);
  void tell(std::uint32_t events);
  bool has_waiter() const { return reader_ || writer_; }

  Poller& poller_;
  const int listener_;  // negative: a connection
  bool readable_ = false;
  bool writable_ = true;
  bool ended_ = false;    // FIN, reset or failure: there is always something to read
  bool looking_ = false;  // keep_looking()
  Resumer reader_;
  Resumer writer_;
};

class Poller final : public asio::execution_context::service {
 public:
  using key_type = Poller;
  static asio::execution_context::id id;

  static Poller& of(Executor executor) { return asio::use_service<Poller>(executor.context()); }
  explicit Poller(asio::execution_context& context);

  // To be told of the requests under way on this thread.
  Pace& pace() { return pace_; }

  // From now on it may wait by itself, for `patience` at a time. What the io_context has besides,
  // its timers, can then be late by 16 times that. Throws std::system_error.
  void wait_by_itself(std::chrono::milliseconds patience = std::chrono::milliseconds(4));

  // From any thread: calls `function` on this one, at once also where it waits by itself.
  template <typename Function>
  void post(Function&& function) {
    ++posted_;
    if (waits_) interrupt();
    // From here on the poller may be gone: `function` may end its loop.
    asio::post(executor_, [this, posted = std::forward<Function>(function)]() mutable {
      --posted_;
      posted();
    });
  }

  // To be awaited: goes on when the io_context and the sockets have had their turn.
  auto next_turn() {
    return completion<>([this](auto handler) { post(std::move(handler)); });
  }

  // While one lives, the poller does not wait by itself: for who waits for something of Asio's that
  // must not come late.
  class AsioFirst {
   public:
    explicit AsioFirst(Executor executor) : poller_(Poller::of(executor)) { ++poller_.asio_first_; }
    ~AsioFirst() { --poller_.asio_first_; }
    AsioFirst(const AsioFirst&) = delete;
    AsioFirst& operator=(const AsioFirst&) = delete;

   private:
    Poller& poller_;
  };

 private:
  friend class Watch;
  void shutdown() override;
  void add(Watch& watch, int descriptor, std::uint32_t events);
  void remove(Watch& watch);
  void expect_one();
  void expect_one_less();
  void arm();
  void drain();
  bool look(std::chrono::milliseconds patience);
  bool may_wait();
  void interrupt() const;

  const Executor executor_;
  ReadyQueue& ready_;
  asio::posix::basic_stream_descriptor<Executor> epoll_;
  boost::intrusive::list<Watch, boost::intrusive::constant_time_size<false>> watches_;
  // While nobody waits for a socket, this does not keep the io_context from running out of work.
  int expected_ = 0;
  bool armed_ = false;
  bool draining_ = false;
  Pace pace_;
  // Waiting by itself.
  std::chrono::milliseconds patience_{0};
  Pace::Clock::time_point last_drain_{};
  int asio_first_ = 0;
  Descriptor wake_up_;          // an eventfd; none where it may not wait by itself
  std::atomic<int> posted_{0};  // and not called yet
  std::atomic<bool> waits_{false};
  // Of the batch under way, so that a socket that goes can be taken out of it.
  std::array<epoll_event, 64> events_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

}  // namespace wif::tls
