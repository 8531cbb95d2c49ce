// Flow: how the tool measures motion between frames.
#pragma once

#include <string>
#include <utility>

#include "icolorit/image/flow_field.hpp"

namespace icolorit::tool {

/// The estimator of that name, "dis" or "blocks"; of "auto" the first that there is. Also its name. Throws Misuse where
/// this icolorit was built without it.
std::pair<FlowEstimator, std::string> make_flow(const std::string& name);

}  // namespace icolorit::tool
