#include "tls/trust_bundle.h"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "tls/files.h"
#include "tls/java_truststore.h"
#include "tls/roots.h"

namespace wif::tls {
namespace {

constexpr mode_t kPublicFile = 0644;
constexpr mode_t kPublicFolder = 0755;
constexpr mode_t kPrivateFolder = 0700;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Only the certificates of a PEM text, without comments and whatever else stands in the file: what
// is published must never hold a key.
std::string only_certificates(std::string_view pem, std::size_t& count) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string kept;
  for (;;) {
    const auto begin = pem.find(kBegin);
    if (begin == std::string_view::npos) return kept;
    pem.remove_prefix(begin);
    const auto end = pem.find(kEnd);
    if (end == std::string_view::npos) return kept;
    kept += pem.substr(0, end + kEnd.size());
    kept += '\n';
    pem.remove_prefix(end + kEnd.size());
    ++count;
  }
}

}  // namespace

Result<TrustFiles> export_trust(const Authority& authority, const std::string& folder,
                                JavaTruststore java) {
  TRY_VOID(make_folder(folder, kPublicFolder));
  TrustFiles files;
  files.ca = folder + "/ca.pem";
  files.bundle = folder + "/bundle.pem";
  const std::string ca = authority.certificate_pem();
  std::string bundle;
  if (const std::string path = system_roots_file(); !path.empty()) {
    TRY(const std::string system, read_file(path));
    bundle = only_certificates(system, files.system_roots);
  }
  TRY_VOID(write_file(files.ca, ca, kPublicFile));
  bundle += ca;
  TRY_VOID(write_file(files.bundle, bundle, kPublicFile));
  if (java == JavaTruststore::kWanted) {
    files.java = folder + "/truststore.jks";
    TRY(const auto store, java_truststore(bundle, std::chrono::system_clock::now()));
    TRY_VOID(write_file(files.java, store, kPublicFile));
  }
  return files;
}

std::vector<ExportFolder> default_export_folders() {
  std::vector<ExportFolder> folders{{"/run/wif-proxy/ca", kPublicFolder}};
  if (const std::string runtime = environment("XDG_RUNTIME_DIR"); !runtime.empty()) {
    folders.push_back({runtime + "/wif-proxy/ca", kPublicFolder});
  }
  std::string cache = environment("XDG_CACHE_HOME");
  if (const std::string home = environment("HOME"); cache.empty() && !home.empty()) {
    cache = home + "/.cache";
  }
  if (!cache.empty()) folders.push_back({cache + "/wif-proxy/ca", kPrivateFolder});
  return folders;
}

Result<std::string> first_writable_folder(const std::vector<ExportFolder>& candidates) {
  std::string tried;
  for (const ExportFolder& folder : candidates) {
    // By the effective user, as the files will be written.
    const bool made = static_cast<bool>(make_folder(folder.path, folder.mode));
    if (made && ::eaccess(folder.path.c_str(), W_OK | X_OK) == 0) return folder.path;
    tried += (tried.empty() ? "" : ", ") + folder.path;
  }
  return Error(Reason::kConfiguration,
               "no folder for the CA's public files can be written (tried " + tried +
                   "); name one in ca.export_dir");
}

}  // namespace wif::tls
