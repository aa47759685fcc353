// Accepts the clients of a listener on the thread that serves them. Every worker has one for each
// listener; the first of them to look takes a client. Belongs to its worker.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <functional>
#include <optional>
#include <string>

#include "base/task.h"
#include "config/address.h"
#include "config/config.h"
#include "proxy/admission.h"
#include "tls/descriptor.h"
#include "tls/poller.h"

namespace wif::proxy {

class Worker;

// A client's connection that nothing was read from yet. Move-only; closes it.
struct AcceptedClient {
  tls::Descriptor socket;  // non-blocking, with TCP_NODELAY
  std::string address;     // without port
  config::IpAddress ip;    // unspecified where the address has a zone
  Admission::Place place;
};

class ClientAcceptor {
 public:
  // Where a client is to be served: mostly on the worker that asks, else where fewer are.
  using Choose = std::function<Worker&(Worker& home)>;
  using Take = std::function<void(Worker& chosen, AcceptedClient client)>;

  // `listening` is another descriptor of the listener's socket, which stays open when the
  // listener's is closed. What is passed by reference outlives this object.
  ClientAcceptor(Worker& home, tls::Descriptor listening, const config::Config& config,
                 Admission& admission, Choose choose, Take take);
  ClientAcceptor(const ClientAcceptor&) = delete;
  ClientAcceptor& operator=(const ClientAcceptor&) = delete;

  // Accepts until close(). When descriptors or places run out it waits instead of spinning.
  Task<void> run();
  // Also closes the socket, with the clients that the kernel has for it.
  void close();
  // Takes those first, as far as there is room for them.
  void finish();

 private:
  enum class Outcome { kTaken, kNone, kExhausted };
  Outcome accept_one();
  void admit(tls::Descriptor socket, const asio::ip::address& address);
  Task<void> pause();

  Worker& home_;
  const config::Config& config_;
  Admission& admission_;
  Choose choose_;
  Take take_;
  tls::Descriptor listening_;
  std::optional<tls::Watch> watch_;  // goes before the descriptor
  bool closed_ = false;
};

}  // namespace wif::proxy
