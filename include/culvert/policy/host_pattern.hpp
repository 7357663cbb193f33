// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <culvert/address.hpp>
#include <culvert/authority.hpp>
#include <culvert/result.hpp>

namespace culvert::policy {

/// One entry of `hosts`.
class HostPattern {
 public:
  enum class Reach : std::uint8_t { exact, below, at_and_below, all };
  struct Name {
    std::string name;  ///< empty for Reach::all
    Reach reach;
    friend bool operator==(const Name&, const Name&) = default;
  };

  /// Reads `example.com` (exactly), `*.example.com` (below it), `.example.com` (it and below), an
  /// address in any spelling, or a network. `*` alone is every host. Names are in UTF-8 and
  /// normalised: what is not ASCII becomes its A-label ("bücher.example" is
  /// "xn--bcher-kva.example"; UTS #46, non-transitional, as browsers do), upper case lower case,
  /// and one trailing dot goes. A name that IDNA forbids is Errc::bad_host, and so is "xn--" with
  /// something behind it that does not decode. Else Errc::bad_host or bad_network; `*` inside a
  /// label is Errc::bad_host.
  static Result<HostPattern> parse(std::string_view text);

  bool matches(const Host& host) const;
  /// Only networks match here; names and `*` do not.
  bool matches(const Address& address) const;
  std::string text() const;

  /// Null when it is a network.
  const Name* name() const { return std::get_if<Name>(&what_); }
  /// Null when it is a name. A single address is a network of its own.
  const Network* network() const { return std::get_if<Network>(&what_); }

 private:
  explicit HostPattern(std::variant<Name, Network> what) : what_(std::move(what)) {}
  std::variant<Name, Network> what_;
};

}  // namespace culvert::policy
