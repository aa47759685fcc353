// A look into JSON text without the library's weight in every test.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sandbox/http.h"

namespace wif::test {

// What stands at a JSON pointer ("/error/code"): a string as it is, anything else as JSON. "" where
// there is nothing or `text` is no JSON.
std::string json_at(std::string_view text, const std::string& pointer);

// Members of the object or array at `pointer`, as json_at gives them; keys are "" in an array.
std::vector<std::pair<std::string, std::string>> json_members(std::string_view text,
                                                              const std::string& pointer);

// What the echo service of the sandbox says it received.
struct Seen {
  explicit Seen(std::string_view echo);

  std::string method;
  std::string target;
  sandbox::HeaderList headers;
  sandbox::HeaderList trailers;
  std::string body_bytes;
  std::string body_sha256;
  std::string server_name;
  std::string connection;
  std::string protocol;

  // All values of a field, joined by " | ".
  std::string values(std::string_view name) const;
};

}  // namespace wif::test
