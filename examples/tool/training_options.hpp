// What icolorit train and finetune have in common: options about the result and the machine, and the training itself.
#pragma once

#include <memory>

#include "training_plan.hpp"

namespace icolorit::tool {

/// The most that options accept for numbers of things.
inline constexpr Index many = Index{1} << 30;

/// Adds --out, which it returns, --resume and more about the folder.
CLI::Option* add_training_output(CLI::App& command, TrainingPlan& plan);
/// Adds --device, --precision, --threads and more about the machine.
void add_training_machine(CLI::App& command, TrainingPlan& plan);

/// Completes the plan and trains to the end. Returns the validation pictures; null where there are none, and on all
/// ranks but the first. Throws Stopped where a signal ended it.
std::shared_ptr<const TrainingPictures> run_training(TrainingPlan& plan);

}  // namespace icolorit::tool
