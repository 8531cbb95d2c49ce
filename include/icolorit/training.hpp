// The umbrella for training: the network with its gradients, losses, the optimizer and its schedules.
#pragma once

#include "icolorit/models/weights.hpp"
#include "icolorit/training/adamw.hpp"
#include "icolorit/training/losses.hpp"
#include "icolorit/training/schedule.hpp"
