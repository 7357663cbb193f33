// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/trail.hpp"
#include "base/file_state.hpp"
#include "net/descriptor.hpp"
#include "net/loop.hpp"
#include "net/wheel.hpp"

namespace culvert::app {

/// Files whose changes are told.
///
/// What is watched are the directories on the way to each file (see trail), for editors and `mv`
/// put a new file in the place of the old, and a watch on a file would stay with the old one.
/// Events only say that it is time to look; what has changed is told by looking, so nothing depends
/// on an event that the system merged or dropped. Where there are none (network file systems, no
/// inotify left), looking every ten seconds finds the change later.
class Watch final : net::Watcher {
 public:
  struct Pace {
    net::milliseconds settle{200};    ///< quiet for so long before a change is told
    net::milliseconds at_most{1000};  ///< but never later than this after the first event
    net::milliseconds look{10'000};   ///< without any event
  };
  /// Told once for all that changed together, with those of the files; at least one. A file that
  /// vanished has changed, too. May call watch().
  using OnChange = std::function<void(const std::vector<std::string>& files)>;

  Watch(net::Loop& loop, std::vector<WatchedFile> files, OnChange on_change, Pace pace);
  Watch(net::Loop& loop, std::vector<WatchedFile> files, OnChange on_change)
      : Watch(loop, std::move(files), std::move(on_change), Pace()) {}
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// These files from now on. One that has another state than it had when it was read has changed;
  /// and what happened to one that was watched already, and is not told yet, is told still.
  void watch(std::vector<WatchedFile> files);

 private:
  struct File {
    std::string path;
    std::vector<Signpost> trail;
    std::optional<FileState> state;  // as it was read or told last; nullopt: not there
    bool touched = false;            // an event named it
  };
  struct Alarm final : net::Deadline {
    Alarm(Watch& of_watch, void (Watch::*what_rings)()) : of(of_watch), rings(what_rings) {}
    void on_deadline() override { (of.*rings)(); }
    Watch& of;
    void (Watch::*rings)();
  };

  bool changed(const File& file, const std::optional<FileState>& now) const;

  void on_ready(int descriptor, std::uint8_t hints) override;
  void on_event(int watch, std::uint32_t what, std::string_view name);
  void touch(const std::string& directory, std::string_view name);
  void expect_change();
  void arm_directories();
  void look();
  void tell();

  net::Loop& loop_;
  OnChange on_change_;
  Pace pace_;
  net::Descriptor inotify_;
  bool blind_ = false;  // there is no inotify to be had; said once
  std::vector<File> files_;
  std::map<std::string, int, std::less<>> directories_;  // and the watch of each
  net::TimePoint first_event_{};
  Alarm settled_{*this, &Watch::tell};
  Alarm look_{*this, &Watch::look};
};

}  // namespace culvert::app
