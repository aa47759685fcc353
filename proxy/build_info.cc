#include "proxy/build_info.h"

#include <openssl/crypto.h>

#ifndef WIF_REVISION
#define WIF_REVISION "unknown"
#endif

namespace wif::proxy {

BuildInfo build_info() {
  BuildInfo info;
  info.version = WIF_VERSION;
  info.revision = WIF_REVISION;
#if defined(__clang__)
  info.compiler = "clang " __clang_version__;
#else
  info.compiler = "g++ " __VERSION__;
#endif
  info.tls_library = "OpenSSL " + std::string(OpenSSL_version(OPENSSL_VERSION_STRING));
  return info;
}

}  // namespace wif::proxy
