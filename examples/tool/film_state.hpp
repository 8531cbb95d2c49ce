// Film state: a small file beside the frames that says how far the film is, so that --resume gives the same colours.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "icolorit/film/film_colorizer.hpp"

namespace icolorit::tool {

/// Where the state of a film lies whose frames go into this folder.
std::filesystem::path film_state_file(const std::filesystem::path& folder);

/// `settings` says in words all that the colours depend on besides the frames.
void write_film_state(const std::filesystem::path& path, const FilmState& state, const std::string& settings);
/// Nothing where there is no file. Throws FormatError where it is no such file, and Misuse for other settings.
std::optional<FilmState> read_film_state(const std::filesystem::path& path, const std::string& settings);

/// Says in the file, until the next state is written, that all frames are done, so many. Throws FileError and
/// FormatError.
void mark_film_complete(const std::filesystem::path& path, Index frames);
/// How many frames the film has of which all are done; nothing where that was not said.
std::optional<Index> complete_film(const std::filesystem::path& path);

}  // namespace icolorit::tool
