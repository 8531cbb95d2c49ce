#include "shelf.hpp"

#include <unistd.h>

#include <cstdlib>

#include "http_message.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/io/utf8.hpp"
#include "icolorit/studio/clean_name.hpp"
#include "icolorit/studio/demo_session.hpp"
#include "icolorit/studio/palette_file.hpp"
#include "icolorit/studio/session_file.hpp"
#include "icolorit/studio/session_search.hpp"

namespace icolorit::studio {

namespace {

bool looks_like_json(std::span<const std::byte> bytes) {
  std::string_view text = as_text(bytes);
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != text.npos && text[start] == '{';
}

/// The last part of a name that somebody else chose, without what a file system may take amiss.
std::string safe_name(const std::string& name) {
  constexpr std::size_t most = 60;  // characters: with all that is added, within the 255 bytes of a file's name
  const std::filesystem::path last = name.substr(name.find_last_of("/\\") + 1);
  std::string stem = clean_name(last.stem().string(), most);
  while (stem.starts_with('.')) stem.erase(0, 1);
  return (stem.empty() ? "picture" : stem) + clean_name(last.extension().string(), 8);
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError(concat("cannot make the folder ", folder, ": ", error.message()));
  return folder;
}

ReadPicture decode(std::span<const std::byte> bytes) {
  OpenedImage opened = open_image({bytes.begin(), bytes.end()}, {UploadLimits::pixels});
  return {opened.decode(1), std::move(opened.metadata)};
}
ReadPicture read_picture(const std::filesystem::path& path) {
  return parse_file(path, [](const std::vector<std::byte>& bytes) { return decode(bytes); });
}

/// "crc32:0123abcd:456" as part of a file's name.
std::string file_part(std::string checksum) {
  std::ranges::replace(checksum, ':', '-');
  return checksum;
}

}  // namespace

std::filesystem::path user_data_folder() {
  const char* const data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::filesystem::path(data) / "icolorit";
  const char* const home = std::getenv("HOME");
  return std::filesystem::path(home != nullptr && *home != '\0' ? home : "/tmp") / ".local" / "share" / "icolorit";
}

void Shelf::expect_room() const {
  if (studio_.pictures().size() >= UploadLimits::pictures)
    throw ArgumentError(concat(UploadLimits::pictures, " pictures are open, which is the most: close one first"));
}

std::string Shelf::open_file(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path, UploadLimits::bytes);
  if (!looks_like_json(bytes)) return open_picture(path, bytes, path);
  const auto demo = with_path(path, [&] { return find_demo_file(as_text(bytes)); });
  if (demo) return with_path(path, [&] { return open_demo(*demo, std::filesystem::absolute(path).parent_path()); });
  auto found = find_session(path);
  const std::filesystem::path beside = std::filesystem::absolute(path).parent_path();
  const std::filesystem::path picture = find_picture(found->first.picture, beside);
  found->first.picture.path = (picture.parent_path() == beside ? picture.filename() : picture).string();
  expect_room();
  return put(picture.filename().string(), read_picture(picture), found->first, path, found->second);
}

std::string Shelf::open_bytes(const std::string& name, std::span<const std::byte> bytes) {
  if (looks_like_json(bytes)) {
    const Json value = json::parse(as_text(bytes), max_session_values);
    return open_session(parse_session(value), {});
  }
  const std::string checksum = picture_checksum(bytes);
  if (const auto open = studio_.find_checksum(checksum)) return open->id();
  if (const auto known = known_picture(checksum)) return open_picture(*known, bytes, known->filename());
  if (!image_format_of(bytes))
    throw HttpError(415, codec::is_heic(bytes)
                             ? "this is a HEIC picture, as some telephones make them: convert it to JPEG, PNG or TIFF"
                             : "this is no PNG, JPEG, WebP or TIFF picture and no session: convert it to one of these");
  const auto folder = made(data_ / "pictures" / file_part(checksum));
  const std::filesystem::path path = folder / safe_name(name);
  write_file(path, bytes);
  try {
    return open_picture(path, bytes, path.filename());
  } catch (const FormatError&) {
    std::filesystem::remove_all(folder);
    throw;
  }
}

