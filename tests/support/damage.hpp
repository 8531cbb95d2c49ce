// Damaged files: a reader either understands them or throws icolorit::Error; nothing else may come out.
#pragma once

#include <cstddef>
#include <exception>
#include <typeinfo>
#include <vector>

#include "icolorit/core/error.hpp"
#include "support/catch.hpp"

/// Calls parse(bytes) for every proper prefix of `bytes` and for every byte changed in four ways. Each copy is a heap
/// block of its own, so that the address sanitizer sees a read one past the end. Returns how many were refused.
template <class Parse>
int survive_damage(const std::vector<std::byte>& bytes, Parse parse) {
  int refused = 0;
  const auto attempt = [&](std::vector<std::byte> damaged, const char* kind, std::size_t at) {
    try {
      parse(std::move(damaged));
    } catch (const icolorit::Error&) {
      ++refused;
    } catch (const std::exception& error) {
      FAIL(kind << " at byte " << at << " ended in " << typeid(error).name() << ": " << error.what());
    }
  };
  for (std::size_t size = 0; size < bytes.size(); ++size)
    attempt(std::vector<std::byte>(bytes.data(), bytes.data() + size), "cut", size);
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (const unsigned mask : {0x01u, 0x08u, 0x80u, 0xffu}) {
      std::vector<std::byte> damaged = bytes;
      damaged[at] ^= static_cast<std::byte>(mask);
      attempt(std::move(damaged), "a flip", at);
    }
  return refused;
}
