// SPDX-License-Identifier: Apache-2.0
#include "http2/engine.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include <culvert/error.hpp>

#include "http2/engine_callbacks.hpp"

namespace culvert::http2 {
namespace {

// Resets are counted by us, since nghttp2 has no number for those that it is made to send, and
// calls a flood of the others INTERNAL_ERROR.
constexpr std::uint64_t no_limit = 1UL << 40;

// What is queued for a peer that takes nothing: so much for the connection, and for each stream.
constexpr std::size_t most_queued = 1000;
constexpr std::size_t most_queued_a_stream = 4;

/// The largest head that is sent, and nghttp2's estimate of it is a generous one: what comes from
/// the other side of the proxy was held to `head_bytes` there, and has some fields of ours.
std::size_t most_head_bytes(const Settings& settings) {
  return 4 * settings.head_bytes + 64UL * 1024;
}

struct OptionDelete {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDelete {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};

std::unique_ptr<nghttp2_option, OptionDelete> options_for(const Settings& settings) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
  std::unique_ptr<nghttp2_option, OptionDelete> option(made);
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_stream_reset_rate_limit(made, no_limit, no_limit);
  nghttp2_option_set_max_send_header_block_length(made, most_head_bytes(settings));
  nghttp2_option_set_max_continuations(made, settings.continuations);
  // Priorities cost memory and time and are not used (RFC 9113 §5.3.2).
  nghttp2_option_set_server_fallback_rfc7540_priorities(made, 0);
  return option;
}

}  // namespace

void Engine::Free::operator()(nghttp2_session* session) const {
  nghttp2_session_del(session);
}

Engine::Engine(Role role, const Settings& settings, Acceptor& acceptor)
    : settings_(settings), acceptor_(acceptor), role_(role) {
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
  const std::unique_ptr<nghttp2_session_callbacks, CallbacksDelete> callbacks(made);
  nghttp2_session_callbacks_set_on_begin_headers_callback(made, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(made, Callbacks::header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(made, Callbacks::invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(made, Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, Callbacks::data_chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, Callbacks::stream_closed);
  nghttp2_session_callbacks_set_on_frame_send_callback(made, Callbacks::frame_sent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(made, Callbacks::frame_not_sent);
  nghttp2_session_callbacks_set_send_callback(made, Callbacks::send_bytes);
  nghttp2_session_callbacks_set_send_data_callback(made, Callbacks::send_data);

  const auto option = options_for(settings);
  nghttp2_session* session = nullptr;
  const int failed = role == Role::server
                         ? nghttp2_session_server_new2(&session, made, this, option.get())
                         : nghttp2_session_client_new2(&session, made, this, option.get());
  if (failed != 0) throw std::bad_alloc();
  session_.reset(session);

  std::vector<nghttp2_settings_entry> entries = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(settings.head_bytes)}};
  if (role == Role::server) {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams});
    if (settings.extended_connect) {
      entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    }
    entries.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
  } else {
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings.connection_window));
}

Engine::~Engine() = default;

Result<void> Engine::receive(std::string_view bytes) {
  const auto taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken >= 0 && !is_overfull()) return {};
  // Only of a flood, or of what is no HTTP/2 at all, nghttp2 says nothing to the peer itself; of
  // answers that nobody takes it only counts those to PING and SETTINGS.
  const bool is_no_http2 = taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC;
  terminate(is_no_http2 ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
  return fail(Errc::http_protocol_error);
}

/// More waits to be sent than a peer that reads lets pile up.
bool Engine::is_overfull() const {
  const auto streams = std::max<std::size_t>(settings_.max_streams, streams_);
  return nghttp2_session_get_outbound_queue_size(session_.get()) >
         most_queued + most_queued_a_stream * streams;
}

void Engine::send(std::string& into, std::size_t most) {
  output_ = &into;
  output_most_ = most;
  nghttp2_session_send(session_.get());
  output_ = nullptr;
}

bool Engine::wants_to_send() const {
  return nghttp2_session_want_write(session_.get()) != 0;
}

bool Engine::done() const {
  return nghttp2_session_want_read(session_.get()) == 0 && !wants_to_send();
}

bool Engine::open(Stream& stream, const FieldSection& head, bool last) {
  const auto list = name_values(head);
  const auto flags = static_cast<std::uint8_t>(last ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE);
  const auto id =
      nghttp2_submit_headers(session_.get(), flags, -1, nullptr, list.data(), list.size(), &stream);
  if (id < 0) return false;
  stream.id_ = id;
  stream.window_ = settings_.stream_window;
  stream.ending_ = stream.end_is_said_ = last;
  ++streams_;
  return true;
}

