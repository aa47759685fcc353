#include "proxy/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace wif::proxy {
namespace {

config::Endpoint any_loopback_port() {
  config::Endpoint endpoint;
  endpoint.address = config::IpAddress::v4(INADDR_LOOPBACK);
  return endpoint;
}

TEST(Listener, ClientsOfItsOtherDescriptorsHaveNoDelay) {
  asio::io_context control;
  auto listener = Listener::open(control, any_loopback_port());
  ASSERT_TRUE(listener);
  const tls::Descriptor another = (*listener)->another_descriptor();
  EXPECT_NE(::fcntl(another.get(), F_GETFL) & O_NONBLOCK, 0) << "a worker must never wait for one";
  asio::ip::tcp::socket client(control);
  client.connect({asio::ip::address_v4::loopback(), (*listener)->endpoint().port});
  pollfd arrived{another.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&arrived, 1, 10'000), 1);
  const tls::Descriptor accepted(::accept(another.get(), nullptr, nullptr));
  ASSERT_GE(accepted.get(), 0);
  int no_delay = 0;
  socklen_t size = sizeof no_delay;
  ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
  EXPECT_NE(no_delay, 0);
}

// What needs at the end of a drain: nobody is accepted once all have closed theirs.
TEST(Listener, IsClosedWhenAllItsDescriptorsAre) {
  asio::io_context control;
  auto listener = Listener::open(control, any_loopback_port());
  ASSERT_TRUE(listener);
  const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(),
                                      (*listener)->endpoint().port);
  tls::Descriptor another = (*listener)->another_descriptor();
  (*listener)->close();
  boost::system::error_code failure;
  asio::ip::tcp::socket first(control);
  first.connect(where, failure);
  EXPECT_FALSE(failure) << "a worker still accepts";
  another = tls::Descriptor();
  asio::ip::tcp::socket second(control);
  second.connect(where, failure);
  EXPECT_EQ(failure, boost::asio::error::connection_refused);
}

}  // namespace
}  // namespace wif::proxy
