// HintList: the hints of one picture while a person edits them.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "icolorit/core/error.hpp"
#include "icolorit/image/hints.hpp"

namespace icolorit {

/// Hints by id, in insertion order, with undo and redo. An id is never used for another hint; undo and redo
/// bring a hint back under its old id. Every edit drops what could be redone. Any edit that throws changes nothing.
/// Thread-safety: any number of threads may read one; a thread that changes it must be alone.
class HintList {
 public:
  using Id = Index;

  /// How many steps can be undone; older ones are forgotten.
  static constexpr std::size_t max_steps = 1000;

  /// Whether an edit can be undone by itself, or is undone together with the one before it: the further positions of
  /// one drag, the further colours of one turn at a colour wheel.
  enum class Step { separate, joined };

  /// For a picture of width x height pixels. Throws ArgumentError where that is empty.
  HintList(Index width, Index height) : width_(width), height_(height) {
    if (width < 1 || height < 1)
      throw ArgumentError(concat("HintList: the picture has ", width, " x ", height, " pixels, expected at least one"));
  }

  Index width() const { return width_; }
  Index height() const { return height_; }

  /// Throws ArgumentError where the hint lies outside the picture, or its colour is none of Lab, see expect_color.
  Id add(const Hint& hint) {
    expect_hint("HintList.add", hint, width_, height_);
    State& state = edit(Step::separate);
    state.hints.push_back(hint);
    state.ids.push_back(next_id_);
    return next_id_++;
  }

  /// All of them in one step; the ids count up from the one returned. Throws ArgumentError as add() does.
  Id add(std::span<const Hint> hints) {
    for (const Hint& hint : hints) expect_hint("HintList.add", hint, width_, height_);
    const Id first = next_id_;
    if (hints.empty()) return first;
    State& state = edit(Step::separate);
    state.hints.insert(state.hints.end(), hints.begin(), hints.end());
    for (std::size_t i = 0; i < hints.size(); ++i) state.ids.push_back(next_id_++);
    return first;
  }

  /// These hints, with new ids, in the place of all there were. Throws ArgumentError as add() does.
  void replace(std::span<const Hint> hints, Step step = Step::separate) {
    for (const Hint& hint : hints) expect_hint("HintList.replace", hint, width_, height_);
    State& state = edit(step);
    state.hints.assign(hints.begin(), hints.end());
    state.ids.resize(hints.size());
    for (Id& id : state.ids) id = next_id_++;
  }

  /// Throws ArgumentError for an unknown id or a place outside the picture.
  void move(Id id, Index x, Index y, Step step = Step::separate) {
    const std::size_t at = position("HintList.move", id);
    expect_hint("HintList.move", {x, y, {}}, width_, height_);
    Hint& hint = edit(step).hints[at];
    hint.x = x;
    hint.y = y;
  }

  /// Throws ArgumentError for an unknown id or a colour that is none of Lab.
  void recolor(Id id, const Lab<float>& color, Step step = Step::separate) {
    const std::size_t at = position("HintList.recolor", id);
    expect_color("HintList.recolor", color);
    edit(step).hints[at].color = color;
  }

  /// Throws ArgumentError for an unknown id.
  void remove(Id id) {
    const auto at = static_cast<std::ptrdiff_t>(position("HintList.remove", id));
    State& state = edit(Step::separate);
    state.hints.erase(state.hints.begin() + at);
    state.ids.erase(state.ids.begin() + at);
  }

  /// Removes every hint; can be undone.
  void clear() {
    if (!state_.hints.empty()) edit(Step::separate) = {};
  }

  bool can_undo() const { return !past_.empty(); }
  bool can_redo() const { return !future_.empty(); }
  /// One step back or forward; false where there is none.
  bool undo() { return travel(past_, future_); }
  bool redo() { return travel(future_, past_); }

  /// The hints, in insertion order, and their ids in the same order. Valid until the next edit.
  std::span<const Hint> hints() const { return state_.hints; }
  std::span<const Id> ids() const { return state_.ids; }
  auto begin() const { return state_.hints.begin(); }
  auto end() const { return state_.hints.end(); }
  Index size() const { return static_cast<Index>(state_.hints.size()); }
  bool empty() const { return state_.hints.empty(); }

  bool contains(Id id) const { return find(id) < state_.ids.size(); }
  /// Throws ArgumentError for an unknown id.
  const Hint& at(Id id) const { return state_.hints[position("HintList.at", id)]; }

  /// The hint nearest to (x,y), at most `radius` pixels away; of equally near ones the latest made, which a program
  /// draws on top.
  std::optional<Id> nearest(double x, double y, double radius) const {
    std::optional<Id> best;
    double reach = radius * radius;
    for (std::size_t i = 0; i < state_.hints.size(); ++i) {
      const double dx = static_cast<double>(state_.hints[i].x) - x, dy = static_cast<double>(state_.hints[i].y) - y;
      if (dx * dx + dy * dy > reach) continue;
      reach = dx * dx + dy * dy;
      best = state_.ids[i];
    }
    return best;
  }

 private:
  struct State {
    std::vector<Hint> hints;
    std::vector<Id> ids;  // of the hint at the same position; rising, because ids are handed out in order
  };

  std::size_t find(Id id) const {
    const auto found = std::lower_bound(state_.ids.begin(), state_.ids.end(), id);
    return found != state_.ids.end() && *found == id ? static_cast<std::size_t>(found - state_.ids.begin())
                                                     : state_.ids.size();
  }

  std::size_t position(const char* function, Id id) const {
    const std::size_t at = find(id);
    if (at == state_.ids.size()) throw ArgumentError(concat(function, ": there is no hint with the id ", id));
    return at;
  }

  /// Remembers the present state, unless the edit joins the one before, and hands it out to be changed.
  State& edit(Step step) {
    if (step == Step::separate || past_.empty()) {
      past_.push_back(state_);
      if (past_.size() > max_steps) past_.erase(past_.begin());
    }
    future_.clear();
    return state_;
  }

  bool travel(std::vector<State>& from, std::vector<State>& to) {
    if (from.empty()) return false;
    to.push_back(std::exchange(state_, std::move(from.back())));
    from.pop_back();
    return true;
  }

  Index width_, height_;
  State state_;
  std::vector<State> past_, future_;  // the states that undo and redo lead to, the next one last
  Id next_id_ = 0;
};

}  // namespace icolorit
