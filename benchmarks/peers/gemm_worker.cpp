// One side of a paired comparison of matrix products, in the protocol of worker.hpp:
//   gemm_worker icolorit|eigen|openblas|onednn ROWS DEPTH COLUMNS THREADS
// A run multiplies (ROWS,DEPTH) with the weights of twelve layers (DEPTH,COLUMNS) in turn, as a network would. Peers
// that can have their weights packed beforehand have (oneDNN). VALUE is the mean magnitude of the products.
#include <chrono>
#include <cmath>
#include <functional>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

#include <Eigen/Core>

#ifdef ICOLORIT_HAS_OPENBLAS
#include <cblas.h>
extern "C" void openblas_set_num_threads(int);
#endif
#ifdef ICOLORIT_HAS_ONEDNN
#include <dnnl.hpp>
#endif

#include "icolorit/core/random.hpp"
#include "icolorit/cpu/backend.hpp"

using namespace icolorit;

namespace {

struct Problem {
  Index M, K, N;
  int threads;
  Buffer<float> x, y;
  std::vector<Buffer<float>> weights;  // (K,N) each
};

constexpr int layers = 12;

/// What multiplies by layer i's weights.
using Product = std::function<void(int layer)>;

Product icolorit_product(Problem& p) {
  auto context = std::make_shared<CpuBackend::Context>(p.threads);
  auto packed = std::make_shared<std::vector<CpuBackend::PackedWeight<float>>>();
  for (const auto& weight : p.weights)
    packed->push_back(CpuBackend::pack<float>(*context, weight.view(p.K, p.N).transposed()));
  return [&p, context, packed](int layer) {
    CpuBackend::linear(*context, p.y.view(p.M, p.N), std::as_const(p.x).view(p.M, p.K),
                       (*packed)[static_cast<std::size_t>(layer)], Epilogue<float>{{}, {}, Activation::none});
  };
}

Product eigen_product(Problem& p) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::setNbThreads(p.threads);
  return [&p](int layer) {
    const Eigen::Map<const Matrix> x(p.x.data(), p.M, p.K),
        w(p.weights[static_cast<std::size_t>(layer)].data(), p.K, p.N);
    Eigen::Map<Matrix>(p.y.data(), p.M, p.N).noalias() = x * w;
  };
}

#ifdef ICOLORIT_HAS_OPENBLAS
Product openblas_product(Problem& p) {
  openblas_set_num_threads(p.threads);
  return [&p](int layer) {
    const auto M = static_cast<int>(p.M), K = static_cast<int>(p.K), N = static_cast<int>(p.N);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, N, K, 1, p.x.data(), K,
                p.weights[static_cast<std::size_t>(layer)].data(), N, 0, p.y.data(), N);
  };
}
#endif

#ifdef ICOLORIT_HAS_ONEDNN
Product onednn_product(Problem& p) {
  using namespace dnnl;
  using Layout = memory::format_tag;
  const engine cpu(engine::kind::cpu, 0);
  stream queue(cpu);
  const auto f32 = memory::data_type::f32;
  const memory::desc x({p.M, p.K}, f32, Layout::ab), y({p.M, p.N}, f32, Layout::ab), plain({p.K, p.N}, f32, Layout::ab),
      packed({p.K, p.N}, f32, Layout::any);
  const matmul::primitive_desc description(matmul::desc(x, packed, y), cpu);
  auto weights = std::make_shared<std::vector<memory>>();
  for (auto& weight : p.weights) {
    memory from(plain, cpu, weight.data());
    weights->emplace_back(description.weights_desc(), cpu);
    reorder(from, weights->back()).execute(queue, from, weights->back());
  }
  const memory in(x, cpu, p.x.data()), out(y, cpu, p.y.data());
  return [product = matmul(description), weights, in, out, queue](int layer) mutable {
    product.execute(
        queue,
        {{DNNL_ARG_SRC, in}, {DNNL_ARG_WEIGHTS, (*weights)[static_cast<std::size_t>(layer)]}, {DNNL_ARG_DST, out}});
    queue.wait();
  };
}
#endif

Product make(const std::string& peer, Problem& problem) {
  if (peer == "icolorit") return icolorit_product(problem);
  if (peer == "eigen") return eigen_product(problem);
#ifdef ICOLORIT_HAS_OPENBLAS
  if (peer == "openblas") return openblas_product(problem);
#endif
#ifdef ICOLORIT_HAS_ONEDNN
  if (peer == "onednn") return onednn_product(problem);
#endif
  throw ArgumentError(concat("gemm_worker: ", peer, " was not found when this program was built"));
}

Buffer<float> numbers(Random& random, Index count) {
  Buffer<float> values(count);
  for (Index i = 0; i < count; ++i) values.data()[i] = static_cast<float>(2 * random.uniform() - 1);
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 6) throw ArgumentError("usage: gemm_worker icolorit|eigen|openblas|onednn ROWS DEPTH COLUMNS THREADS");
    Problem problem{std::stol(argv[2]), std::stol(argv[3]), std::stol(argv[4]), std::stoi(argv[5]), {}, {}, {}};
    Random random(1);
    problem.x = numbers(random, problem.M * problem.K);
    problem.y = Buffer<float>(problem.M * problem.N);
    for (int i = 0; i < layers; ++i) problem.weights.push_back(numbers(random, problem.K * problem.N));
    const Product product = make(argv[1], problem);

    double value = 0;
    for (int layer = 0; layer < layers; ++layer) {
      product(layer);
      for (Index i = 0; i < problem.y.size(); ++i) value += std::abs(static_cast<double>(problem.y.data()[i]));
    }
    std::cout << "ready " << std::setprecision(9) << value / static_cast<double>(layers * problem.y.size())
              << std::endl;
    std::string word;
    for (Index runs = 0; std::cin >> word >> runs;) {
      const auto start = std::chrono::steady_clock::now();
      for (Index i = 0; i < runs; ++i)
        for (int layer = 0; layer < layers; ++layer) product(layer);
      std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
