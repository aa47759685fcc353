// The root certificates that upstreams are verified against (threat-model.md ).
// Blocking, for start-up; the store is thread-safe and shared by all workers.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "tls/authority.h"
#include "tls/openssl.h"

namespace wif::tls {

// Read once per process: the system's roots take 20 to 28 ms.
struct UpstreamRoots {
  std::string path;
  X509StorePtr store;
  std::size_t certificates = 0;
  bool own_ca_left_out = false;  // our CA stands in the system store
};

// First of the usual places where the system keeps its root certificates, "" when none exists.
std::string system_roots_file();

// Reads `ca_bundle`, or the system's roots when it is empty. CRLs in the file are honoured for leaf
// certificates of the issuers that they name. Our own CA is never a root: an error in
// `ca_bundle`, left out of the system's. `own_ca` may be null. Errors: kConfiguration.
Result<UpstreamRoots> load_upstream_roots(const std::string& ca_bundle, const Authority* own_ca);

}  // namespace wif::tls
