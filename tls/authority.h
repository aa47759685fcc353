// The private CA whose leaf certificates clients see (threat-model.md 4.5). Its certificate carries
// critical name constraints (RFC 5280 4.2.1.10), so that a stolen key cannot speak for other sites.
// An Authority is immutable and copying it is cheap (the copies share one state): every worker may
// use it at the same time. The private key never leaves it except into the state folder.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tls/openssl.h"

namespace wif::tls {

// A certificate for one host, its key, and what is sent behind it.
struct Leaf {
  std::string host;
  X509Ptr certificate;
  EvpPkeyPtr key;
  std::vector<X509Ptr> chain;  // issuers below the root; empty under a self-signed CA
  SystemTime not_after{};
  SystemTime renew_at{};  // two thirds of its life
};

struct AuthorityOptions {
  // What leaves may be made for: "googleapis.com" covers itself and every name below. At least one,
  // in lower case, no "*.", none empty.
  std::vector<std::string> permitted_suffixes;
  // Stands in the subject, so that a person finds the machine; empty = gethostname().
  std::string host_name{};
  // Of the CA; 0 = 90 days in memory, 365 in a state folder. At most 825 days.
  std::chrono::seconds lifetime{0};
  // load() only: accept a certificate without name constraints.
  bool allow_unconstrained = false;
};

class Authority {
 public:
  enum class Origin { kCreated, kLoaded, kReissued, kBrought };

  // A new key and CA that live in memory only. Errors: kConfiguration for bad options.
  static Result<Authority> create(const AuthorityOptions& options, SystemTime now);

  // The CA in DIR/ca/{ca.key,ca.pem}, created when there is none. It is issued anew when the
  // suffixes grew (same key and end of life, so that clients which trust the old certificate go
  // on), or when its end is near or past (new key); origin() tells. Takes a lock on the folder, so
  // that two processes do not both create. Errors: kConfiguration, naming the file and the cure.
  static Result<Authority> open_or_create(const std::string& state_dir,
                                          const AuthorityOptions& options, SystemTime now);

  // A CA brought along: PEM files, the issuer first, then its own issuers if it is not self-signed.
  // Errors (kConfiguration): unreadable, wrong modes ("ca_key_permissions", R-4.5.1), key and
  // certificate do not belong together, not a CA, expired, too weak, without name constraints
  // unless allowed, or not permitting one of `options.permitted_suffixes`.
  static Result<Authority> load(const std::string& cert_file, const std::string& key_file,
                                const AuthorityOptions& options, SystemTime now);

  // The same key with exactly these suffixes and the same end of life; for a reload with an
  // in-memory CA. Origin kBrought cannot be issued anew: an error.
  Result<Authority> reissue(const std::vector<std::string>& suffixes, SystemTime now) const;

  // A leaf for exactly `host` (normalised: lower case, a DNS name, no address), with a key of its
  // own, valid from an hour ago, for `lifetime` but at most seven days and not beyond the CA.
  // Errors (kInternal): not a DNS name, not permitted by the constraints, the CA has expired.
  // About 0.3 ms.
  Result<Leaf> mint(std::string_view host, SystemTime now, std::chrono::seconds lifetime) const;

  // Whether leaves can be made for all of these suffixes.
  bool covers(std::span<const std::string> suffixes) const;
  // DNS suffixes the constraints permit, sorted; empty = unconstrained (brought along).
  const std::vector<std::string>& permitted_suffixes() const;
  Origin origin() const;
  SystemTime not_after() const;
  // Begun days until not_after(), 0 when expired.
  int days_left(SystemTime now) const;
  // SHA-256 of the certificate: "3f:9a:...", 32 groups.
  std::string fingerprint() const;
  // For people (it is UTF-8, which the log escapes): "3f:9a…, only for *.googleapis.com, 90 days
  // left".
  std::string describe(SystemTime now) const;
  // What clients trust: the certificate, and its issuers if it was brought along. Never a key.
  std::string certificate_pem() const;
  // Borrowed, valid as long as this object.
  X509* certificate() const;

 private:
  struct State;
  explicit Authority(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

}  // namespace wif::tls
