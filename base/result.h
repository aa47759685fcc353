// A value or an error, with the names of std::expected (C++23), so that it can become that alias
// once every compiler we build on has it. The error is kept elsewhere: coroutines hold many
// results, and nearly all of them are good. Thread rule: that of the value inside.
#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "base/error.h"

namespace wif {

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::make_unique<E>(std::move(error))) {}

  explicit operator bool() const { return state_.index() == 0; }

  // Only when the result holds a value.
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  // Only when the result holds an error.
  E& error() & { return *std::get<1>(state_); }
  const E& error() const& { return *std::get<1>(state_); }
  E&& error() && { return std::move(*std::get<1>(state_)); }

 private:
  std::variant<T, std::unique_ptr<E>> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(E error) : error_(std::make_unique<E>(std::move(error))) {}

  explicit operator bool() const { return error_ == nullptr; }
  E& error() & { return *error_; }
  const E& error() const& { return *error_; }
  E&& error() && { return std::move(*error_); }

 private:
  std::unique_ptr<E> error_;
};

}  // namespace wif

#define WIF_CONCAT_INNER(a, b) a##b
#define WIF_CONCAT(a, b) WIF_CONCAT_INNER(a, b)

// TRY(auto x, f()): x is the value of f(), or this function returns f()'s error.
#define TRY(declaration, expression)                                                     \
  auto WIF_CONCAT(try_, __LINE__) = (expression);                                        \
  if (!WIF_CONCAT(try_, __LINE__)) return std::move(WIF_CONCAT(try_, __LINE__)).error(); \
  declaration = *std::move(WIF_CONCAT(try_, __LINE__))

// CO_TRY(auto x, co_await f()): the same inside a coroutine.
#define CO_TRY(declaration, expression)                                                     \
  auto WIF_CONCAT(try_, __LINE__) = (expression);                                           \
  if (!WIF_CONCAT(try_, __LINE__)) co_return std::move(WIF_CONCAT(try_, __LINE__)).error(); \
  declaration = *std::move(WIF_CONCAT(try_, __LINE__))

// For results without a value.
#define TRY_VOID(expression) \
  if (auto try_result = (expression); !try_result) return std::move(try_result).error()
#define CO_TRY_VOID(expression)                   \
  auto WIF_CONCAT(try_, __LINE__) = (expression); \
  if (!WIF_CONCAT(try_, __LINE__)) co_return std::move(WIF_CONCAT(try_, __LINE__)).error()