/// The session lies beside the picture where that can be written, else in the data folder.
std::string Shelf::open_picture(const std::filesystem::path& path, std::span<const std::byte> bytes,
                                const std::filesystem::path& shown) {
  const std::string checksum = picture_checksum(bytes);
  if (const auto open = studio_.find_checksum(checksum)) return open->id();
  expect_room();
  ReadPicture picture;
  try {
    picture = decode(bytes);
  } catch (const FormatError& error) {
    throw FormatError(concat("cannot open ", shown, ": ", error.what()));
  }

  const std::filesystem::path absolute = std::filesystem::absolute(path);
  std::filesystem::path session_path = session_path_for(absolute);
  PictureReference reference{absolute.filename().string(), checksum, picture.image.width(), picture.image.height()};
  if (access(absolute.parent_path().c_str(), W_OK) != 0) {
    session_path = session_path_for(made(data_ / "sessions" / file_part(checksum)) / absolute.filename());
    reference.path = absolute.string();
  }
  if (std::error_code error;  // the picture may have got another name
      reference.path == absolute.filename() && !std::filesystem::exists(session_path, error)) {
    const auto orphans = orphan_sessions(absolute.parent_path());
    if (const auto own = orphans.find(checksum); own != orphans.end()) session_path = own->second;
  }
  Session session;
  session.picture = reference;
  session.history = History(reference.width, reference.height);
  std::size_t journal_length = 0;
  if (auto found = find_session(session_path)) {
    if (found->first.picture.checksum != checksum)
      throw FormatError(
          concat("the session ", session_path, " is about another picture of the same name: move it away"));
    session = std::move(found->first);
    session.picture.path = reference.path;
    journal_length = found->second;
  }
  {
    const std::lock_guard lock(mutex_);
    known_[checksum] = absolute;
  }
  return put(absolute.filename().string(), std::move(picture), std::move(session), session_path, journal_length);
}

/// A session without a place of its own goes on in the data folder, beside others of the same picture.
std::string Shelf::open_session(Session session, const std::filesystem::path& beside) {
  expect_room();
  const std::filesystem::path picture = find_picture(session.picture, beside);
  ReadPicture read = read_picture(picture);
  const Image& image = read.image;
  if (image.width() != session.picture.width || image.height() != session.picture.height)
    throw FormatError(concat("the session is of a picture of ", session.picture.width, " x ", session.picture.height,
                             " pixels, ", picture, " has ", image.width(), " x ", image.height()));
  const auto folder = made(data_ / "sessions" / file_part(session.picture.checksum));
  std::filesystem::path path = session_path_for(folder / picture.filename());
  for (int i = 2; std::filesystem::exists(path); ++i)
    path = session_path_for(folder / concat(i, '-', picture.filename().string()));
  session.picture.path = picture.string();
  write_file(path, format_session(session));
  return put(picture.filename().string(), std::move(read), std::move(session), path, 0);
}

std::string Shelf::open_demo(const DemoFile& file, const std::filesystem::path& folder) {
  const std::filesystem::path picture = std::filesystem::absolute(demo_picture(file, folder));
  const std::vector<std::byte> bytes = read_file(picture, UploadLimits::bytes);
  const OpenedImage opened = open_image(bytes, {UploadLimits::pixels});
  return open_session(session_of(file, {picture.string(), picture_checksum(bytes), opened.width, opened.height}),
                      folder);
}

std::string Shelf::put(const std::string& name, ReadPicture picture, Session session,
                       const std::filesystem::path& session_path, std::size_t journal_length) {
  return studio_.open(clean_name(name, 200), std::move(picture.image), std::move(session),
                      std::make_unique<SessionFile>(session_path, journal_length, open_sessions_),
                      std::move(picture.metadata));
}

std::optional<std::filesystem::path> Shelf::known_picture(const std::string& checksum) const {
  std::filesystem::path opened;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(checksum); known != known_.end()) opened = known->second;
  }
  if (is_picture(opened, checksum)) return opened;
  return picture_in(data_ / "pictures" / file_part(checksum), checksum);
}

std::filesystem::path Shelf::find_picture(const PictureReference& reference,
                                          const std::filesystem::path& beside) const {
  if (const auto named = beside / reference.path; !beside.empty() && is_picture(named, reference.checksum))
    return named;
  if (const auto known = known_picture(reference.checksum)) return *known;
  if (const auto there = beside.empty() ? std::nullopt : picture_in(beside, reference.checksum)) return *there;
  throw FormatError(concat("the session's picture, ", safe_name(reference.path),
                           ", is not here: put it beside the session, or open it first"));
}

std::vector<Palette> Shelf::palettes() const {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path path = data_ / "palettes.json";
  if (!std::filesystem::exists(path)) return {};
  return parse_file(path, [](const std::vector<std::byte>& bytes) { return parse_palettes(bytes, "mine"); });
}

void Shelf::set_palettes(const std::vector<Palette>& palettes) {
  const std::lock_guard lock(mutex_);
  Json list = Json::array();
  for (const Palette& palette : palettes) list.push_back(palette_json(palette));
  write_file(made(data_) / "palettes.json", Json{{"palettes", std::move(list)}}.dump(1));
}

}  // namespace icolorit::studio
