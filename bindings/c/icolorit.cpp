// The C interface: handles around the compiled library, failures as numbers. Nothing is thrown across.
#include "icolorit.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "icolorit/compiled.hpp"
#include "icolorit/core/result.hpp"
#include "icolorit/image/hint_list.hpp"

using namespace icolorit;

struct icolorit_model {
  std::shared_ptr<const CompiledModel> model;
};

struct icolorit_colorizer {
  AnyColorizer colorizer;
  std::vector<Hint> hints;  // of set_hints, kept so that it allocates only for more hints than ever before
};

namespace {

// An array, because a thread's object with a destructor would keep the library from being unloaded.
thread_local char last_error[512] = "";

/// f(), with what it throws as a status and this thread's message.
template <class F>
icolorit_status guarded(F&& f) noexcept {
  const Result<void> result = attempt(std::forward<F>(f));
  std::snprintf(last_error, sizeof last_error, "%s", result ? "" : result.failure().message.c_str());
  return static_cast<icolorit_status>(result.code());
}

template <class T>
T& require(T* pointer, const char* function, const char* what) {
  if (pointer == nullptr) throw ArgumentError(concat(function, ": ", what, " is NULL"));
  return *pointer;
}

/// The caller's options as this library knows them: what a program compiled with an older header lacks has its default.
/// The first member is the size that the program knows.
template <class Options>
Options known(const Options* given, Options result, const char* function) {
  if (given == nullptr) return result;
  const std::size_t size = given->size;
  if (size < sizeof(std::size_t) || size > 4096)
    throw ArgumentError(concat(function, ": the options' size is ", size, ", set it to sizeof of the struct"));
  std::memcpy(&result, given, std::min(size, sizeof result));
  return result;
}

ProgressCallback callback(icolorit_progress progress, void* user) {
  if (progress == nullptr) return {};
  return [progress, user](const Progress& now) { return progress(user, now.fraction, now.stage) != 0; };
}

LogCallback callback(icolorit_log log, void* user) {
  if (log == nullptr) return {};
  return [log, user](LogLevel level, std::string_view message) {
    log(user, static_cast<int>(level), std::string(message).c_str());
  };
}

template <class Enum>
Enum choice(int value, int last, const char* function, const char* what) {
  if (value < 0 || value > last)
    throw ArgumentError(concat(function, ": ", what, " is ", value, ", expected 0 to ", last));
  return static_cast<Enum>(value);
}

/// View is ImageView or MutableImageView.
template <class View>
View view_of(const icolorit_picture* given, const char* function) {
  const icolorit_picture picture =
      known(&require(given, function, "the picture"), icolorit_picture ICOLORIT_PICTURE_INIT, function);
  const auto view = [&]<class S>(S* pixels) {
    return View(pixels, picture.width, picture.height, picture.channels, picture.row_stride,
                picture.blue_first != 0 ? PixelOrder::bgr : PixelOrder::rgb);
  };
  if (picture.reserved != 0)
    throw ArgumentError(
        concat(function, ": reserved is ", picture.reserved, ", expected 0; begin with ICOLORIT_PICTURE_INIT"));
  switch (picture.bits) {
    case 8: return view(static_cast<std::uint8_t*>(picture.pixels));
    case 16: return view(static_cast<std::uint16_t*>(picture.pixels));
    case 32: return view(static_cast<float*>(picture.pixels));
    default: break;
  }
  throw ArgumentError(concat(function, ": samples of ", picture.bits, " bits, expected 8, 16 or 32"));
}

Hint hint_of(const icolorit_hint& hint) {
  Hint result = make_hint(hint.x, hint.y, {hint.red, hint.green, hint.blue});
  result.radius = hint.radius;
  return result;
}

template <class Source>
icolorit_status load(const char* function, const icolorit_model_options* options, icolorit_model** model,
                     const Source& source) {
  return guarded([&] {
    icolorit_model*& result = require(model, function, "the place for the model");
    const auto given = known(options, icolorit_model_options ICOLORIT_MODEL_OPTIONS_INIT, function);
    const CompiledModelOptions settings{
        .precision = choice<CompiledPrecision>(given.precision, ICOLORIT_PRECISION_INT8, function, "precision"),
        .input_size = given.input_size,
        .map_file = given.map_file != 0,
        .threads = given.threads,
        .log = callback(given.log, given.user)};
    result = new icolorit_model{load_model(source(), settings, callback(given.progress, given.user))};
  });
}

/// An edit of the colorizer's hints.
template <class Edit>
icolorit_status edit(icolorit_colorizer* colorizer, const char* function, Edit&& edit_hints) {
  return guarded([&] { edit_hints(require(colorizer, function, "the colorizer").colorizer.hints()); });
}

}  // namespace

const char* icolorit_last_error(void) { return last_error; }

int icolorit_version_number(void) { return ICOLORIT_VERSION_NUMBER; }
const char* icolorit_version_text(void) { return ICOLORIT_VERSION; }
const char* icolorit_version_instructions(void) { return compiled_instructions(); }

icolorit_status icolorit_model_load(const char* path, const icolorit_model_options* options, icolorit_model** model) {
  constexpr const char* function = "icolorit_model_load";
  return load(function, options, model, [&] { return std::filesystem::path(&require(path, function, "the path")); });
}

icolorit_status icolorit_model_parse(const void* bytes, size_t count, const icolorit_model_options* options,
                                     icolorit_model** model) {
  constexpr const char* function = "icolorit_model_parse";
  return load(function, options, model, [&] {
    return std::span(&require(static_cast<const std::byte*>(bytes), function, "the address"), count);
  });
}

