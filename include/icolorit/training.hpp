// The umbrella for training: the network with its gradients, losses, the optimizer and its schedules, and the loader;
// data sets that read picture files are in "icolorit/training/folder_dataset.hpp" and "shard_dataset.hpp".
#pragma once

#include "icolorit/models/weights.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/loader.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/schedule.hpp"
