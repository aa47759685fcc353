#include "base/secret.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <utility>

namespace wif {
namespace {

std::size_t pages_for(std::size_t size) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

// Pages of its own, because MADV_DONTDUMP works on whole pages.
char* allocate(std::size_t size) {
  void* pages =
      ::mmap(nullptr, pages_for(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  ::madvise(pages, pages_for(size), MADV_DONTDUMP);
  return static_cast<char*>(pages);
}

}  // namespace

Secret::Secret(std::string&& plain) : Secret(std::string_view(plain)) { wipe(plain); }

Secret::Secret(std::string_view plain) : size_(plain.size()) {
  if (size_ == 0) return;
  data_ = allocate(size_);
  std::memcpy(data_, plain.data(), size_);
}

Secret::Secret(const Secret& other) : Secret(other.reveal()) {}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() {
  if (data_ == nullptr) return;
  ::explicit_bzero(data_, size_);
  ::munmap(data_, pages_for(size_));
}

std::string Secret::redacted() const {
  std::string shown;
  if (size_ >= 40) shown.assign(data_, 4);
  return shown + "…(" + std::to_string(size_) + ")";
}

void wipe(std::string& text) {
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace wif
