// SPDX-License-Identifier: Apache-2.0
// What the policy costs: one look-up in sets of 10 to a million names, loading a million, and
// deciding among many rules. Names that are looked up are drawn from the whole set, so that
// the caches hold no more of it than they would in service.
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <culvert/policy.hpp>

using namespace culvert;
using namespace culvert::policy;

namespace {

/// What is allocated and not yet freed. The size stands in front of each block.
std::size_t allocated_bytes = 0;
constexpr std::size_t front_bytes = alignof(std::max_align_t);

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-no-malloc): this is what stands in for malloc
void* operator new(std::size_t size) {
  void* block = std::malloc(size + front_bytes);
  if (block == nullptr) throw std::bad_alloc();
  *static_cast<std::size_t*>(block) = size;
  allocated_bytes += size;
  return static_cast<char*>(block) + front_bytes;
}

void operator delete(void* given) noexcept {
  if (given == nullptr) return;
  void* block = static_cast<char*>(given) - front_bytes;
  allocated_bytes -= *static_cast<std::size_t*>(block);
  std::free(block);
}

void operator delete(void* given, std::size_t /*size*/) noexcept {
  ::operator delete(given);
}
// NOLINTEND(cppcoreguidelines-no-malloc)

namespace {

constexpr std::size_t million = 1'000'000;
constexpr std::size_t looked_up = 1 << 16;

using Random = std::mt19937_64;

std::string label(Random& random, std::size_t shortest, std::size_t longest) {
  std::string made(std::uniform_int_distribution(shortest, longest)(random), 'a');
  for (auto& c : made) c = static_cast<char>('a' + std::uniform_int_distribution(0, 25)(random));
  return made;
}

/// A name such as block lists have: 8 to 35 bytes, 20 on the average.
std::string name(Random& random) {
  static constexpr const char* ends[] = {".com", ".net", ".org", ".example", ".co.uk"};
  auto made = label(random, 4, 16) + ends[random() % 5];
  if (random() % 3 != 0) made = label(random, 2, 9) + "." + made;
  return made;
}

/// As lines of a file: plain, and some with what stands below them.
std::string lines(std::size_t count) {
  Random random(count);
  std::string made;
  for (std::size_t i = 0; i < count; ++i) {
    const auto kind = random() % 4;
    made += (kind == 0 ? "*." : kind == 1 ? "." : "") + name(random) + "\n";
  }
  return made;
}

HostSet load(const std::string& text) {
  HostSet set;
  std::istringstream file(text);
  for (std::string line; std::getline(file, line);) set.add(HostPattern::parse(line).value());
  return set;
}

const HostSet& set_of(std::size_t count) {
  static std::vector<std::pair<std::size_t, std::unique_ptr<HostSet>>> made;
  for (const auto& [size, set] : made) {
    if (size == count) return *set;
  }
  made.emplace_back(count, std::make_unique<HostSet>(load(lines(count))));
  return *made.back().second;
}

/// Hosts that the set of so many has, with `prefix` before those that have more below them.
std::vector<Host> hosts_in(std::size_t count, const std::string& prefix) {
  std::vector<Host> all;
  std::istringstream file(lines(count));
  for (std::string line; std::getline(file, line);) {
    const bool has_below = line.starts_with('*') || line.starts_with('.');
    const auto bare = line.substr(line.starts_with('*') ? 2 : line.starts_with('.') ? 1 : 0);
    all.push_back(Host::parse(has_below ? prefix + bare : bare).value());
  }
  Random random(7);
  std::vector<Host> picked;
  for (std::size_t i = 0; i < looked_up; ++i) picked.push_back(all[random() % all.size()]);
  return picked;
}

std::vector<Host> strangers(const std::string& prefix) {
  Random random(99);
  std::vector<Host> made;
  for (std::size_t i = 0; i < looked_up; ++i) {
    made.push_back(Host::parse(prefix + name(random)).value());
  }
  return made;
}

void look_up(benchmark::State& state, const std::vector<Host>& hosts) {
  const auto& set = set_of(static_cast<std::size_t>(state.range(0)));
  std::size_t next = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    const bool matches = set.matches(hosts[next++ % looked_up]);
    benchmark::DoNotOptimize(found += matches ? 1 : 0);
  }
  state.counters["found"] = static_cast<double>(found) / static_cast<double>(state.iterations());
}

