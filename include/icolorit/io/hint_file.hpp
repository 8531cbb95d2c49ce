// Hint files: the published evaluation's text layout of cells, and hints with colours, see hint_json.hpp.
#pragma once

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "icolorit/image/hints.hpp"
#include "icolorit/image/image.hpp"
#include "icolorit/io/byte_reader.hpp"
#include "icolorit/io/download_mistakes.hpp"
#include "icolorit/io/file.hpp"
#include "icolorit/io/hint_json.hpp"
#include "icolorit/io/parse_file.hpp"
#include "icolorit/io/utf8.hpp"

namespace icolorit {

/// Reads the published layout: one hint a line, `row column` of the cell's first network pixel, both multiples of the
/// cell's side. Blank lines count for nothing, an empty text means no hints, lines may end in CR LF, and a byte order
/// mark is skipped. The cells come in the order of the lines. Throws FormatError with the number of the line.
inline std::vector<Index> parse_hint_cells(std::string_view text, const HintGrid& grid) {
  constexpr std::string_view blanks = " \t\r";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<Index> cells;
  Index line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::size_t length = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));

    const auto skip_blanks = [&] { line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size())); };
    const auto coordinate = [&](const char* name, Index size) {
      skip_blanks();
      const std::string_view word = line.substr(0, line.find_first_of(blanks));
      Index value = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
      if (word.empty() || error != std::errc() || end != word.data() + word.size())
        throw FormatError(concat("hint cells: line ", line_number, ": the ", name, " is \"", word.substr(0, 20),
                                 "\", expected a whole number"));
      if (value < 0 || value >= size || value % grid.cell() != 0)
        throw FormatError(concat("hint cells: line ", line_number, ": the ", name, " is ", value,
                                 ", expected a multiple of ", grid.cell(), " in [0,", size, ")"));
      line.remove_prefix(word.size());
      skip_blanks();
      return value;
    };

    skip_blanks();
    if (line.empty()) continue;
    const Index row = coordinate("row", grid.height());
    const Index column = coordinate("column", grid.width());
    if (!line.empty())
      throw FormatError(concat("hint cells: line ", line_number, ": more than the two numbers \"row column\""));
    cells.push_back(grid.cell_at(row, column));
  }
  return cells;
}

/// The published layout of these cells. Throws ArgumentError for a cell outside the grid.
inline std::string format_hint_cells(std::span<const Index> cells, const HintGrid& grid) {
  std::string text;
  for (const Index cell : cells) {
    expect_cell("format_hint_cells", grid, cell);
    text += concat(grid.row_of(cell), ' ', grid.column_of(cell), '\n');
  }
  return text;
}

/// The published place of a picture's hints: `folder/h<cell>-n<count>/<stem>.txt`.
inline std::filesystem::path hint_cells_path(const std::filesystem::path& folder, Index cell, Index count,
                                             const std::string& stem) {
  return folder / concat('h', cell, "-n", count) / (stem + ".txt");
}

/// Throws FileError, and FormatError naming the file and the line.
inline std::vector<Index> read_hint_cells(const std::filesystem::path& path, const HintGrid& grid) {
  return parse_file(path, [&](const std::vector<std::byte>& bytes) { return parse_hint_cells(as_text(bytes), grid); });
}

/// The folder must exist. Throws FileError and ArgumentError.
inline void write_hint_cells(const std::filesystem::path& path, std::span<const Index> cells, const HintGrid& grid) {
  write_file(path, std::string_view(format_hint_cells(cells, grid)));
}

/// Throws FileError, and FormatError naming the file and the member.
inline FittedHints read_fitted_hints(const std::filesystem::path& path, Index width, Index height) {
  return parse_file(path, [&](const std::vector<std::byte>& bytes) {
    refuse_download_mistakes(bytes);
    return parse_fitted_hints(as_text(bytes), width, height);
  });
}
inline std::vector<Hint> read_hints(const std::filesystem::path& path, Index width, Index height) {
  return read_fitted_hints(path, width, height).hints;
}

/// Throws FileError and ArgumentError.
inline void write_hints(const std::filesystem::path& path, std::span<const Hint> hints, Index width, Index height) {
  write_file(path, std::string_view(format_hints(hints, width, height)));
}

}  // namespace icolorit
