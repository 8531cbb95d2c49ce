#include "training_options.hpp"

#include <utility>

#include "cuda.hpp"
#include "icolorit/cpu/backend.hpp"
#include "option_group.hpp"
#include "output_check.hpp"

namespace icolorit::tool {

namespace {

/// A training that goes on reads nothing but pictures, its own checkpoint and what that names.
void expect_no_inputs(const TrainingPlan& plan, const TrainingOptions& options) {
  if (options.goes_on) return;
  const InputFiles inputs{plan.init, plan.images, plan.val};
  for (const auto& path : {weights_path(plan.out), best_weights_path(plan.out), checkpoint_path(plan.out)})
    expect_no_input(path, inputs, plan.overwrite);
  const Index every = options.run.keep_every;
  for (Index epochs = every; every > 0 && epochs <= options.trainer.epochs; epochs += every)
    expect_no_input(kept_weights_path(plan.out, epochs), inputs, plan.overwrite);
}

}  // namespace

CLI::Option* add_training_output(CLI::App& command, TrainingPlan& plan) {
  OptionGroup output(command, "Output");
  CLI::Option* const folder =
      output.add("-o,--out", plan.out, "FOLDER", "Folder for checkpoints, weights and logs; made where missing");
  output.flag("--resume", plan.resume,
              "Go on from the checkpoint in --out, which holds all options; begin where there is none");
  add_overwrite(output, plan.overwrite);
  plan.keep(
      output
          .number("--checkpoint-every", plan.run.checkpoint_every,
                  "Steps between checkpoints besides those after epochs; 0: none [of several processes on the CPU 50]",
                  Index{0}, many)
          ->capture_default_str());
  plan.keep(output
                .number("--keep-every", plan.run.keep_every, "Epochs between weights that are kept; 0: the last only",
                        Index{0}, many)
                ->capture_default_str());
  return folder;
}

void add_training_machine(CLI::App& command, TrainingPlan& plan) {
  OptionGroup machine(command, "Machine");
  plan.keep(machine.choice("--device", plan.device, "Where to train", {"cpu", "cuda"}));
  plan.keep(machine.choice("--precision", plan.precision,
                           "Numbers that the network multiplies; the optimizer's are f32; bf16 and f16 on CUDA",
                           {"f32", "bf16", "f16"}));
  plan.keep(machine
                .number("--accumulate", plan.accumulate,
                        "Parts in which a batch is computed; 0: as small as memory asks for", Index{0}, Index{1} << 16)
                ->capture_default_str());
  plan.keep(machine.flag("--recompute", plan.trainer.recompute, "Compute inner values twice instead of keeping them"));
  machine.number("--threads", plan.threads, "Threads that compute; 0: all processors", 0, 1024)->capture_default_str();
  machine
      .number("--stall-limit", plan.stall_limit,
              "Of several processes: seconds that a step waits for one that does not answer; 0: for ever", 0., 1e9)
      ->capture_default_str();
  machine.number("--workers", plan.loader.threads, "Threads that prepare pictures", Index{1}, Index{1024})
      ->capture_default_str();
}

std::shared_ptr<const TrainingPictures> run_training(TrainingPlan& plan) {
  TrainingOptions options = plan.complete();
  expect_no_inputs(plan, options);
  // Of several ranks the first alone goes on afterwards.
  auto validation = options.ranks->rank() == 0 ? options.validation : nullptr;
  if (plan.device == "cuda") {
    cuda_commands().train(options);
  } else {
    const int threads = plan.threads;
    TrainingCommand<CpuBackend>(std::move(options), [threads] { return CpuBackend::Context(threads); }).run();
  }
  return validation;
}

}  // namespace icolorit::tool
