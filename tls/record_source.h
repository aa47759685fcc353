// What a socket gave, handed to OpenSSL record by record (RFC 8446 5.1). Many records are read with
// one system call; did OpenSSL read ahead by itself, it would move all that is left to the start of
// its buffer before each of them. Belongs to one worker.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "tls/already_read.h"
#include "tls/block.h"
#include "tls/tcp.h"

namespace wif::tls {

class RecordSource {
 public:
  // `already_read` are bytes that came before what the socket gives next.
  explicit RecordSource(std::string already_read) : already_read_(std::move(already_read)) {}

  // Fills `out` with what there is of one record; never waits.
  IoResult read(TcpConnection& tcp, char* out, std::size_t size);
  // Whether there is something that the socket need not be asked for.
  bool pending() const { return begin_ < end_ || !already_read_.empty(); }

 private:
  IoResult fill(TcpConnection& tcp);

  AlreadyRead already_read_;
  BlockPtr block_;  // held only while it has bytes
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t record_left_ = 0;  // bytes until the next record's header
};

}  // namespace wif::tls
