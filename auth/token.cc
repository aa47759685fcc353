#include "auth/token.h"

#include <algorithm>

#include "tls/digest.h"

namespace wif::auth {
namespace {

constexpr std::size_t kMaxTokenBytes = 16u << 10;
constexpr std::size_t kFingerprintBytes = 4;

}  // namespace

bool is_bearer_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Token make_endless_token(const Secret& bare, SteadyTime issued) {
  Token token;
  std::string value = "Bearer ";
  value += bare.reveal();
  token.authorization = Secret(std::move(value));
  const auto digest = tls::sha256(bare.reveal());
  token.fingerprint = tls::hex(tls::bytes_of(digest).substr(0, kFingerprintBytes));
  token.issued = issued;
  token.end = SteadyTime::max();
  token.serve_until = SteadyTime::max();
  return token;
}

Token make_token(const Secret& bare, SteadyTime issued, std::chrono::seconds life,
                 SystemTime wall) {
  Token token = make_endless_token(bare, issued);
  token.end = issued + life;
  token.serve_until = serve_until(issued, token.end);
  token.expires = wall + life;
  return token;
}

SteadyTime serve_until(SteadyTime issued, SteadyTime end) {
  const auto margin = (end - issued) / 20;
  return end - std::min<SteadyTime::duration>(margin, std::chrono::seconds(10));
}

}  // namespace wif::auth
