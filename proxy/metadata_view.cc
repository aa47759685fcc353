// What the metadata emulation tells, worked out from the configuration.
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "auth/facts.h"
#include "base/text.h"
#include "proxy/metadata.h"
#include "proxy/metadata_tree.h"

namespace wif::proxy {
namespace {

constexpr std::string_view kPlaceholderPrefix = "wif-proxy-placeholder-";
constexpr std::size_t kPlaceholderRandom = 22;  // 132 bits

std::string fact(const auth::Facts& facts, std::string_view name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::string() : found->second;
}

// A number that stays the same on one machine, as instance ids do; never 0.
std::string number_of(std::string_view host_name) {
  return std::to_string((stable_hash(host_name) >> 1) | 1);
}

void take_identity(MetadataView& view, const config::Identity& identity) {
  const auth::Facts facts = auth::facts_of(identity, {});
  view.email = auth::service_account_of(identity);
  view.project_id = fact(facts, "PROJECT_ID");
  view.numeric_project_id = fact(facts, "PROJECT_NUMBER");
  view.scopes = identity.scopes;
  if (identity.account) view.universe_domain = identity.account->universe_domain;
}

}  // namespace

MetadataView make_metadata_view(const config::Config& config, std::string placeholder,
                                std::string host_name) {
  MetadataView view;
  view.placeholder = std::move(placeholder);
  view.id = number_of(host_name);
  view.host_name = std::move(host_name);
  const auto identity = config.identities.find("default");
  if (identity != config.identities.end()) take_identity(view, identity->second);
  if (view.email.empty()) {
    // gcloud drops accounts without "@" from its list and then says there is none.
    view.email.assign("wif-proxy@");
    view.email.append(view.project_id.empty() ? "wif-proxy.invalid" : view.project_id);
    if (!view.project_id.empty()) view.email.append(".iam.gserviceaccount.com");
  }
  // gcloud takes anything but digits for "not on Google Compute Engine".
  if (view.numeric_project_id.empty()) view.numeric_project_id = "1";
  if (config.listen.metadata) view.own_hosts.push_back(config.listen.metadata->address.to_string());
  for (const std::string& name : config.listen.metadata_names) {
    view.own_hosts.push_back(to_lower(name));
  }
  view.clients = config.allow_cidrs;
  return view;
}

std::string make_placeholder() {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
  static_assert(kAlphabet.size() == 64);
  std::array<unsigned char, kPlaceholderRandom> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes");
  }
  std::string placeholder(kPlaceholderPrefix);
  for (const unsigned char byte : random) placeholder += kAlphabet[byte % kAlphabet.size()];
  return placeholder;
}

}  // namespace wif::proxy
