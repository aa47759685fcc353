// Variables as shells and platforms read them; values with everything that quoting is about.
#include "proxy/variable_format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wif::proxy {
namespace {

using enum VariableFormat;

const std::vector<Variable> kVariables{{"A", "plain"}, {"B", R"(it's "a" \ $HOME `x`)"}};

std::string last_line(const std::string& text) {
  return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

TEST(VariableFormat, QuotesForShells) {
  EXPECT_EQ(last_line(write_variables(kVariables, kSh)),
            "export B='it'\\''s \"a\" \\ $HOME `x`'\n");
  EXPECT_EQ(last_line(write_variables(kVariables, kFish)),
            "set -gx B 'it\\'s \"a\" \\\\ $HOME `x`'\n");
  EXPECT_EQ(last_line(write_variables(kVariables, kPowershell)),
            "$env:B = 'it''s \"a\" \\ $HOME `x`'\n");
}

TEST(VariableFormat, ShellTextSaysHowToUseIt) {
  EXPECT_TRUE(write_variables(kVariables, kSh)
                  .starts_with("# wif-proxy client environment; eval \"$(wif-proxy env)\"\n"
                               "export A='plain'\n"));
}

TEST(VariableFormat, FilesOfServiceManagers) {
  EXPECT_EQ(write_variables(kVariables, kDocker), "A=plain\nB=it's \"a\" \\ $HOME `x`\n");
  EXPECT_EQ(last_line(write_variables(kVariables, kSystemd)),
            "B=\"it's \\\"a\\\" \\\\ $HOME `x`\"\n");
}

TEST(VariableFormat, ContainerPlatforms) {
  EXPECT_EQ(write_variables(kVariables, kK8s),
            "- name: A\n  value: \"plain\"\n"
            "- name: B\n  value: \"it's \\\"a\\\" \\\\ $HOME `x`\"\n");
  const auto ecs = nlohmann::json::parse(write_variables(kVariables, kEcs));
  ASSERT_EQ(ecs.size(), 2u);
  EXPECT_EQ(ecs[1]["name"].get<std::string>(), "B");
  EXPECT_EQ(ecs[1]["value"].get<std::string>(), kVariables[1].value);
  const auto json = nlohmann::json::parse(write_variables(kVariables, kJson));
  EXPECT_EQ(json["B"].get<std::string>(), kVariables[1].value);
}

TEST(VariableFormat, TakesBackWhatShellsHaveSet) {
  EXPECT_EQ(unset_variables(kVariables, kSh), "unset A\nunset B\n");
  EXPECT_EQ(unset_variables(kVariables, kFish), "set -e A\nset -e B\n");
  EXPECT_EQ(last_line(unset_variables(kVariables, kPowershell)),
            "Remove-Item Env:B -ErrorAction SilentlyContinue\n");
  EXPECT_EQ(unset_variables(kVariables, kDocker), "");
}

TEST(VariableFormat, NamesAreTheFormats) {
  EXPECT_EQ(variable_format_names(), "sh, fish, powershell, docker, systemd, ecs, k8s, json");
  EXPECT_EQ(parse_variable_format("k8s"), kK8s);
  EXPECT_FALSE(parse_variable_format("bash"));
}

}  // namespace
}  // namespace wif::proxy
