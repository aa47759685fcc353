// Content that was uploaded: in memory while it is small, in a temporary file without a name above
// 1 MiB, with its hashes taken as it comes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/sandbox/http.h"

namespace sandbox {

// One writer; readers, in any number of threads, once the writer is done.
class Blob {
 public:
  static constexpr std::size_t kMemoryLimit = 1u << 20;

  Blob();
  ~Blob();
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  void append(std::string_view data);  // throws std::runtime_error when the disk is full
  std::uint64_t size() const { return size_; }
  bool in_file() const { return file_ >= 0; }

  // Up to `size` bytes from `offset` on; fewer only at the end.
  std::size_t read(std::uint64_t offset, char* out, std::size_t size) const;

  // Hashes of all that came in so far, in base64 as Cloud Storage gives them.
  std::string md5() const;
  std::string crc32c() const;

 private:
  struct Md5;
  void write_file(std::string_view data);

  std::unique_ptr<Md5> md5_;
  std::uint32_t crc_ = 0xFFFFFFFF;
  std::uint64_t size_ = 0;
  std::string memory_;
  int file_ = -1;
};

// Reads `length` bytes of the blob from `offset` on, and keeps it alive meanwhile.
BodySource blob_source(std::shared_ptr<const Blob> blob, std::uint64_t offset,
                       std::uint64_t length);

}  // namespace sandbox
