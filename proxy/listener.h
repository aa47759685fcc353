// A listening socket: bound at once, so that a taken port is a start-up error. The control thread
// accepts from those of the admin and metadata servers, the workers from the others.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/task.h"
#include "config/address.h"
#include "tls/descriptor.h"
#include "tls/tcp.h"

namespace wif::proxy {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

class Listener {
 public:
  // Binds and listens. Errors: kConfiguration, naming the option's address and the cure.
  static Result<std::unique_ptr<Listener>> open(asio::io_context& control,
                                                const config::Endpoint& endpoint);

  // As bound, with the real port.
  const config::Endpoint& endpoint() const { return endpoint_; }

  // The same socket for a ClientAcceptor; what it accepts has TCP_NODELAY.
  tls::Descriptor another_descriptor();

  // Whether there is room for one more; else it is asked again a little later.
  using Room = std::function<bool()>;
  using Take = std::function<void(tls::Socket)>;
  // Accepts until close(). When descriptors run out it waits instead of spinning.
  Task<void> accept_loop(Room room, Take take);
  void close();

 private:
  Listener(Acceptor acceptor, const config::Endpoint& endpoint)
      : acceptor_(std::move(acceptor)), endpoint_(endpoint) {}

  Acceptor acceptor_;
  config::Endpoint endpoint_;
};

}  // namespace wif::proxy
