// Picture options: what of a photograph besides its colours goes from the input to the output, and how it is written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "icolorit/image/opened_image.hpp"
#include "icolorit/io/image_file.hpp"
#include "option_group.hpp"

namespace icolorit::tool {

/// A picture that was read, and what is known of it.
struct InputPicture {
  Image image;
  PictureMetadata metadata;
  std::vector<std::string> notes;  ///< on what the user may not expect
};

/// Prints each as a note.
void tell(const std::vector<std::string>& notes);

struct PictureOptions {
  int quality = 95;
  bool lossless = false, strip = false, no_provenance = false;
  std::string profile = "srgb", background = "#ffffff";
  Index page = 0;  // 0: the first, with a note where there are more

  void add_to(OptionGroup& output, OptionGroup& input);
  /// Lets the engine's --quality, normal or high, take the quality of the output as well, as other programs call it.
  void share_quality(CLI::Option& engine_quality);

  /// Throws Misuse where an option makes no sense.
  void check() const;
  /// Reads a picture. Throws FormatError also where the profile of the file, which shall be kept, cannot be written to.
  InputPicture read(const std::filesystem::path& path) const;
  InputPicture decode(const std::filesystem::path& path, std::vector<std::byte> bytes) const;
  /// How a coloured picture is written whose input had these metadata: `model` coloured it from so many hints. `notes`
  /// then say what the format cannot hold.
  WriteOptions output(const Image& image, PictureMetadata metadata, ImageFormat format, const std::string& model,
                      Index hints, std::vector<std::string>& notes) const;
};

}  // namespace icolorit::tool
