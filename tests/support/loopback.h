// A connection of ours whose other end is a plain socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "tls/tcp.h"

namespace wif::test {

// Connects `peer`, which may belong to another loop, and returns our end.
inline std::unique_ptr<tls::TcpConnection> connect_loopback(asio::io_context& io,
                                                            tls::DeadlineList& deadlines,
                                                            asio::ip::tcp::socket& peer) {
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(
      io.get_executor(), asio::ip::tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  peer.connect(acceptor.local_endpoint());
  return std::make_unique<tls::TcpConnection>(acceptor.accept(), deadlines);
}

}  // namespace wif::test
