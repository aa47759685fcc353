// Finds the command and runs it; see commands.h.
#include <string>
#include <vector>

#include "proxy/commands.h"
#include "tls/openssl_memory.h"

int main(int argument_count, char** arguments) {
  wif::tls::recycle_openssl_memory();
  return wif::proxy::run_command(std::vector<std::string>(arguments + (argument_count > 0 ? 1 : 0),
                                                          arguments + argument_count));
}
