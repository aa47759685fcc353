// The AWS region in which the signed request is to be checked. Any enabled region would do; the
// signature and the URL must name the same one. Control thread; the pure functions, any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "auth/context.h"
#include "auth/failure.h"
#include "auth/imds.h"
#include "base/task.h"
#include "config/config.h"

namespace wif::auth {

struct Region {
  std::string name;  // "us-east-2"
  std::string from;  // "AWS_REGION"; for people
};

// "us-east-2", "us-gov-west-1", "us-isob-east-1".
bool is_region(std::string_view text);

// The region of a zone: "us-east-2b", of Local Zones ("us-west-2-lax-1a") and Wavelength Zones
// ("us-east-1-wl1-bos-wlz-1"). nullopt for anything else, zone ids such as "use2-az1" included.
std::optional<std::string> region_from_zone(std::string_view zone);

// The setting `aws_region`, AWS_REGION, AWS_DEFAULT_REGION; an empty name where none holds one.
Region region_from_settings(const config::Identity& identity, const Environment& environment);

// All the places, in order: settings, the profile (`profile_region`, may be empty), the ECS task
// metadata, the instance metadata. Fails with `region_unknown`; us-east-1 is not guessed.
Task<Result<Region, Failure>> find_region(const Context& context, const config::Identity& identity,
                                          std::string profile_region, Imds& imds);

}  // namespace wif::auth
