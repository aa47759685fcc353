#include "config/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace wif::config {
namespace {

using nlohmann::json;

std::string plain(const std::string& text) {
  return scan_json(text, JsonDialect::kWithComments).plain;
}

TEST(ScanJson, BlanksCommentsAndTrailingCommas) {
  for (const char* text :
       {"{\"a\": 1, // one\n \"b\": [1, 2,], /* two\n lines */ }", "[1,2,]", "[[1],[2,],]",
        "{\"a\":{},}", "{\"a\":[],}", "// first\n{}", "{} // last", "{\"a\":\"x\",\n}",
        "[1 /* , */ , ]", "[1, // x\n]", "{\"a\":true,}", "[\"a\",]"}) {
    EXPECT_TRUE(json::accept(plain(text))) << text << "\n" << plain(text);
    EXPECT_EQ(plain(text).size(), std::string(text).size());
  }
}

TEST(ScanJson, LeavesStringsAlone) {
  const std::string text = R"({"a": "// no /* comment */ ,]", "b\\": "\"//,}"})";
  EXPECT_EQ(plain(text), text);
}

TEST(ScanJson, LeavesMistakesForTheParser) {
  for (const char* text : {"[,]", "[1,,]", "{,}", "[1,,2]", "{\"a\":1,,}", "/* open", "[1 / 2]",
                           "{\"a\":,}", "\"open", "[1", "/", "[1,\"a", ",", "{\"a\",}"}) {
    EXPECT_FALSE(json::accept(plain(text))) << text << "\n" << plain(text);
  }
}

TEST(ScanJson, StrictDialectChangesNothing) {
  const std::string text = "{\"a\":1,} // x";
  EXPECT_EQ(scan_json(text, JsonDialect::kStrict).plain, text);
}

TEST(ScanJson, RemembersWhereKeysStand) {
  const std::string text = "{\n  \"listen\": {\"proxy\": 1},\n  \"rules\": [{\"hosts\": []}, 2]\n}";
  const auto scanned = scan_json(text, JsonDialect::kWithComments);
  const auto where = [&](const char* path) {
    return line_and_column(text, scanned.positions.at(path));
  };
  EXPECT_EQ(where("listen"), "2:3");
  EXPECT_EQ(where("listen.proxy"), "2:14");
  EXPECT_EQ(where("rules[0]"), "3:13");
  EXPECT_EQ(where("rules[0].hosts"), "3:14");
  EXPECT_EQ(where("rules[1]"), "3:28");
}

TEST(ScanJson, FindsDuplicates) {
  const auto duplicates = [](const char* text) {
    return scan_json(text, JsonDialect::kStrict).duplicates;
  };
  EXPECT_TRUE(duplicates(R"({"a":1,"b":{"a":2},"c":[{"a":1},{"a":1}]})").empty());
  EXPECT_TRUE(duplicates(R"({"a.b":1,"a":{"b":2}})").empty());
  EXPECT_EQ(duplicates(R"({"a":1,"a":2})"), std::vector<std::string>{"a"});
  EXPECT_EQ(duplicates(R"({"x":{"a":1,"\u0061":2}})"), std::vector<std::string>{"x.a"});
  EXPECT_EQ(duplicates(R"([{"a":[],"b":1,"a":2}])"), std::vector<std::string>{"[0].a"});
}

TEST(ScanJson, GivesUpOnDeepNesting) {
  EXPECT_TRUE(scan_json(std::string(100000, '['), JsonDialect::kStrict).too_deep);
  EXPECT_FALSE(scan_json(std::string(32, '['), JsonDialect::kStrict).too_deep);
}

TEST(ParseComplaint, LeavesOutWhatWasRead) {
  try {
    const auto document = json::parse(R"({"a": "secret" "b"})");
    FAIL() << document;
  } catch (const json::parse_error& failure) {
    const auto what = parse_complaint(failure.what());
    EXPECT_EQ(what.find("secret"), std::string::npos);
    EXPECT_EQ(what.rfind("not valid JSON: ", 0), 0u) << what;
  }
}

}  // namespace
}  // namespace wif::config
