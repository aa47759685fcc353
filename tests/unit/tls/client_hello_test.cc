#include "tls/client_hello.h"

#include <gtest/gtest.h>

#include "tests/unit/tls/test_support.h"

namespace wif::tls {
namespace {

HelloState parse(const std::string& bytes, ClientHello& hello) {
  return parse_client_hello(std::as_bytes(std::span(bytes)), hello);
}
HelloState parse(const std::string& bytes) {
  ClientHello hello;
  return parse(bytes, hello);
}

std::string number(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}
std::string vec(const std::string& content, int length_bytes) {
  return number(content.size(), length_bytes) + content;
}
std::string extension(std::size_t type, const std::string& data) {
  return number(type, 2) + vec(data, 2);
}
std::string sni(const std::string& host) {
  return extension(0, vec(std::string(1, '\0') + vec(host, 2), 2));
}
std::string alpn(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += vec(name, 1);
  return extension(16, vec(list, 2));
}

struct Hello {
  std::string version = "\x03\x03";
  std::string session_id = std::string(32, 's');
  std::string ciphers = "\x13\x01";
  std::string compressions = std::string(1, '\0');
  std::string extensions = sni("www.example") + alpn({"h2", "http/1.1"});
  bool has_extensions = true;
  std::string behind;  // inside the message, after the extensions

