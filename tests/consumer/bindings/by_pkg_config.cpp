#include "icolorit/io/weights.hpp"
#include "icolorit/models/any_colorizer.hpp"

static_assert(ICOLORIT_VERSION_NUMBER >= 100);
