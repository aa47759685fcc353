// Field sections of HTTP/2 as they come out of HPACK, and back: to heads that are checked again as
// those of HTTP/1.1 are, and to what nghttp2 sends. Pure; no input or output.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <string_view>

#include "base/frame_pool.h"
#include "base/result.h"
#include "http/framing.h"
#include "http/h2_limits.h"
#include "http/message.h"

namespace wif::http {

// One field section while it arrives. Names and values are nghttp2's, which counts references, so
// nothing is copied; the views in heads live as long as this object.
class H2FieldSection {
 public:
  H2FieldSection() = default;
  ~H2FieldSection();
  H2FieldSection(const H2FieldSection&) = delete;
  H2FieldSection& operator=(const H2FieldSection&) = delete;

  // Starts the next section of the stream: an interim answer, the answer, trailers. Views into
  // earlier ones stay valid.
  void begin();
  // What is beyond the limits is dropped and remembered.
  void add(nghttp2_rcbuf* name, nghttp2_rcbuf* value, const H2Limits& limits);

  // Fills `out` from what arrived. Errors: kBadRequest and kHeadersTooLarge are to be answered; an
  // error without a status is malformed (RFC 9113 8.1.1) and resets the stream.
  Result<void> take_request(bool end_of_stream, RequestHead& out);
  // `method` is that of the request. Errors: kUpstreamProtocol.
  Result<void> take_response(std::string_view method, bool end_of_stream, ResponseHead& out);
  // Errors: as take_request() without a status.
  Result<void> take_trailers(const H2Limits& limits, Headers& out);

 private:
  bool take_pseudo(std::string_view name, std::string_view value);

  RecycledVector<nghttp2_rcbuf*> kept_;
  Headers fields_;
  FieldFraming framing_;
  std::string_view method_;
  std::string_view scheme_;
  std::string_view authority_;
  std::string_view host_;
  std::string_view path_;
  std::string_view status_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  bool too_large_ = false;
  bool malformed_ = false;
};

// Fields for nghttp2, which copies them when they are submitted; views until then. The token is
// never indexed by HPACK: nghttp2 sees to that for every `authorization`.
class H2FieldList {
 public:
  // `left_out` is one of its fields, which is sent in another way; null: none is.
  void request(const RequestHead& head, const HeaderField* left_out);
  // `status` is written as three digits.
  void response(const ResponseHead& head);
  void trailers(const Headers& headers);
  const nghttp2_nv* data() const { return fields_.data(); }
  std::size_t size() const { return fields_.size(); }
  // Of names and values.
  std::size_t bytes() const { return bytes_; }

 private:
  void add(std::string_view name, std::string_view value, Indexing indexing = Indexing::kAllowed);
  void add_length(std::uint64_t length);

  RecycledVector<nghttp2_nv> fields_;
  std::size_t bytes_ = 0;
  char status_[4] = {};
  char length_[20] = {};
};

}  // namespace wif::http
