#include "http/h2_client.h"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <vector>

#include "http/h2_outgoing.h"

namespace wif::http {
namespace {

struct InflaterDeleter {
  void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
};

struct Field {
  std::string name;
  std::string value;
  bool never_indexed = false;
};

// One field section, as the peer reads it.
std::vector<Field> inflate(std::string_view bytes) {
  nghttp2_hd_inflater* raw = nullptr;
  if (nghttp2_hd_inflate_new(&raw) != 0) return {};
  const std::unique_ptr<nghttp2_hd_inflater, InflaterDeleter> inflater(raw);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  std::vector<Field> fields;
  for (;;) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used = nghttp2_hd_inflate_hd2(raw, &field, &flags, data, left, 1);
    if (used < 0) return {};
    data += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.push_back({std::string(reinterpret_cast<char*>(field.name), field.namelen),
                        std::string(reinterpret_cast<char*>(field.value), field.valuelen),
                        (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) return fields;
  }
}

TEST(H2Authorization, PeerReadsTheValueAndIsToldNeverToIndexIt) {
  H2Authorization authorization;
  const std::string value = "Bearer " + std::string(900, 'x') + "~\"\\";
  const auto encoded = authorization.encoded(value);
  ASSERT_NE(encoded, nullptr);
  const auto fields = inflate(encoded->reveal());
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0].name, "authorization");
  EXPECT_EQ(fields[0].value, value);
  EXPECT_TRUE(fields[0].never_indexed);
}

// A length of HPACK has a prefix of 7 bits, then 7 bits in each byte.
TEST(H2Authorization, PeerReadsAnyLength) {
  for (const std::size_t length : {0, 1, 126, 127, 128, 254, 255, 1024, 16'510, 16'511}) {
    const std::string value(length, 'x');
    const auto fields = inflate(H2Authorization().encoded(value)->reveal());
    ASSERT_EQ(fields.size(), 1u) << length;
    EXPECT_EQ(fields[0].value, value) << length;
  }
}

TEST(H2Authorization, EncodesAgainOnlyAnotherValue) {
  H2Authorization authorization;
  const auto first = authorization.encoded("Bearer a");
  EXPECT_EQ(authorization.encoded(std::string("Bearer a")), first);
  const auto second = authorization.encoded("Bearer b");
  EXPECT_EQ(inflate(second->reveal()).at(0).value, "Bearer b");
  EXPECT_EQ(inflate(first->reveal()).at(0).value, "Bearer a") << "may still be on its way";
}

TEST(H2Authorization, FrameIsNotMadeLargerThanEveryPeerTakes) {
  EXPECT_TRUE(fits_one_frame(1000, 20, 900));
  EXPECT_TRUE(fits_one_frame(16384 - 21 * 12 - 900, 20, 900));
  EXPECT_FALSE(fits_one_frame(16384 - 21 * 12 - 899, 20, 900));
}

TEST(H2OutgoingFrame, PutsTheFieldBehindTheOthersAndCountsIt) {
  const std::string frame = std::string("\0\0\x03\x01\x05\0\0\0\x07", 9) + "abc";
  // However little of it is taken at once.
  for (std::size_t step = 1; step < 20; ++step) {
    H2OutgoingFrame outgoing;
    EXPECT_TRUE(outgoing.empty());
    outgoing.set(frame, std::make_shared<const Secret>(std::string_view("defg")));
    std::string taken;
    while (!outgoing.empty()) {
      std::string piece(step, '\0');
      piece.resize(outgoing.take(piece.data(), piece.size()));
      ASSERT_FALSE(piece.empty());
      taken += piece;
    }
    EXPECT_EQ(taken, std::string("\0\0\x07\x01\x05\0\0\0\x07", 9) + "abcdefg");
  }
}

TEST(H2OutgoingFrame, LengthHasThreeBytes) {
  const std::string frame = std::string("\0\x3f\0\x01\x05\0\0\0\x01", 9) + std::string(0x3f00, 'a');
  H2OutgoingFrame outgoing;
  outgoing.set(frame, std::make_shared<const Secret>(std::string(0x100, 'b')));
  std::string header(9, '\0');
  ASSERT_EQ(outgoing.take(header.data(), header.size()), 9u);
  EXPECT_EQ(header, std::string("\0\x40\0\x01\x05\0\0\0\x01", 9));
}

}  // namespace
}  // namespace wif::http
