// Communicator: what the ranks of a data-parallel training tell each other.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "icolorit/core/config.hpp"

namespace icolorit {

/// The ranks (processes, or threads in tests) that train one network together, each on its share of every batch. All
/// ranks call the same functions in the same order. One thread of a rank at a time uses it.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual Index rank() const = 0;  ///< in [0, size)
  virtual Index size() const = 0;

  /// values (n, the same on every rank) = their sum over the ranks, the same bits on every rank and in every run.
  virtual void sum(std::span<float> values) = 0;
  virtual void sum(std::span<double> values) = 0;

  /// How many seconds a sum waits for the other ranks before it gives up, naming those that did not come; 0: for ever.
  double patience() const { return patience_; }
  void set_patience(double seconds) { patience_ = seconds; }

  /// Says that this rank's work is done. A rank that goes without having said so ends the others, too.
  virtual void finish() = 0;

  /// Whether all ranks say yes. No rank returns before all have asked.
  bool all(bool yes) {
    double no = yes ? 0 : 1;
    sum(std::span(&no, 1));
    return no == 0;
  }

  /// Every rank's text, in the order of the ranks, on all of them.
  std::vector<std::string> gather(const std::string& own) {
    const auto ranks = static_cast<std::size_t>(size()), self = static_cast<std::size_t>(rank());
    std::vector<double> lengths(ranks, 0);
    lengths[self] = static_cast<double>(own.size());
    sum(lengths);
    std::vector<std::string> texts;
    for (const double length : lengths) texts.emplace_back(static_cast<std::size_t>(length), ' ');
    for (std::size_t from = 0; from < ranks; ++from) {
      std::vector<float> letters(texts[from].size(), 0.f);  // a byte is exact as a float
      if (from == self)
        std::ranges::transform(own, letters.begin(), [](char c) { return static_cast<unsigned char>(c); });
      sum(letters);
      std::ranges::transform(letters, texts[from].begin(),
                             [](float x) { return static_cast<char>(static_cast<unsigned char>(x)); });
    }
    return texts;
  }

 private:
  double patience_ = 0;
};

/// While it lives, sums wait for ever: for a rank that does something long alone.
class Unhurried {
 public:
  explicit Unhurried(Communicator& ranks) : ranks_(ranks), patience_(ranks.patience()) { ranks_.set_patience(0); }
  ~Unhurried() { ranks_.set_patience(patience_); }
  Unhurried(const Unhurried&) = delete;
  Unhurried& operator=(const Unhurried&) = delete;

 private:
  Communicator& ranks_;
  double patience_;
};

/// The only rank.
class SingleRank final : public Communicator {
 public:
  Index rank() const override { return 0; }
  Index size() const override { return 1; }
  void sum(std::span<float>) override {}
  void sum(std::span<double>) override {}
  void finish() override {}
};

}  // namespace icolorit
