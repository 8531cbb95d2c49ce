// Short sentence: what the tool says on stderr, cut to a length that people read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace icolorit::tool {

inline constexpr std::size_t longest_line = 300;  ///< in bytes, with its end

/// A sentence of at most `most` bytes, all of them printable. What is too long is taken from the middle of the longest
/// words, where a name in quotes is one word: a path keeps its beginning and its end. Where that is not enough, the
/// sentence loses its end.
std::string shortened(std::string_view text, std::size_t most = longest_line - 1);

}  // namespace icolorit::tool
