// The umbrella for inference. A program adds a backend, e.g. "icolorit/cpu/backend.hpp", and for picture files
// "icolorit/io/image_file.hpp".
#pragma once

#include "icolorit/core/result.hpp"
#include "icolorit/core/version.hpp"
#include "icolorit/image/pixels.hpp"
#include "icolorit/io/hint_file.hpp"
#include "icolorit/io/npy.hpp"
#include "icolorit/models/any_colorizer.hpp"
#include "icolorit/models/colorizer.hpp"
#include "icolorit/models/network_colorizer.hpp"
#include "icolorit/models/paper_protocol.hpp"
