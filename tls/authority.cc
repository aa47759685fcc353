#include "tls/authority.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "tls/certificate.h"
#include "tls/files.h"

namespace wif::tls {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kMemoryLifetime = days(90);
constexpr seconds kStateLifetime = days(365);
constexpr seconds kLongestLifetime = days(825);
constexpr seconds kLongestLeaf = days(7);
// Clients whose clock is a little behind must accept a certificate made this moment.
constexpr seconds kBackdated = hours(1);
// A stored CA with less left is replaced at start; shorter-lived ones at a tenth of their life.
constexpr seconds kRenewBefore = days(14);
constexpr int kLeastSecurityBits = 112;  // RSA 2048, EC 224: what OpenSSL's level 2 accepts

Error configuration(std::string what) { return Error(Reason::kConfiguration, std::move(what)); }

// "a.example" covers itself and everything below it (RFC 5280 4.2.1.10).
bool is_below(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  const std::size_t rest = name.size() - suffix.size();
  return rest == 0 || name[rest - 1] == '.';
}

bool all_below(std::span<const std::string> names, std::span<const std::string> suffixes) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::any_of(suffixes.begin(), suffixes.end(),
                       [&](const std::string& suffix) { return is_below(name, suffix); });
  });
}

Result<std::vector<std::string>> checked_suffixes(std::vector<std::string> suffixes) {
  if (suffixes.empty()) {
    return configuration("a CA needs at least one DNS suffix that it may certify");
  }
  for (const std::string& suffix : suffixes) {
    if (is_dns_name(suffix)) continue;
    return configuration("a CA cannot be confined to \"" + suffix +
                         "\"; name DNS suffixes such as googleapis.com in ca.name_constraints");
  }
  std::sort(suffixes.begin(), suffixes.end());
  suffixes.erase(std::unique(suffixes.begin(), suffixes.end()), suffixes.end());
  return suffixes;
}

Result<Validity> validity(seconds lifetime, seconds otherwise, SystemTime now) {
  if (lifetime <= seconds(0)) lifetime = otherwise;
  if (lifetime > kLongestLifetime) {
    return configuration("ca.lifetime is over 825 days, which clients refuse");
  }
  const SystemTime start = now - kBackdated;
  return Validity{start, std::min(now + lifetime, start + kLongestLifetime - seconds(1))};
}

std::string machine_name(const std::string& given) {
  if (!given.empty()) return given;
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

bool is_due(X509* certificate, SystemTime now) {
  const auto life = not_after(certificate) - not_before(certificate);
  return not_after(certificate) - now < std::min<SystemTime::duration>(kRenewBefore, life / 10);
}

struct Pair {
  EvpPkeyPtr key;
  std::vector<X509Ptr> certificates;  // the key's own first
};

Result<Pair> new_pair(const std::vector<std::string>& suffixes, const std::string& host_name,
                      Validity life, EvpPkeyPtr key) {
  TRY(X509NamePtr subject, ca_subject(machine_name(host_name), key.get()));
  TRY(X509Ptr certificate, make_ca(key.get(), subject.get(), suffixes, life));
  Pair pair{std::move(key), {}};
  pair.certificates.push_back(std::move(certificate));
  return pair;
}

// Key and end of life stay, so clients that trust the old certificate accept new leaves for the
// old names; the key does not live longer than it was meant to.
Result<Pair> same_key_pair(EVP_PKEY* key, X509* old, const std::vector<std::string>& suffixes,
                           SystemTime now) {
  const Validity life{now - kBackdated, not_after(old)};
  TRY(X509Ptr certificate, make_ca(key, X509_get_subject_name(old), suffixes, life));
  Pair pair{share(key), {}};
  pair.certificates.push_back(std::move(certificate));
  return pair;
}

// Puts the certificate of the key first. False when none is the key's.
bool put_own_first(Pair& pair) {
  auto& all = pair.certificates;
  const auto own = std::find_if(all.begin(), all.end(), [&](const X509Ptr& certificate) {
    return X509_check_private_key(certificate.get(), pair.key.get()) == 1;
  });
  openssl_error();  // what the certificates before it left behind
  if (own == all.end()) return false;
  std::rotate(all.begin(), own, own + 1);
  return true;
}

Result<Pair> read_pair(const std::string& cert_file, const std::string& key_file) {
  TRY(const Secret key_text, read_key_file(key_file));
  auto key = parse_key(key_text);
  if (!key) return std::move(key).error().with_context(key_file);
  TRY(const std::string cert_text, read_file(cert_file));
  auto certificates = parse_certificates(cert_text);
  if (!certificates) return std::move(certificates).error().with_context(cert_file);
  return Pair{*std::move(key), *std::move(certificates)};
}

// The key first: after a crash in between, the next start finds a key without its certificate and
// makes one.
Result<void> write_pair(const Pair& pair, const std::string& cert_file,
                        const std::string& key_file) {
  TRY(const Secret key, key_to_pem(pair.key.get()));
  TRY_VOID(write_file(key_file, key.reveal(), 0600));
  return write_file(cert_file, to_pem(pair.certificates.front().get()), 0644);
}

Result<void> check_brought(const Pair& pair, const std::string& file, SystemTime now) {
  X509* issuer = pair.certificates.front().get();
  if (X509_check_ca(issuer) != 1 || (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) == 0) {
    return configuration(file + " is not the certificate of a CA (CA:TRUE, keyCertSign)");
  }
  if (now < not_before(issuer)) return configuration(file + " is not valid yet");
  if (now >= not_after(issuer)) return configuration(file + " has expired");
  if (EVP_PKEY_get_security_bits(pair.key.get()) < kLeastSecurityBits) {
    return configuration(file + " has a key that is too weak; use P-256 or RSA of 2048 bits");
  }
  return {};
}

}  // namespace

