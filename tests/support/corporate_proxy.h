// A company's HTTP proxy: knows CONNECT and Basic credentials, resolves the names of the sandbox
// cloud by itself, and remembers what it was asked for.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/sandbox/cloud.h"

namespace wif::test {

class CorporateProxy {
 public:
  // Listens on a free port of 127.0.0.1 until destroyed; `cloud` outlives it.
  explicit CorporateProxy(sandbox::Cloud& cloud);
  ~CorporateProxy();
  CorporateProxy(const CorporateProxy&) = delete;
  CorporateProxy& operator=(const CorporateProxy&) = delete;

  // From now on wants these credentials, else 407.
  void want(const std::string& user, const std::string& password);
  // From now on answers every CONNECT with these bytes and closes; "" = serve.
  void answer_always(const std::string& bytes);
  // Where a "HOST:PORT" is, beside the names of the cloud.
  void add(const std::string& target, const std::string& endpoint);

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }
  // Targets of the CONNECTs that it served, in their order.
  std::vector<std::string> served() const;
  // How many it refused.
  std::size_t refused() const;

 private:
  void accept_all();
  void serve(int client);
  // The whole answer to that head, or "" and where to connect.
  std::string judge(const std::string& head, std::string& endpoint);

  mutable std::mutex mutex_;
  std::map<std::string, std::string> places_;
  std::string credentials_;  // "USER:PASSWORD"
  std::string always_;
  std::vector<std::string> served_;
  std::size_t refused_ = 0;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
};

}  // namespace wif::test
