#include "tls/record_buffers.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/free_list.h"

namespace wif::tls {
namespace {

bool first_payload_is_aligned(const void* buffer) {
  constexpr std::uintptr_t kRecordHeader = 5;
  return (reinterpret_cast<std::uintptr_t>(buffer) + kRecordHeader) % 8 == 0;
}

// Null where all is well. In a process of its own: OpenSSL takes its memory functions only once,
// before it has used any.
const char* fault_of_buffers() {
  recycle_record_buffers();
  void* first = OPENSSL_malloc(kReadAheadBytes);
  if (!first_payload_is_aligned(first)) return "OpenSSL would move what was read ahead";
  std::memset(first, 'a', kReadAheadBytes);
  OPENSSL_free(first);
  void* again = OPENSSL_malloc(kReadAheadBytes);
  if (again != first) return "it is not recycled";
  std::memset(again, 'b', kReadAheadBytes);
  auto* larger = static_cast<unsigned char*>(OPENSSL_realloc(again, 2 * kReadAheadBytes));
  for (std::size_t i = 0; i < kReadAheadBytes; ++i) {
    if (larger[i] != 'b') return "growing lost its bytes";
  }
  OPENSSL_free(larger);
  void* record = OPENSSL_malloc(17000);
  std::memset(record, 'c', 17000);
  OPENSSL_free(record);
  if (OPENSSL_malloc(18000) != record) return "records of similar sizes share no buffer";
  return nullptr;
}

TEST(RecordBuffersDeathTest, AreRecycledAndPlacedForOpenSsl) {
  if (!kRecycles) GTEST_SKIP() << "with AddressSanitizer nothing is recycled";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto check = [] {
    const char* fault = fault_of_buffers();
    if (fault != nullptr) std::fprintf(stderr, "%s\n", fault);
    std::_Exit(fault == nullptr ? 0 : 1);
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace wif::tls
