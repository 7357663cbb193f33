// SPDX-License-Identifier: Apache-2.0
// What it costs to look at a frame, masked as a client's are, in a stream that comes in pieces such
// as a worker reads. The argument is the size of the payload; bytes_per_second is of the stream.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include <culvert/websocket/frames.hpp>
#include <culvert/websocket/scanner.hpp>

using namespace culvert;

namespace {

constexpr std::size_t read_bytes = 16UL * 1024;  // as Relays::scratch_bytes

char byte(std::size_t value) {
  return static_cast<char>(value & 0xff);
}

std::string frame(std::uint8_t opcode, std::size_t payload) {
  std::string made{byte(0x80U | opcode)};
  if (payload < 126) {
    made += byte(0x80 | payload);
  } else if (payload <= 0xffff) {
    made += {byte(0x80 | 126), byte(payload >> 8), byte(payload)};
  } else {
    made += byte(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) made += byte(payload >> shift);
  }
  return made + "mask" + std::string(payload, 'x');
}

/// A frame again and again.
class Stream {
 public:
  Stream(std::uint8_t opcode, std::size_t payload) {
    const auto one = frame(opcode, payload);
    while (bytes_.size() < 1UL << 20) bytes_ += one;
    frame_bytes_ = one.size();
  }

  /// What is left of a read.
  std::string_view next() const {
    return std::string_view(bytes_).substr(at_, read_bytes - at_ % read_bytes);
  }
  void use(std::size_t bytes) {
    at_ += bytes;
    if (at_ == bytes_.size()) at_ = 0;
  }
  std::size_t frame_bytes() const { return frame_bytes_; }

 private:
  std::string bytes_;
  std::size_t frame_bytes_ = 0;
  std::size_t at_ = 0;
};

/// An iteration is a frame.
template <class Seer>
void run(benchmark::State& state, std::uint8_t opcode) {
  Stream stream(opcode, static_cast<std::size_t>(state.range(0)));
  Seer seer;
  for (auto _ : state) {
    for (bool end = false; !end;) {
      const auto step = seer.step(stream.next());
      stream.use(step.used);
      end = step.end;
    }
  }
  benchmark::DoNotOptimize(seer);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.frame_bytes()));
}

/// Where frames begin and end.
void frames_of(benchmark::State& state) {
  run<websocket::Frames>(state, websocket::opcode_binary);
}
/// The same, and what control frames say.
void scanner_of(benchmark::State& state) {
  run<websocket::Scanner>(state, websocket::opcode_binary);
}
void scanner_of_pings(benchmark::State& state) {
  run<websocket::Scanner>(state, websocket::opcode_ping);
}

BENCHMARK(frames_of)->Arg(64)->Arg(1024)->Arg(64L * 1024);
BENCHMARK(scanner_of)->Arg(64)->Arg(1024)->Arg(64L * 1024);
BENCHMARK(scanner_of_pings)->Arg(0)->Arg(64)->Arg(125);

}  // namespace
