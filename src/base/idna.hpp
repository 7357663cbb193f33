// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <culvert/result.hpp>

namespace culvert {

/// A host name as people write it, in UTF-8, as DNS has it: each label that is not ASCII as its
/// A-label ("xn--..."), in lower case. UTS #46 non-transitional, as browsers do: full-width letters
/// and dots and upper case become what they stand for, combining sequences are composed, soft
/// hyphens go, ß and the final sigma stay themselves. Underscores and other ASCII signs stay, too
/// (UseSTD3ASCIIRules is off): Host::parse is to be asked what is a name, and also whether it is an
/// address.
///
/// What IDNA 2008 forbids is Errc::bad_host: symbols and unassigned code points, joiners out of
/// context (RFC 5892 appendix A), mixed directions (RFC 5893), a leading combining mark or hyphen,
/// labels that are too long once encoded. So is a label that begins with "xn--" and does not decode
/// to what encodes to it again; but one that does may hold symbols or what newer versions of
/// Unicode have, since DNS has such names.
Result<std::string> to_ascii(std::string_view utf8);

}  // namespace culvert
