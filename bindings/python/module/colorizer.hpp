// Colorizer: a picture, its hints, and the colored result.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hint.hpp"
#include "icolorit/image/hint_list.hpp"
#include "model.hpp"
#include "pixels.hpp"

namespace icolorit::python {

/// A colorizer and the array that it reads.
class ArrayColorizer {
 public:
  explicit ArrayColorizer(AnyColorizer colorizer) : colorizer_(std::move(colorizer)) {}

  /// Throws ArgumentError while it computes in another call.
  AnyColorizer* operator->() {
    expect_idle();
    return &colorizer_;
  }

  /// None before the first picture.
  nb::object picture() const { return picture_ ? picture_->array() : nb::none(); }

  void set_image(nb::handle picture, const std::string& order) {
    Pixels pixels = Pixels::to_read(picture, order_named(order));
    const auto view = pixels.view<ImageView>();
    const Busy busy(*this);
    const void* before = place();
    try {
      const nb::gil_scoped_release no_gil;
      colorizer_.set_image(view);
    } catch (...) {  // a logger is called, and may raise, when the new picture is read already
      const void* now = place();
      if (now != before || now == view.top_left()) picture_ = std::move(pixels);
      throw;
    }
    picture_ = std::move(pixels);
  }

  /// `out` and `progress` may be None.
  nb::object render(nb::object out, const std::string& order, nb::handle progress) {
    if (!picture_) throw ArgumentError("no picture yet: call set_image before");
    if (out.is_none()) {
      const int channels = picture_->channels() % 2 == 0 ? 4 : 3;  // 2 and 4 have alpha
      out = numpy().attr("empty")(nb::make_tuple(picture_->height(), picture_->width(), channels),
                                  picture_->array().attr("dtype"));
    }
    const Pixels pixels = Pixels::to_write(out, order_named(order));
    const ProgressCallback callback = progress_callback(progress);
    const Busy busy(*this);
    const nb::gil_scoped_release no_gil;
    colorizer_.render_into(pixels.view<MutableImageView>(), callback);
    return out;
  }

 private:
  /// From here to the end of a call that runs without the GIL; itself made and destroyed with it.
  class Busy {
   public:
    explicit Busy(ArrayColorizer& owner) : owner_(owner) {
      owner.expect_idle();
      owner.busy_ = true;
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() { owner_.busy_ = false; }

   private:
    ArrayColorizer& owner_;
  };

  /// Where the colorizer reads its picture; null where it has none.
  const void* place() const {
    try {
      return colorizer_.image().top_left();
    } catch (const ArgumentError&) {
      return nullptr;
    }
  }

  void expect_idle() const {
    if (busy_)
      throw ArgumentError(
          "the Colorizer is at work: one belongs to one thread at a time, and its progress function must not use it; "
          "make another one of the same Model");
  }

