// The Python module icolorit._icolorit: the compiled library as classes of Python. What takes long runs without the
// GIL.
#include "colorizer.hpp"
#include "errors.hpp"
#include "icolorit/core/config.hpp"
#include "training.hpp"

NB_MODULE(_icolorit, module) {
  using namespace icolorit;
  module.attr("version") = ICOLORIT_VERSION;
  module.attr("instructions") = compiled_instructions();
  python::bind_errors(module);
  python::bind_hint(module);
  python::bind_model(module);
  python::bind_colorizer(module);
  python::bind_training(module);
}
