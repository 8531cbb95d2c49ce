// icolorit bench: how fast a network runs here.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.hpp"
#include "engines.hpp"
#include "icolorit/io/json.hpp"
#include "machine.hpp"
#include "misuse.hpp"
#include "option_group.hpp"
#include "wording.hpp"

namespace icolorit::tool {

namespace {

/// The most main memory that the process has held, in bytes.
Index peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Index{usage.ru_maxrss} * 1024;  // Linux counts in KiB
}

struct Bench {
  EngineOptions engine;
  Index batch = 1, iterations = 0;
  bool as_json = false;

  void run() {
    engine.complete_network(/*random_weights=*/true);
    const std::unique_ptr<ForwardPass> pass = make_forward_pass(engine, batch);
    const int threads = threads_of(engine);
    const bool on_cpu = engine.device == "cpu";
    const bool has_peak = on_cpu && engine.precision == "f32";  // the probe multiplies floats on the processor
    const double peak_before = has_peak ? fma_peak(threads) : 0;
    const std::vector<double> times = measure(*pass);
    const double peak = has_peak ? std::max(peak_before, fma_peak(threads)) : 0;
    const double median = times[times.size() / 2];
    const double achieved = 2e-9 * pass->config().multiply_adds() * static_cast<double>(batch) / median;  // GFLOP/s
    if (as_json) {
      json::Value result{{"network", network()},
                         {"median_ms", 1e3 * median},
                         {"least_ms", 1e3 * times.front()},
                         {"images_per_second", static_cast<double>(batch) / median},
                         {"gflops", achieved},
                         {"peak_memory_bytes", peak_memory()},
                         {"batch", batch},
                         {"threads", threads},
                         {"size", pass->config().size},
                         {"precision", engine.precision},
                         {"device", engine.device},
                         {"iterations", std::ssize(times)}};
      if (has_peak) result.update({{"fma_peak_gflops", peak}, {"share_of_peak", achieved / peak}});
      std::cout << json::write(result) << '\n';
      return;
    }
    const Index size = pass->config().size;
    std::cout << network() << ", " << size << " x " << size << " pixels, batch of " << batch << ", " << engine.precision
              << ", " << engine.device << (on_cpu ? concat(", ", counted(threads, "thread")) : "") << '\n'
              << std::fixed << std::setprecision(2) << "median " << 1e3 * median << " ms of " << times.size()
              << " forward passes, best " << 1e3 * times.front() << " ms, " << static_cast<double>(batch) / median
              << " images/s\n"
              << std::lround(achieved) << " GFLOP/s";
    if (has_peak)
      std::cout << ", " << std::lround(100 * achieved / peak) << "% of the multiply-add peak of "
                << counted(threads, "thread") << ", " << std::lround(peak) << " GFLOP/s";
    std::cout << "\npeak memory " << (peak_memory() + 500'000) / 1'000'000 << " MB\n";
  }

 private:
  /// What ran.
  std::string network() const {
    return engine.weights.empty() ? engine.variant + " with random weights" : engine.weights.filename().string();
  }

  /// Seconds of each pass, sorted. Without a number given: as many passes as two seconds hold, at least ten.
  std::vector<double> measure(ForwardPass& pass) const {
    using Clock = std::chrono::steady_clock;
    for (int i = 0; i < 3; ++i) pass.run();  // caches, pages and clock frequency settle
    std::vector<double> times;
    const Clock::time_point start = Clock::now();
    const auto wants_more = [&] {
      if (iterations > 0) return std::ssize(times) < iterations;
      return times.size() < 10 || Clock::now() - start < std::chrono::seconds(2);
    };
    while (wants_more()) {
      const Clock::time_point before = Clock::now();
      pass.run();
      times.push_back(std::chrono::duration<double>(Clock::now() - before).count());
    }
    std::ranges::sort(times);
    return times;
  }
};

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App& command = *app.add_subcommand("bench", "Measure a network's forward pass on this machine");
  const auto options = std::make_shared<Bench>();
  options->engine.add_network_to(command);
  options->engine.add_machine_to(command);
  OptionGroup measurement(command, "Measurement");
  measurement.number("--batch", options->batch, "Pictures at a time", Index{1}, Index{1024})->capture_default_str();
  measurement.number("--iterations", options->iterations, "Forward passes to time [two seconds' worth]", Index{1},
                     Index{1} << 30);
  OptionGroup(command, "Output").flag("--json", options->as_json, "One JSON object instead of lines");
  command.callback([options] { options->run(); });
}

}  // namespace icolorit::tool