void icolorit_model_free(icolorit_model* model) { delete model; }

icolorit_status icolorit_colorizer_new(const icolorit_model* model, const icolorit_colorizer_options* options,
                                       icolorit_colorizer** colorizer) {
  constexpr const char* function = "icolorit_colorizer_new";
  return guarded([&] {
    icolorit_colorizer*& result = require(colorizer, function, "the place for the colorizer");
    const auto given = known(options, icolorit_colorizer_options ICOLORIT_COLORIZER_OPTIONS_INIT, function);
    const CompiledColorizerOptions settings{
        .engine = choice<CompiledEngine>(given.engine, ICOLORIT_ENGINE_OPTIMIZATION, function, "engine"),
        .threads = given.threads,
        .colorizer = {.upsampling = given.bicubic != 0 ? Upsampling::bicubic : Upsampling::guided,
                      .local_statistics = given.local_statistics != 0,
                      .log = callback(given.log, given.user)}};
    result = new icolorit_colorizer{make_colorizer(model == nullptr ? nullptr : model->model, settings), {}};
  });
}

void icolorit_colorizer_free(icolorit_colorizer* colorizer) { delete colorizer; }

icolorit_status icolorit_colorizer_memory_required(const icolorit_colorizer* colorizer, ptrdiff_t width,
                                                   ptrdiff_t height, size_t* bytes) {
  constexpr const char* function = "icolorit_colorizer_memory_required";
  return guarded([&] {
    const Index required = require(colorizer, function, "the colorizer").colorizer.memory_required(width, height);
    require(bytes, function, "the place for the bytes") = static_cast<size_t>(required);
  });
}

icolorit_status icolorit_colorizer_set_image(icolorit_colorizer* colorizer, const icolorit_picture* picture) {
  constexpr const char* function = "icolorit_colorizer_set_image";
  return guarded([&] {
    require(colorizer, function, "the colorizer").colorizer.set_image(view_of<ImageView>(picture, function));
  });
}

icolorit_status icolorit_colorizer_set_hints(icolorit_colorizer* colorizer, const icolorit_hint* hints, size_t count) {
  constexpr const char* function = "icolorit_colorizer_set_hints";
  return edit(colorizer, function, [&](HintList& list) {
    std::vector<Hint>& own = colorizer->hints;
    own.clear();
    if (count > 0) require(hints, function, "the hints");
    for (size_t i = 0; i < count; ++i) own.push_back(hint_of(hints[i]));
    list.replace(own);
  });
}

icolorit_status icolorit_colorizer_add_hint(icolorit_colorizer* colorizer, const icolorit_hint* hint, ptrdiff_t* id) {
  constexpr const char* function = "icolorit_colorizer_add_hint";
  return edit(colorizer, function, [&](HintList& list) {
    const HintList::Id added = list.add(hint_of(require(hint, function, "the hint")));
    if (id != nullptr) *id = added;
  });
}

icolorit_status icolorit_colorizer_move_hint(icolorit_colorizer* colorizer, ptrdiff_t id, ptrdiff_t x, ptrdiff_t y) {
  return edit(colorizer, "icolorit_colorizer_move_hint", [&](HintList& list) { list.move(id, x, y); });
}

icolorit_status icolorit_colorizer_recolor_hint(icolorit_colorizer* colorizer, ptrdiff_t id, unsigned char red,
                                                unsigned char green, unsigned char blue) {
  return edit(colorizer, "icolorit_colorizer_recolor_hint",
              [&](HintList& list) { list.recolor(id, make_hint(0, 0, {red, green, blue}).color); });
}

icolorit_status icolorit_colorizer_remove_hint(icolorit_colorizer* colorizer, ptrdiff_t id) {
  return edit(colorizer, "icolorit_colorizer_remove_hint", [&](HintList& list) { list.remove(id); });
}

icolorit_status icolorit_colorizer_undo(icolorit_colorizer* colorizer, int* done) {
  return edit(colorizer, "icolorit_colorizer_undo", [&](HintList& list) {
    const bool undone = list.undo();
    if (done != nullptr) *done = undone ? 1 : 0;
  });
}

icolorit_status icolorit_colorizer_redo(icolorit_colorizer* colorizer, int* done) {
  return edit(colorizer, "icolorit_colorizer_redo", [&](HintList& list) {
    const bool redone = list.redo();
    if (done != nullptr) *done = redone ? 1 : 0;
  });
}

icolorit_status icolorit_colorizer_count_hints(const icolorit_colorizer* colorizer, size_t* count) {
  constexpr const char* function = "icolorit_colorizer_count_hints";
  return guarded([&] {
    const HintList& hints = require(colorizer, function, "the colorizer").colorizer.hints();
    require(count, function, "the place for the count") = static_cast<size_t>(hints.size());
  });
}

icolorit_status icolorit_colorizer_render(icolorit_colorizer* colorizer, const icolorit_picture* result,
                                          icolorit_progress progress, void* user) {
  constexpr const char* function = "icolorit_colorizer_render";
  return guarded([&] {
    require(colorizer, function, "the colorizer")
        .colorizer.render_into(view_of<MutableImageView>(result, function), callback(progress, user));
  });
}

icolorit_status icolorit_colorizer_lost_hints(const icolorit_colorizer* colorizer, size_t* count) {
  constexpr const char* function = "icolorit_colorizer_lost_hints";
  return guarded([&] {
    const Index lost = require(colorizer, function, "the colorizer").colorizer.lost_hints();
    require(count, function, "the place for the count") = static_cast<size_t>(lost);
  });
}
