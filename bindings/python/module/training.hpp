// train: a network from pictures.
#pragma once

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callbacks.hpp"
#include "icolorit/compiled_training.hpp"
#include "icolorit/image/pixels.hpp"
#include "path.hpp"
#include "pixels.hpp"

namespace icolorit::python {

/// The pictures of a folder, or arrays, which are read where they are. Made and destroyed with the GIL held.
class Pictures {
 public:
  explicit Pictures(nb::handle argument) {
    std::filesystem::path folder;
    if (nb::try_cast(argument, folder)) {
      source_ = pictures_in(folder);
      return;
    }
    for (const nb::handle array : argument) arrays_.push_back(Pixels::to_read(array, PixelOrder::rgb));
    source_ = {std::ssize(arrays_), [this](Index i) { return opened(image_from(view(i))); },
               [](Index i) { return concat("array ", i); }};
  }
  Pictures(const Pictures&) = delete;  // the source refers to the arrays
  Pictures& operator=(const Pictures&) = delete;

  const PictureSource& source() const { return source_; }

 private:
  ImageView view(Index i) const { return arrays_[static_cast<std::size_t>(i)].view<ImageView>(); }

  std::vector<Pixels> arrays_;
  PictureSource source_;
};

/// Any of validation and the callbacks may be None.
inline bool train_on(nb::handle pictures, CompiledTrainingOptions options, nb::handle validation, nb::handle on_step,
                     nb::handle on_epoch) {
  const Pictures training(pictures);
  std::optional<Pictures> scored;
  if (!validation.is_none()) scored.emplace(validation);
  options.on_step = [on_step](const TrainingStep& step) { return goes_on_after(on_step, step); };
  options.on_epoch = [on_epoch](const TrainingEpoch& epoch) { return goes_on_after(on_epoch, epoch); };
  options.goes_on = [] { return goes_on_after(nb::handle(Py_None)); };
  const nb::gil_scoped_release no_gil;
  return train(training.source(), options, scored ? &scored->source() : nullptr);
}

inline void bind_training(nb::module_& module) {
  nb::class_<TrainingStep>(module, "TrainingStep", "After one step of a training. Epochs and steps count from 1.")
      .def_ro("epoch", &TrainingStep::epoch)
      .def_ro("step", &TrainingStep::step, "Of the epoch.")
      .def_ro("steps", &TrainingStep::steps, "That an epoch has.")
      .def_ro("loss", &TrainingStep::loss, "Mean over the step's pictures, before the update.")
      .def_ro("gradient_norm", &TrainingStep::gradient_norm)
      .def_ro("rate", &TrainingStep::rate, "The learning rate.");
  nb::class_<TrainingEpoch>(module, "TrainingEpoch",
                            "After one epoch, which counts from 1; its network is in the folder already.")
      .def_ro("epoch", &TrainingEpoch::epoch)
      .def_ro("loss", &TrainingEpoch::loss, "Mean over the steps.")
      .def_ro("rate", &TrainingEpoch::rate, "The learning rate of the last step.")
      .def_ro("seconds", &TrainingEpoch::seconds, "In steps, validation not included.")
      .def_prop_ro(
          "psnr",
          [](const TrainingEpoch& epoch) { return std::map<Index, double>(epoch.psnr.begin(), epoch.psnr.end()); },
          "The mean PSNR in dB of the validation pictures, by the number of hints.");
  module.def(
      "train",
      [](nb::object pictures, const std::filesystem::path& folder, nb::object validation, nb::object initial_weights,
         const std::string& network, Index epochs, Index batch, double rate, Index max_hints,
         const std::vector<Index>& validation_hints, std::uint64_t seed, int threads, nb::object on_step,
         nb::object on_epoch) {
        CompiledTrainingOptions options;
        options.folder = folder;
        if (!initial_weights.is_none())
          options.initial_weights = path_of(initial_weights, "initial_weights", "the path of a file");
        options.network = network;
        options.epochs = epochs;
        options.batch = batch;
        options.rate = rate;
        options.max_hints = max_hints;
        options.validation_hints = validation_hints;
        options.seed = seed;
        options.threads = threads;
        return train_on(pictures, std::move(options), validation, on_step, on_epoch);
      },
      nb::arg("pictures"), nb::arg("folder"), nb::kw_only(), nb::arg("validation") = nb::none(),
      nb::arg("initial_weights") = nb::none(), nb::arg("network") = CompiledTrainingOptions().network,
      nb::arg("epochs") = 0, nb::arg("batch") = 0, nb::arg("rate") = 0., nb::arg("max_hints") = 0,
      nb::arg("validation_hints") = nb::make_tuple(1, 10), nb::arg("seed") = CompiledTrainingOptions().seed,
      nb::arg("threads") = 0, nb::arg("on_step") = nb::none(), nb::arg("on_epoch") = nb::none(),
      nb::sig("def train(pictures: str | os.PathLike[str] | collections.abc.Iterable[numpy.ndarray], "
              "folder: str | os.PathLike[str], *, "
              "validation: str | os.PathLike[str] | collections.abc.Iterable[numpy.ndarray] | None = None, "
              "initial_weights: str | os.PathLike[str] | None = None, network: str = 'icolorit_tiny_4ch_patch16_224', "
              "epochs: int = 0, batch: int = 0, rate: float = 0.0, max_hints: int = 0, "
              "validation_hints: collections.abc.Sequence[int] = (1, 10), seed: int = 4885, threads: int = 0, "
              "on_step: collections.abc.Callable[[TrainingStep], bool | None] | None = None, "
              "on_epoch: collections.abc.Callable[[TrainingEpoch], bool | None] | None = None) -> bool"),
      R"(Trains a network on the processor. Returns whether the training came to its end.

pictures          a folder with picture files, in folders below it, too; or arrays as Colorizer.set_image takes them
folder            made where it is missing; gets weights.safetensors, the network after the last epoch, that after
                  every fifth epoch (weights-0005.safetensors, ...), log.txt, scalars for TensorBoard
                  (events.out.tfevents.*), and a checkpoint. With `validation` it also gets best.safetensors, the
                  network with the best scores, and validation.svg, the scores as curves. Where there is a checkpoint
                  already the training goes on with it; the other arguments must be the same as then
validation        pictures that are scored after every epoch
initial_weights   the file to begin with, e.g. icolorit.default_weights; None: random weights
network           a published variant, or e.g. "dim=192,heads=3,depth=6"; not used where there are initial weights
epochs            0: as published for the network, or, with initial weights, as suits the number of pictures
batch, rate       the pictures of a step and the highest learning rate; 0: as for epochs
max_hints         the most hints of a training picture; 0: as published
validation_hints  with how many hints the validation pictures are scored
seed              of pictures, hints and random weights
threads           that compute; 0: as many as the machine offers
on_step, on_epoch are told of every step and epoch. Returning False stops the training; what they raise stops it, too,
                  and is raised here, as KeyboardInterrupt is. Calling train once more goes on)");
}

}  // namespace icolorit::python
