// The table of failure codes: when to try again, what happened, what puts it right. Data; any
// thread.
#pragma once

#include <span>
#include <string_view>

#include "auth/failure.h"

namespace wif::auth {

struct FailureCode {
  std::string_view code;
  RetryClass retry;
  std::string_view explain;  // with ${NAMES} of auth/facts.h
  std::string_view fix;      // as above; a command where there is one
};

std::span<const FailureCode> failure_code_table();
// nullptr where there is none.
const FailureCode* find_failure_code(std::string_view code);

}  // namespace wif::auth
