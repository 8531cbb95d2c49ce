#include "shelf.hpp"

#include <unistd.h>

#include <cstdlib>

#include "icolorit/io/image_file.hpp"
#include "icolorit/studio/palette_file.hpp"
#include "icolorit/studio/session_file.hpp"

namespace icolorit::studio {

namespace {

bool looks_like_json(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != text.npos && text[start] == '{';
}

/// The last part of a name that somebody else chose, without what a file system may take amiss.
std::string safe_name(const std::string& name) {
  std::string last = name.substr(name.find_last_of("/\\") + 1);
  std::erase_if(last, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  while (last.starts_with('.')) last.erase(0, 1);
  constexpr std::size_t most = 120;
  if (last.size() > most) last.erase(0, last.size() - most);
  return last.empty() ? "picture" : last;
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw FileError(concat("cannot make the folder ", folder, ": ", error.message()));
  return folder;
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
  if (!looks_like_json(bytes)) return open_picture(path, bytes);
  const auto found = find_session(path);
  const std::filesystem::path picture = find_picture(found->first.picture, path.parent_path());
  expect_room();
  return put(picture.filename().string(), read_image(picture, {UploadLimits::pixels}), found->first, path,
             found->second);
}

std::string Shelf::open_bytes(const std::string& name, std::span<const std::byte> bytes) {
  if (looks_like_json(bytes)) {
    const Json value = json::parse(as_text(bytes), max_session_values);
    return open_session(parse_session(value), {});
  }
  const std::string checksum = picture_checksum(bytes);
  if (const auto open = studio_.find_checksum(checksum)) return open->id();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(checksum); known != known_.end() && std::filesystem::exists(known->second))
      return open_picture(known->second, bytes);
  }
  if (!image_format_of(bytes))
    throw HttpError(415, "this is no PNG, JPEG, WebP or TIFF picture and no session: convert it to one of these");
  const auto folder = made(data_ / "pictures" / file_part(checksum));
  const std::filesystem::path path = folder / safe_name(name);
  if (!std::filesystem::exists(path)) write_file(path, bytes);
  return open_picture(path, bytes);
}

/// The session lies beside the picture where that can be written, else in the data folder.
std::string Shelf::open_picture(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::string checksum = picture_checksum(bytes);
  if (const auto open = studio_.find_checksum(checksum)) return open->id();
  expect_room();
  Image picture = decode_image(bytes, {UploadLimits::pixels});

  const std::filesystem::path absolute = std::filesystem::absolute(path);
  std::filesystem::path session_path = session_path_for(absolute);
  PictureReference reference{absolute.filename().string(), checksum, picture.width(), picture.height()};
  if (access(absolute.parent_path().c_str(), W_OK) != 0) {
    session_path = session_path_for(made(data_ / "sessions" / file_part(checksum)) / absolute.filename());
    reference.path = absolute.string();
  }
  Session session;
  session.picture = reference;
  session.history = History(picture.width(), picture.height());
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
  Image image = read_image(picture, {UploadLimits::pixels});
  if (image.width() != session.picture.width || image.height() != session.picture.height)
    throw FormatError(concat("the session is of a picture of ", session.picture.width, " x ", session.picture.height,
                             " pixels, ", picture, " has ", image.width(), " x ", image.height()));
  const auto folder = made(data_ / "sessions" / file_part(session.picture.checksum));
  std::filesystem::path path = session_path_for(folder / picture.filename());
  for (int i = 2; std::filesystem::exists(path); ++i)
    path = session_path_for(folder / concat(i, '-', picture.filename().string()));
  session.picture.path = picture.string();
  write_file(path, format_session(session));
  return put(picture.filename().string(), std::move(image), std::move(session), path, 0);
}

std::string Shelf::put(const std::string& name, Image picture, Session session,
                       const std::filesystem::path& session_path, std::size_t journal_length) {
  return studio_.open(name, std::move(picture), std::move(session),
                      std::make_unique<SessionFile>(session_path, journal_length));
}

std::filesystem::path Shelf::find_picture(const PictureReference& reference,
                                          const std::filesystem::path& beside) const {
  std::vector<std::filesystem::path> candidates;
  if (!beside.empty()) candidates.push_back(beside / reference.path);  // an absolute path stays itself
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(reference.checksum); known != known_.end()) candidates.push_back(known->second);
  }
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(data_ / "pictures" / file_part(reference.checksum), error))
    if (entry.is_regular_file() && image_format_named(entry.path())) candidates.push_back(entry.path());
  for (const std::filesystem::path& candidate : candidates)
    if (std::filesystem::is_regular_file(candidate, error) &&
        picture_checksum(read_file(candidate, UploadLimits::bytes)) == reference.checksum)
      return candidate;
  throw FormatError(concat("the session's picture, ", safe_name(reference.path), ", is not here: open it first"));
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