struct Authority::State {
  State(Pair pair, Origin origin_in)
      : key(std::move(pair.key)), certificates(std::move(pair.certificates)), origin(origin_in) {
    for (const X509Ptr& certificate : certificates) {
      constraints.push_back(name_constraints(certificate.get()));
      if (suffixes.empty()) suffixes = permitted_dns(constraints.back().get());
    }
  }
  X509* issuer() const { return certificates.front().get(); }

  EvpPkeyPtr key;
  std::vector<X509Ptr> certificates;            // issuer first, then its own issuers
  std::vector<NameConstraintsPtr> constraints;  // of each certificate, null where it has none
  std::vector<std::string> suffixes;
  Origin origin;
};

Result<Authority> Authority::create(const AuthorityOptions& options, SystemTime now) {
  TRY(const auto suffixes, checked_suffixes(options.permitted_suffixes));
  TRY(const Validity life, validity(options.lifetime, kMemoryLifetime, now));
  TRY(EvpPkeyPtr key, make_key());
  TRY(Pair pair, new_pair(suffixes, options.host_name, life, std::move(key)));
  return Authority(std::make_shared<const State>(std::move(pair), Origin::kCreated));
}

Result<Authority> Authority::open_or_create(const std::string& state_dir,
                                            const AuthorityOptions& options, SystemTime now) {
  TRY(const auto suffixes, checked_suffixes(options.permitted_suffixes));
  TRY(const Validity life, validity(options.lifetime, kStateLifetime, now));
  const std::string folder = state_dir + "/ca";
  const std::string cert_file = folder + "/ca.pem";
  const std::string key_file = folder + "/ca.key";
  TRY_VOID(make_private_folder(folder));
  TRY(const FolderLock lock, FolderLock::take(folder));

  Origin origin = Origin::kCreated;
  std::optional<Pair> pair;
  if (::access(key_file.c_str(), F_OK) == 0 && ::access(cert_file.c_str(), F_OK) == 0) {
    auto stored = read_pair(cert_file, key_file);
    if (!stored) return std::move(stored).error().with_context("the CA in the state folder");
    origin = Origin::kReissued;
    if (put_own_first(*stored) && !is_due(stored->certificates.front().get(), now)) {
      X509* old = stored->certificates.front().get();
      if (all_below(suffixes, permitted_dns(name_constraints(old).get()))) {
        return Authority(std::make_shared<const State>(*std::move(stored), Origin::kLoaded));
      }
      TRY(pair, same_key_pair(stored->key.get(), old, suffixes, now));
    }
  }
  if (!pair) {
    TRY(EvpPkeyPtr key, make_key());
    TRY(pair, new_pair(suffixes, options.host_name, life, std::move(key)));
  }
  TRY_VOID(write_pair(*pair, cert_file, key_file));
  return Authority(std::make_shared<const State>(*std::move(pair), origin));
}

