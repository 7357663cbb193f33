// SPDX-License-Identifier: Apache-2.0
#include "http2/engine_callbacks.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <culvert/http1/flaw.hpp>

namespace culvert::http2 {
namespace {

// RFC 9113 §6.5.2: what a field costs beside its bytes.
constexpr std::size_t field_overhead = 32;

// A head that is too large is answered. One that is so many times as large is no mistake: a byte
// can stand for a field of some KB (RFC 9113 §10.5.1), and all of them cost time.
constexpr std::size_t bomb_factor = 4;

/// True for what only a peer that breaks the rules of its stream is told.
bool blames_peer(std::uint32_t code) {
  return code == NGHTTP2_PROTOCOL_ERROR || code == NGHTTP2_FLOW_CONTROL_ERROR ||
         code == NGHTTP2_STREAM_CLOSED || code == NGHTTP2_FRAME_SIZE_ERROR ||
         code == NGHTTP2_REFUSED_STREAM;
}

Engine& engine_of(void* user) {
  return *static_cast<Engine*>(user);
}

Stream* stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool has_status(const FieldSection& fields) {
  return !fields.empty() && fields.front().name == ":status";
}

}  // namespace

int Engine::Callbacks::begin_headers(nghttp2_session* session, const nghttp2_frame* frame,
                                     void* user) {
  auto& engine = engine_of(user);
  engine.block_.clear();
  engine.block_bytes_ = 0;
  engine.block_flaw_ = {};
  const bool is_new =
      frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
  if (!is_new) return 0;
  auto* stream = engine.acceptor_.on_stream();
  if (stream == nullptr) {
    nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, refused_stream);
    return 0;
  }
  stream->id_ = frame->hd.stream_id;
  stream->window_ = engine.settings_.stream_window;
  stream->open_ = true;
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
  ++engine.streams_;
  return 0;
}

int Engine::Callbacks::header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                              const std::uint8_t* name, std::size_t name_bytes,
                              const std::uint8_t* value, std::size_t value_bytes,
                              std::uint8_t /*flags*/, void* user) {
  auto& engine = engine_of(user);
  engine.block_bytes_ += name_bytes + value_bytes + field_overhead;
  if (engine.block_bytes_ > bomb_factor * engine.settings_.head_bytes) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (engine.block_bytes_ > engine.settings_.head_bytes) {
    engine.block_flaw_ = http1::Flaw::head_too_large;
    FieldSection().swap(engine.block_);
  }
  if (engine.block_flaw_) return 0;
  engine.block_.push_back({.name = std::string(text_of(name, name_bytes)),
                           .value = std::string(text_of(value, value_bytes))});
  return 0;
}

int Engine::Callbacks::invalid_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                                      const std::uint8_t* /*name*/, std::size_t /*name_bytes*/,
                                      const std::uint8_t* /*value*/, std::size_t /*value_bytes*/,
                                      std::uint8_t /*flags*/, void* user) {
  auto& flaw = engine_of(user).block_flaw_;
  if (!flaw) flaw = http1::Flaw::bad_field_value;
  return 0;
}

int Engine::Callbacks::frame_received(nghttp2_session* session, const nghttp2_frame* frame,
                                      void* user) {
  auto& engine = engine_of(user);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS: engine_headers(engine, session, frame); break;
    case NGHTTP2_DATA:
      if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
        if (auto* stream = stream_of(session, frame->hd.stream_id)) {
          stream->ended_there_ = true;
          stream->on_end({});
        }
      }
      break;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
        engine.settled_ = true;
        engine.acceptor_.on_settings();
      }
      break;
    case NGHTTP2_RST_STREAM: engine.note_spoilt(); break;
    case NGHTTP2_GOAWAY: engine.acceptor_.on_goaway(frame->goaway.last_stream_id); break;
    default: break;
  }
  return 0;
}

void Engine::Callbacks::engine_headers(Engine& engine, nghttp2_session* session,
                                       const nghttp2_frame* frame) {
  auto* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr) return;
  const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (last) stream->ended_there_ = true;
  auto fields = std::exchange(engine.block_, {});
  const bool is_head = frame->headers.cat != NGHTTP2_HCAT_HEADERS ||
                       (engine.role_ == Role::client && has_status(fields));
  if (engine.block_flaw_) {
    stream->on_bad_head(engine.block_flaw_, last);
  } else if (is_head) {
    stream->on_head(std::move(fields), last);
  } else {
    stream->on_end(std::move(fields));
  }
}