  bool busy_ = false;
  std::optional<Pixels> picture_;  // dies after the colorizer, which reads it
  AnyColorizer colorizer_;
};

/// `model` may be None.
inline AnyColorizer make_colorizer_of(nb::handle model, const std::string& engine, int threads,
                                      const std::string& upsampling, bool local_statistics) {
  if (!model.is_none() && !nb::isinstance<SharedModel>(model))
    throw nb::type_error(
        concat("the model is a ", type_of(model), ", expected icolorit.Model: write Colorizer(Model(path))").c_str());
  const CompiledColorizerOptions options{
      .engine = choice<CompiledEngine>("engine", engine,
                                       {{"fusion", CompiledEngine::fusion},
                                        {"network", CompiledEngine::network},
                                        {"optimization", CompiledEngine::optimization}}),
      .threads = threads,
      .colorizer = {.upsampling = choice<Upsampling>(
                        "upsampling", upsampling, {{"guided", Upsampling::guided}, {"bicubic", Upsampling::bicubic}}),
                    .local_statistics = local_statistics,
                    .log = log_to_python}};
  return make_colorizer(model.is_none() ? nullptr : nb::cast<const SharedModel&>(model).model, options);
}

inline void bind_colorizer(nb::module_& module) {
  using Self = ArrayColorizer;
  nb::class_<Self>(
      module, "Colorizer",
      R"(One picture at a time and its hints. One thread uses a colorizer at a time; several may share a model.

model             may be None for the engine "optimization" alone
engine            "fusion": the network's colors and the hints in one solve, which keeps every hint; "network": the
                  network alone; "optimization": Levin's optimization
threads           that compute, the caller's among them; 0: as many as the machine offers
upsampling        "guided": colors are enlarged along the edges of the lightness; or "bicubic"
local_statistics  smooths the colors along the lightness before that)")
      .def(
          "__init__",
          [](Self* self, nb::handle model, const std::string& engine, int threads, const std::string& upsampling,
             bool local_statistics) {
            new (self) Self(make_colorizer_of(model, engine, threads, upsampling, local_statistics));
          },
          nb::arg("model") = nb::none(), nb::kw_only(), nb::arg("engine") = "fusion", nb::arg("threads") = 0,
          nb::arg("upsampling") = "guided", nb::arg("local_statistics") = false,
          nb::sig("def __init__(self, model: Model | None = None, *, engine: str = 'fusion', threads: int = 0, "
                  "upsampling: str = 'guided', local_statistics: bool = False) -> None"))
      .def_prop_ro("picture", &Self::picture, nb::sig("def picture(self) -> numpy.ndarray | None"),
                   "The array that is read at every render; None before the first one.")
      .def("set_image", &Self::set_image, nb::arg("picture"), nb::kw_only(), nb::arg("order") = "rgb",
           nb::sig("def set_image(self, picture: numpy.ndarray, *, order: str = 'rgb') -> None"),
           R"(Takes an array (H, W) or (H, W, C) of uint8, uint16, or float32 from 0 to 1, and forgets all hints.

The array is read where it is, at every render: do not change it. Only one whose pixels do not follow each other
is copied. Of the picture's own colors only the lightness is used. A float that is no number counts as black.)")
      .def(
          "set_hints",
          [](Self& self, nb::handle hints) {
            const std::vector<Hint> all = hints_of(hints);  // may run Python, which may use the colorizer
            self->hints().replace(all);
          },
          nb::arg("hints"), nb::sig("def set_hints(self, hints: collections.abc.Iterable[Hint]) -> None"),
          "These hints in the place of all there were.")
      .def(
          "add_hint",
          [](Self& self, nb::handle hint) {
            const Hint& added = hint_of(hint);
            return self->hints().add(added);
          },
          nb::arg("hint"), nb::sig("def add_hint(self, hint: Hint) -> int"),
          "Returns the hint's id, which is never used for another one.")
      .def(
          "move_hint", [](Self& self, HintList::Id hint, Index x, Index y) { self->hints().move(hint, x, y); },
          nb::arg("hint"), nb::arg("x"), nb::arg("y"))
      .def(
          "recolor_hint",
          [](Self& self, HintList::Id hint, nb::handle color) {
            const Rgb<std::uint8_t> rgb = rgb_of(color);  // may run Python, too
            self->hints().recolor(hint, rgb);
          },
          nb::arg("hint"), nb::arg("color"),
          nb::sig("def recolor_hint(self, hint: int, color: str | tuple[int, int, int]) -> None"))
      .def(
          "remove_hint", [](Self& self, HintList::Id hint) { self->hints().remove(hint); }, nb::arg("hint"))
      .def(
          "undo", [](Self& self) { return self->hints().undo(); },
          "Takes the last edit of the hints back; False where there is none.")
      .def(
          "redo", [](Self& self) { return self->hints().redo(); },
          "Repeats the edit that undo() took back; False where there is none.")
      .def_prop_ro(
          "hints",
          [](Self& self) {
            const std::span<const Hint> hints = self->hints().hints();
            return std::vector<Hint>(hints.begin(), hints.end());
          },
          "A copy of the present hints, in the order in which they were added.")
      .def_prop_ro("hint_count", [](Self& self) { return self->hints().size(); })
      .def_prop_ro(
          "lost_hints", [](Self& self) { return self->lost_hints(); },
          "How many hints of the last render do not count, because a later one took their place.")
      .def(
          "memory_required", [](Self& self, Index width, Index height) { return self->memory_required(width, height); },
          nb::arg("width"), nb::arg("height"),
          "About how many bytes a picture of that size takes, beside its own pixels and the result's.")
      .def("render", &Self::render, nb::arg("out") = nb::none(), nb::kw_only(), nb::arg("order") = "rgb",
           nb::arg("progress") = nb::none(),
           nb::sig("def render(self, out: numpy.ndarray | None = None, *, order: str = 'rgb', "
                   "progress: collections.abc.Callable[[float, str], bool | None] | None = None) -> numpy.ndarray"),
           R"(The picture, colored from its present hints, in a new array or in `out`.

A new array has the picture's type, and 4 channels where the picture has alpha, else 3. `out` may be of another
type, may have 4 channels in any case, and must not overlap the picture.)")
      .def(
          "colorize",
          [](Self& self, nb::handle picture, nb::handle hints, nb::object out, const std::string& order,
             nb::handle progress) {
            const std::vector<Hint> all = hints_of(hints);
            self.set_image(picture, order);
            self->hints().replace(all);
            return self.render(std::move(out), order, progress);
          },
          nb::arg("picture"), nb::arg("hints") = nb::make_tuple(), nb::kw_only(), nb::arg("out") = nb::none(),
          nb::arg("order") = "rgb", nb::arg("progress") = nb::none(),
          nb::sig("def colorize(self, picture: numpy.ndarray, hints: collections.abc.Iterable[Hint] = (), *, "
                  "out: numpy.ndarray | None = None, order: str = 'rgb', "
                  "progress: collections.abc.Callable[[float, str], bool | None] | None = None) -> numpy.ndarray"),
          "set_image, set_hints and render in one call.");
}

}  // namespace icolorit::python
