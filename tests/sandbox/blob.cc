#include "tests/sandbox/blob.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sandbox {
namespace {

// CRC-32C eight bytes at a time: OpenSSL has no such checksum, and byte by byte it would be the
// slowest step of a large upload.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    for (std::size_t k = 1; k < 8; ++k) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr CrcTables kCrc = make_crc_tables();

std::uint32_t crc32c_update(std::uint32_t crc, std::string_view data) {
  const auto byte = [&data](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(data[i]));
  };
  while (data.size() >= 8) {
    const std::uint32_t low = crc ^ (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
    crc = kCrc[7][low & 0xFF] ^ kCrc[6][(low >> 8) & 0xFF] ^ kCrc[5][(low >> 16) & 0xFF] ^
          kCrc[4][low >> 24] ^ kCrc[3][byte(4)] ^ kCrc[2][byte(5)] ^ kCrc[1][byte(6)] ^
          kCrc[0][byte(7)];
    data.remove_prefix(8);
  }
  for (std::size_t i = 0; i < data.size(); ++i) crc = (crc >> 8) ^ kCrc[0][(crc ^ byte(i)) & 0xFF];
  return crc;
}

std::string base64(const unsigned char* data, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), data, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

int unnamed_file() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr ? folder : "/tmp") + "/sandbox-XXXXXX";
  const int file = mkstemp(path.data());
  if (file < 0) throw std::runtime_error("cannot make a temporary file: " + path);
  unlink(path.c_str());
  return file;
}

}  // namespace

struct Blob::Md5 {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  Md5() { EVP_DigestInit_ex(context, EVP_md5(), nullptr); }
  ~Md5() { EVP_MD_CTX_free(context); }
  Md5(const Md5&) = delete;
  Md5& operator=(const Md5&) = delete;
};

Blob::Blob() : md5_(std::make_unique<Md5>()) {}

Blob::~Blob() {
  if (file_ >= 0) close(file_);
}

void Blob::append(std::string_view data) {
  if (file_ < 0 && memory_.size() + data.size() > kMemoryLimit) {
    file_ = unnamed_file();
    write_file(std::exchange(memory_, {}));
  }
  if (file_ >= 0) {
    write_file(data);
  } else {
    memory_ += data;
  }
  EVP_DigestUpdate(md5_->context, data.data(), data.size());
  crc_ = crc32c_update(crc_, data);
  size_ += data.size();
}

void Blob::write_file(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = write(file_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::runtime_error(std::string("write: ") + std::strerror(errno));
    data.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t Blob::read(std::uint64_t offset, char* out, std::size_t size) const {
  if (offset >= size_) return 0;
  const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
  if (file_ < 0) {
    std::memcpy(out, memory_.data() + offset, want);
    return want;
  }
  std::size_t done = 0;
  while (done < want) {
    const ssize_t got = pread(file_, out + done, want - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw std::runtime_error("cannot read back a temporary file");
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string Blob::md5() const {
  EVP_MD_CTX* copy = EVP_MD_CTX_new();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_MD_CTX_copy_ex(copy, md5_->context);
  EVP_DigestFinal_ex(copy, digest.data(), &size);
  EVP_MD_CTX_free(copy);
  return base64(digest.data(), size);
}

std::string Blob::crc32c() const {
  const std::uint32_t crc = ~crc_;
  const std::array<unsigned char, 4> bytes = {
      static_cast<unsigned char>(crc >> 24), static_cast<unsigned char>(crc >> 16 & 0xFF),
      static_cast<unsigned char>(crc >> 8 & 0xFF), static_cast<unsigned char>(crc & 0xFF)};
  return base64(bytes.data(), bytes.size());
}

BodySource blob_source(std::shared_ptr<const Blob> blob, std::uint64_t offset,
                       std::uint64_t length) {
  return [blob = std::move(blob), offset, length](char* out, std::size_t size) mutable {
    const std::size_t want = static_cast<std::size_t>(std::min<std::uint64_t>(size, length));
    const std::size_t got = blob->read(offset, out, want);
    offset += got;
    length -= got;
    return got;
  };
}

}  // namespace sandbox
