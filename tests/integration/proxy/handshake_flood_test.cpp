// SPDX-License-Identifier: Apache-2.0
// Many who begin TLS handshakes with no mind to end them.
#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "proxy/porch.hpp"
#include "support/http.hpp"
#include "support/soon.hpp"
#include "support/tls_guest.hpp"

using namespace culvert::test;
using culvert::proxy::Porch;

namespace {

/// What a client sends first.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, Releases<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
  const std::unique_ptr<SSL, Releases<SSL_free>> client(SSL_new(context.get()));
  BIO* sent = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), sent);
  SSL_set_connect_state(client.get());
  SSL_do_handshake(client.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(sent, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

bool gets_in(const Proxy& proxy) {
  try {
    auto guest = Guest{}.connect(proxy);
    guest.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    return guest.read_head().starts_with("HTTP/1.1 20");
  } catch (const std::runtime_error&) {
    return false;
  }
}

struct Flooded {
  Flooded()
      : proxy("workers = 1\n" + std::string(allow_local) +
              listen_tls("certificate = " + files.put("own.pem", make_identity({}))) +
              "[timeouts]\ntls_handshake = \"10m\"\n") {}
  ListenFiles files;
  Origin origin;
  Proxy proxy;
};

}  // namespace

TEST_CASE("handshake flood: those who say nothing make room for others", "[tls]") {
  Flooded here;
  std::vector<Peer> silent;
  for (std::size_t i = 0; i < Porch::most + 50; ++i) silent.push_back(here.proxy.connect());
  CHECK(soon([&] { return gets_in(here.proxy); }));
  here.proxy.server().drain();
  CHECK(here.proxy.ended_within(Peer::patience));
}

TEST_CASE("handshake flood: a tunnel goes on beside it", "[tls]") {
  Flooded here;
  auto guest = Guest{}.connect(here.proxy);
  guest.send(connect_to(here.origin.authority()));
  CHECK(guest.read_head().starts_with("HTTP/1.1 200 "));
  auto server = here.origin.accept();

  std::atomic<bool> enough = false;
  std::jthread flood([&, hello = client_hello()] {
    while (!enough) {
      std::vector<Peer> many;
      for (int i = 0; i < 100; ++i) many.push_back(here.proxy.connect());
      for (auto& one : many) one.send(hello);
    }
  });
  for (int i = 0; i < 50; ++i) {
    guest.send("ping");
    CHECK(server.read_exactly(4) == "ping");
    server.send("pong");
    CHECK(guest.read_exactly(4) == "pong");
  }
  enough = true;
  flood.join();
  CHECK(soon([&] { return gets_in(here.proxy); }));
}
