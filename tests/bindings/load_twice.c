/* The shared library is loaded while the program runs, used, unloaded, and loaded again: load_twice LIBRARY. A copy of
 * it, which the system takes for another library, works beside it. */
#define _POSIX_C_SOURCE 200112L
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "icolorit.h"

typedef icolorit_status (*new_function)(const icolorit_model*, const icolorit_colorizer_options*, icolorit_colorizer**);
typedef icolorit_status (*set_image_function)(icolorit_colorizer*, const icolorit_picture*);
typedef icolorit_status (*render_function)(icolorit_colorizer*, const icolorit_picture*, icolorit_progress, void*);
typedef void (*free_function)(icolorit_colorizer*);

/* ISO C has no conversion from a pointer to an object to one to a function. */
static void find(void* library, const char* name, void* function) {
  void* const symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
}

static int works(void* library) {
  static unsigned char grey[64], color[3 * 64];
  icolorit_colorizer_options options = ICOLORIT_COLORIZER_OPTIONS_INIT;
  icolorit_picture picture = ICOLORIT_PICTURE_INIT;
  icolorit_colorizer* colorizer = NULL;
  new_function make = NULL;
  set_image_function set_image = NULL;
  render_function render = NULL;
  free_function release = NULL;
  int result = 0;
  if (library == NULL) return 0;
  find(library, "icolorit_colorizer_new", &make);
  find(library, "icolorit_colorizer_set_image", &set_image);
  find(library, "icolorit_colorizer_render", &render);
  find(library, "icolorit_colorizer_free", &release);
  options.engine = ICOLORIT_ENGINE_OPTIMIZATION;
  options.threads = 2;
  if (make == NULL || set_image == NULL || render == NULL || release == NULL) return 0;
  if (make(NULL, &options, &colorizer) != ICOLORIT_OK) return 0;
  memset(grey, 100, sizeof grey);
  picture.pixels = grey;
  picture.width = picture.height = 8;
  picture.channels = 1;
  result = set_image(colorizer, &picture) == ICOLORIT_OK;
  picture.pixels = color;
  picture.channels = 3;
  result = result && render(colorizer, &picture, NULL, NULL) == ICOLORIT_OK && color[0] == 100;
  release(colorizer);
  return result;
}

int main(int argc, char** argv) {
  int round;
  if (argc != 3) return 2;
  for (round = 0; round < 2; ++round) {
    void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    void* const copy = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL || copy == NULL || library == copy || !works(library) || !works(copy)) {
      fprintf(stderr, "round %d does not work: %s\n", round, dlerror());
      return 1;
    }
    dlclose(library);
    dlclose(copy);
    if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) != NULL) {
      fputs("the library is still loaded\n", stderr);
      return 1;
    }
  }
  puts("loaded and unloaded twice");
  return 0;
}
