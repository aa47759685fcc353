#include "auth/expiry.h"

#include "fakes.h"

namespace wif::auth {
namespace {

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

TEST(Expiry, ReadsEveryTimestampSeenOnTheWire) {
  const auto file = vectors("expiry.json");
  for (const auto& test : file.at("timestamps")) {
    SCOPED_TRACE(test.dump());
    const auto time = parse_timestamp(text_of(test.at("text")));
    ASSERT_EQ(time.has_value(), !test.at("unix").is_null());
    if (time) {
      EXPECT_EQ(unix_seconds(*time), test.at("unix"));
    }
  }
}

TEST(Expiry, ReadsExpiresInAndCapsItAtTwelveHours) {
  const auto file = vectors("expiry.json");
  for (const auto& test : file.at("expires_in")) {
    SCOPED_TRACE(test.dump());
    const auto life = parse_expires_in(text_of(test.at("value")));
    ASSERT_EQ(life.has_value(), !test.at("seconds").is_null());
    if (life) {
      EXPECT_EQ(life->count(), test.at("seconds"));
    }
  }
}

TEST(Expiry, RefusesWhatOnlyLooksLikeATime) {
  for (const char* text : {"2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
                           "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00+9:00", "1e9",
                           "99999999999999999999", "-1", "2024-01-01T00:00:00Zx"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

TEST(Expiry, ReadsHttpDates) {
  const auto date = parse_http_date("Tue, 22 Nov 2022 03:04:05 GMT");
  ASSERT_TRUE(date);
  EXPECT_EQ(amz_date(*date), "20221122T030405Z");
  for (const char* text : {"", "Tuesday, 22-Nov-22 03:04:05 GMT", "Tue, 22 Foo 2022 03:04:05 GMT",
                           "Tue, 31 Feb 2022 03:04:05 GMT", "Tue, 22 Nov 2022 03:04:05 CET"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace wif::auth
