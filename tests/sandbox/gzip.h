// Request bodies that a client compressed, as Google's Java libraries do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

// The content of a gzip stream; nullopt where it is none, is cut short or is larger than 64 MiB.
std::optional<std::string> gunzip(std::string_view compressed);

}  // namespace sandbox
