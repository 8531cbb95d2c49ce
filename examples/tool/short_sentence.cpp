#include "short_sentence.hpp"

#include <algorithm>

#include "printable.hpp"

namespace icolorit::tool {

namespace {

constexpr std::string_view gap = "...";
constexpr std::size_t least_word = 40;  // what remains of a long word still tells which one it was

/// Whether a character of UTF-8 goes on at `at`.
bool is_inside_character(const std::string& text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

struct Word {
  std::size_t begin = 0, size = 0;
};

/// The end of the word that begins there: its closing quote, as std::quoted writes it, or the next space.
std::size_t end_of_word(const std::string& text, std::size_t begin) {
  if (text[begin] != '"') return std::min(text.find(' ', begin), text.size());
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

Word longest_word(const std::string& text) {
  Word longest;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = end_of_word(text, begin);
    if (end - begin > longest.size) longest = {begin, end - begin};
    begin = end + 1;
  }
  return longest;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t most) {
  std::string sentence = printable(text);
  while (sentence.size() > most) {
    const Word word = longest_word(sentence);
    if (word.size <= least_word) {
      std::size_t end = most - gap.size();
      while (is_inside_character(sentence, end)) --end;
      return sentence.substr(0, end).append(gap);
    }
    const std::size_t excess = sentence.size() - most + gap.size();
    const std::size_t kept = std::max(least_word - gap.size(), word.size - std::min(word.size, excess));
    std::size_t from = word.begin + kept / 3, to = word.begin + word.size - (kept - kept / 3);
    while (is_inside_character(sentence, from)) --from;
    while (is_inside_character(sentence, to)) ++to;
    sentence.replace(from, to - from, gap);
  }
  return sentence;
}

}  // namespace icolorit::tool