int Engine::Callbacks::data_chunk(nghttp2_session* session, std::uint8_t /*flags*/, std::int32_t id,
                                  const std::uint8_t* data, std::size_t bytes, void* /*user*/) {
  nghttp2_session_consume_connection(session, bytes);
  if (auto* stream = stream_of(session, id)) {
    stream->on_data(text_of(data, bytes));
  } else {
    nghttp2_session_consume_stream(session, id, bytes);
  }
  return 0;
}

int Engine::Callbacks::stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code,
                                     void* user) {
  if (auto* stream = stream_of(session, id)) engine_of(user).close(*stream, code);
  return 0;
}

int Engine::Callbacks::frame_sent(nghttp2_session* session, const nghttp2_frame* frame,
                                  void* user) {
  auto& engine = engine_of(user);
  switch (frame->hd.type) {
    case NGHTTP2_GOAWAY: engine.note_error(frame->goaway.error_code); break;
    case NGHTTP2_RST_STREAM:
      if (blames_peer(frame->rst_stream.error_code)) engine.note_spoilt();
      break;
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS:
      if (auto* stream = stream_of(session, frame->hd.stream_id)) {
        const bool last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        engine.sent(*stream, frame->hd.type == NGHTTP2_DATA, last);
      }
      break;
    default: break;
  }
  return 0;
}

int Engine::Callbacks::frame_not_sent(nghttp2_session* session, const nghttp2_frame* frame, int why,
                                      void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  auto* stream = stream_of(session, frame->hd.stream_id);
  if (stream == nullptr) return 0;
  auto& engine = engine_of(user);
  if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    engine.close(*stream, NGHTTP2_REFUSED_STREAM);
  } else if (why == NGHTTP2_ERR_FRAME_SIZE_ERROR) {
    engine.reset(*stream, internal_error);
  }
  return 0;
}

ssize_t Engine::Callbacks::send_bytes(nghttp2_session* /*session*/, const std::uint8_t* data,
                                      std::size_t bytes, int /*flags*/, void* user) {
  auto& engine = engine_of(user);
  if (engine.output_->size() >= engine.output_most_) return NGHTTP2_ERR_WOULDBLOCK;
  engine.output_->append(text_of(data, bytes));
  return static_cast<ssize_t>(bytes);
}

ssize_t Engine::Callbacks::read_data(nghttp2_session* session, std::int32_t /*id*/,
                                     std::uint8_t* /*into*/, std::size_t most, std::uint32_t* flags,
                                     nghttp2_data_source* source, void* /*user*/) {
  auto& stream = *static_cast<Stream*>(source->ptr);
  const auto waiting = stream.unsent();
  const auto bytes = std::min(waiting, most);
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (bytes < waiting) return static_cast<ssize_t>(bytes);
  // The item goes with its last byte, so that an idle stream has none.
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  stream.last_of_item_ = true;
  stream.end_is_said_ = stream.ending_;
  if (!stream.ending_) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  if (stream.ending_ && stream.trailers_) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const auto list = name_values(*stream.trailers_);
    nghttp2_submit_trailer(session, stream.id_, list.data(), list.size());
    stream.trailers_.reset();
  }
  return static_cast<ssize_t>(bytes);
}

int Engine::Callbacks::send_data(nghttp2_session* /*session*/, nghttp2_frame* /*frame*/,
                                 const std::uint8_t* head, std::size_t bytes,
                                 nghttp2_data_source* source, void* user) {
  constexpr std::size_t head_bytes = 9;
  auto& engine = engine_of(user);
  if (engine.output_->size() >= engine.output_most_) return NGHTTP2_ERR_WOULDBLOCK;
  auto& stream = *static_cast<Stream*>(source->ptr);
  engine.output_->append(text_of(head, head_bytes));
  ++engine.data_frames_;
  if (bytes == 0) return 0;
  engine.output_->append(*stream.out_, stream.sent_, bytes);
  stream.sent_ += bytes;
  if (stream.sent_ == stream.out_->size()) {
    stream.out_.reset();
    stream.sent_ = 0;
  }
  stream.on_room();
  return 0;
}

std::vector<nghttp2_nv> name_values(const FieldSection& fields) {
  std::vector<nghttp2_nv> list;
  list.reserve(fields.size());
  for (const auto& [name, value] : fields) {
    // It copies them, and takes no const.
    list.push_back({.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                    .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
                    .namelen = name.size(),
                    .valuelen = value.size(),
                    .flags = NGHTTP2_NV_FLAG_NONE});
  }
  return list;
}

}  // namespace culvert::http2
