// Reads "multipart/related": first the JSON, then the content, which is streamed.
#pragma once

#include "tests/sandbox/upload.h"

namespace sandbox {

// Fills metadata, content type and content of the upload. Lines may end in LF alone: Python's
// discovery client writes them so. Throws ApiError (400) when the body is malformed.
void read_multipart(Request& request, Upload& upload);

}  // namespace sandbox
