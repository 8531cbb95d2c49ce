// The network on threads of your program's own, on OpenMP's, and on the library's: the same picture with each.
#include <chrono>
#include <iostream>

#include "icolorit/cpu/backend.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/models/colorizer.hpp"
#include "random_weights.hpp"
#include "thread_pool.hpp"

using namespace icolorit;

namespace {

/// The photograph with one hint, colored on the threads of a context.
Image colorize(std::shared_ptr<const Model<CpuBackend>> model, CpuBackend::Context context, const std::string& name) {
  Colorizer colorizer(NetworkEngine<CpuBackend>(std::move(model), std::move(context)));
  const std::vector<Hint> hints{{384, 100, parse_color("#c01d27")}};
  const Image photo = read_image(ICOLORIT_EXAMPLE_PICTURES "/sample_grey.png");
  const auto start = std::chrono::steady_clock::now();
  Image colored = colorizer.colorize(photo, hints);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  std::cout << name << ": " << time.count() << " ms\n";
  return colored;
}

// [pool]
/// A context of four threads: the one that uses it, and three of the pool whenever the pool has nothing else to do.
CpuBackend::Context on_pool(ThreadPool& pool) {
  return CpuBackend::Context(cpu::PoolExecutor(4, [&pool](std::function<void()> job) { pool.submit(std::move(job)); }));
}
// [pool]

}  // namespace

int main() {
  const IColoriTConfig config = ModelRegistry::published().find("icolorit_tiny_4ch_patch16_224");
  const auto model = std::make_shared<const Model<CpuBackend>>(random_weights(config, 1));
  ThreadPool pool(3);
  const Image result = colorize(model, on_pool(pool), "the program's own pool");
  bool same = colorize(model, CpuBackend::Context(4), "the library's team") == result;
#ifdef _OPENMP
  same = same && colorize(model, CpuBackend::Context(cpu::OpenMpExecutor(4)), "OpenMP's threads") == result;
#endif
  std::cout << (same ? "the same picture each time\n" : "the pictures differ\n");
  return same ? 0 : 1;
}
