#include "flow.hpp"

#include "icolorit/image/block_matching.hpp"
#include "misuse.hpp"
#include "module.hpp"

namespace icolorit::tool {

std::pair<FlowEstimator, std::string> make_flow(const std::string& name) {
  if (name != "blocks") try {
      void* const entry = module_entry("icolorit_opencv", "icolorit_opencv_flow",
                                       "there is no OpenCV in this icolorit: use --flow blocks, or build it where "
                                       "libopencv-video-dev is");
      return {reinterpret_cast<FlowEstimator (*)()>(entry)(), "dis"};
    } catch (const Misuse&) {
      if (name == "dis") throw;
    }
  return {BlockMatching(), "blocks"};
}

}  // namespace icolorit::tool
