// A server's side of coloring: requests of many threads are served by a few colorizers that share one model.
//   server_with_pool
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "icolorit/compiled.hpp"
#include "icolorit/default_model.hpp"

using namespace icolorit;

namespace {

// [pool]
/// As many colorizers as pictures may be colored at the same time. They share the model, and each has its own thread.
class ColorizerPool {
 public:
  ColorizerPool(const std::shared_ptr<const CompiledModel>& model, int count) {
    for (int i = 0; i < count; ++i) free_.push_back(make_colorizer(model, {.threads = 1}));
  }

  /// Waits for a colorizer that is free. Called by any number of threads, those of an HTTP server, say.
  Result<Image> colorize(const Image& photo, std::span<const Hint> hints) {
    AnyColorizer colorizer = take();
    Result<Image> result = colorizer.try_colorize(photo, hints);  // a request that fails ends no thread of the server
    give_back(std::move(colorizer));
    return result;
  }

 private:
  AnyColorizer take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !free_.empty(); });
    AnyColorizer colorizer = std::move(free_.back());
    free_.pop_back();
    return colorizer;
  }
  void give_back(AnyColorizer colorizer) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(std::move(colorizer));
    }
    returned_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<AnyColorizer> free_;
};
// [pool]

}  // namespace

int main() {
  ColorizerPool pool(load_model(default_model()), 2);
  std::vector<Result<Image>> answers(6, Failure());
  {
    std::vector<std::jthread> requests;
    for (std::size_t i = 0; i < answers.size(); ++i)
      requests.emplace_back([&pool, &answer = answers[i], i] {
        // The last request is wrong: its hint lies outside the picture.
        const std::vector<Hint> hints{make_hint(i == 5 ? 99 : 20, 20, {200, 64, 46})};
        answer = pool.colorize(Image(60, 40, 1, 8), hints);
      });
  }
  // [result]
  for (const Result<Image>& answer : answers)
    std::cout << (answer ? "colored" : "refused: " + answer.failure().message) << '\n';
  // [result]
  return 0;
}
