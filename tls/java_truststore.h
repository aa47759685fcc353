// A trust store for Java, which reads no PEM: a JKS file that holds nothing but certificates. No
// JDK is needed to write one. Pure; any thread.
//
// Source: sun.security.provider.JavaKeyStore of OpenJDK, whose class comment describes the format.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace wif::tls {

// What JVMs check the store's digest with when they are given a password; they read it without one,
// too. It protects nothing: the store holds no secret.
inline constexpr std::string_view kJavaTruststorePassword = "changeit";

// The bytes of a store with all certificates of a PEM text, each one once, said to be entered at
// `now`. Errors: kConfiguration for a text that is no PEM, kInternal.
Result<std::string> java_truststore(std::string_view pem, SystemTime now);

}  // namespace wif::tls
