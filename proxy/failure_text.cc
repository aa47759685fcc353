#include "proxy/failure_text.h"

#include <array>

#include "base/text.h"

namespace wif::proxy {
namespace {

constexpr std::size_t kStepWidth = 20;

std::string_view words_for(auth::Step step) {
  switch (step) {
    case auth::Step::kAws: return "AWS identity";
    case auth::Step::kSts: return "Google STS";
    case auth::Step::kImpersonate: return "impersonation";
    case auth::Step::kApi: break;
  }
  return "call";
}

std::string_view words_for_container(std::string_view host) {
  // The agent of EKS Pod Identity has these two addresses.
  const bool agent = host == "169.254.170.23" || host == "fd00:ec2::23" || host == "[fd00:ec2::23]";
  return agent ? "EKS Pod Identity" : "ECS task role";
}

}  // namespace

std::string describe_source(std::string_view origin) {
  const auto colon = origin.find(':');
  const std::string_view kind = origin.substr(0, colon);
  const std::string detail(colon == std::string_view::npos ? "" : origin.substr(colon + 1));
  if (kind == "env") return "AWS variables of the environment";
  if (kind == "web_identity") return "IRSA role " + detail;
  if (kind == "container") return std::string(words_for_container(detail));
  if (kind == "files") return "AWS profile " + detail;
  if (kind == "imds") return "EC2 instance role";
  if (kind == "url") return "token from " + detail;
  if (kind == "file") return "token in " + detail;
  return origin.empty() ? "token file" : std::string(origin);
}

std::string failure_block(const auth::Failure& failure) {
  std::string text = " ✗ " + std::string(words_for(failure.step));
  text.append(kStepWidth - words_for(failure.step).size(), ' ');
  if (failure.status != 0) text += std::to_string(failure.status) + " ";
  text += (failure.message.empty() ? failure.code : failure.message) + "\n";
  if (!failure.explain.empty()) text += "   " + failure.explain + "\n";
  if (failure.fix.empty()) return text;
  text += "   Fix:\n";
  for (const std::string_view line : split(failure.fix, '\n')) {
    text.append("     ").append(line).append("\n");
  }
  return text;
}

}  // namespace wif::proxy