void Engine::head(Stream& stream, const FieldSection& fields, bool last) {
  const auto list = name_values(fields);
  const auto flags = static_cast<std::uint8_t>(last ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE);
  nghttp2_submit_headers(session_.get(), flags, stream.id_, nullptr, list.data(), list.size(),
                         nullptr);
  if (last) stream.ending_ = stream.end_is_said_ = true;
}

void Engine::write(Stream& stream, std::string_view bytes) {
  if (bytes.empty()) return;
  if (!stream.out_) stream.out_ = std::make_unique<std::string>();
  auto& out = *stream.out_;
  if (stream.sent_ > out.size() / 2) {
    out.erase(0, stream.sent_);
    stream.sent_ = 0;
  }
  out.append(bytes);
  go_on(stream);
}

/// A stream that is not open yet goes on when it is.
void Engine::go_on(Stream& stream) {
  const bool has_to_say = stream.out_ || (stream.ending_ && !stream.end_is_said_);
  if (has_to_say && stream.open_ && !stream.sending_) begin_data(stream);
}

void Engine::begin_data(Stream& stream) {
  stream.sending_ = true;
  const nghttp2_data_provider provider{.source = {.ptr = &stream},
                                       .read_callback = Callbacks::read_data};
  nghttp2_submit_data(session_.get(), NGHTTP2_FLAG_END_STREAM, stream.id_, &provider);
}

void Engine::end(Stream& stream, const FieldSection& trailers) {
  if (std::exchange(stream.ending_, true)) return;
  if (!trailers.empty()) stream.trailers_ = std::make_unique<FieldSection>(trailers);
  go_on(stream);
}

/// A frame with something of the stream has gone.
void Engine::sent(Stream& stream, bool data, bool last) {
  if (data && std::exchange(stream.last_of_item_, false)) stream.sending_ = false;
  if (last) stream.ended_here_ = true;
  if (last && stream.reset_after_end_ && !stream.ended_there_) reset(stream, unwanted());
  stream.open_ = true;
  if (!last) go_on(stream);
}

void Engine::end_all(Stream& stream) {
  stream.reset_after_end_ = true;
  end(stream, {});
  if (stream.ended_here_ && !stream.ended_there_) reset(stream, unwanted());
}

/// What a peer hears whose bytes are not wanted any more: that the answer is whole, from a server
/// alone (RFC 9113 §8.1).
std::uint32_t Engine::unwanted() const {
  return role_ == Role::server ? no_error : cancel;
}

void Engine::reset(Stream& stream, std::uint32_t code) {
  if (stream.id_ == 0) return;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, code);
}

/// Who has used a whole window and left nothing of it may have twice as much: a window is what may
/// be under way in one round trip. (Only once it is used does that show: all of a window may come
/// in one piece.)
void Engine::consume(Stream& stream, std::size_t bytes) {
  nghttp2_session_consume_stream(session_.get(), stream.id_, bytes);
  stream.since_growth_ += static_cast<std::uint32_t>(bytes);
  if (stream.since_growth_ < stream.window_ || !stream.keeps_up()) return;
  stream.since_growth_ = 0;
  widen(stream);
}

void Engine::widen(Stream& stream) {
  const auto wider = std::min(stream.window_ * 2, settings_.widest_window);
  if (wider <= stream.window_ || widened_ + (wider - stream.window_) > settings_.most_widened) {
    return;
  }
  widened_ += wider - stream.window_;
  stream.window_ = wider;
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, stream.id_,
                                        static_cast<std::int32_t>(wider));
}

void Engine::close(Stream& stream, std::uint32_t code) {
  nghttp2_session_set_stream_user_data(session_.get(), stream.id_, nullptr);
  --streams_;
  widened_ -= std::max(stream.window_, settings_.stream_window) - settings_.stream_window;
  const bool whole = stream.ended_here_ && stream.ended_there_;
  if (!whole) {
    stream.out_.reset();
    stream.sent_ = 0;
    stream.on_reset(code);
  }
  stream.on_closed();
}

void Engine::announce_end() {
  nghttp2_submit_shutdown_notice(session_.get());
}

void Engine::refuse_new_streams() {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

/// The first one says what happened; others come of it.
void Engine::note_error(std::uint32_t code) {
  if (error_ == no_error) error_ = code;
}

/// What an origin resets was begun here.
void Engine::note_spoilt() {
  if (role_ == Role::server) ++spoilt_;
}

void Engine::terminate(std::uint32_t code) {
  note_error(code);
  nghttp2_session_terminate_session(session_.get(), code);
}

void Engine::ping() {
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
}

bool Engine::takes_extended_connect() const {
  return nghttp2_session_get_remote_settings(session_.get(),
                                             NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

std::uint32_t Engine::most_streams() const {
  return nghttp2_session_get_remote_settings(session_.get(),
                                             NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

const char* name_of_code(std::uint32_t code) {
  return nghttp2_http2_strerror(code);
}

}  // namespace culvert::http2
