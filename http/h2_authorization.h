// The Authorization field of the requests on one connection, encoded once. nghttp2 would
// Huffman-encode the token again for each request, which was a fifth of what a request cost, and
// decoding it costs the other side as much: a fifth fewer bytes is not worth that, so it is sent as
// it is. A literal that is never indexed (RFC 7541 6.2.3) means the same anywhere in a field
// section and changes no state, so it is put behind what nghttp2 encodes. Belongs to one worker.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/secret.h"

namespace wif::http {

class H2Authorization {
 public:
  // The field in HPACK's form.
  std::shared_ptr<const Secret> encoded(std::string_view value);

 private:
  Secret value_;
  std::shared_ptr<const Secret> encoded_;
};

// Whether a field section fits into one frame of any peer with `more` bytes behind it, when its
// names and values are so many bytes and it has so many fields.
bool fits_one_frame(std::size_t bytes, std::size_t fields, std::size_t more);

}  // namespace wif::http
