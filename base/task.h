// The Asio names that everybody uses, and the one primitive Asio 1.81 lacks.
// A Task runs on its worker's io_context only; nothing here is thread-safe.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace wif {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

// A coroutine with the concrete executor: cheaper than asio's type-erased default.
// Await into a named local, never inside a condition: g++ 12 miscompiles that (GCC PR 106188).
template <typename T = void>
using Task = asio::awaitable<T, Executor>;

}  // namespace wif
