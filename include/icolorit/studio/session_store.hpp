// SessionStore: where a session is kept. The studio knows no more of files than this.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace icolorit::studio {

/// Both functions throw FileError where nothing could be kept; then the store is as it was.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// Keeps one record more: it outlives this process from here on, and a failure of the machine once saved() is true.
  virtual void append(std::string_view record) = 0;
  /// Keeps a whole session, which contains all records so far, in the place of what there was.
  virtual void replace(std::string_view session) = 0;
  /// Whether all that was appended has reached the disk.
  virtual bool saved() const = 0;
  /// What a person would call it: the name of a file. Empty where nothing is kept.
  virtual std::string name() const = 0;
  /// Tells this place from all others, in every run of the program: letters, digits and '-'.
  virtual std::string identity() const = 0;
  /// `call` is called, by any thread, whenever saved() has become true. To be set before the first append.
  virtual void when_saved(std::function<void()> call) = 0;
};

/// Keeps nothing: for tests, and programs that save in their own way.
class NoSessionStore final : public SessionStore {
 public:
  void append(std::string_view) override {}
  void replace(std::string_view) override {}
  bool saved() const override { return true; }
  std::string name() const override { return {}; }
  std::string identity() const override { return "none"; }
  void when_saved(std::function<void()>) override {}
};

}  // namespace icolorit::studio