  std::string message() const {
    std::string body = version + std::string(32, 'r') + vec(session_id, 1) + vec(ciphers, 2) +
                       vec(compressions, 1);
    if (has_extensions) body += vec(extensions, 2);
    return "\x01" + vec(body + behind, 3);
  }
};

std::string record(const std::string& fragment) { return "\x16\x03\x01" + vec(fragment, 2); }

TEST(ClientHello, GivesNameAndAlpn) {
  ClientHello hello;
  ASSERT_EQ(parse(record(Hello().message()), hello), HelloState::kParsed);
  EXPECT_EQ(hello.server_name, "www.example");
  EXPECT_EQ(hello.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
}

TEST(ClientHello, IsIncompleteAtEachEarlierByte) {
  const std::string whole = record(Hello().message());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ClientHello hello;
    EXPECT_EQ(parse(whole.substr(0, size), hello), HelloState::kIncomplete) << size;
    EXPECT_EQ(hello.server_name, "");
  }
  EXPECT_EQ(parse(whole + "anything behind"), HelloState::kParsed);
}

TEST(ClientHello, MaySpanRecordsAtAnyPlace) {
  const std::string message = Hello().message();
  for (std::size_t cut = 1; cut < message.size(); ++cut) {
    const std::string bytes = record(message.substr(0, cut)) + record(message.substr(cut));
    ClientHello hello;
    ASSERT_EQ(parse(bytes, hello), HelloState::kParsed) << cut;
    EXPECT_EQ(hello.server_name, "www.example");
    EXPECT_EQ(parse(bytes.substr(0, bytes.size() - 1)), HelloState::kIncomplete) << cut;
  }
  std::string single;
  for (const char c : message) single += record(std::string(1, c));
  EXPECT_EQ(parse(single), HelloState::kParsed);
}

TEST(ClientHello, NameIsGivenAsItWasSent) {
  Hello hello;
  hello.extensions = sni("WWW.Example.");
  ClientHello out;
  ASSERT_EQ(parse(record(hello.message()), out), HelloState::kParsed);
  EXPECT_EQ(out.server_name, "WWW.Example.");
  EXPECT_TRUE(out.alpn.empty());
}

TEST(ClientHello, ExtensionsMayBeMissing) {
  Hello hello;
  hello.has_extensions = false;
  ClientHello out;
  ASSERT_EQ(parse(record(hello.message()), out), HelloState::kParsed);
  EXPECT_EQ(out.server_name, "");
  hello.has_extensions = true;
  hello.extensions.clear();
  EXPECT_EQ(parse(record(hello.message())), HelloState::kParsed);
}

TEST(ClientHello, OtherProtocolsAreRefusedAtTheFirstByteThatTells) {
  for (const std::string text : {"G", "GET / HTTP/1.1\r\n", "SSH-2.0-x", "\x16\x02", "\x80\x2e\x01",
                                 "\x15\x03\x01", "\x17"}) {
    EXPECT_EQ(parse(text), HelloState::kNotTls) << text;
  }
  EXPECT_EQ(parse(record("\x02")), HelloState::kNotTls) << "a ServerHello";
  EXPECT_EQ(parse(std::string("\x16\x03\x01\x00\x00", 5)), HelloState::kNotTls) << "empty record";
  EXPECT_EQ(parse("\x16\x03\x01\x40\x01"), HelloState::kNotTls) << "record above 2^14";
  EXPECT_EQ(parse(record(std::string("\x01\x00\x40\x01", 4))), HelloState::kNotTls) << "too large";
  const std::string message = Hello().message();
  EXPECT_EQ(parse(record(message.substr(0, 9)) + "\x15\x03\x01"), HelloState::kNotTls);
}

TEST(ClientHello, WrongLengthsAndRepetitionsAreRefused) {
  const auto with = [](const std::string& extensions) {
    Hello hello;
    hello.extensions = extensions;
    return parse(record(hello.message()));
  };
  const std::string zero(1, '\0');
  EXPECT_EQ(with(sni("a") + sni("a")), HelloState::kNotTls);
  EXPECT_EQ(with(alpn({"h2"}) + alpn({"h2"})), HelloState::kNotTls);
  EXPECT_EQ(with(sni("")), HelloState::kNotTls);
  EXPECT_EQ(with(sni(std::string(256, 'a'))), HelloState::kNotTls);
  EXPECT_EQ(with(sni(std::string("a\0b", 3))), HelloState::kNotTls);
  EXPECT_EQ(with(extension(0, "")), HelloState::kNotTls);
  EXPECT_EQ(with(extension(0, vec("", 2))), HelloState::kNotTls);
  EXPECT_EQ(with(extension(0, vec("\x01" + vec("a", 2), 2))), HelloState::kNotTls);
  EXPECT_EQ(with(extension(0, vec(zero + vec("a", 2), 2) + "x")), HelloState::kNotTls);
  EXPECT_EQ(with(extension(0, vec(zero + vec("a", 2) + zero + vec("b", 2), 2))),
            HelloState::kNotTls);
  EXPECT_EQ(with(alpn({})), HelloState::kNotTls);
  EXPECT_EQ(with(alpn({""})), HelloState::kNotTls);
  EXPECT_EQ(with(extension(16, vec("\x05h2", 2))), HelloState::kNotTls);
  EXPECT_EQ(with(extension(16, vec(vec("h2", 1), 2) + "x")), HelloState::kNotTls);
  EXPECT_EQ(with(extension(43, "xx") + "\x01"), HelloState::kNotTls);
  EXPECT_EQ(with(number(43, 2) + number(9, 2) + "xx"), HelloState::kNotTls);
}

TEST(ClientHello, FieldsBeforeTheExtensionsAreChecked) {
  const auto refused = [](auto change) {
    Hello hello;
    change(hello);
    return parse(record(hello.message())) == HelloState::kNotTls;
  };
  EXPECT_TRUE(refused([](Hello& h) { h.version = "\x02\x03"; }));
  EXPECT_TRUE(refused([](Hello& h) { h.session_id = std::string(33, 's'); }));
  EXPECT_TRUE(refused([](Hello& h) { h.ciphers = ""; }));
  EXPECT_TRUE(refused([](Hello& h) { h.ciphers = "abc"; }));
  EXPECT_TRUE(refused([](Hello& h) { h.compressions = ""; }));
  EXPECT_TRUE(refused([](Hello& h) { h.behind = "x"; }));
  EXPECT_FALSE(refused([](Hello& h) { h.session_id = ""; }));
}

TEST(ClientHello, ReadsWhatOpenSslSends) {
  const SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr client(SSL_new(context.get()));
  SSL_set_tlsext_host_name(client.get(), "bigquery.googleapis.com");
  const unsigned char wire[] = "\x08http/1.1";
  SSL_set_alpn_protos(client.get(), wire, 9);
  BIO* sent = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), sent);
  SSL_set_connect_state(client.get());
  SSL_do_handshake(client.get());
  char* data = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(sent, &data));
  ClientHello hello;
  ASSERT_EQ(parse(std::string(data, size), hello), HelloState::kParsed);
  EXPECT_EQ(hello.server_name, "bigquery.googleapis.com");
  EXPECT_EQ(hello.alpn, std::vector<std::string>{"http/1.1"});
}

}  // namespace
}  // namespace wif::tls
