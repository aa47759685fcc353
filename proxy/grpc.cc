#include "proxy/grpc.h"

#include <cstdint>

#include "base/text.h"

namespace wif::proxy {
namespace {

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

// A length-delimited field of a protocol buffer: strings and nested messages.
void append_field(std::string& out, unsigned number, std::string_view bytes) {
  append_varint(out, number << 3 | 2);
  append_varint(out, bytes.size());
  out += bytes;
}

std::string error_info(const GrpcErrorInfo& info) {
  std::string message;
  append_field(message, 1, info.reason);
  append_field(message, 2, "wif-proxy");
  for (const auto& [key, value] : info.metadata) {
    std::string entry;
    append_field(entry, 1, key);
    append_field(entry, 2, value);
    append_field(message, 3, entry);
  }
  return message;
}

}  // namespace

bool is_grpc(const http::Headers& headers) {
  const std::string_view type = headers.find("content-type").value_or("");
  constexpr std::string_view kGrpc = "application/grpc";
  if (type.size() < kGrpc.size() || !iequals(type.substr(0, kGrpc.size()), kGrpc)) return false;
  const std::string_view rest = type.substr(kGrpc.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';' || rest.front() == ' ';
}

std::string grpc_message(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e && c != '%') {
      out += c;
    } else {
      append_escape(out, c);
    }
  }
  return out;
}

std::string grpc_status_details(const GrpcErrorInfo& info) {
  std::string any;
  append_field(any, 1, "type.googleapis.com/google.rpc.ErrorInfo");
  append_field(any, 2, error_info(info));
  std::string status;
  append_varint(status, 1 << 3);  // int32 code = 1
  append_varint(status, static_cast<std::uint64_t>(info.code));
  append_field(status, 2, info.message);
  append_field(status, 3, any);
  std::string encoded = base64_encode(status);
  while (encoded.ends_with('=')) encoded.pop_back();
  return encoded;
}

}  // namespace wif::proxy
