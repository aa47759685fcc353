// What the process gives up at start, before it holds a secret (threat-model.md, section
// 8).
#pragma once

#include <cstddef>

namespace wif::proxy {

// No core dumps, memory unreadable for other processes of the same user, no new privileges. With
// `allow_core_dumps` only the last; the caller logs a warning.
void harden_process(bool allow_core_dumps);

// Raises the limit of open files to its hard limit and returns it.
std::size_t raise_descriptor_limit();

}  // namespace wif::proxy
