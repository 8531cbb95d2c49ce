// The umbrella for training: the trainer and all that it is made of. What reads or writes picture files is in
// "icolorit/training/folder_dataset.hpp", "shard_dataset.hpp" and "training_run.hpp".
#pragma once

#include "icolorit/models/parse_config.hpp"
#include "icolorit/models/weights.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/schedule.hpp"
#include "icolorit/training/trainer.hpp"
#include "icolorit/training/training_defaults.hpp"
#include "icolorit/training/validation.hpp"
