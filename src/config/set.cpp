// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/duration.hpp"
#include "config/endpoint.hpp"
#include "config/keys.hpp"
#include "config/near.hpp"
#include "config/parts.hpp"

namespace culvert::config {
namespace {

/// One function for each form.
struct Set {
  const Key& key;
  const Value& value;
  Draft& draft;

  void operator()(const Duration& form) const {
    take(read_duration(value, form.may_be_off), form.at(draft));
  }
  template <class T>
  void operator()(const Count<T>& form) const {
    take(read_count(value, form.range), form.at(draft));
  }
  void operator()(const Size& form) const { take(read_size(value, form.range), form.at(draft)); }
  void operator()(const Flag& form) const { take(read_bool(value), form.at(draft)); }
  void operator()(const Text& form) const {
    const auto* text = std::get_if<std::string>(&value.what);
    const bool fits = text != nullptr && !text->contains('\0') && form.fits(*text);
    take(fits ? Read<std::string>(*text) : wants(form.wanted, value), form.at(draft));
  }
  void operator()(const Choice& form) const {
    take(read_choice(value, form.words), form.at(draft));
  }
  void operator()(const Servers& form) const {
    form.at(draft) = read_list(value, std::string(key.name), draft, MayBeEmpty::yes, read_server);
    draft.places.insert_or_assign(std::string(key.name), value.place);
  }

  template <class T, class Member>
  void take(Read<T> read, Member& member) const {
    if (!read) {
      draft.mistakes.add(value.place, std::string(key.name), read.error());
      return;
    }
    member = static_cast<Member>(*std::move(read));  // a range fits its member
    draft.places.insert_or_assign(std::string(key.name), value.place);
  }
};

}  // namespace

void set(const Key& key, const Value& value, Draft& draft) {
  std::visit(Set{.key = key, .value = value, .draft = draft}, key.form);
}

Read<bool> read_bool(const Value& value) {
  const auto* read = std::get_if<bool>(&value.what);
  if (read == nullptr) return wants("true or false", value);
  return *read;
}

Read<std::string> read_choice(const Value& value, std::span<const std::string_view> words) {
  const auto* text = std::get_if<std::string>(&value.what);
  if (text != nullptr && std::ranges::find(words, *text) != words.end()) return *text;
  std::string wanted;
  for (const auto word : words) {
    if (!wanted.empty()) wanted += word == words.back() ? " or " : ", ";
    wanted += quoted(word);
  }
  return wants(wanted, value);
}

}  // namespace culvert::config
