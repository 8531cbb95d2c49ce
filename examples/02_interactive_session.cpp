// An interactive session, as a program with a window would run it: hints are added, moved, recoloured and taken back,
// and after every edit the picture is rendered anew. A long rendering can be cancelled.
//   02_interactive_session [PICTURE]
#include <chrono>
#include <iostream>

#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

namespace {

// Levin's optimisation needs no weights. A network is edited in the same way: `NetworkColorizer<CpuBackend>`.
using Editor = Colorizer<OptimizationColors>;

void render(Editor& editor, const char* after) {
  const auto start = std::chrono::steady_clock::now();
  editor.render();
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  std::cout << after << ": " << time.count() << " ms, " << editor.hints().size() << " hints\n";
}

/// Whether every undo brought back what was there before.
bool edit(const char* picture) {
  Editor editor{OptimizationColors(2)};
  editor.set_image(read_image(picture));
  const Index width = editor.image().width(), height = editor.image().height();

  // Hints are places in pixels of the picture, and colours. Each has an id, by which it is moved and recoloured.
  HintList& hints = editor.hints();
  const HintList::Id sky = hints.add({width / 10, height / 8, parse_color("#6b9dd2")});
  hints.add({width / 2, height * 9 / 10, parse_color("#75a136")});
  render(editor, "two hints");

  // A drag reports many positions; joined, they are undone in one step.
  hints.move(sky, width / 9, height / 8);
  hints.move(sky, width / 7, height / 7, HintList::Step::joined);
  render(editor, "moved");

  hints.recolor(sky, parse_color("#d08a5a"));
  render(editor, "recoloured");  // the hints stayed in place: this engine reuses its factorisation
  // The next render writes into the picture that this one returns, so what has to last is copied.
  const Image evening = editor.render();

  hints.undo();
  render(editor, "colour undone");
  hints.undo();
  render(editor, "drag undone");
  if (hints.at(sky).x != width / 10 || editor.render() == evening) return false;

  // The callback is asked again and again; where it says no, the last result stays.
  const Image before = editor.render();
  hints.add({width / 2, height / 2, parse_color("#8294bc")});
  try {
    editor.render([](const Progress& progress) { return progress.fraction < 0.05; });
    return false;
  } catch (const Cancelled&) {
    std::cout << "cancelled\n";
  }
  hints.undo();
  return editor.render() == before;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return edit(argc > 1 ? argv[1] : ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png") ? 0 : 1;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
