/* Colors a small ramp: in_c WEIGHTS. */
#include "icolorit.h"

#include <stdio.h>

#define WIDTH 60
#define HEIGHT 40

static unsigned char grey[WIDTH * HEIGHT], color[3 * WIDTH * HEIGHT];

static icolorit_picture picture_of(unsigned char* pixels, int channels) {
  icolorit_picture picture = ICOLORIT_PICTURE_INIT;
  picture.pixels = pixels;
  picture.width = WIDTH;
  picture.height = HEIGHT;
  picture.channels = channels;
  return picture;
}

int main(int argc, char** argv) {
  icolorit_picture in = picture_of(grey, 1), out = picture_of(color, 3);
  int i;
  if (argc != 2) return 2;
  for (i = 0; i < WIDTH * HEIGHT; ++i) grey[i] = (unsigned char)(60 + 2 * (i % WIDTH));
  {
    /* [in c] */
    const icolorit_hint hint = {30, 20, 200, 64, 46, 0, 0};
    icolorit_model* model = NULL;
    icolorit_colorizer* colorizer = NULL;
    const int works = icolorit_model_load(argv[1], NULL, &model) == ICOLORIT_OK &&
                      icolorit_colorizer_new(model, NULL, &colorizer) == ICOLORIT_OK &&
                      icolorit_colorizer_set_image(colorizer, &in) == ICOLORIT_OK &&
                      icolorit_colorizer_set_hints(colorizer, &hint, 1) == ICOLORIT_OK &&
                      icolorit_colorizer_render(colorizer, &out, NULL, NULL) == ICOLORIT_OK;
    if (!works) fprintf(stderr, "%s\n", icolorit_last_error());
    icolorit_colorizer_free(colorizer);
    icolorit_model_free(model);
    /* [in c] */
    if (!works) return 1;
  }
  i = 3 * (20 * WIDTH + 30);
  printf("red %d, green %d, blue %d at the hint\n", color[i], color[i + 1], color[i + 2]);
  return color[i] > color[i + 2] + 20 ? 0 : 1;
}
