#include "auth/region.h"

#include <array>
#include <utility>

#include "auth/attempts.h"
#include "auth/json_reader.h"
#include "auth/url.h"
#include "base/text.h"

namespace wif::auth {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::size_t count_while(std::string_view text, bool (*test)(char)) {
  std::size_t count = 0;
  while (count < text.size() && test(text[count])) ++count;
  return count;
}

// The length of the region that `text` begins with: two letters, one or two words, a number; 0
// where it does not begin with one.
std::size_t region_length(std::string_view text) {
  if (count_while(text.substr(0, 2), is_letter) != 2) return 0;
  std::size_t at = 2;
  for (int words = 0;; ++words) {
    if (at >= text.size() || text[at] != '-') return 0;
    const std::string_view rest = text.substr(at + 1);
    if (const auto digits = count_while(rest, is_digit); digits > 0) {
      return words >= 1 ? at + 1 + digits : 0;
    }
    const auto letters = count_while(rest, is_letter);
    if (letters == 0 || words == 2) return 0;
    at += 1 + letters;
  }
}

bool is_word(std::string_view text) {
  return !text.empty() && count_while(text, is_letter) == text.size();
}
bool is_number(std::string_view text) {
  return !text.empty() && count_while(text, is_digit) == text.size();
}

// "lax", "1a"
bool is_local_zone(const std::vector<std::string_view>& parts) {
  if (parts.size() != 2 || !is_word(parts[0]) || parts[1].size() < 2) return false;
  return is_letter(parts[1].back()) && is_number(parts[1].substr(0, parts[1].size() - 1));
}

// "wl1", "bos", "wlz", "1"
bool is_wavelength_zone(const std::vector<std::string_view>& parts) {
  return parts.size() == 4 && parts[0].substr(0, 2) == "wl" && is_number(parts[0].substr(2)) &&
         is_word(parts[1]) && parts[2] == "wlz" && is_number(parts[3]);
}

struct EcsAnswer {
  bool answered = false;
  std::string region;  // empty = it did not say
};

// The task metadata of ECS, which is asked only at its own address.
Task<EcsAnswer> region_from_ecs(const Context& context) {
  const std::string base = context.environment.get("ECS_CONTAINER_METADATA_URI_V4");
  const auto url = parse_url(base);
  EcsAnswer found;
  if (!url || !same_address(url->host, "169.254.170.2")) co_return found;
  const MakeRequest make_request = [&] { return metadata_request(context, "GET", base + "/task"); };
  auto answer = co_await fetch_with_pauses(context, metadata_pauses(), make_request);
  if (!answer || answer->status != 200) co_return found;
  const auto json = JsonReader::parse(answer->body);
  if (!json) co_return found;
  found.answered = true;
  const auto region = region_from_zone(json->text({"AvailabilityZone"}).value_or(""));
  const std::string arn = json->text({"TaskARN"}).value_or("");  // arn:aws:ecs:REGION:…
  const auto parts = split(arn, ':');
  if (region) {
    found.region = *region;
  } else if (parts.size() > 3 && is_region(parts[3])) {
    found.region = parts[3];
  }
  co_return found;
}

// Path and query of the credential file's `region_url`; the host is the one that Imds uses.
std::string zone_path(const config::Identity& identity) {
  if (!identity.account) return {};
  const auto url = parse_url(identity.account->region_url);
  if (!url || url->path.empty()) return {};
  return url->path + (url->query.empty() ? "" : "?" + url->query);
}

std::optional<std::string> region_in(std::string_view path, const std::string& body) {
  if (path.find("instance-identity") != std::string_view::npos) {
    const auto json = JsonReader::parse(body);
    const auto region = json ? json->text({"region"}) : std::nullopt;
    return region && is_region(*region) ? region : std::nullopt;
  }
  return region_from_zone(body);  // takes a bare region as well
}

Task<std::optional<Region>> region_from_imds(const Context& context,
                                             const config::Identity& identity, Imds& imds) {
  const std::array<std::string, 3> paths{zone_path(identity), "/latest/meta-data/placement/region",
                                         "/latest/dynamic/instance-identity/document"};
  std::optional<Region> found;
  for (const std::string& path : paths) {
    if (path.empty()) continue;
    auto body = co_await imds.get(context, path, Exchange::kImdsRole);
    if (!body && body.error().status == 0) break;  // nobody there: the other paths cannot help
    if (!body) continue;
    auto region = region_in(path, *body);
    if (!region) continue;
    found = Region{*std::move(region), "instance metadata"};
    break;
  }
  co_return found;
}

}  // namespace

bool is_region(std::string_view text) {
  const auto length = region_length(text);
  return length > 0 && length == text.size();
}

std::optional<std::string> region_from_zone(std::string_view zone) {
  zone = trim(zone);
  const auto length = region_length(zone);
  if (length == 0) return std::nullopt;
  const std::string_view rest = zone.substr(length);
  const bool plain = rest.empty() || (rest.size() == 1 && is_letter(rest[0]));
  if (!plain) {
    if (rest[0] != '-') return std::nullopt;
    const auto parts = split(rest.substr(1), '-');
    if (!is_local_zone(parts) && !is_wavelength_zone(parts)) return std::nullopt;
  }
  return std::string(zone.substr(0, length));
}

Region region_from_settings(const config::Identity& identity, const Environment& environment) {
  const std::array<Region, 3> candidates{
      {{identity.aws_region, "aws_region"},
       {environment.get("AWS_REGION"), "AWS_REGION"},
       {environment.get("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION"}}};
  for (const Region& candidate : candidates) {
    const std::string_view name = trim(candidate.name);
    if (is_region(name)) return Region{std::string(name), candidate.from};
  }
  return Region();
}

Task<Result<Region, Failure>> find_region(const Context& context, const config::Identity& identity,
                                          std::string profile_region, Imds& imds) {
  Region region = region_from_settings(identity, context.environment);
  if (!region.name.empty()) co_return region;
  if (is_region(profile_region)) co_return Region{std::move(profile_region), "AWS profile"};
  auto ecs = co_await region_from_ecs(context);
  if (!ecs.region.empty()) co_return Region{std::move(ecs.region), "ECS task metadata"};
  // A task that has its own metadata has no business with the host's.
  const bool no_imds = iequals(context.environment.get("AWS_EC2_METADATA_DISABLED"), "true");
  if (!ecs.answered && !no_imds) {
    auto from_imds = co_await region_from_imds(context, identity, imds);
    if (from_imds) co_return *std::move(from_imds);
  }
  co_return local_failure(Step::kAws, "region_unknown",
                          "neither settings nor metadata tell the AWS region");
}

}  // namespace wif::auth