Result<Authority> Authority::load(const std::string& cert_file, const std::string& key_file,
                                  const AuthorityOptions& options, SystemTime now) {
  TRY(Pair pair, read_pair(cert_file, key_file));
  if (!put_own_first(pair)) {
    return configuration("no certificate in " + cert_file + " belongs to the key in " + key_file);
  }
  TRY_VOID(check_brought(pair, cert_file, now));
  Authority authority(std::make_shared<const State>(std::move(pair), Origin::kBrought));
  if (authority.permitted_suffixes().empty() && !options.allow_unconstrained) {
    return configuration(cert_file +
                         " has no name constraints: its key could speak for every site; make a "
                         "constrained CA, or set ca.allow_unconstrained");
  }
  if (!authority.covers(options.permitted_suffixes)) {
    return configuration(cert_file + " does not permit every name that is to be served; it is " +
                         authority.describe(now));
  }
  return authority;
}

Result<Authority> Authority::reissue(const std::vector<std::string>& suffixes,
                                     SystemTime now) const {
  if (state_->origin == Origin::kBrought) {
    return configuration("the CA was brought along, so it cannot be issued anew for more names");
  }
  TRY(const auto checked, checked_suffixes(suffixes));
  TRY(Pair pair, same_key_pair(state_->key.get(), state_->issuer(), checked, now));
  return Authority(std::make_shared<const State>(std::move(pair), Origin::kReissued));
}

Result<Leaf> Authority::mint(std::string_view host, SystemTime now, seconds lifetime) const {
  const std::string doing = "making a certificate for " + std::string(host);
  if (!is_dns_name(host)) return Error(Reason::kInternal, doing + ": not a DNS name");
  const SystemTime start = now - kBackdated;
  const SystemTime end = std::min({now + std::clamp(lifetime, seconds(minutes(1)), kLongestLeaf),
                                   start + kLongestLeaf - seconds(1), not_after()});
  if (end <= now) return Error(Reason::kInternal, doing + ": our CA has expired; restart");
  TRY(EvpPkeyPtr key, make_key());
  TRY(X509Ptr certificate,
      make_leaf(key.get(), host, {start, end}, state_->issuer(), state_->key.get()));
  // The check reads the names that OpenSSL caches, and passes without a word while there are none.
  if (X509_check_purpose(certificate.get(), -1, 0) != 1) {
    return Error(Reason::kInternal, doing + ": " + openssl_error());
  }
  for (const NameConstraintsPtr& constraints : state_->constraints) {
    if (constraints && NAME_CONSTRAINTS_check(certificate.get(), constraints.get()) != X509_V_OK) {
      return Error(Reason::kInternal, doing + ": the constraints of our CA do not permit it");
    }
  }
  Leaf leaf{std::string(host),        std::move(certificate), std::move(key), {}, end,
            now + (end - now) / 3 * 2};
  // Clients have the root; what lies between must be sent to them (RFC 8446 4.4.2).
  for (const X509Ptr& issuer : state_->certificates) {
    if (X509_self_signed(issuer.get(), 0) != 1) leaf.chain.push_back(share(issuer.get()));
  }
  return leaf;
}

bool Authority::covers(std::span<const std::string> suffixes) const {
  return state_->suffixes.empty() || all_below(suffixes, state_->suffixes);
}

const std::vector<std::string>& Authority::permitted_suffixes() const { return state_->suffixes; }
Authority::Origin Authority::origin() const { return state_->origin; }
SystemTime Authority::not_after() const { return tls::not_after(state_->issuer()); }
X509* Authority::certificate() const { return state_->issuer(); }
std::string Authority::fingerprint() const { return tls::fingerprint(state_->issuer()); }

int Authority::days_left(SystemTime now) const {
  const auto left = std::chrono::ceil<days>(not_after() - now).count();
  return static_cast<int>(std::max<std::int64_t>(0, left));
}

std::string Authority::describe(SystemTime now) const {
  constexpr std::size_t kShown = 4;
  std::string names = state_->suffixes.empty() ? "for any name" : "only for ";
  for (std::size_t i = 0; i < std::min(kShown, state_->suffixes.size()); ++i) {
    names += (i == 0 ? "*." : " *.") + state_->suffixes[i];
  }
  if (state_->suffixes.size() > kShown) {
    names += " and " + std::to_string(state_->suffixes.size() - kShown) + " more";
  }
  const int left = days_left(now);
  return fingerprint().substr(0, 5) + "…, " + names + ", " + std::to_string(left) +
         (left == 1 ? " day left" : " days left");
}

std::string Authority::certificate_pem() const {
  std::string pem;
  for (const X509Ptr& certificate : state_->certificates) pem += to_pem(certificate.get());
  return pem;
}

}  // namespace wif::tls
