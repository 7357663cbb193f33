// SPDX-License-Identifier: Apache-2.0
#include "support/folder.hpp"

#include <cstdlib>
#include <stdexcept>

namespace culvert::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "culvert-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = name;
}

Folder::~Folder() {
  std::filesystem::remove_all(path_);
}

}  // namespace culvert::test
