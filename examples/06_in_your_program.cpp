// The library inside a program that has pixels, objects and threads of its own; docs/embedding.md explains the parts.
//   06_in_your_program WEIGHTS PICTURE
#include <exception>
#include <iostream>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

namespace {

/// Stands for the picture of a window: 8 bits, blue first, with a fourth sample, stored bottom up as on Windows.
struct Bitmap {
  Bitmap(Index width_in_pixels, Index height_in_pixels)
      : width(width_in_pixels), height(height_in_pixels), bytes(static_cast<std::size_t>(4 * width * height)) {}

  Index row_bytes() const { return 4 * width; }
  std::uint8_t* top_left() { return bytes.data() + (height - 1) * row_bytes(); }

  Index width, height;
  std::vector<std::uint8_t> bytes;
};

// [member]
/// A photograph that is open in the program, and its colours.
class Document {
 public:
  /// Documents share the model, which is in memory once.
  explicit Document(std::shared_ptr<const Model<CpuBackend>> model) : colorizer_(std::move(model)) {}

  void open(Bitmap& photo);
  void show(Bitmap& window);
  HintList& hints() { return colorizer_.hints(); }

 private:
  NetworkColorizer<CpuBackend> colorizer_;
};
// [member]

// [own pixels]
MutableImageView view_of(Bitmap& bitmap) {
  // The address of the top left pixel, and the bytes from a row to the row below it: fewer than none, because it is
  // stored bottom up.
  return {bitmap.top_left(), bitmap.width, bitmap.height, 4, -bitmap.row_bytes(), PixelOrder::bgr};
}

void Document::open(Bitmap& photo) { colorizer_.set_image(view_of(photo)); }
void Document::show(Bitmap& window) { colorizer_.render_into(view_of(window)); }
// [own pixels]

void edit(Document& document, Bitmap& window) {
  const Index width = window.width, height = window.height;
  // [hints]
  HintList& hints = document.hints();
  const HintList::Id roof = hints.add({width / 2, height / 3, parse_color("#c8402e")});
  document.show(window);

  hints.move(roof, width / 2 + 4, height / 3);  // the mouse moved
  hints.move(roof, width / 2 + 9, height / 3, HintList::Step::joined);
  document.show(window);

  hints.recolor(roof, parse_color("#a03020"));
  hints.undo();  // the colour
  hints.undo();  // both moves, because they were joined
  document.show(window);
  // [hints]
}

void compare(AnyColorizer& colorizer, HintList::Id hint) {
  // [reference]
  const Image& before = colorizer.render();  // refers to the one picture that every render writes into
  const Image kept = before;                 // a picture of its own
  colorizer.hints().recolor(hint, parse_color("#2060c0"));
  const Image& after = colorizer.render();  // `before` shows the new colours too; `kept` shows the old ones
  // [reference]
  std::cout << "the same picture: " << (&before == &after) << ", the same colours: " << (kept == after) << '\n';
}

// [run time]
AnyColorizer make_colorizer(const std::string& weights) {
  if (weights.empty()) return Colorizer(OptimizationColors());  // Levin's optimisation needs no weights
  return Colorizer(Model<CpuBackend>::load(weights));
}
// [run time]

// [threads]
/// Colors all photographs, each with its own hints, on as many threads as there are photographs.
std::vector<Image> colorize_all(std::shared_ptr<const Model<CpuBackend>> model, std::span<const Image> photos,
                                std::span<const std::vector<Hint>> hints) {
  std::vector<Image> results(photos.size());
  std::vector<std::exception_ptr> errors(photos.size());
  {
    std::vector<std::jthread> threads;
    threads.reserve(photos.size());
    for (std::size_t i = 0; i < photos.size(); ++i)
      threads.emplace_back([&, i] {
        try {
          // The model is shared. The context, here of one thread, and the colorizer belong to this thread alone.
          Colorizer colorizer(FusionEngine(NetworkEngine<CpuBackend>(model, CpuBackend::Context(1))));
          results[i] = colorizer.colorize(photos[i], hints[i]);
        } catch (...) {
          errors[i] = std::current_exception();  // an exception that leaves a thread would end the program
        }
      });
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
  return results;
}
// [threads]

// [cancel]
/// False where the user asked to stop; then the colorizer's last picture stands.
bool render_unless_stopped(AnyColorizer& colorizer, std::stop_token stop) {
  try {
    colorizer.render([&](const Progress& progress) {
      std::cout << static_cast<int>(100 * progress.fraction) << " %: " << progress.stage << '\n';
      return !stop.stop_requested();
    });
    return true;
  } catch (const Cancelled&) {
    return false;
  }
}
// [cancel]

void run(const std::string& weights, const std::string& picture) {
  const Image photo = read_image(picture);
  Bitmap scan(photo.width(), photo.height()), window(photo.width(), photo.height());
  copy_to(photo, scan.top_left(), 4, -scan.row_bytes(), PixelOrder::bgr);

  const auto model = Model<CpuBackend>::load(weights);
  Document document(model);
  document.open(scan);
  edit(document, window);

  AnyColorizer colorizer = make_colorizer("");
  colorizer.set_image(photo);
  compare(colorizer, colorizer.hints().add({photo.width() / 2, photo.height() / 3, parse_color("#c8402e")}));

  std::stop_source stop;
  render_unless_stopped(colorizer, stop.get_token());
  stop.request_stop();
  if (!render_unless_stopped(colorizer, stop.get_token())) std::cout << "stopped\n";

  const std::vector<Hint> warm{{photo.width() / 2, photo.height() / 2, parse_color("#c8402e")}};
  const std::vector<Hint> cold{{photo.width() / 2, photo.height() / 2, parse_color("#2e60c8")}};
  const std::vector<Image> results = colorize_all(model, std::vector{photo, photo}, std::vector{warm, cold});
  std::cout << results.size() << " pictures by threads that share a model, "
            << (results[0] == results[1] ? "alike" : "each with its own colours") << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: " << argv[0] << " WEIGHTS PICTURE\n";
    return 2;
  }
  // [errors]
  try {
    run(argv[1], argv[2]);
    return 0;
  } catch (const FileError& error) {  // no such file, no permission, a full disk
    std::cerr << "cannot read or write: " << error.what() << '\n';
  } catch (const Error& error) {  // everything else that the library throws on purpose
    std::cerr << error.what() << '\n';
  }
  return 1;
  // [errors]
}
