// Memory for nghttp2, recycled per thread: a stream takes some thirty small pieces.
#pragma once

#include <nghttp2/nghttp2.h>

namespace wif::http {

// For nghttp2_session_server_new3() and nghttp2_session_client_new3(). Any thread may free.
nghttp2_mem* h2_memory();

}  // namespace wif::http
