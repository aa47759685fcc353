// Moves a body and its trailers from one side to the other; knows no protocol. What is read is
// written before more is read: back-pressure without an option.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/task.h"
#include "http/message.h"

namespace wif::proxy {

// Until the body's end; `bytes` counts what was written, also when it fails. The error tells which
// side it was by its reason.
Task<Result<void>> relay(http::BodyReader& reader, http::BodyWriter& writer, std::uint64_t& bytes);

}  // namespace wif::proxy
