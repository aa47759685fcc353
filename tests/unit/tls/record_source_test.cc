// OpenSSL gets one record at a time, however the bytes came (RFC 8446 5.1).
#include "tls/record_source.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/loopback.h"
#include "tests/support/run_task.h"

namespace wif::tls {
namespace {

using State = IoResult::State;
using asio::ip::tcp;

std::string record_of(std::size_t payload, char fill) {
  std::string record = {'\x17', '\x03', '\x03', static_cast<char>(payload >> 8),
                        static_cast<char>(payload & 0xff)};
  return record.append(payload, fill);
}

class RecordSourceTest : public testing::Test {
 protected:
  // Has the bytes arrive, and nothing behind them that was not seen.
  void arrive(std::string_view bytes) {
    asio::write(peer, asio::buffer(bytes));
    run(io, wait());
  }
  Task<bool> wait() {
    co_await connection->readable();
    co_return true;
  }

  std::string read(std::size_t size = 70'000) {
    std::string bytes(size, '\0');
    const IoResult got = source.read(*connection, bytes.data(), size);
    switch (got.state) {
      case State::kDone: return bytes.substr(0, got.bytes);
      case State::kWouldBlock: return "NOTHING";
      case State::kEof: return "END";
      case State::kFailed: return "FAILED";
    }
    return "";
  }

  asio::io_context io;
  DeadlineList deadlines;
  tcp::socket peer{io};
  std::unique_ptr<TcpConnection> connection = test::connect_loopback(io, deadlines, peer);
  RecordSource source{""};
};

TEST_F(RecordSourceTest, GivesRecordsOneByOne) {
  const std::string first = record_of(300, 'a');
  const std::string second = record_of(0, 'b');
  const std::string third = record_of(16'401, 'c');
  arrive(first + second + third);
  EXPECT_EQ(read(), first);
  EXPECT_TRUE(source.pending());
  EXPECT_EQ(read(), second);
  EXPECT_EQ(read(), third);
  EXPECT_FALSE(source.pending());
  EXPECT_EQ(read(), "NOTHING");
}

TEST_F(RecordSourceTest, SmallReadsEndWithTheRecordToo) {
  const std::string first = record_of(10, 'a');
  const std::string second = record_of(10, 'b');
  arrive(first + second);
  EXPECT_EQ(read(5), first.substr(0, 5));
  EXPECT_EQ(read(100), first.substr(5));
  EXPECT_EQ(read(14), second.substr(0, 14));
  EXPECT_EQ(read(14), second.substr(14));
}

// Wherever the network cuts: in the header, behind it, in the payload.
TEST_F(RecordSourceTest, RecordsArriveInPieces) {
  const std::string whole = record_of(20, 'a') + record_of(7, 'b');
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    std::string got;
    for (const std::string_view piece :
         {std::string_view(whole).substr(0, cut), std::string_view(whole).substr(cut)}) {
      arrive(piece);
      for (std::string part = read(); part != "NOTHING"; part = read()) got += part;
    }
    EXPECT_EQ(got, whole) << cut;
    EXPECT_FALSE(source.pending()) << cut;
  }
}

TEST_F(RecordSourceTest, BytesThatWereReadBeforeComeFirst) {
  const std::string first = record_of(1'700, 'a');
  const std::string second = record_of(50, 'b');
  source = RecordSource(first + second.substr(0, 3));
  EXPECT_TRUE(source.pending());
  EXPECT_EQ(read(), first);
  EXPECT_EQ(read(), "NOTHING") << "a part of a header says nothing yet";
  arrive(second.substr(3));
  EXPECT_EQ(read(), second);
}

TEST_F(RecordSourceTest, MoreThanABlockWasReadBefore) {
  std::string all;
  for (int i = 0; i < 6; ++i) all += record_of(16'384, static_cast<char>('a' + i));
  source = RecordSource(all);
  std::string got;
  for (std::string part = read(); part != "NOTHING"; part = read()) got += part;
  EXPECT_EQ(got, all);
}

TEST_F(RecordSourceTest, EndInsideARecordIsAnEnd) {
  arrive(record_of(10, 'a').substr(0, 3));
  EXPECT_EQ(read(), "NOTHING");
  peer.shutdown(tcp::socket::shutdown_send);
  run(io, wait());
  EXPECT_EQ(read(), "END");
}

}  // namespace
}  // namespace wif::tls
