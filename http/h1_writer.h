// Heads and bodies to HTTP/1.1 bytes (RFC 9112): framing is always made anew, never copied, so no
// byte of a peer's header syntax survives. Shared by both sides of the proxy. Not thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "tls/transport.h"

namespace wif::http {

class H1Writer {
 public:
  explicit H1Writer(tls::Transport& transport) : transport_(transport) {}

  // The head waits until body bytes come or flush(): small messages are one TLS record.
  void request(const RequestHead& head, bool last);
  // `version` is the client's: HTTP/1.0 knows no chunks. Returns false when the body has to end
  // with the connection.
  bool response(const ResponseHead& head, Version version, bool last, bool close);

  // Sends body bytes in the framing that the head announced.
  Task<bool> body(std::string_view bytes, bool last);
  Task<bool> finish(const Headers& trailers);
  Task<bool> flush();

 private:
  void begin();
  void give_back();
  void fields(const Headers& headers);
  void field(std::string_view name, std::string_view value);
  void framing(const std::optional<std::uint64_t>& length, bool chunked);
  Task<bool> send(std::string_view bytes, std::string_view suffix);

  tls::Transport& transport_;
  std::string pending_;
  bool chunked_ = false;
};

// "OK" for 200; "" for numbers without a phrase of their own.
std::string_view reason_phrase(int status);

}  // namespace wif::http
