// Finds the command and runs it; see commands.h.
#include <malloc.h>

#include <string>
#include <vector>

#include "proxy/commands.h"
#include "tls/openssl_memory.h"

namespace {

// glibc would raise these by itself, and then keep twice the largest buffer that there ever was,
// for each thread and for good.
void return_free_memory() {
  constexpr int kMost = 1 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kMost);
  ::mallopt(M_TRIM_THRESHOLD, kMost);
}

}  // namespace

int main(int argument_count, char** arguments) {
  return_free_memory();
  wif::tls::recycle_openssl_memory();
  return wif::proxy::run_command(std::vector<std::string>(arguments + (argument_count > 0 ? 1 : 0),
                                                          arguments + argument_count));
}
