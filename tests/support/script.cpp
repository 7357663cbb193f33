// SPDX-License-Identifier: Apache-2.0
#include "support/script.hpp"

#include <stdexcept>
#include <system_error>

#include "support/http.hpp"
#include "support/proxy.hpp"

namespace culvert::test {
namespace {

using namespace std::chrono_literals;

constexpr auto moment = 30ms;

std::string rules(std::string_view more) {
  return "[[rule]]\nname = \"no\"\naction = \"deny\"\nhosts = [\"denied.test\"]\n" +
         std::string(allow_local) + "[http]\nvia = \"here\"\n" + std::string(more);
}

[[noreturn]] void differ(const std::string& what, const std::string& want,
                         const std::string& have) {
  throw std::runtime_error(what + "\n--- wanted:\n" + want + "\n--- came:\n" + have);
}

/// One row, under way.
class Play {
 public:
  explicit Play(std::string_view more) : proxy_(rules(more)), client_(proxy_.connect()) {}

  void step(const Step& step);
  void end(Client client);
  void end(Upstream upstream);

 private:
  std::string filled(std::string text) const;
  void expect_end_of_upstream();
  void expect(Peer& peer, const std::string& who, const std::string& text);
  static void expect_page(const Response& response, const std::string& text);
  void serve_again();
  void send(std::string_view bytes, std::size_t piece_bytes);
  Peer& upstream_for(const std::string& text);
  bool comes_anew();

  Proxy proxy_;
  Origin origin_;
  Peer client_;
  Peer upstream_{-1};
  bool reached_ = false;    // upstream_ is a connection
  std::vector<Peer> left_;  // those before it, which stay as they are
};

std::string Play::filled(std::string text) const {
  static constexpr std::string_view mark = "{origin}";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), origin_.authority());
  }
  return text;
}

/// The connection on which this is to arrive. A head begins an exchange, which may go over the
/// connection that there is, or over a new one.
Peer& Play::upstream_for(const std::string& text) {
  const bool begins = text.contains("\r\nVia: ");
  if (begins && reached_ && !keeps_upstreams) expect_end_of_upstream();
  if (!reached_ || (begins && comes_anew())) {
    if (reached_) left_.push_back(std::move(upstream_));
    upstream_ = origin_.accept();
  }
  reached_ = true;
  return upstream_;
}

/// Waits for the next exchange: true when it has a connection of its own.
bool Play::comes_anew() {
  for (const auto until = std::chrono::steady_clock::now() + Peer::patience;
       std::chrono::steady_clock::now() < until;) {
    if (!origin_.unvisited_for(1ms)) return true;
    if (!upstream_.silent_for(1ms) && !upstream_.at_end()) return false;
  }
  return false;
}

void Play::expect_end_of_upstream() {
  const auto rest = upstream_.read_rest();
  if (!rest.empty()) differ("origin", "", rest);
  reached_ = false;
}

void Play::expect(Peer& peer, const std::string& who, const std::string& text) {
  const auto want = filled(text);
  std::string have;
  try {
    while (have.size() < want.size()) have += peer.read_exactly(1);
  } catch (const std::exception& error) {
    differ(who + ": " + error.what(), want, have);
  }
  if (have != want) differ(who, want, have + "...");
}

void Play::expect_page(const Response& response, const std::string& text) {
  const auto status = text.substr(0, 3);
  const auto error = "error=" + text.substr(4);
  if (std::to_string(response.status()) != status ||
      !response.field("Proxy-Status").contains(error)) {
    differ("the proxy's page", text, response.head);
  }
}

void Play::send(std::string_view bytes, std::size_t piece_bytes) {
  while (piece_bytes != 0 && bytes.size() > piece_bytes) {
    client_.send(bytes.substr(0, piece_bytes));
    bytes.remove_prefix(piece_bytes);
  }
  client_.send(bytes);
}

void Play::step(const Step& step) {
  switch (step.what) {
    case Do::client_sends: return send(filled(step.text), step.piece_bytes);
    case Do::client_finishes: return client_.finish();
    case Do::client_gets: return expect(client_, "client", step.text);
    case Do::client_gets_page: return expect_page(read_response(client_), step.text);
    case Do::client_gets_page_head:
      return expect_page({.head = client_.read_head(), .body = {}}, step.text);
    case Do::origin_gets: return expect(upstream_for(step.text), "origin", step.text);
    case Do::origin_sends: return upstream_.send(filled(step.text));
    case Do::origin_closes: return upstream_.finish();
    case Do::origin_is_left: return expect_end_of_upstream();
    case Do::quiet:
      if (!client_.silent_for(moment)) differ("client", "nothing", "something");
      if (reached_ && !upstream_.silent_for(moment)) differ("origin", "nothing", "something");
      return;
  }
}

/// Had anything else come on the client's connection, this would not be the next answer.
void Play::serve_again() {
  step({Do::client_sends, asks("GET http://{origin}/again HTTP/1.1")});
  step({Do::origin_gets, arrived("GET /again HTTP/1.1")});
  step({Do::origin_sends, answers("200 OK", "Content-Length: 5\r\n", "again")});
  step({Do::client_gets, got("200 OK", "Content-Length: 5\r\n", "again")});
}

void Play::end(Client client) {
  switch (client) {
    case Client::served: return serve_again();
    case Client::closed:
      if (const auto rest = client_.read_to_end(); !rest.empty()) differ("client", "", rest);
      return;
    case Client::reset:
      if (!client_.ends_with_reset()) differ("client", "a reset", "an end in order");
      return;
  }
}

void Play::end(Upstream upstream) {
  switch (upstream) {
    case Upstream::kept:
      if (keeps_upstreams) {
        if (!upstream_.silent_for(moment)) differ("origin", "nothing", "something");
        return;
      }
      [[fallthrough]];
    case Upstream::closed: return expect_end_of_upstream();
    case Upstream::reset:
      if (!upstream_.ends_with_reset()) differ("origin", "a reset", "an end in order");
      reached_ = false;
      return;
    case Upstream::never:
      if (reached_ || !origin_.unvisited_for(0ms)) differ("origin", "nobody", "a connection");
      return;
  }
}

}  // namespace

void play(const Row& row, std::string_view more) {
  Play play(more);
  for (const auto& step : row.steps) play.step(step);
  // An upstream that must be closed is looked at first: another request must not revive it.
  const bool kept = row.upstream == Upstream::kept;
  if (!kept) play.end(row.upstream);
  play.end(row.client);
  if (kept) play.end(row.upstream);
}

}  // namespace culvert::test
