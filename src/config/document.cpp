// SPDX-License-Identifier: Apache-2.0
#include "config/document.hpp"

#include <algorithm>

#include <toml++/toml.h>

namespace culvert::config {
namespace {

/// Walks toml++'s tree. Its depth is bounded by toml++ (TOML_MAX_NESTED_VALUES).
class Walk {
 public:
  explicit Walk(std::string_view name) : name_(name) {}

  Table table(const toml::table& from) const {
    Table made;
    for (const auto& [key, node] : from) {
      made.push_back({std::string(key.str()), place(key.source()), value(node)});
    }
    std::ranges::sort(made, {}, [](const Entry& entry) {
      return std::pair(entry.place.line, entry.place.column);
    });
    return made;
  }

 private:
  Place place(const toml::source_region& where) const {
    return {.source = name_, .line = where.begin.line, .column = where.begin.column};
  }

  List list(const toml::array& from) const {
    List made;
    for (const auto& node : from) made.push_back(value(node));
    return made;
  }

  Value value(const toml::node& node) const {
    return {.what = what(node), .place = place(node.source())};
  }

  decltype(Value::what) what(const toml::node& node) const {
    switch (node.type()) {
      case toml::node_type::table: return table(*node.as_table());
      case toml::node_type::array: return list(*node.as_array());
      case toml::node_type::string: return node.as_string()->get();
      case toml::node_type::integer: return node.as_integer()->get();
      case toml::node_type::boolean: return node.as_boolean()->get();
      case toml::node_type::floating_point: return Other{"a number with a fraction"};
      case toml::node_type::date:
      case toml::node_type::time:
      case toml::node_type::date_time: return Other{"a date or time"};
      case toml::node_type::none: break;
    }
    return Other{"nothing"};
  }

  std::string_view name_;
};

}  // namespace

std::expected<Table, Mistake> parse_document(std::string_view toml, const std::string& name) {
  try {
    return Walk(name).table(toml::parse(toml, std::string_view(name)));
  } catch (const toml::parse_error& error) {
    const auto& where = error.source().begin;
    return std::unexpected(Mistake{.file = name,
                                   .line = where.line,
                                   .column = where.column,
                                   .key = {},
                                   .what = "not TOML: " + std::string(error.description())});
  }
}

}  // namespace culvert::config
