// Memory for OpenSSL, recycled per thread. It takes some sixteen small pieces for a message of
// HTTP/1.1, a thousand for a handshake, and gives a connection's record buffers back after every
// record (SSL_MODE_RELEASE_BUFFERS), which keeps idle connections small: those are the only large
// pieces, and the general allocator would cut and join them for each message.
#pragma once

namespace wif::tls {

// For the whole process, before anything else uses OpenSSL; later it does nothing.
void recycle_openssl_memory();

}  // namespace wif::tls
