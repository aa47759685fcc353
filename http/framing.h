// How long a message is (RFC 9112 section 6), read from its fields with no room for interpretation:
// whatever two implementations could read differently is refused. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace wif::http {

struct FramingFault {
  std::string_view code;  // of a closed list, safe to log
  int status = 400;       // what a request is answered with
};

class FieldFraming {
 public:
  // Looks at a field; true when it only matters for framing and routing and is not to be forwarded
  // as it is: content-length, transfer-encoding, host, and "expect: 100-continue".
  bool take(std::string_view lower_name, std::string_view value);

  std::optional<FramingFault> apply_to_request(RequestHead& head) const;
  std::optional<FramingFault> apply_to_response(ResponseHead& head, Version version,
                                                std::string_view method) const;
  bool chunked() const { return transfer_encodings_ > 0; }

 private:
  std::optional<FramingFault> check_lengths(Version version) const;
  std::optional<std::uint64_t> length() const;

  std::size_t content_lengths_ = 0;
  std::string_view content_length_;
  std::size_t transfer_encodings_ = 0;
  std::string_view transfer_encoding_;
  std::size_t hosts_ = 0;
  std::string_view host_;
  bool expect_continue_ = false;
  bool expect_other_ = false;
};

}  // namespace wif::http
