// The public files that clients trust (R-4.5.1, clients.md 5, 6): ca.pem holds our CA, bundle.pem
// the system's roots and our CA, since most variables that name a file replace the client's own
// store; truststore.jks is the bundle for Java. Called at start and after a re-issue, from one
// thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "tls/authority.h"

namespace wif::tls {

struct TrustFiles {
  std::string ca;                // path of ca.pem
  std::string bundle;            // path of bundle.pem
  std::string java;              // path of truststore.jks, "" where it was not wanted
  std::size_t system_roots = 0;  // in the bundle; 0 = this machine has no store
};

enum class JavaTruststore { kNone, kWanted };

// Writes the files into `folder`, which is created when missing, mode 0644 whatever the umask,
// each in one step (a reader sees the old or the new file). Errors: kConfiguration, naming the
// path.
Result<TrustFiles> export_trust(const Authority& authority, const std::string& folder,
                                JavaTruststore java = JavaTruststore::kNone);

struct ExportFolder {
  std::string path;
  unsigned mode;  // with which it is created
};

// Where the files go when the operator names no folder: /run/wif-proxy/ca,
// $XDG_RUNTIME_DIR/wif-proxy/ca, $XDG_CACHE_HOME or ~/.cache below it /wif-proxy/ca (0700).
std::vector<ExportFolder> default_export_folders();

// The first that exists or can be created and can be written by us. Errors: kConfiguration, naming
// all that were tried and the option ca.export_dir.
Result<std::string> first_writable_folder(const std::vector<ExportFolder>& candidates);

}  // namespace wif::tls
