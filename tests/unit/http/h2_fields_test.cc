// Field sections of HTTP/2 as heads.
#include "http/h2_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/arrived_section.h"
#include "tests/unit/http/h1_support.h"

namespace wif::http {
namespace {

using From = test::ArrivedSection::From;
using Checks = test::ArrivedSection::Checks;

class Sent {
 public:
  explicit Sent(Fields fields) : fields_(std::move(fields)) {
    for (auto& [name, value] : fields_) {
      nghttp2_nv field{};
      field.name = reinterpret_cast<std::uint8_t*>(name.data());
      field.namelen = name.size();
      field.value = reinterpret_cast<std::uint8_t*>(value.data());
      field.valuelen = value.size();
      views_.push_back(field);
    }
  }
  const nghttp2_nv* data() const { return views_.data(); }
  std::size_t size() const { return views_.size(); }

 private:
  Fields fields_;
  std::vector<nghttp2_nv> views_;
};

const H2Limits kLimits;

// An upstream over HTTP/1.1 gets it through, too.
TEST(H2FieldsTest, AnswerKeepsAFieldNamedHost) {
  const Sent sent({{":status", "200"}, {"host", "a.example"}, {"x", "1"}});
  test::ArrivedSection arrived(From::kUpstream, Checks::kBoth, sent.data(), sent.size(), true,
                               kLimits);
  ResponseHead head;
  ASSERT_TRUE(arrived.whole());
  ASSERT_TRUE(arrived.section.take_response("GET", true, head));
  EXPECT_EQ(fields_of(head.headers), (Fields{{"host", "a.example"}, {"x", "1"}}));
}

// HPACK would keep them for nothing, and look at each of them for the next.
TEST(H2FieldsTest, FieldsThatDoNotComeAgainAreNeverIndexed) {
  ResponseHead head;
  head.headers.add("etag", "x");
  head.headers.add("x-wif-proxy", "id=1", Indexing::kNever);
  H2FieldList list;
  list.response(head);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list.data()[1].flags, NGHTTP2_NV_FLAG_NONE);
  EXPECT_EQ(list.data()[2].flags, NGHTTP2_NV_FLAG_NO_INDEX);
}

TEST(H2FieldsTest, EmptyCrumbsOfACookieLeaveNoSpace) {
  const Sent sent({{":method", "GET"},
                   {":scheme", "https"},
                   {":path", "/"},
                   {":authority", "a.example"},
                   {"cookie", ""},
                   {"cookie", "a=b"},
                   {"cookie", "c=d"},
                   {"cookie", ""}});
  test::ArrivedSection arrived(From::kClient, Checks::kBoth, sent.data(), sent.size(), true,
                               kLimits);
  RequestHead head;
  ASSERT_TRUE(arrived.whole());
  ASSERT_TRUE(arrived.section.take_request(true, head));
  EXPECT_EQ(fields_of(head.headers), (Fields{{"cookie", "a=b; c=d"}}));
}

TEST(H2FieldsTest, RequestHasHostAsItsAuthorityAlone) {
  const Sent sent(
      {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a.example"}});
  test::ArrivedSection arrived(From::kClient, Checks::kBoth, sent.data(), sent.size(), true,
                               kLimits);
  RequestHead head;
  ASSERT_TRUE(arrived.whole());
  ASSERT_TRUE(arrived.section.take_request(true, head));
  EXPECT_EQ(head.authority, "a.example");
  EXPECT_TRUE(head.headers.empty());
}

}  // namespace
}  // namespace wif::http
