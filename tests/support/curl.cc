#include "tests/support/curl.h"

#include <cstdio>

#include "tests/support/client.h"
#include "tests/support/temporary_folder.h"

namespace wif::test {

std::string CurlAnswer::header(std::string_view name) const {
  const std::string text = heads.substr(0, heads.find_last_not_of("\r\n") + 1);
  const std::size_t last = text.rfind("\r\n\r\n");
  return field_of(last == std::string::npos ? text : text.substr(last + 4), name);
}

CurlAnswer curl_direct(const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  const std::string heads = (folder.path() / "heads").string();
  write_file(heads, "");
  // What it tells about itself goes to stderr: the body stays as it is.
  std::vector<std::string> command = {
      "curl",       "-sS",
      "--disable",  "--suppress-connect-headers",
      "--max-time", "50",
      "-D",         heads,
      "-w",         "%{stderr}==wif== %{http_code} %{http_connect} %{num_connects}\n"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(command, {{"HOME", folder.path().string()}});
  CurlAnswer answer;
  answer.exit_code = outcome.exit_code;
  answer.body = outcome.out;
  answer.heads = read_file(heads);
  answer.error = outcome.err;
  // One line per URL; connections add up, the rest is that of the last.
  std::size_t mark = outcome.err.find("==wif== ");
  while (mark != std::string::npos) {
    int connections = 0;
    std::sscanf(outcome.err.c_str() + mark, "==wif== %d %d %d", &answer.status,
                &answer.connect_status, &connections);
    answer.connections += connections;
    mark = outcome.err.find("==wif== ", mark + 1);
  }
  return answer;
}

CurlAnswer curl(const TestProxy& proxy, const std::vector<std::string>& arguments) {
  // A later --http2 of the test wins.
  std::vector<std::string> all = {"--http1.1", "--proxy", "http://" + proxy.proxy(), "--cacert",
                                  proxy.ca_file()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return curl_direct(all);
}

}  // namespace wif::test
