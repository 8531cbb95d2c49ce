// History: a document as the steps that made it, with undo and redo without end.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "icolorit/studio/command.hpp"

namespace icolorit::studio {

/// The document is always the first position() steps replayed on an empty one. Copies of it at some of the steps make
/// undo quick: their number stays bounded, whatever the number of steps. One thread uses it.
class History {
 public:
  /// Of a picture of width x height pixels.
  History(Index width, Index height) { document_.width = width, document_.height = height; }

  /// Replays steps of the past. Throws ArgumentError where one of them cannot be applied, or there are fewer.
  void restore(std::vector<Json> steps, std::size_t position) {
    if (position > steps.size()) throw ArgumentError(concat("the history is at step ", position, " of ", steps.size()));
    History fresh(document_.width, document_.height);
    for (Json& step : steps) fresh.apply(std::move(step));
    fresh.go_to(position);
    *this = std::move(fresh);
  }

  /// The document with all lasting steps.
  const Document& document() const { return document_; }
  /// The same with the transient commands, if there are any.
  const Document& shown() const { return transient_ ? *transient_ : document_; }

  /// Whether the commands can be applied; throws ArgumentError where not.
  void check(const Json& commands) const {
    Document trial = document_;
    apply_commands(trial, commands);
  }

  /// One step, after which nothing can be redone. Throws ArgumentError; then nothing has changed.
  void apply(Json commands) {
    Document next = document_;
    apply_commands(next, commands);
    transient_.reset();
    steps_.resize(position_);
    checkpoints_.erase(checkpoints_.upper_bound(position_), checkpoints_.end());
    steps_.push_back(std::move(commands));
    document_ = std::move(next);
    ++position_;
    remember();
  }

  /// Shows the document as if these commands followed the last step; replaces the transient commands before. Throws
  /// ArgumentError; then nothing has changed.
  void show(const Json& commands) {
    Document next = document_;
    apply_commands(next, commands);
    transient_ = std::move(next);
  }
  void drop_transient() { transient_.reset(); }

  bool can_undo() const { return position_ > 0; }
  bool can_redo() const { return position_ < steps_.size(); }
  /// One step back or forward; false where there is none.
  bool undo() { return can_undo() && go_to(position_ - 1); }
  bool redo() { return can_redo() && go_to(position_ + 1); }

  const std::vector<Json>& steps() const { return steps_; }
  std::size_t position() const { return position_; }

 private:
  static constexpr std::size_t most_checkpoints = 64;

  bool go_to(std::size_t position) {
    transient_.reset();
    Document next;
    std::size_t at = 0;
    if (position == position_ + 1) {
      next = document_;
      at = position_;
    } else if (const auto after = checkpoints_.upper_bound(position); after != checkpoints_.begin()) {
      next = std::prev(after)->second;
      at = std::prev(after)->first;
    } else {
      next.width = document_.width, next.height = document_.height;
    }
    for (; at < position; ++at) apply_commands(next, steps_[at]);
    document_ = std::move(next);
    position_ = position;
    return true;
  }

  /// Keeps a copy at every spacing_-th step; where they become too many, at every second of these.
  void remember() {
    if (position_ % spacing_ != 0) return;
    checkpoints_.insert_or_assign(position_, document_);
    if (checkpoints_.size() <= most_checkpoints) return;
    spacing_ *= 2;
    std::erase_if(checkpoints_, [&](const auto& checkpoint) { return checkpoint.first % spacing_ != 0; });
  }

  Document document_;
  std::optional<Document> transient_;
  std::vector<Json> steps_;  // arrays of commands; those from position_ on can be redone
  std::size_t position_ = 0, spacing_ = 16;
  std::map<std::size_t, Document> checkpoints_;
};

}  // namespace icolorit::studio
