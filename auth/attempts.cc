#include "auth/attempts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace wif::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::array<milliseconds, 2> kMetadataPauses{milliseconds(200), milliseconds(600)};
constexpr std::array<milliseconds, 2> kAssumeRolePauses{milliseconds(500), milliseconds(1000)};
constexpr std::array<milliseconds, 3> kGooglePauses{milliseconds(250), milliseconds(500),
                                                    milliseconds(1000)};
constexpr std::int64_t kLongestRetryAfter = 10;  // seconds; longer waits are the refresher's

bool may_pass(const FetchResult& answer) {
  if (!answer) return answer.error().stage != http::FetchError::Stage::kTls;
  return answer->status == 408 || answer->status == 429 || answer->status >= 500;
}

}  // namespace

Pauses metadata_pauses() { return kMetadataPauses; }
Pauses assume_role_pauses() { return kAssumeRolePauses; }
Pauses google_pauses() { return kGooglePauses; }

std::optional<nanoseconds> pause_after(Pauses pauses, std::size_t attempt,
                                       const FetchResult& answer, const Random& random) {
  if (attempt >= pauses.size() || !may_pass(answer)) return std::nullopt;
  const double spread = 0.8 + 0.4 * random();
  nanoseconds pause(static_cast<nanoseconds::rep>(
      spread * static_cast<double>(nanoseconds(pauses[attempt]).count())));
  if (answer) {
    if (const auto wanted = parse_decimal<std::int64_t>(answer->header("retry-after"))) {
      if (*wanted > kLongestRetryAfter) return std::nullopt;
      pause = std::max(pause, nanoseconds(std::chrono::seconds(*wanted)));
    }
  }
  return pause;
}

Task<FetchResult> fetch_with_pauses(const Context& context, Pauses pauses,
                                    const MakeRequest& make_request) {
  for (std::size_t attempt = 0;; ++attempt) {
    http::FetchRequest request = make_request();
    FetchResult answer = co_await context.fetch(std::move(request));
    const auto pause = pause_after(pauses, attempt, answer, context.random);
    if (!pause) co_return answer;
    co_await context.sleep(*pause);
  }
}

http::FetchRequest metadata_request(const Context& context, std::string method, std::string url) {
  http::FetchRequest request(std::move(method), std::move(url));
  request.connect_timeout = milliseconds(1000);
  request.timeout = milliseconds(2000);
  request.max_body_bytes = context.max_metadata_body_bytes;
  request.direct = true;
  request.headers.emplace_back("Accept", "*/*");
  request.headers.emplace_back("User-Agent", "wif-proxy/" WIF_VERSION);
  return request;
}

}  // namespace wif::auth
