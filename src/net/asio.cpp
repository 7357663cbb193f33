// SPDX-License-Identifier: Apache-2.0
// The compiled half of Asio (ASIO_SEPARATE_COMPILATION).
#include <asio/impl/src.hpp>
