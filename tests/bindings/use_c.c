/* Every function of the C interface from a C89 program: use_c WEIGHTS. */
#include "icolorit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 60
#define HEIGHT 40

static int failures = 0;

static void expect(int holds, const char* what, int line) {
  if (holds) return;
  ++failures;
  fprintf(stderr, "line %d: %s\n    the last error: \"%s\"\n", line, what, icolorit_last_error());
}
#define EXPECT(condition) expect((condition), #condition, __LINE__)
#define EXPECT_OK(call) expect((call) == ICOLORIT_OK, #call, __LINE__)
#define EXPECT_FAILURE(status, message, call) \
  expect((call) == (status) && strstr(icolorit_last_error(), (message)) != NULL, #call, __LINE__)

static unsigned char grey[WIDTH * HEIGHT];
static unsigned char color[WIDTH * HEIGHT * 4];

static icolorit_picture input_picture(void) {
  icolorit_picture picture = ICOLORIT_PICTURE_INIT;
  picture.pixels = grey;
  picture.width = WIDTH;
  picture.height = HEIGHT;
  picture.channels = 1;
  return picture;
}

static icolorit_picture output_picture(void) {
  icolorit_picture picture = ICOLORIT_PICTURE_INIT;
  picture.pixels = color;
  picture.width = WIDTH;
  picture.height = HEIGHT;
  picture.channels = 4;
  picture.blue_first = 1;
  return picture;
}

static int pixel_is_red(int x, int y) {
  const unsigned char* pixel = color + 4 * (y * WIDTH + x);
  return pixel[2] > pixel[1] + 20 && pixel[2] > pixel[0] + 20 && pixel[3] == 255;
}

static int stop_at_once(void* user, double fraction, const char* stage) {
  ++*(int*)user;
  return fraction < 0 || stage == NULL;
}

static int go_on(void* user, double fraction, const char* stage) {
  (void)stage;
  *(double*)user = fraction;
  return 1;
}

static void count_lines(void* user, int level, const char* message) {
  if (strlen(message) > 10) ++((int*)user)[level];
}

static void* read_whole(const char* path, size_t* count) {
  FILE* file = fopen(path, "rb");
  void* bytes = NULL;
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file);
  rewind(file);
  bytes = malloc(*count);
  if (bytes != NULL && fread(bytes, 1, *count, file) != *count) *count = 0;
  fclose(file);
  return bytes;
}

static void use_models(const char* weights) {
  icolorit_model_options options = ICOLORIT_MODEL_OPTIONS_INIT;
  icolorit_model* model = NULL;
  size_t count = 0;
  int calls = 0, lines[3] = {0, 0, 0};
  double fraction = 0;
  void* bytes = read_whole(weights, &count);

  EXPECT_OK(icolorit_model_load(weights, NULL, &model));
  icolorit_model_free(model);
  model = NULL;
  options.precision = ICOLORIT_PRECISION_F32;
  options.map_file = 1;
  options.progress = go_on;
  options.user = &fraction;
  EXPECT_OK(icolorit_model_load(weights, &options, &model));
  EXPECT(fraction == 1);
  icolorit_model_free(model);
  model = NULL;
  EXPECT_OK(icolorit_model_parse(bytes, count, NULL, &model));
  icolorit_model_free(model);
  icolorit_model_free(NULL);

  model = NULL;
  options.progress = stop_at_once;
  options.user = &calls;
  EXPECT_FAILURE(ICOLORIT_CANCELLED, "cancelled", icolorit_model_load(weights, &options, &model));
  EXPECT(calls == 1);
  options.progress = NULL;
  options.log = count_lines;
  options.user = lines;
  options.threads = 1;
  EXPECT_OK(icolorit_model_load(weights, &options, &model));
  EXPECT(lines[ICOLORIT_LOG_INFO] == 1);
  icolorit_model_free(model);
  model = NULL;
  options.threads = -2;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "-2 threads", icolorit_model_load(weights, &options, &model));
  options.threads = 0;
  EXPECT_FAILURE(ICOLORIT_ERROR_FILE, "no such file", icolorit_model_load("no such file", NULL, &model));
  EXPECT_FAILURE(ICOLORIT_ERROR_FORMAT, "torch", icolorit_model_parse("nonsense, no weights", 20, NULL, &model));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "the path is NULL", icolorit_model_load(NULL, NULL, &model));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "the address is NULL", icolorit_model_parse(NULL, 5, NULL, &model));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "the model is NULL", icolorit_model_load(weights, NULL, NULL));
  options.precision = 3;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "precision is 3, expected 0 to 2",
                 icolorit_model_load(weights, &options, &model));
  options.size = 0;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "sizeof", icolorit_model_load(weights, &options, &model));
  EXPECT(model == NULL);

  /* Of a program that knows only the first two members, the others have their defaults. */
  options.precision = ICOLORIT_PRECISION_F32;
  options.input_size = -5;
  options.size = offsetof(icolorit_model_options, input_size);
  EXPECT_OK(icolorit_model_load(weights, &options, &model));
  icolorit_model_free(model);
  free(bytes);
}

