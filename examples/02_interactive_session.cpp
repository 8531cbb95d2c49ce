// An interactive session, as a program with a window would run it: hints are added, moved, recoloured and taken back,
// and after every edit the picture is rendered anew. A long rendering can be cancelled.
#include <chrono>
#include <iostream>

#include "icolorit/icolorit.hpp"
#include "icolorit/io/image_file.hpp"

using namespace icolorit;

namespace {

using Editor = Colorizer<OptimizationColors>;

double milliseconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void render(Editor& editor, const char* after) {
  const double time = milliseconds_of([&] { editor.render(); });
  std::cout << after << ": " << time << " ms, " << editor.hints().size() << " hints\n";
}

int run() {
  Editor editor{OptimizationColors(2)};
  editor.set_image(read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png"));
  HintList& hints = editor.hints();

  const HintList::Id sky = hints.add(make_hint(60, 60, parse_color("#6b9dd2")));
  hints.add(make_hint(320, 430, parse_color("#75a136")));
  render(editor, "two hints");

  // A drag reports many positions; joined, they are undone in one step.
  hints.move(sky, 70, 64);
  hints.move(sky, 90, 70, HintList::Step::joined);
  render(editor, "moved");

  hints.recolor(sky, make_hint(0, 0, parse_color("#d08a5a")).color);
  render(editor, "recoloured");  // the hints stayed in place: this engine reuses its factorisation
  const Image evening = editor.render();

  hints.undo();
  render(editor, "colour undone");
  hints.undo();
  render(editor, "drag undone");
  if (hints.at(sky).x != 60 || editor.render() == evening) return 1;

  // The callback is asked again and again; where it says no, the last result stays.
  const Image before = editor.render();
  hints.add(make_hint(300, 222, parse_color("#8294bc")));
  try {
    editor.render([](const Progress& progress) { return progress.fraction < 0.05; });
    return 1;
  } catch (const Cancelled&) {
    std::cout << "cancelled\n";
  }
  hints.undo();
  return editor.render() == before ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
