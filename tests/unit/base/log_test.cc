#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <regex>
#include <string>

namespace wif::log {
namespace {

using namespace std::chrono_literals;

// What `work` writes to stderr.
std::string captured(Level level, bool json, const std::function<void()>& work) {
  testing::internal::CaptureStderr();
  configure(level, json);
  work();
  flush();
  return testing::internal::GetCapturedStderr();
}

TEST(Log, TextLineHoldsEventAndFields) {
  const auto line = captured(Level::kInfo, false, [] {
    info("token", {{"identity", "default"}, {"expires_in", 3599}, {"ok", true}, {"took", 225ms}});
  });
  EXPECT_NE(line.find("Z info  token identity=default expires_in=3599 ok=true took=225ms\n"),
            std::string::npos)
      << line;
}

TEST(Log, JsonLineHoldsTheSame) {
  const auto line = captured(Level::kInfo, true, [] {
    warn("token", {{"identity", "default"}, {"expires_in", 3599}, {"ok", false}, {"took", 225ms}});
  });
  EXPECT_NE(line.find(R"("level":"warn","event":"token","identity":"default","expires_in":3599,)"
                      R"("ok":false,"took_ms":225})"),
            std::string::npos)
      << line;
  EXPECT_EQ(line.rfind("{\"ts\":\"", 0), 0u) << line;
}

TEST(Log, ValuesAreQuotedWhereTheyWouldBeMisread) {
  const auto line = captured(Level::kInfo, false, [] {
    info("x",
         {{"a", "plain"}, {"b", "two words"}, {"c", "k=v"}, {"d", "q\"\\"}, {"e", ""}, {"f", -7}});
  });
  EXPECT_NE(line.find(R"(Z info  x a=plain b="two words" c="k=v" d="q\"\\" f=-7)"),
            std::string::npos)
      << line;
}

TEST(Log, TimeIsUtcWithMilliseconds) {
  const std::regex time(
      R"re(^(\{"ts":")?20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d\d\dZ)re");
  for (const bool json : {false, true}) {
    const auto line = captured(Level::kInfo, json, [] { info("x", {}); });
    EXPECT_TRUE(std::regex_search(line, time)) << line;
  }
}

TEST(Log, EveryByteMayNeedAnEscape) {
  const std::string worst(300, '\x01');
  const auto line = captured(Level::kInfo, false, [&] {
    info("x", {{"a", worst},
               {"b", worst},
               {"c", worst},
               {"d", worst},
               {"e", worst},
               {"f", worst},
               {"g", worst},
               {"h", worst},
               {"i", worst},
               {"j", worst},
               {"k", worst},
               {"end", 1}});
  });
  EXPECT_EQ(line.size(), line.find(" end=1\n") + 7);
  EXPECT_GT(line.size(), 11u * 256 * 6);
}

TEST(Log, ValueCannotStartALineOfItsOwn) {
  for (const bool json : {false, true}) {
    const auto lines = captured(Level::kInfo, json, [] {
      info("request", {{"host", "a\nlevel=error event=forged \"quoted\" \x1b[31m\xff"}});
    });
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 1) << lines;
    EXPECT_EQ(lines.find('\x1b'), std::string::npos);
    EXPECT_EQ(lines.find('\xff'), std::string::npos);
  }
}

TEST(Log, LongValuesAreCut) {
  const auto line = captured(Level::kInfo, false, [] {
    info("request", {{"path", std::string(5000, 'x')}});
  });
  EXPECT_LT(line.size(), 400u);
}

TEST(Log, BatchedLinesWaitForTheNextThatDoesNot) {
  testing::internal::CaptureStderr();
  configure(Level::kInfo, false);
  write_batched(Level::kInfo, "request", {{"n", 1}});
  write_batched(Level::kInfo, "request", {{"n", 2}});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  info("token", {{"n", 3}});
  const auto lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3) << lines;
  EXPECT_LT(lines.find("n=1"), lines.find("n=2"));
  EXPECT_LT(lines.find("n=2"), lines.find("n=3"));
}

TEST(Log, ManyBatchedLinesAreWrittenBeforeTheyTakeMuchMemory) {
  testing::internal::CaptureStderr();
  configure(Level::kInfo, false);
  for (int i = 0; i < 1000; ++i) write_batched(Level::kInfo, "request", {{"n", i}});
  const auto early = testing::internal::GetCapturedStderr();
  EXPECT_GT(early.size(), 1000u * 30 / 2);
  testing::internal::CaptureStderr();
  flush();
  const auto rest = testing::internal::GetCapturedStderr();
  EXPECT_EQ(
      std::count(early.begin(), early.end(), '\n') + std::count(rest.begin(), rest.end(), '\n'),
      1000);
}

TEST(Log, BelowTheLevelNothingIsWritten) {
  EXPECT_EQ(captured(Level::kWarn, false, [] { info("request", {{"a", 1}}); }), "");
  EXPECT_TRUE(enabled(Level::kError));
  EXPECT_FALSE(enabled(Level::kInfo));
}

}  // namespace
}  // namespace wif::log
