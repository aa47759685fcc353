// Refusals as gRPC clients read them.
#include "proxy/grpc.h"

#include <gtest/gtest.h>

namespace wif::proxy {
namespace {

bool grpc(std::string_view content_type) {
  http::Headers headers;
  headers.add_view("content-type", content_type);
  return is_grpc(headers);
}

TEST(Grpc, IsToldByTheContentType) {
  EXPECT_TRUE(grpc("application/grpc"));
  EXPECT_TRUE(grpc("application/grpc+proto"));
  EXPECT_TRUE(grpc("Application/GRPC;charset=x"));
  EXPECT_FALSE(grpc("application/grpc-web")) << "made for HTTP/1.1";
  EXPECT_FALSE(grpc("application/grpcx"));
  EXPECT_FALSE(grpc("application/json"));
  EXPECT_FALSE(is_grpc(http::Headers()));
}

TEST(Grpc, MessageIsPercentEncodedOutsidePrintableAscii) {
  EXPECT_EQ(grpc_message("rule 1 denies it"), "rule 1 denies it");
  EXPECT_EQ(grpc_message("100%\n\xc3\xa9"), "100%25%0A%C3%A9");
}

// The bytes were read back with the Python classes of google.rpc.
TEST(Grpc, DetailsAreASerializedStatusWithOneErrorInfo) {
  GrpcErrorInfo info;
  info.code = 7;
  info.message = "no";
  info.reason = "RULE_DENIED";
  info.metadata.emplace_back("request_id", "7f3a");
  EXPECT_EQ(grpc_status_details(info),
            "CAcSAm5vGlgKKHR5cGUuZ29vZ2xlYXBpcy5jb20vZ29vZ2xlLnJwYy5FcnJvckluZm8SLAoLUlVMRV9ERU5JRU"
            "QSCXdpZi1wcm94eRoSCgpyZXF1ZXN0X2lkEgQ3ZjNh");
}

}  // namespace
}  // namespace wif::proxy
