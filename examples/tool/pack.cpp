// icolorit pack: the pictures of a folder in one file that training reads faster.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "folder_contents.hpp"
#include "icolorit/image/convert.hpp"
#include "icolorit/image/grey.hpp"
#include "icolorit/image/resize.hpp"
#include "icolorit/training/folder_dataset.hpp"
#include "icolorit/training/shard.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "output_check.hpp"
#include "progress_bar.hpp"
#include "report.hpp"

namespace icolorit::tool {

namespace {

struct Pack {
  std::filesystem::path images, out;
  Index short_side = 0;
  bool decoded = false, overwrite = false;
  Report report;

  void run() const {
    const FolderDataset pictures(images);
    InputFiles inputs;
    for (Index i = 0; i < pictures.size(); ++i) inputs.add(pictures.path(i));
    expect_output(out, inputs, overwrite);
    ShardWriter writer(out);
    std::vector<std::string> left_out;
    {
      ProgressBar bar;
      for (Index i = 0; i < pictures.size(); ++i) {
        try {
          add(writer, pictures, i);
        } catch (const Unusable& reason) {
          left_out.push_back(concat(pictures.name(i), ": ", reason.what()));
        }
        bar.show({static_cast<double>(i + 1) / static_cast<double>(pictures.size()), "packing pictures"});
      }
    }
    if (writer.size() == 0)
      throw FileError(concat("none of the ", pictures.size(), " pictures in ", images, " can be used; ", left_out[0]));
    writer.commit();
    report.write(ResultLine(out)
                     .add("pictures", writer.size(), concat(counted(writer.size(), "picture"), " packed"))
                     .add("left_out", std::ssize(left_out), concat(left_out.size(), " left out")));
    note_left_out("unusable", left_out);
    if (!pictures.others().empty()) note(left_out_sentence(images, pictures.others()));
  }

 private:
  /// A picture to be left out, unlike a shard that cannot be written.
  class Unusable : public Error {
   public:
    using Error::Error;
  };

  void add(ShardWriter& writer, const FolderDataset& pictures, Index i) const {
    std::vector<std::byte> bytes;
    Image picture;
    try {
      bytes = read_file(pictures.path(i));
      picture = decode_image(bytes);
    } catch (const Error& error) {
      throw Unusable(error.what());
    }
    if (is_grey(picture)) throw Unusable("the picture is grey");

    const Index shorter = std::min(picture.width(), picture.height());
    const bool shrink = short_side > 0 && shorter > short_side;
    if (!decoded && !shrink) return writer.add_file(pictures.name(i), bytes);
    picture = converted(picture, 3, 8);
    if (shrink) {
      const auto side = [&](Index extent) { return (2 * extent * short_side + shorter) / (2 * shorter); };
      picture = resize_pillow_bilinear(picture, side(picture.width()), side(picture.height()));
    }
    if (decoded)
      writer.add_picture(pictures.name(i), picture);
    else
      writer.add_file(pictures.name(i), encode_jpeg(picture));
  }
};

}  // namespace

void add_pack(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("pack", "Pack the pictures of a folder into one file for fast training");
  const auto options = std::make_shared<Pack>();
  OptionGroup pictures(command, "Pictures"), output(command, "Output");
  pictures.folder("--images,--data", options->images, "Pictures, nested or flat")->required();
  pictures.number("--short-side", options->short_side, "Shrink larger pictures to this many pixels", Index{1},
                  Index{65500});
  pictures.flag("--decoded", options->decoded, "Store pixels, not compressed files: larger, but faster to read");
  output.file("-o,--out", options->out, "The file to write")->required();
  add_overwrite(output, options->overwrite);
  options->report.add_to(command);
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
