// SPDX-License-Identifier: Apache-2.0
#include "base/idna.hpp"

#include <algorithm>
#include <memory>

#include <idn2.h>

#include <culvert/error.hpp>

#include "base/ascii.hpp"

namespace culvert {
namespace {

/// A name of 253 bytes has at most as many characters, of at most 4 bytes each.
constexpr std::size_t longest_utf8 = std::size_t{253} * 4 + 1;

struct Free {
  void operator()(std::uint8_t* bytes) const { idn2_free(bytes); }
};
using Bytes = std::unique_ptr<std::uint8_t, Free>;

bool has_a_label(std::string_view ascii) {
  for (auto at = ascii.find("xn--"); at != std::string_view::npos;
       at = ascii.find("xn--", at + 1)) {
    if (at == 0 || ascii[at - 1] == '.') return true;
  }
  return false;
}

struct LookedUp {
  int code;
  Bytes ascii;
};

LookedUp look_up(const std::string& utf8) {
  std::uint8_t* ascii = nullptr;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.c_str());
  const int code = idn2_lookup_u8(bytes, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  return {.code = code, .ascii = Bytes(ascii)};
}

/// Are all A-labels of this name ones that DNS may have?
bool decodes(const std::string& ascii) {
  const auto [code, again] = look_up(ascii);
  if (code == IDN2_DISALLOWED || code == IDN2_UNASSIGNED) return true;
  return code == IDN2_OK && ascii == reinterpret_cast<const char*>(again.get());
}

}  // namespace

Result<std::string> to_ascii(std::string_view utf8) {
  if (utf8.size() > longest_utf8 || utf8.contains('\0')) return fail(Errc::bad_host);
  std::string name(utf8);
  std::ranges::transform(name, name.begin(), lower);
  if (std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 128; })) {
    if (has_a_label(name) && !decodes(name)) return fail(Errc::bad_host);
    return name;
  }
  const auto [code, ascii] = look_up(name);
  if (code != IDN2_OK) return fail(Errc::bad_host);
  return std::string(reinterpret_cast<const char*>(ascii.get()));
}

}  // namespace culvert
