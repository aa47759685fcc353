#include "auth/token_file.h"

#include "base/text.h"

namespace wif::auth {
namespace {

constexpr std::size_t kMaxBytes = 16u << 10;

}  // namespace

bool TokenFile::has_changed(const Environment& environment) const {
  return !read_once_ || environment.stamp(path_) != stamp_;
}

Result<Token, Failure> TokenFile::read(const Context& context) {
  // The stamp first: a file that is replaced in between is then read once too often, not missed.
  stamp_ = context.environment.stamp(path_);
  read_once_ = true;
  const SteadyTime now = context.clock.now();
  auto content = context.environment.read_file(path_, kMaxBytes);
  if (!content) return local_failure(Step::kAws, "token_file_unreadable", content.error().what);
  const Secret bare(trim(*content));
  wipe(*content);
  if (!is_bearer_token(bare.reveal())) {
    return local_failure(Step::kAws, "token_file_unreadable",
                         path_ + ": not one line with an access token");
  }
  return make_endless_token(bare, now);
}

}  // namespace wif::auth
