#include "http/framing.h"

#include "base/text.h"

namespace wif::http {

bool FieldFraming::take(std::string_view name, std::string_view value) {
  if (name == "content-length") {
    ++content_lengths_;
    content_length_ = value;
    return true;
  }
  if (name == "transfer-encoding") {
    ++transfer_encodings_;
    transfer_encoding_ = value;
    return true;
  }
  if (name == "host") {
    ++hosts_;
    host_ = value;
    return true;
  }
  if (name == "expect") {
    (iequals(value, "100-continue") ? expect_continue_ : expect_other_) = true;
    return true;
  }
  return false;
}

std::optional<std::uint64_t> FieldFraming::length() const {
  if (content_length_.size() > 19) return std::nullopt;
  return parse_decimal<std::uint64_t>(content_length_);
}

std::optional<FramingFault> FieldFraming::check_lengths(Version version) const {
  if (content_lengths_ > 1) return FramingFault{"content_length_repeated"};
  if (content_lengths_ == 1 && !length()) return FramingFault{"content_length"};
  if (transfer_encodings_ == 0) return {};
  if (content_lengths_ > 0) return FramingFault{"content_length_and_transfer_encoding"};
  if (transfer_encodings_ > 1 || !iequals(transfer_encoding_, "chunked")) {
    return FramingFault{"transfer_encoding"};
  }
  if (version == Version::kHttp10) return FramingFault{"transfer_encoding_in_http10"};
  return {};
}

std::optional<FramingFault> FieldFraming::apply_to_request(RequestHead& head) const {
  if (const auto fault = check_lengths(head.version)) return fault;
  if (expect_other_) return FramingFault{"expectation", 417};
  if (hosts_ > 1) return FramingFault{"host_repeated"};
  if (hosts_ == 0 && head.version == Version::kHttp11 && head.method != "CONNECT") {
    return FramingFault{"host_missing"};
  }
  bool close = false;
  bool names_field = false;
  for_each_member(head.headers, "connection", [&](std::string_view member) {
    close = close || iequals(member, "close");
    names_field = names_field || iequals(member, "host") || iequals(member, "content-length") ||
                  iequals(member, "transfer-encoding") || iequals(member, "authorization");
  });
  if (names_field) return FramingFault{"connection_names_field"};
  head.authority = host_;
  head.chunked = chunked();
  head.content_length = content_lengths_ == 1 ? length() : std::nullopt;
  head.expect_continue = expect_continue_ && head.version != Version::kHttp10;
  // HTTP/1.0 connections end with the answer: its keep-alive was never standardised.
  head.keep_alive = head.version == Version::kHttp11 && !close;
  return {};
}

std::optional<FramingFault> FieldFraming::apply_to_response(ResponseHead& head, Version version,
                                                            std::string_view method) const {
  if (const auto fault = check_lengths(version)) return fault;
  head.content_length = content_lengths_ == 1 ? length() : std::nullopt;
  head.no_body = method == "HEAD" || head.status < 200 || head.status == 204 ||
                 head.status == 304 || head.content_length == std::uint64_t{0};
  head.last = head.no_body;
  return {};
}

}  // namespace wif::http
