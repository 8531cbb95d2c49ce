// The pictures of a published evaluation folder.
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/core/run_on_threads.hpp"
#include "icolorit/image/own_colors.hpp"

#include <CLI/App.hpp>

namespace icolorit::tool {

struct PictureFile {
  std::filesystem::path path;
  std::string stem;  // names its hint file and its prediction
};

/// The files with a picture's extension in ROOT/imgs, or in ROOT where there is no imgs, sorted by name.
/// Throws FileError where there are none, or two with one stem.
std::vector<PictureFile> list_pictures(const std::filesystem::path& root);

/// Which pictures are left out for want of colours: those that look grey or toned, or, where the user has a list, those
/// that it names and no others, as the published evaluation does.
struct GreyPictures {
  std::filesystem::path list;

  /// Adds --grey-list to a command.
  void add_to(CLI::App& command);
  /// list_pictures without those that the list names, with or without extension; a note says what else lies there.
  /// Throws FileError where none remains.
  std::vector<PictureFile> others_in(const std::filesystem::path& root) const;
  /// Whether this one, which the list does not name, is left out.
  bool include(const Image& picture) const { return list.empty() && !has_own_colors(picture); }
};

/// Pictures of a folder that a command leaves out: those that cannot be read, with the reason, and the grey ones.
struct LeftOut {
  std::vector<std::string> unreadable;
  Index grey = 0;

  /// Notes on stderr.
  void tell() const;
};

/// f(i) for i in [0, count), whichever of `threads` threads is free taking the next. Throws what the f of the smallest
/// i threw.
template <class F>
void for_each_picture(int threads, std::size_t count, F&& f) {
  std::vector<std::exception_ptr> failures(count);
  run_on_threads(static_cast<Index>(count), threads, [&](Index picture, Index) {
    const auto i = static_cast<std::size_t>(picture);
    try {
      f(i);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  });
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

/// Adds --counts, the numbers of hints to a picture, apart or with commas between them.
void add_counts(CLI::App& command, std::vector<Index>& counts);

}  // namespace icolorit::tool
