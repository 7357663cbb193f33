// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <culvert/http1/body.hpp>
#include <culvert/http1/head.hpp>

/// The parts that heads of requests and of responses are written with.
namespace culvert::http1 {

/// Bytes that a head with these fields will hardly exceed, so that it is one allocation.
std::size_t room_for(const Fields& fields);

void write_field(std::string& out, std::string_view name, std::string_view value);

void write_length(std::string& out, std::uint64_t length);

/// The one place that says how a body is framed.
void write_framing(std::string& out, const Framing& framing);

/// The version is that of the message as it came to us.
void write_via(std::string& out, Version received, std::string_view pseudonym);

/// Connection with those of these options that are not empty; nothing if all are.
void write_options(std::string& out, std::initializer_list<std::string_view> options);

}  // namespace culvert::http1
