// SPDX-License-Identifier: Apache-2.0
#include "app/watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

#include "observe/log.hpp"

namespace culvert::app {
namespace {

constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                 IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF |
                                 IN_ONLYDIR;

}  // namespace

Watch::Watch(net::Loop& loop, std::vector<WatchedFile> files, OnChange on_change, Pace pace)
    : loop_(loop), on_change_(std::move(on_change)), pace_(pace) {
  watch(std::move(files));
}

Watch::~Watch() {
  if (inotify_) loop_.forget(inotify_.number());
}

void Watch::watch(std::vector<WatchedFile> files) {
  std::vector<File> next;
  for (auto& [path, state] : files) {
    const auto known = std::ranges::find(files_, path, &File::path);
    const bool touched = known != files_.end() && known->touched;
    next.push_back({.path = std::move(path), .trail = {}, .state = state, .touched = touched});
  }
  files_ = std::move(next);
  if (!files_.empty()) return look();
  look_.disarm();
  arm_directories();
}

/// Two writes within one tick of the file system's clock look alike, so what an event named counts,
/// too.
bool Watch::changed(const File& file, const std::optional<FileState>& now) const {
  return now != file.state || (file.touched && now);
}

/// Watches each directory on the way to a file, and no other. One that the system refuses is looked
/// at like those without events.
void Watch::arm_directories() {
  if (!files_.empty() && !inotify_ && !blind_) {
    inotify_ = net::Descriptor(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (inotify_) loop_.watch(inotify_.number(), *this);
    blind_ = !inotify_;
    if (blind_) {
      observe::log_warning("no inotify ({}): files are looked at every {} s",
                           std::system_category().message(errno), pace_.look.count() / 1000);
    }
  }
  if (!inotify_) return;

  std::map<std::string, int, std::less<>> armed;
  for (auto& file : files_) {
    file.trail = trail(file.path);
    for (const auto& post : file.trail) {
      if (armed.contains(post.directory)) continue;
      const int number = inotify_add_watch(inotify_.number(), post.directory.c_str(), events);
      if (number >= 0) armed.emplace(post.directory, number);
    }
  }
  for (const auto& [directory, number] : directories_) {
    const auto is_still = [number](const auto& one) { return one.second == number; };
    if (std::ranges::none_of(armed, is_still)) inotify_rm_watch(inotify_.number(), number);
  }
  directories_ = std::move(armed);
}

void Watch::on_ready(int descriptor, std::uint8_t /*hints*/) {
  std::array<char, 8192> buffer;
  for (;;) {
    const auto size = read(descriptor, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const auto* const name = buffer.data() + at + sizeof event;
      on_event(event.wd, event.mask, {name, strnlen(name, event.len)});
      at += sizeof event + event.len;
    }
  }
}

void Watch::on_event(int watch, std::uint32_t what, std::string_view name) {
  constexpr std::uint32_t look_at_all = IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT;
  if ((what & look_at_all) != 0) return expect_change();
  for (const auto& [directory, number] : directories_) {
    if (number == watch) touch(directory, name);
  }
}

void Watch::touch(const std::string& directory, std::string_view name) {
  for (auto& file : files_) {
    const auto leads_by = [&](const Signpost& post) {
      return post.name == name && post.directory == directory;
    };
    if (std::ranges::none_of(file.trail, leads_by)) continue;
    file.touched = true;
    expect_change();
  }
}

void Watch::expect_change() {
  if (!settled_.armed()) first_event_ = loop_.now();
  loop_.wheel().arm(settled_, std::min(loop_.now() + pace_.settle, first_event_ + pace_.at_most));
}

/// What comes without an event: files on a network, a directory that came back, and what happened
/// before there was a watch. First the directories, then the files, as in tell().
void Watch::look() {
  arm_directories();
  const auto differs = [this](const File& file) { return changed(file, file_state(file.path)); };
  if (std::ranges::any_of(files_, differs)) expect_change();
  loop_.wheel().arm(look_, loop_.now() + pace_.look);
}

/// First the directories, then the files: what happens between the two is an event.
void Watch::tell() {
  arm_directories();
  std::vector<std::string> told;
  for (auto& file : files_) {
    const auto now = file_state(file.path);
    if (changed(file, now)) told.push_back(file.path);
    file.state = now;
    file.touched = false;
  }
  if (!told.empty()) on_change_(told);
}

}  // namespace culvert::app
