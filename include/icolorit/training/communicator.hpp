// Communicator: what the ranks of a data-parallel training tell each other.
#pragma once

#include <span>

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

  /// Says that this rank's work is done. A rank that goes without having said so ends the others, too.
  virtual void finish() = 0;

  /// Whether all ranks say yes. No rank returns before all have asked.
  bool all(bool yes) {
    double no = yes ? 0 : 1;
    sum(std::span(&no, 1));
    return no == 0;
  }
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