static void use_colorizer(icolorit_colorizer* colorizer, const int* lines) {
  icolorit_picture in = input_picture(), out = output_picture();
  icolorit_hint hint = {10, 10, 200, 40, 40, 0, 0}, outside = {WIDTH, 0, 1, 2, 3, 0, 0};
  ptrdiff_t id = -1;
  size_t count = 9;
  int done = 9, calls = 0;
  double fraction = 0;

  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "no picture yet", icolorit_colorizer_render(colorizer, &out, NULL, NULL));
  EXPECT_OK(icolorit_colorizer_set_image(colorizer, &in));
  EXPECT_OK(icolorit_colorizer_set_hints(colorizer, &hint, 1));
  EXPECT_OK(icolorit_colorizer_render(colorizer, &out, go_on, &fraction));
  EXPECT(fraction == 1);
  EXPECT(pixel_is_red(10, 10));
  EXPECT(strcmp(icolorit_last_error(), "") == 0);

  EXPECT_OK(icolorit_colorizer_add_hint(colorizer, &hint, &id));
  EXPECT_OK(icolorit_colorizer_count_hints(colorizer, &count));
  EXPECT(count == 2);
  EXPECT_OK(icolorit_colorizer_render(colorizer, &out, NULL, NULL));
  EXPECT_OK(icolorit_colorizer_lost_hints(colorizer, &count));
  EXPECT(count == 1); /* both are in one place */
  EXPECT(lines[ICOLORIT_LOG_INFO] == 1 && lines[ICOLORIT_LOG_WARNING] == 1);
  EXPECT_OK(icolorit_colorizer_memory_required(colorizer, WIDTH, HEIGHT, &count));
  EXPECT(count > WIDTH * HEIGHT && count < 1000 * WIDTH * HEIGHT);
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "0 x 5", icolorit_colorizer_memory_required(colorizer, 0, 5, &count));
  EXPECT_OK(icolorit_colorizer_move_hint(colorizer, id, 40, 20));
  EXPECT_OK(icolorit_colorizer_recolor_hint(colorizer, id, 40, 40, 200));
  EXPECT_OK(icolorit_colorizer_render(colorizer, &out, NULL, NULL));
  EXPECT(color[4 * (20 * WIDTH + 40)] > color[4 * (20 * WIDTH + 40) + 2]);
  EXPECT_OK(icolorit_colorizer_remove_hint(colorizer, id));
  EXPECT_OK(icolorit_colorizer_undo(colorizer, &done));
  EXPECT(done == 1);
  EXPECT_OK(icolorit_colorizer_redo(colorizer, NULL));
  EXPECT_OK(icolorit_colorizer_redo(colorizer, &done));
  EXPECT(done == 0);
  EXPECT_OK(icolorit_colorizer_set_hints(colorizer, NULL, 0));
  EXPECT_OK(icolorit_colorizer_count_hints(colorizer, &count));
  EXPECT(count == 0);

  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "outside the picture",
                 icolorit_colorizer_add_hint(colorizer, &outside, NULL));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "no hint with the id", icolorit_colorizer_move_hint(colorizer, 999, 1, 1));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "hints is NULL", icolorit_colorizer_set_hints(colorizer, NULL, 1));
  EXPECT_FAILURE(ICOLORIT_CANCELLED, "cancelled", icolorit_colorizer_render(colorizer, &out, stop_at_once, &calls));
  out.width = WIDTH - 1;
  EXPECT_FAILURE(ICOLORIT_ERROR_SHAPE, "expected 60 x 40", icolorit_colorizer_render(colorizer, &out, NULL, NULL));
  out.width = WIDTH;
  out.channels = 3;
  out.pixels = grey + 5;
  out.height = HEIGHT;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "memory of the original",
                 icolorit_colorizer_render(colorizer, &out, NULL, NULL));
  in.pixels = NULL;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "null pointer", icolorit_colorizer_set_image(colorizer, &in));
  in.bits = 12;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "12 bits, expected 8, 16 or 32",
                 icolorit_colorizer_set_image(colorizer, &in));
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "colorizer is NULL", icolorit_colorizer_undo(NULL, NULL));
}

int main(int argc, char** argv) {
  icolorit_colorizer_options options = ICOLORIT_COLORIZER_OPTIONS_INIT;
  icolorit_model* model = NULL;
  icolorit_colorizer* colorizer = NULL;
  int i, lines[3] = {0, 0, 0};
  if (argc != 2) return 2;
  for (i = 0; i < WIDTH * HEIGHT; ++i) grey[i] = (unsigned char)(80 + i % WIDTH + i / WIDTH);

  EXPECT(icolorit_version_number() >= 100);
  EXPECT(strchr(icolorit_version_text(), '.') != NULL);
  EXPECT(strlen(icolorit_version_instructions()) > 3);
  use_models(argv[1]);

  EXPECT_OK(icolorit_model_load(argv[1], NULL, &model));
  options.log = count_lines;
  options.user = lines;
  EXPECT_OK(icolorit_colorizer_new(model, &options, &colorizer));
  icolorit_model_free(model); /* the colorizer keeps what it needs */
  use_colorizer(colorizer, lines);
  icolorit_colorizer_free(colorizer);
  icolorit_colorizer_free(NULL);

  colorizer = NULL;
  options.threads = 2;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "there is no model", icolorit_colorizer_new(NULL, &options, &colorizer));
  options.engine = 3;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "engine is 3", icolorit_colorizer_new(NULL, &options, &colorizer));
  options.engine = ICOLORIT_ENGINE_OPTIMIZATION;
  options.threads = -1;
  EXPECT_FAILURE(ICOLORIT_ERROR_ARGUMENT, "-1 threads", icolorit_colorizer_new(NULL, &options, &colorizer));
  options.threads = 1;
  lines[ICOLORIT_LOG_INFO] = lines[ICOLORIT_LOG_WARNING] = 0;
  EXPECT_OK(icolorit_colorizer_new(NULL, &options, &colorizer));
  use_colorizer(colorizer, lines);
  icolorit_colorizer_free(colorizer);
  if (failures == 0) puts("the C interface works");
  return failures == 0 ? 0 : 1;
}
