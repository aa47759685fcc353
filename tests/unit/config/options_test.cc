// The option table is the only list of options: flags, keys, help and docs agree with it, and every
// row has an effect.
#include "config/options.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>

#include "config/help.h"
#include "config/values.h"
#include "loading.h"

namespace wif::config {
namespace {

bool is_limit(const Option& option) {
  return option.key.starts_with("limits.") || option.key.starts_with("drain.");
}

TEST(Options, NamesAreUniqueAndComplete) {
  std::set<std::string> keys;
  std::set<std::string> flags;
  std::set<std::string_view> variables;
  for (const Option& option : options()) {
    if (!option.key.empty()) {
      EXPECT_TRUE(keys.insert(option.key).second) << option.key;
    }
    if (!option.flag.empty()) {
      EXPECT_TRUE(flags.insert(option.flag).second) << option.flag;
      EXPECT_TRUE(option.flag.starts_with("--")) << option.flag;
    }
    for (const auto name : option.environment) EXPECT_TRUE(variables.insert(name).second) << name;
    EXPECT_FALSE(option.help.empty()) << option.flag;
    EXPECT_FALSE(option.default_text.empty()) << option.flag;
    EXPECT_EQ(option.value.empty(), option.flag.empty() || option.type == OptionType::kBoolean)
        << option.flag;
    EXPECT_TRUE(option.store || option.key.empty()) << option.key;
  }
}

TEST(Options, LimitFlagIsTheKeyWithDashes) {
  for (const Option& option : options()) {
    if (!option.key.starts_with("limits.")) continue;
    std::string flag = "--" + option.key.substr(7);
    std::replace(flag.begin(), flag.end(), '_', '-');
    EXPECT_EQ(option.flag, flag);
  }
}

TEST(Options, EveryLimitOfTheStructIsInTheTable) {
  std::size_t bytes = 0;
  for (const Option& option : options()) {
    if (option.key.starts_with("limits.")) {
      bytes += option.type == OptionType::kDuration ? sizeof(Milliseconds) : sizeof(std::size_t);
    }
  }
  EXPECT_EQ(bytes, sizeof(Limits));
  EXPECT_EQ(std::count_if(options().begin(), options().end(), is_limit),
            static_cast<std::ptrdiff_t>((sizeof(Limits) + sizeof(Drain)) / sizeof(Milliseconds)));
}

TEST(Options, EachLimitChangesItsOwnNumberAndNothingElse) {
  std::set<std::size_t> changed;
  for (const Option& option : options()) {
    if (!is_limit(option)) continue;
    Draft draft;
    const bool time = option.type == OptionType::kDuration;
    const auto stored =
        option.store(draft, {{time ? "12345ms" : "50000"}, Origin::kFlag, "default"});
    ASSERT_TRUE(stored) << option.key << stored.error().what;
    const Config before = Draft().config;
    // Both structs are plain numbers, so the words that differ can be counted.
    const auto* was = reinterpret_cast<const std::int64_t*>(&before.limits);
    const auto* is = reinterpret_cast<const std::int64_t*>(&draft.config.limits);
    std::size_t differences = 0;
    for (std::size_t i = 0; i < sizeof(Limits) / sizeof(std::int64_t); ++i) {
      if (was[i] == is[i]) continue;
      ++differences;
      EXPECT_TRUE(changed.insert(i).second) << option.key;
      EXPECT_EQ(is[i], time ? 12345 : 50000) << option.key;
    }
    if (option.key.starts_with("drain.")) {
      EXPECT_NE(std::memcmp(&before.drain, &draft.config.drain, sizeof(Drain)), 0) << option.key;
    } else {
      EXPECT_EQ(differences, 1u) << option.key;
    }
  }
  EXPECT_EQ(changed.size(), sizeof(Limits) / sizeof(std::int64_t));
}

TEST(Options, DefaultOfEachLimitIsAcceptedAndChangesNothing) {
  for (const Option& option : options()) {
    if (!is_limit(option)) continue;
    Draft draft;
    const auto stored = option.store(draft, {{option.default_text}, Origin::kFile, "default"});
    ASSERT_TRUE(stored) << option.key << ": " << stored.error().what;
    const Config before = Draft().config;
    EXPECT_EQ(std::memcmp(&before.limits, &draft.config.limits, sizeof(Limits)), 0) << option.key;
  }
}

TEST(Options, DocsAndHelpNameEveryOption) {
  const std::string docs = configuration_markdown();
  const std::string help = help_text("serve", true);
  for (const Option& option : options()) {
    if (!option.key.empty()) {
      EXPECT_NE(docs.find("`" + option.key + "`"), std::string::npos) << option.key;
    }
    if (!option.flag.empty()) {
      EXPECT_NE(docs.find("`" + option.flag), std::string::npos) << option.flag;
      EXPECT_NE(help.find(option.flag + (option.value.empty() ? " " : " " + option.value)),
                std::string::npos)
          << option.flag;
    }
    for (const auto name : option.environment) {
      EXPECT_NE(docs.find("`" + std::string(name) + "`"), std::string::npos) << name;
    }
  }
}

TEST(Help, FitsOneScreenAndEndsWithThreeExamples) {
  const std::string help = help_text("serve");
  EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 40);
  for (std::size_t at = 0; at < help.size();) {
    const auto end = help.find('\n', at);
    EXPECT_LE(end - at, 100u) << help.substr(at, end - at);
    at = end + 1;
  }
  const auto examples = help.find("Examples:\n");
  ASSERT_NE(examples, std::string::npos);
  EXPECT_EQ(std::count(help.begin() + static_cast<std::ptrdiff_t>(examples), help.end(), '\n'), 4);
}

TEST(Help, ShowsTheFlagsOfTheCommand) {
  const CommandFlag flags[] = {{"--json", "", "machine-readable"}, {"-v,--verbose", "N", "more"}};
  const std::string help = help_text("check", false, flags);
  EXPECT_NE(help.find("wif-proxy check"), std::string::npos);
  EXPECT_NE(help.find("--json"), std::string::npos);
  EXPECT_NE(help.find("-v, --verbose N"), std::string::npos);
}

// Every key of the table can be set in the file by its name, with null or a value of its type.
TEST_F(Loading, EveryKeyOfTheTableIsReadFromTheFile) {
  for (const Option& option : options()) {
    if (option.key.empty()) continue;
    const auto dot = option.key.find_last_of('.');
    const std::string name = option.key.substr(dot == std::string::npos ? 0 : dot + 1);
    std::string members = "\"" + name + "\": {\"no\": [\"such value\", 1.5]}";
    for (std::string path = dot == std::string::npos ? "" : option.key.substr(0, dot);
         !path.empty();) {
      const auto last = path.find_last_of('.');
      members =
          "\"" + path.substr(last == std::string::npos ? 0 : last + 1) + "\": {" + members + "}";
      path = last == std::string::npos ? "" : path.substr(0, last);
    }
    file(members);
    const auto error = bad();
    EXPECT_EQ(error.message.find("unknown key"), std::string::npos) << error.message;
    EXPECT_NE(error.message.find(option.key), std::string::npos) << error.message;
  }
}

// Every flag of the table is known to the parser.
TEST(Flags, EveryFlagOfTheTableIsKnown) {
  for (const Option& option : options()) {
    if (option.flag.empty() || !option.store) continue;
    std::vector<std::string> arguments{option.flag};
    if (option.type != OptionType::kBoolean) arguments.emplace_back("x");
    const auto flags = parse_flags(arguments);
    ASSERT_TRUE(flags) << option.flag << ": " << flags.error().message;
    ASSERT_EQ(flags->options.size(), 1u);
    EXPECT_EQ(flags->options[0].first, &option);
  }
}

}  // namespace
}  // namespace wif::config
