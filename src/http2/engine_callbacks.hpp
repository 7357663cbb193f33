// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "http2/engine.hpp"

namespace culvert::http2 {

/// What nghttp2 calls, as its documentation of each says; `user` is the engine.
struct Engine::Callbacks {
  static int begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                    std::uint8_t flags, void* user);
  /// nghttp2 would leave the field out, and go on.
  static int invalid_header(nghttp2_session* session, const nghttp2_frame* frame,
                            const std::uint8_t* name, std::size_t name_bytes,
                            const std::uint8_t* value, std::size_t value_bytes, std::uint8_t flags,
                            void* user);
  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  static void engine_headers(Engine& engine, nghttp2_session* session, const nghttp2_frame* frame);
  static int data_chunk(nghttp2_session* session, std::uint8_t flags, std::int32_t id,
                        const std::uint8_t* data, std::size_t bytes, void* user);
  static int stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code,
                           void* user);
  static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user);
  /// A stream that was to be opened, and cannot be any more; or a head that is too large to go: its
  /// stream would wait for it for ever.
  static int frame_not_sent(nghttp2_session* session, const nghttp2_frame* frame, int why,
                            void* user);
  static ssize_t send_bytes(nghttp2_session* session, const std::uint8_t* data, std::size_t bytes,
                            int flags, void* user);
  /// How much of a stream's bytes goes into the next frame; send_data() takes them.
  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t* into,
                           std::size_t most, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user);
  static int send_data(nghttp2_session* session, nghttp2_frame* frame, const std::uint8_t* head,
                       std::size_t bytes, nghttp2_data_source* source, void* user);
};

/// A section as nghttp2 takes it: looks into `fields`.
std::vector<nghttp2_nv> name_values(const FieldSection& fields);

}  // namespace culvert::http2
