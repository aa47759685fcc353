// Reading test data of tests/vectors.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace sandbox {

inline nlohmann::json read_vectors(const std::string& name) {
  std::ifstream in(std::string(WIF_VECTORS_DIR) + "/" + name);
  if (!in) throw std::runtime_error("no test vectors " + name);
  return nlohmann::json::parse(in);
}

}  // namespace sandbox
