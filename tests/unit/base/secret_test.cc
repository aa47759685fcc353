#include "base/secret.h"

#include <gtest/gtest.h>

#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/log.h"

namespace wif {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <typename T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

// A secret cannot slip into a log line, a stream or a string by accident.
static_assert(!Printable<Secret>);
static_assert(!Comparable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::is_constructible_v<log::Field, std::string_view, Secret>);

TEST(Secret, ZeroesTheStringItWasMadeFrom) {
  std::string plain = "ya29.a-token-that-nobody-may-see";
  const Secret secret(std::move(plain));
  EXPECT_EQ(secret.reveal(), "ya29.a-token-that-nobody-may-see");
  EXPECT_TRUE(plain.empty());  // NOLINT(bugprone-use-after-move): emptied on purpose
}

TEST(Secret, CopiesAndMovesKeepTheBytes) {
  const Secret first(std::string_view("one"));
  Secret second = first;
  const Secret third = std::move(second);
  EXPECT_EQ(first.reveal(), "one");
  EXPECT_EQ(third.reveal(), "one");
  Secret fourth(std::string_view("two"));
  fourth = third;
  EXPECT_EQ(fourth.reveal(), "one");
}

TEST(Secret, HoldsBytesAcrossPages) {
  const std::string plain(10000, 'x');
  EXPECT_EQ(Secret(std::string_view(plain)).reveal(), plain);
}

TEST(Secret, EmptyOneIsEmpty) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret(std::string_view()).reveal().empty());
}

TEST(Secret, RedactedShowsTheBeginningOfLongValuesOnly) {
  EXPECT_EQ(Secret(std::string_view("short")).redacted(), "…(5)");
  EXPECT_EQ(Secret("ya29" + std::string(60, 'x')).redacted(), "ya29…(64)");
}

TEST(Wipe, LeavesNothing) {
  std::string text = "secret";
  char* const bytes = text.data();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(std::string_view(bytes, 6), std::string_view("\0\0\0\0\0\0", 6));
}

}  // namespace
}  // namespace wif