constexpr const char* deep = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.";

void match_hit(benchmark::State& state) {
  look_up(state, hosts_in(static_cast<std::size_t>(state.range(0)), "www."));
}
void match_hit_deep(benchmark::State& state) {
  look_up(state, hosts_in(static_cast<std::size_t>(state.range(0)), deep));
}
void match_miss(benchmark::State& state) {
  look_up(state, strangers("www."));
}
void match_miss_deep(benchmark::State& state) {
  look_up(state, strangers(deep));
}

void match_address(benchmark::State& state) {
  Random random(5);
  HostSet set;
  std::vector<Address> addresses;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    const auto address = Address::v4(static_cast<std::uint32_t>(random()));
    set.add(HostPattern::parse(address.text()).value());
    if (addresses.size() < looked_up) addresses.push_back(address);
  }
  for (const auto* network : {"10.0.0.0/8", "192.168.0.0/16", "198.51.100.0/24", "fd00::/8"}) {
    set.add(HostPattern::parse(network).value());
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.matches(addresses[next++ % addresses.size()]));
  }
}

/// From lines in memory to a set, and its canonical text.
void load_million(benchmark::State& state) {
  const auto text = lines(million);
  for (auto _ : state) {
    const auto before = allocated_bytes;
    const auto set = load(text);
    state.counters["bytes_a_name"] =
        static_cast<double>(allocated_bytes - before) / static_cast<double>(set.size());
    benchmark::DoNotOptimize(set.size());
  }
}

void canonical_million(benchmark::State& state) {
  const auto& set = set_of(million);
  Rule rule;
  rule.name = "million";
  rule.hosts = {{.set = "million", .hosts = std::make_shared<const HostSet>(set)}};
  const Policy policy({rule}, Action::deny);
  std::size_t bytes = 0;
  for (auto _ : state) {
    write_canonical(policy, [&bytes](std::string_view piece) { bytes += piece.size(); });
  }
  benchmark::DoNotOptimize(bytes);
}

/// Rules of three hosts each, for one of 16 client networks; the last one lets everybody pass.
void decide(benchmark::State& state) {
  Random random(3);
  std::vector<Rule> rules;
  for (std::int64_t i = 1; i < state.range(0); ++i) {
    Rule rule;
    rule.name = "rule " + std::to_string(i);
    HostSet hosts;
    for (int j = 0; j < 3; ++j) hosts.add(HostPattern::parse("*." + name(random)).value());
    rule.hosts = {{.set = {}, .hosts = std::make_shared<const HostSet>(std::move(hosts))}};
    rule.clients = {Network(Address::v4(0x0a000000U + (static_cast<unsigned>(i % 16) << 16U)), 16)};
    rules.push_back(std::move(rule));
  }
  rules.emplace_back().name = "rest";
  const Policy policy(std::move(rules), Action::deny);
  std::vector<Authority> targets;
  for (auto& host : strangers("www.")) targets.push_back({.host = host, .port = Port::of(443)});
  std::size_t next = 0;
  for (auto _ : state) {
    const auto client = Address::v4(0x0a000001U + (static_cast<unsigned>(next % 16) << 16U));
    const Question question{.client = &client, .target = targets[next++ % looked_up]};
    benchmark::DoNotOptimize(policy.decide(question).allowed);
  }
}

BENCHMARK(match_hit)->Arg(10)->Arg(1000)->Arg(million);
BENCHMARK(match_hit_deep)->Arg(10)->Arg(1000)->Arg(million);
BENCHMARK(match_miss)->Arg(10)->Arg(1000)->Arg(million);
BENCHMARK(match_miss_deep)->Arg(10)->Arg(1000)->Arg(million);
BENCHMARK(match_address)->Arg(10)->Arg(1000)->Arg(million);
BENCHMARK(load_million)->Unit(benchmark::kMillisecond);
BENCHMARK(canonical_million)->Unit(benchmark::kMillisecond);
BENCHMARK(decide)->Arg(10)->Arg(1000);

}  // namespace
