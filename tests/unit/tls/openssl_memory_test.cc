#include "tls/openssl_memory.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/free_list.h"

namespace wif::tls {
namespace {

// Null where all is well. In a process of its own: OpenSSL takes its memory functions only once,
// before it has used any.
const char* fault_of_memory() {
  recycle_openssl_memory();
  constexpr std::size_t kRecord = 17000;
  void* record = OPENSSL_malloc(kRecord);
  std::memset(record, 'a', kRecord);
  OPENSSL_free(record);
  void* again = OPENSSL_malloc(kRecord + 1000);
  if (again != record) return "records of similar sizes share no buffer";
  std::memset(again, 'b', kRecord);
  auto* larger = static_cast<unsigned char*>(OPENSSL_realloc(again, 4 * kRecord));
  for (std::size_t i = 0; i < kRecord; ++i) {
    if (larger[i] != 'b') return "growing lost its bytes";
  }
  OPENSSL_free(larger);
  void* small = OPENSSL_malloc(100);
  OPENSSL_free(small);
  if (OPENSSL_malloc(104) != small) return "small pieces are not recycled";
  return nullptr;
}

TEST(OpensslMemoryDeathTest, IsRecycled) {
  if (!kRecycles) GTEST_SKIP() << "with AddressSanitizer nothing is recycled";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto check = [] {
    const char* fault = fault_of_memory();
    if (fault != nullptr) std::fprintf(stderr, "%s\n", fault);
    std::_Exit(fault == nullptr ? 0 : 1);
  };
  EXPECT_EXIT(check(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace wif::tls
