// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <culvert/result.hpp>

/// HTTP/1 message heads (RFC 9112), read strictly: bytes in, views into these bytes out, no I/O.
///
/// A head is read in two steps. HeadScanner looks at bytes as they come and says where the head
/// ends, or that it can never become one; parse_request and parse_response then read the whole head
/// at once. Nothing is repaired on the way: what two parsers could read in two ways is a Flaw.
namespace culvert::http1 {

enum class Version : std::uint8_t { http10, http11 };

/// How large a head may be.
struct HeadLimits {
  std::size_t head_bytes = 64UL * 1024;    ///< start line and fields, with their line ends
  std::size_t target_bytes = 16UL * 1024;  ///< the request target alone
  std::size_t fields = 200;
};

/// Finds the end of a head in bytes that arrive in any pieces. Each byte is looked at once.
class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits = {}) : limits_(limits) {}

  /// `received` is everything received so far for this head, from its first byte; it only ever
  /// grows between calls. Returns the length of the head, with its final empty line, once it is
  /// there; nullopt while more is needed. Fails as early as the bytes allow: Flaw::bare_line_end,
  /// forbidden_byte, head_too_large, target_too_long. One CRLF before the start line counts as part
  /// of the head (RFC 9112 §2.2).
  Result<std::optional<std::size_t>> scan(std::string_view received);

 private:
  enum class Word : std::uint8_t { method, target, rest };

  bool target_fits(std::string_view seen);
  bool ends_head(std::size_t line_end);

  HeadLimits limits_;
  std::size_t looked_at_ = 0;   ///< all bytes before this one are done with
  std::size_t line_start_ = 0;  ///< of the line that looked_at_ is in
  std::size_t word_start_ = 0;  ///< of the word of the start line that is being read
  Word word_ = Word::method;
};

/// One field line. The value has no white space around it. Both are views into the head.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// The fields of a head in their order, with repeats and case as received.
class Fields {
 public:
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }
  void add(Field field) { fields_.push_back(field); }
  void reserve(std::size_t fields) { fields_.reserve(fields); }

  /// How many field lines have this name, whatever its case.
  std::size_t count(std::string_view name) const;
  /// The value of the first line with this name; nullopt if there is none.
  std::optional<std::string_view> first(std::string_view name) const;
  /// True when the comma-separated lists of all lines with this name hold `token`, whatever its
  /// case (RFC 9110 §5.6.1). `a, b` and two lines are the same; `a;q=1` is not the token `a`.
  bool has_token(std::string_view name, std::string_view token) const;

 private:
  std::vector<Field> fields_;
};

struct RequestHead {
  std::string_view method;
  std::string_view target;  ///< as received; target.hpp reads it
  Version version = Version::http11;
  Fields fields;
};

struct ResponseHead {
  Version version = Version::http11;
  int status = 0;  ///< 100 to 599 (RFC 9110 §15: others are invalid)
  std::string_view reason;
  Fields fields;
};

/// Reads a whole head, as HeadScanner measured it. The result looks into `head`, which must outlive
/// it. Methods are any token; versions are HTTP/1.0 and HTTP/1.1 (another HTTP/x.y is
/// Flaw::bad_version). A target is visible ASCII. Field values may hold visible bytes, space, tab
/// and bytes above 127 (obs-text). Connection may name no more options than a head may have fields,
/// else Flaw::too_many_fields. One CRLF before a request line is passed over (RFC 9112 §2.2). A
/// response may have no reason, and then no space before it either.
Result<RequestHead> parse_request(std::string_view head, const HeadLimits& limits = {});
Result<ResponseHead> parse_response(std::string_view head, const HeadLimits& limits = {});

/// ASCII case-insensitive equality, the comparison of field names and tokens.
bool same_token(std::string_view a, std::string_view b) noexcept;

}  // namespace culvert::http1
