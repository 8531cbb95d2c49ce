// Shelf: the files of the studio. Pictures and sessions come from here, and nothing else of the disk is touched.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "icolorit/image/picture_metadata.hpp"
#include "icolorit/io/demo_file.hpp"
#include "icolorit/studio/open_sessions.hpp"
#include "icolorit/studio/palette.hpp"
#include "icolorit/studio/studio.hpp"

namespace icolorit::studio {

/// The user's folder for what the studio keeps: $XDG_DATA_HOME/icolorit or ~/.local/share/icolorit.
std::filesystem::path user_data_folder();

struct UploadLimits {
  static constexpr std::size_t bytes = std::size_t{512} << 20;
  static constexpr Index pixels = 120'000'000;
  static constexpr std::size_t pictures = 20;
};

/// A picture as it is in its file, and what that says beside the pixels.
struct ReadPicture {
  Image image;
  PictureMetadata metadata;
};

/// Threads may share it.
class Shelf {
 public:
  /// `data` is where uploaded pictures, sessions of read-only folders, and palettes are kept; it is made when needed.
  Shelf(Studio& studio, std::filesystem::path data) : studio_(studio), data_(std::move(data)) {}

  /// Where a browser finds this studio: told to another one that wants a session which is open here.
  void set_address(const std::string& address) { open_sessions_->set_address(address); }

  /// A picture, a session, or a session of demo_icolorit_lora, which becomes a new one. Returns the id. Throws
  /// FileError and FormatError.
  std::string open_file(const std::filesystem::path& path);

  /// The same from the bytes of a picture or a session. A picture that is open already is that one. Throws FormatError,
  /// and ArgumentError where there are too many open.
  std::string open_bytes(const std::string& name, std::span<const std::byte> bytes);

  /// The user's own palettes. Throws FileError and FormatError; writing throws FileError.
  std::vector<Palette> palettes() const;
  void set_palettes(const std::vector<Palette>& palettes);

 private:
  /// `shown` is what complaints call it.
  std::string open_picture(const std::filesystem::path& path, std::span<const std::byte> bytes,
                           const std::filesystem::path& shown);
  std::string open_session(Session session, const std::filesystem::path& beside);
  std::string open_demo(const DemoFile& file, const std::filesystem::path& folder);
  std::string put(const std::string& name, ReadPicture picture, Session session,
                  const std::filesystem::path& session_path, std::size_t journal_length);
  /// A picture of this checksum that was opened before, now or in an earlier run.
  std::optional<std::filesystem::path> known_picture(const std::string& checksum) const;
  /// The same, or the one that the reference names, or another of this checksum, in the folder `beside`, unless that
  /// is empty.
  std::filesystem::path find_picture(const PictureReference& reference, const std::filesystem::path& beside) const;
  void expect_room() const;

  Studio& studio_;
  std::filesystem::path data_;
  std::shared_ptr<OpenSessions> open_sessions_ = std::make_shared<OpenSessions>(data_ / "open");
  mutable std::mutex mutex_;
  std::map<std::string, std::filesystem::path> known_;  // by checksum: pictures that were opened
};

}  // namespace icolorit::studio
