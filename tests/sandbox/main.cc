// wif-sandbox: the sandbox cloud as a program. Prints one line of JSON with every address and file,
// then serves until SIGTERM or SIGINT.

#include <csignal>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/sandbox/cloud.h"
#include "tests/sandbox/control.h"

namespace {

constexpr std::string_view kUsage = R"(usage: wif-sandbox [options]
  --dir DIR              write ca.pem, eks-token, other-ksa-token, pod-identity-token there
  --control ADDR:PORT    where the control endpoint listens (default 127.0.0.1, any free port)
  --token-life SECONDS   upper limit for the life of Google tokens (default 3600)
  --address ADDR         where all services listen (default 127.0.0.1)
  --listen SERVICE=ADDR[:PORT]   another place for one service (repeatable)
  --imds MODE            optional (default), v1_only, required, disabled, hop_limit
)";

struct Arguments {
  sandbox::CloudOptions cloud;
  std::string control = "127.0.0.1";
};

sandbox::ImdsMode parse_mode(const std::string& name) {
  const std::map<std::string, sandbox::ImdsMode> modes = {
      {"optional", sandbox::ImdsMode::kOptional},
      {"v1_only", sandbox::ImdsMode::kV1Only},
      {"required", sandbox::ImdsMode::kRequired},
      {"disabled", sandbox::ImdsMode::kDisabled},
      {"hop_limit", sandbox::ImdsMode::kHopLimit}};
  return modes.at(name);
}

void parse_listen(const std::string& text, Arguments& arguments) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) throw std::invalid_argument(text);
  arguments.cloud.listen_at(text.substr(0, equals), text.substr(equals + 1));
}

// Throws std::exception for arguments it does not know.
Arguments parse(int argc, char** argv) {
  Arguments out;
  const std::map<std::string, std::function<void(const std::string&)>> options = {
      {"--dir", [&](const std::string& value) { out.cloud.in_dir(value); }},
      {"--control", [&](const std::string& value) { out.control = value; }},
      {"--token-life",
       [&](const std::string& value) {
         out.cloud.token_lives(std::chrono::seconds(std::stol(value)));
       }},
      {"--address", [&](const std::string& value) { out.cloud.address = value; }},
      {"--listen", [&](const std::string& value) { parse_listen(value, out); }},
      {"--imds", [&](const std::string& value) { out.cloud.imds(parse_mode(value)); }}};
  for (int i = 1; i < argc; i += 2) {
    const auto option = options.find(argv[i]);
    if (option == options.end() || i + 1 == argc) throw std::invalid_argument(argv[i]);
    option->second(argv[i + 1]);
  }
  return out;
}

int serve(const Arguments& arguments, const sigset_t& signals) {
  sandbox::Cloud cloud(arguments.cloud);
  sandbox::HttpServer control(arguments.control, sandbox::control_handler(cloud));
  auto line = nlohmann::ordered_json::parse(cloud.describe());
  line["control"] = "http://" + control.endpoint();
  std::cout << line.dump() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Blocked before any thread starts, so that only sigwait sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Arguments arguments;
  try {
    arguments = parse(argc, argv);
  } catch (const std::exception&) {
    std::cerr << kUsage;
    return 64;
  }
  try {
    return serve(arguments, signals);
  } catch (const std::exception& error) {
    std::cerr << "wif-sandbox: " << error.what() << "\n";
    return 1;
  }
}
