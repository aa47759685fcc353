// Credentials in the query of a request target (threat-model.md ), found and
// removed without touching any other byte. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace wif::proxy {

enum class QueryCredential {
  kNone,
  kToken,      // access_token, oauth_token or bearer_token: rule key query_tokens
  kSignedUrl,  // X-Goog-Signature, or Signature with GoogleAccessId: rule key signed_urls
};

// What a client put into the query. Parameter names are percent-decoded and compared without regard
// to case, because servers do so too; a "$" before a system parameter's name is looked through
// (Google: "System parameters"). A token wins over a signature. Does not allocate.
QueryCredential find_query_credential(std::string_view path_and_query);

// Whether there is a `key` parameter (an API key). Does not allocate; call it before
// without_api_key(), because nearly no request has one.
bool has_api_key(std::string_view path_and_query);

// The target without its `key` parameters; order, escapes, empty parameters, doubled "&" and a lone
// trailing "?" stay as they were. The "?" goes where only `key` parameters stood behind it.
std::string without_api_key(std::string_view path_and_query);

// Value of the first parameter of that name, still percent-encoded; "" where there is none. The
// name is compared after percent-decoding, with regard to case.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace wif::proxy
