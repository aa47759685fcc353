// The pages that are made from tables say what the tables say.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "auth/failure.h"
#include "config/help.h"
#include "proxy/answer.h"

namespace wif::proxy {
namespace {

std::string page(const std::string& name) {
  std::ifstream file(WIF_SOURCE_DIR "/docs/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// ./dev docs writes it anew.
TEST(Docs, ConfigurationPageIsWhatTheOptionTablePrints) {
  EXPECT_EQ(page("configuration.md"), config::configuration_markdown());
}

TEST(Docs, ErrorPageNamesEveryReasonThatAClientCanGet) {
  const std::string errors = page("errors.md");
  for (int i = 0; i < static_cast<int>(Reason::kClientGone); ++i) {
    const ReasonRow& row = row_of(static_cast<Reason>(i));
    const std::string start = "| `" + std::string(row.name) + "` | " + std::to_string(row.status);
    EXPECT_NE(errors.find(start), std::string::npos) << row.name;
  }
}

TEST(Docs, ErrorPageNamesEveryCodeOfTheTokenChain) {
  const std::string errors = page("errors.md");
  for (const std::string_view code : auth::failure_codes()) {
    EXPECT_NE(errors.find("| `" + std::string(code) + "` |"), std::string::npos) << code;
  }
}

}  // namespace
}  // namespace wif::proxy
