// A field section as it arrives: deflated, sent in frames, inflated, and handed over by nghttp2.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "http/h2_fields.h"
#include "tests/support/h2_frames.h"

namespace wif::test {

class ArrivedSection {
 public:
  enum class From { kClient, kUpstream };
  // Whether nghttp2 checks messages, as it does in the product, or leaves it to H2FieldSection.
  enum class Checks { kBoth, kOurs };

  ArrivedSection(From from, Checks checks, const nghttp2_nv* fields, std::size_t count,
                 bool end_of_stream, const http::H2Limits& limits)
      : limits_(limits) {
    open(from, checks);
    std::string bytes = from == From::kClient ? NGHTTP2_CLIENT_MAGIC : "";
    bytes += h2_frame(NGHTTP2_SETTINGS, 0, 0);
    append_frames(bytes, deflate(fields, count), end_of_stream);
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                             bytes.size());
  }
  ~ArrivedSection() { nghttp2_session_del(session_); }
  ArrivedSection(const ArrivedSection&) = delete;
  ArrivedSection& operator=(const ArrivedSection&) = delete;

  // Whether it came through nghttp2.
  bool whole() const { return whole_; }

  http::H2FieldSection section;

 private:
  void open(From from, Checks checks) {
    nghttp2_option* option = nullptr;
    nghttp2_session_callbacks* callbacks = nullptr;
    if (nghttp2_option_new(&option) != 0 || nghttp2_session_callbacks_new(&callbacks) != 0) {
      throw std::bad_alloc();
    }
    nghttp2_option_set_no_http_messaging(option, checks == Checks::kOurs ? 1 : 0);
    nghttp2_session_callbacks_set_on_header_callback2(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    const auto make =
        from == From::kClient ? nghttp2_session_server_new2 : nghttp2_session_client_new2;
    if (make(&session_, callbacks, this, option) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    if (from == From::kClient) return;
    nghttp2_submit_request(session_, nullptr, nullptr, 0, nullptr, nullptr);
    const std::uint8_t* sent = nullptr;
    while (nghttp2_session_mem_send(session_, &sent) > 0) {
    }
  }

  static std::string deflate(const nghttp2_nv* fields, std::size_t count) {
    nghttp2_hd_deflater* deflater = nullptr;
    if (nghttp2_hd_deflate_new(&deflater, 4096) != 0) throw std::bad_alloc();
    std::string block(nghttp2_hd_deflate_bound(deflater, fields, count), '\0');
    const auto size = nghttp2_hd_deflate_hd(deflater, reinterpret_cast<std::uint8_t*>(block.data()),
                                            block.size(), fields, count);
    nghttp2_hd_deflate_del(deflater);
    if (size < 0) throw std::bad_alloc();
    block.resize(static_cast<std::size_t>(size));
    return block;
  }

  static void append_frames(std::string& bytes, std::string_view block, bool end_of_stream) {
    unsigned type = NGHTTP2_HEADERS;
    unsigned flags = end_of_stream ? NGHTTP2_FLAG_END_STREAM : 0;
    do {
      const std::string_view piece = block.substr(0, 16384);
      block.remove_prefix(piece.size());
      if (block.empty()) flags |= NGHTTP2_FLAG_END_HEADERS;
      bytes += h2_frame(type, flags, 1, piece);
      type = NGHTTP2_CONTINUATION;
      flags = 0;
    } while (!block.empty());
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name,
                       nghttp2_rcbuf* value, std::uint8_t, void* user) {
    auto& self = *static_cast<ArrivedSection*>(user);
    self.section.add(name, value, self.limits_);
    return 0;
  }
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*,
                               nghttp2_rcbuf*, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& self = *static_cast<ArrivedSection*>(user);
    self.whole_ = self.whole_ || frame->hd.type == NGHTTP2_HEADERS;
    return 0;
  }

  const http::H2Limits& limits_;
  nghttp2_session* session_ = nullptr;
  bool whole_ = false;
};

}  // namespace wif::test
