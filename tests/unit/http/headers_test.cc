#include "http/headers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wif::http {
namespace {

std::vector<std::string> members(const Headers& headers, std::string_view name) {
  std::vector<std::string> found;
  for_each_member(headers, name, [&](std::string_view member) { found.emplace_back(member); });
  return found;
}

TEST(Headers, KeepOrderAndRepetition) {
  Headers headers;
  headers.add_view("a", "1");
  headers.add("b", "2");
  headers.add_view("a", "3");
  ASSERT_EQ(headers.fields().size(), 3u);
  EXPECT_EQ(headers.fields()[1].value, "2");
  EXPECT_EQ(headers.find("a"), "1");
  EXPECT_EQ(headers.count("a"), 2u);
  EXPECT_EQ(headers.find("c"), std::nullopt);
  EXPECT_EQ(headers.count("c"), 0u);
}

TEST(Headers, FindTellsAnEmptyValueFromNone) {
  Headers headers;
  headers.add_view("a", "");
  EXPECT_EQ(headers.find("a"), "");
}

TEST(Headers, RemoveTakesEveryFieldOfThatName) {
  Headers headers;
  headers.add_view("a", "1");
  headers.add_view("b", "2");
  headers.add_view("a", "3");
  EXPECT_EQ(headers.remove("a"), 2u);
  EXPECT_EQ(headers.remove("a"), 0u);
  ASSERT_EQ(headers.fields().size(), 1u);
  EXPECT_EQ(headers.fields()[0].name, "b");
}

TEST(Headers, RemoveIfVisitsEachFieldOnceInOrderAndMayChangeIt) {
  Headers headers;
  for (const std::string_view name : {"a", "b", "c", "d"}) headers.add_view(name, "x");
  std::string visited;
  const auto removed = headers.remove_if([&](HeaderField& field) {
    visited += field.name;
    if (field.name == "c") field.value = "y";
    return field.name == "a" || field.name == "d";
  });
  EXPECT_EQ(removed, 2u);
  EXPECT_EQ(visited, "abcd");
  ASSERT_EQ(headers.fields().size(), 2u);
  EXPECT_EQ(headers.fields()[0].name, "b");
  EXPECT_EQ(headers.fields()[1].value, "y");
}

TEST(Headers, OwnedValuesStayWhereTheyAre) {
  Headers headers;
  headers.add("a", std::string(100, 'a'));
  const char* const first = headers.fields()[0].value.data();
  for (int i = 0; i < 1000; ++i) headers.add("b", std::to_string(i));
  EXPECT_EQ(headers.fields()[0].value.data(), first);
  EXPECT_EQ(headers.fields()[0].value, std::string(100, 'a'));
  EXPECT_EQ(headers.fields()[1000].value, "999");
}

TEST(Headers, ClearForgetsAll) {
  Headers headers;
  headers.add("a", "1");
  EXPECT_FALSE(headers.empty());
  headers.clear();
  EXPECT_TRUE(headers.empty());
  EXPECT_EQ(headers.find("a"), std::nullopt);
}

TEST(Headers, IndexingIsPerField) {
  Headers headers;
  headers.add_view("authorization", "x", Indexing::kNever);
  headers.add_view("a", "y");
  EXPECT_EQ(headers.fields()[0].indexing, Indexing::kNever);
  EXPECT_EQ(headers.fields()[1].indexing, Indexing::kAllowed);
}

TEST(ForEachMember, JoinsFieldsAndDropsEmptyMembers) {
  Headers headers;
  headers.add_view("connection", " a ,,b\t, ");
  headers.add_view("x", "no");
  headers.add_view("connection", "");
  headers.add_view("connection", "C");
  EXPECT_EQ(members(headers, "connection"), (std::vector<std::string>{"a", "b", "C"}));
  EXPECT_TRUE(members(headers, "y").empty());
}

TEST(HasMember, IgnoresCaseAndWantsTheWholeMember) {
  Headers headers;
  headers.add_view("connection", "keep-alive, Upgrade");
  EXPECT_TRUE(has_member(headers, "connection", "upgrade"));
  EXPECT_FALSE(has_member(headers, "connection", "up"));
  EXPECT_FALSE(has_member(headers, "connection", "keep"));
}

}  // namespace
}  // namespace wif::http
