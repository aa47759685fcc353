// What the tests of load() share: a throw-away folder, and sources that do not see the machine.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"

namespace wif::config {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "wif-config-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  // Writes a file, with its folders, and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline std::string vector_path(const std::string& name) {
  return std::string(WIF_VECTORS_DIR) + "/external_account/" + name + ".json";
}

// Loads with a good credential file unless told otherwise.
class Loading : public testing::Test {
 protected:
  Loading() {
    sources.default_file = folder.path() + "/none.json";
    sources.root = folder.path();
    sources.hardware_threads = 4;
    sources.environment["GOOGLE_APPLICATION_CREDENTIALS"] = vector_path("ec2-imdsv2");
  }

  void file(const std::string& members) {
    sources.default_file = folder.write("config.json", "{\"version\": 1,\n" + members + "}");
  }
  void flags(std::vector<std::string> arguments) { sources.arguments = std::move(arguments); }
  void variable(const std::string& name, const std::string& value) {
    sources.environment[name] = value;
  }

  Config good() {
    auto config = load(sources);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *std::move(config) : Config{};
  }
  LoadError bad() {
    auto config = load(sources);
    EXPECT_FALSE(config) << "was accepted";
    return config ? LoadError{-1, ""} : config.error();
  }
  // Expects the exit code and a piece of the message.
  void refused(int exit_code, const std::string& piece) {
    const auto error = bad();
    EXPECT_EQ(error.exit_code, exit_code) << error.message;
    EXPECT_NE(error.message.find(piece), std::string::npos) << error.message;
  }

  TemporaryFolder folder;
  Sources sources;
};

}  // namespace wif::config
