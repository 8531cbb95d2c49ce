// One executor's side of a paired comparison (../shared_machine.py), in the protocol of worker.hpp: a forward pass of a
// published network with random weights, one picture of 224 x 224 pixels.
//   executor_worker VARIANT f32|int8 team|openmp|pool THREADS
#include "../../examples/random_weights.hpp"
#include "../../examples/thread_pool.hpp"
#include "icolorit/cpu/backend.hpp"
#include "icolorit/models/predictor.hpp"
#include "worker.hpp"

using namespace icolorit;

namespace {

/// One pass; its value is the mean magnitude of ab.
class Pass {
 public:
  Pass(const std::string& variant, Precision precision, CpuBackend::Context context)
      : predictor_(
            std::make_shared<const Model<CpuBackend>>(random_weights(ModelRegistry::published().find(variant), 1),
                                                      ModelOptions{.precision = precision}),
            1, std::move(context)) {
    Random random(1);
    for (Index i = 0; i < lab_.size(); ++i) lab_.data()[i] = static_cast<float>(2 * random.uniform() - 1);
    for (Index i = 0; i < mask_.size(); ++i) mask_.data()[i] = i % 200 == 0 ? 0.f : 1.f;
  }

  void operator()() {
    predictor_(ab_.view(Index{1}, Index{2}, size, size), std::as_const(lab_).view(Index{1}, Index{3}, size, size),
               std::as_const(mask_).view(Index{1}, mask_.size()));
  }
  double value() {
    (*this)();
    double sum = 0;
    for (Index i = 0; i < ab_.size(); ++i) sum += std::abs(static_cast<double>(ab_.data()[i]));
    return sum / static_cast<double>(ab_.size());
  }

 private:
  static constexpr Index size = 224;
  Predictor<CpuBackend> predictor_;
  Buffer<float> lab_{3 * size * size}, mask_{size * size / 4}, ab_{2 * size * size};
};

CpuBackend::Context make_context(const std::string& executor, int threads, ThreadPool& pool) {
  if (executor == "team") return CpuBackend::Context(threads);
  if (executor == "pool")
    return CpuBackend::Context(
        cpu::PoolExecutor(threads, [&pool](std::function<void()> job) { pool.submit(std::move(job)); }));
#ifdef _OPENMP
  if (executor == "openmp") return CpuBackend::Context(cpu::OpenMpExecutor(threads));
#endif
  throw ArgumentError("there is no executor " + executor + " here");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 5) throw ArgumentError("usage: executor_worker VARIANT f32|int8 team|openmp|pool THREADS");
    const int threads = std::stoi(argv[4]);
    ThreadPool pool(threads - 1);
    const Precision precision = std::string(argv[2]) == "int8" ? Precision::int8 : Precision::full;
    peers::serve(Pass(argv[1], precision, make_context(argv[3], threads, pool)));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
