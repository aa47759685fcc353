// OpenSSL gives a connection's record buffers back after every record (SSL_MODE_RELEASE_BUFFERS),
// which keeps idle connections small. They are the only large pieces that it allocates; recycling
// them per thread spares the general allocator from cutting and joining them for each message.
#pragma once

namespace wif::tls {

// For the whole process, before anything else uses OpenSSL; later it does nothing.
void recycle_record_buffers();

}  // namespace wif::tls
