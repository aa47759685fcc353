// Cloud Storage: its JSON API, uploads in all three forms, downloads, and objects by XML paths
// (/bucket/object). Content lives in memory up to 1 MiB an object and in temporary files above.
//
// Not there, and refused by name: copies, composing, access lists, notifications, versions that are
// kept, XML lists and XML uploads in parts.
#pragma once

#include "tests/sandbox/http.h"

namespace sandbox {

// A new storage with the empty bucket foo-bucket. Any thread may call the handler.
Handler storage_handler();

}  // namespace sandbox
