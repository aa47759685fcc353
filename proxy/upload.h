// A request body on its way up while the answer is on its way down. What was sent is remembered up
// to a limit, so that the request can be sent once more after a 401 or on a fresh connection.
// Belongs to one worker.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"
#include "tls/event.h"

namespace wif::proxy {

class Upload {
 public:
  Upload(Executor executor, http::ServerStream& client, std::size_t max_replay_bytes)
      : executor_(executor), client_(client), max_replay_(max_replay_bytes) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // Reads a body of known, small size to its end, without sending it yet.
  Task<Result<void>> read_all();
  // Sends what was read before.
  Task<Result<void>> send_buffered(http::ClientStream& upstream);

  // Streams the body in a coroutine of its own. join() must be awaited before this object goes.
  void start(http::ClientStream& upstream);
  bool running() const { return running_; }
  // Waits for its end, while running(); with `hurry` the upstream has answered already: the rest of
  // the body has no reader any more and the client gets little time to finish.
  Task<void> join(http::ClientStream& upstream, bool hurry);

  // The client broke off or sent something malformed: nothing can be answered for this request but
  // that. nullopt while all is well, also when only the upstream stopped reading.
  const std::optional<Error>& client_error() const { return client_error_; }
  // Whether the whole body is at hand to be sent again.
  bool replayable() const { return whole_ && !overflowed_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Task<void> run(http::ClientStream& upstream);
  void remember(std::string_view bytes);

  Executor executor_;
  std::optional<tls::Event> done_;  // once it was started: most requests have no body
  http::ServerStream& client_;
  std::size_t max_replay_;
  std::string buffered_;
  bool overflowed_ = false;
  bool whole_ = false;
  bool running_ = false;
  bool hurried_ = false;  // join() ended it: what the client does now is no error of its own
  std::uint64_t bytes_ = 0;
  std::optional<Error> client_error_;
};

}  // namespace wif::proxy
