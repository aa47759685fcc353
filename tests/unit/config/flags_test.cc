#include "config/flags.h"

#include <gtest/gtest.h>

#include "config/options.h"
#include "loading.h"

namespace wif::config {
namespace {

LoadError error_of(const std::vector<std::string>& arguments) {
  const auto flags = parse_flags(arguments);
  EXPECT_FALSE(flags);
  return flags ? LoadError{-1, ""} : flags.error();
}

TEST(Flags, UnknownFlagIsUsageAndNamesTheNearest) {
  for (const char* argument : {"--lisen", "--lisen=127.0.0.1:1", "--listn"}) {
    const auto error = error_of({argument});
    EXPECT_EQ(error.exit_code, 2);
    EXPECT_NE(error.message.find("did you mean --listen?"), std::string::npos) << error.message;
  }
  EXPECT_EQ(error_of({"--zzzzzzzzzz"}).exit_code, 2);
  EXPECT_EQ(error_of({"-x"}).exit_code, 2);
}

TEST(Flags, FlagsOfFeaturesThatDoNotExistAreUnknown) {
  for (const char* flag : {"--client-auth", "--basic-file", "--mtls-ca", "--allow-executables",
                           "--listen-cert", "--allow-uid", "--proxy-protocol-cidr"}) {
    const auto error = error_of({flag, "x"});
    EXPECT_EQ(error.exit_code, 2) << flag;
    EXPECT_NE(error.message.find("unknown flag"), std::string::npos) << error.message;
  }
}

TEST(Flags, ValuesStandBehindOrAfterTheEqualsSign) {
  const auto flags = parse_flags({"--threads", "2", "--listen=[::1]:3128", "--listen", "[::]:1"});
  ASSERT_TRUE(flags);
  ASSERT_EQ(flags->options.size(), 2u);
  EXPECT_EQ(flags->options[0].first->key, "threads");
  EXPECT_EQ(flags->options[1].second, (std::vector<std::string>{"[::1]:3128", "[::]:1"}));
}

TEST(Flags, ValueThatLooksLikeAListIsOneValue) {
  const auto flags = parse_flags({"--metadata-name=[a,b]"});
  ASSERT_TRUE(flags);
  EXPECT_EQ(flags->options[0].second, std::vector<std::string>{"[a,b]"});
}

TEST(Flags, MissingOrRepeatedValueIsUsage) {
  EXPECT_EQ(error_of({"--threads"}).exit_code, 2);
  const auto error = error_of({"--threads=1", "--threads=2"});
  EXPECT_EQ(error.exit_code, 2);
  EXPECT_NE(error.message.find("given 2 times"), std::string::npos);
  EXPECT_NE(error_of({"--unsafe-listen", "--unsafe-listen"}).message.find("given 2 times"),
            std::string::npos);
  EXPECT_EQ(error_of({"--threads"}).message, "--threads: a value is missing; see --help");
  EXPECT_EQ(error_of({"-c", "a", "-c", "b"}).exit_code, 2);
  EXPECT_EQ(error_of({"--unsafe-listen=perhaps"}).exit_code, 2);
}

TEST(Flags, SwitchesAreTrueFalseOrTurnedRound) {
  const auto value = [](const char* argument) {
    return parse_flags({argument})->options[0].second[0];
  };
  EXPECT_EQ(value("--unsafe-listen"), "true");
  EXPECT_EQ(value("--unsafe-listen=false"), "false");
  EXPECT_EQ(value("--no-imds-v1"), "false");
  EXPECT_EQ(value("--no-imds-v1=false"), "true");
}

TEST(Flags, GlobalsAndTheFlagsOfACommand) {
  const CommandFlag command[] = {
      {"--json", "", ""}, {"-v,--verbose", "", ""}, {"--host", "HOST", ""}};
  const auto flags = parse_flags(
      {"-q", "-c", "x.json", "--json", "-v", "--host=a.b", "word", "--", "bq", "--help"}, command);
  ASSERT_TRUE(flags) << flags.error().message;
  EXPECT_TRUE(flags->quiet);
  EXPECT_EQ(flags->config_file, "x.json");
  EXPECT_EQ(flags->command.at("json"), std::vector<std::string>{"true"});
  EXPECT_EQ(flags->command.count("verbose"), 1u);
  EXPECT_EQ(flags->command.at("host"), std::vector<std::string>{"a.b"});
  EXPECT_EQ(flags->words, std::vector<std::string>{"word"});
  EXPECT_EQ(flags->rest, (std::vector<std::string>{"bq", "--help"}));
  EXPECT_EQ(flags->help, Flags::Help::kNone);
  EXPECT_FALSE(parse_flags({"--json"}));
}

TEST_F(Loading, HelpIsNoMistake) {
  flags({"--help"});
  EXPECT_EQ(bad().exit_code, 0);
  EXPECT_NE(bad().message.find("Examples:"), std::string::npos);
  flags({"--help-all"});
  EXPECT_NE(bad().message.find("--tunnel-idle-timeout TIME"), std::string::npos);
  flags({"serve"});
  refused(2, "unknown argument \"serve\"");
  flags({"--", "bq"});
  refused(2, "unknown argument \"bq\"");
}

}  // namespace
}  // namespace wif::config
