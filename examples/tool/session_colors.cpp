#include "session_colors.hpp"

#include "engines.hpp"
#include "icolorit/io/image_file.hpp"
#include "icolorit/studio/demo_session.hpp"
#include "icolorit/studio/export_picture.hpp"
#include "icolorit/studio/picture_renderer.hpp"
#include "icolorit/studio/picture_session.hpp"
#include "icolorit/studio/session_file.hpp"
#include "icolorit/studio/session_search.hpp"
#include "icolorit/studio/settings_json.hpp"
#include "studio_engines.hpp"

namespace icolorit::tool {

namespace {

studio::Session read_session(const std::filesystem::path& path) {
  auto found = studio::find_session(path);
  if (!found) throw FileError(concat("cannot open ", path, ": there is no such session"));
  return std::move(found->first);
}

/// Nothing where the file is of the studio, or cannot be read.
std::optional<DemoFile> read_demo(const std::filesystem::path& path) {
  if (std::error_code error; !std::filesystem::is_regular_file(path, error)) return {};
  return parse_file(path, [](const std::vector<std::byte>& bytes) { return find_demo_file(as_text(bytes)); });
}

}  // namespace

std::filesystem::path picture_of_session(const std::filesystem::path& session) {
  if (const auto demo = read_demo(session))
    return with_path(session, [&] { return studio::demo_picture(*demo, session.parent_path()); });
  const studio::PictureReference reference = read_session(session).picture;
  const std::filesystem::path folder = std::filesystem::absolute(session).parent_path();
  if (const auto found = studio::picture_of(reference, folder))
    return found->parent_path() == folder ? session.parent_path() / found->filename() : *found;
  if (const auto named = session.parent_path() / reference.path; std::filesystem::exists(named)) return named;
  throw FileError(concat("the picture of ", session, ", ", std::filesystem::path(reference.path).filename(),
                         ", is not beside it: put it there, or name it: icolorit colorize PICTURE --session FILE"));
}

SessionColors color_session(const std::filesystem::path& path, const std::filesystem::path& picture,
                            EngineOptions options, const PictureOptions& pictures, const ProgressCallback& progress) {
  const std::optional<DemoFile> demo = read_demo(path);
  studio::Session session = demo ? studio::Session() : read_session(path);
  std::vector<std::byte> bytes = read_file(picture);
  if (!demo && studio::picture_checksum(bytes) != session.picture.checksum)
    throw FormatError(
        concat(picture, " is another picture than that of the session ", path, ": give the one it was made on"));

  const bool own_engine = options.engine.empty() && options.model.empty() && options.weights.empty() &&
                          options.precision == EngineOptions().precision;
  options.complete();
  const StudioEngines engines(options);
  studio::EngineSettings settings = engines.settings();
  if (own_engine && !session.settings.empty())
    settings = studio::settings_from_json(session.settings, settings, engines.names());

  InputPicture photo = pictures.decode(picture, std::move(bytes));
  if (demo) session = studio::session_of(*demo, {picture.string(), "", photo.image.width(), photo.image.height()});
  const studio::PictureSession opened("p1", picture.filename().string(), std::move(photo.image), std::move(session),
                                      std::make_unique<studio::NoSessionStore>());
  const studio::Document document = opened.snapshot().document;
  studio::PictureRenderer renderer(engines(settings, studio::Quality::best), opened.original(), opened.original(),
                                   opened.masks(), threads_of(options));
  return {renderer.render(document, progress), studio::acting_marks(document), settings.model,
          std::move(photo.metadata), std::move(photo.notes)};
}

}  // namespace icolorit::tool
