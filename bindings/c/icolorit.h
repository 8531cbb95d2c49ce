/* The C interface of icolorit: interactive colorization of grey photographs. C89 and C++; link icolorit::c.
 *
 *   icolorit_model* model = NULL;
 *   icolorit_colorizer* colorizer = NULL;
 *   if (icolorit_model_load("weights.safetensors", NULL, &model) != ICOLORIT_OK ||
 *       icolorit_colorizer_new(model, NULL, &colorizer) != ICOLORIT_OK)
 *     fprintf(stderr, "%s\n", icolorit_last_error());
 *
 * Every function that can fail returns a status and, where that is not ICOLORIT_OK, leaves its results as they were;
 * icolorit_last_error() then has a sentence for a person. Handles come from a function that ends in _new, _load or
 * _parse and go to the one that ends in _free, which takes NULL, too.
 *
 * Threads: any number of them may use one model. A colorizer belongs to one thread at a time.
 *
 * Versions: structs begin with their size, as their _INIT macros set it, so that a program works with a newer library,
 * which may have more members at the end. Functions, members and numbers are added, never changed or removed, as long
 * as the library's name keeps its number. */
#ifndef ICOLORIT_H
#define ICOLORIT_H

#include <stddef.h>

#if defined(__GNUC__)
#define ICOLORIT_API __attribute__((visibility("default")))
#else
#define ICOLORIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What went wrong. The numbers never change. */
typedef int icolorit_status;
#define ICOLORIT_OK 0
#define ICOLORIT_ERROR_ARGUMENT 1 /* a bad value, a pointer that is NULL, or too early, e.g. no picture yet */
#define ICOLORIT_ERROR_SHAPE 2    /* the size of a picture or of a network's input does not fit */
#define ICOLORIT_ERROR_FILE 3     /* a file cannot be opened or read */
#define ICOLORIT_ERROR_FORMAT 4   /* a file is damaged, or not of the kind that was expected */
#define ICOLORIT_ERROR_WEIGHTS 5  /* a weight file does not fit the network */
#define ICOLORIT_CANCELLED 7      /* a progress function returned 0 */
#define ICOLORIT_ERROR_MEMORY 9   /* out of memory */
#define ICOLORIT_ERROR_OTHER 10

/* What this thread's last failed call complained of; "" where none failed. Valid until this thread's next call. */
ICOLORIT_API const char* icolorit_last_error(void);

/* The version that the program runs with: 10000 * major + 100 * minor + patch; as text, e.g. "0.1.0"; and which
 * instructions the library was compiled for: portable, avx2, avx512, avx512vnni
 * or avx512bf16. */
ICOLORIT_API int icolorit_version_number(void);
ICOLORIT_API const char* icolorit_version_text(void);
ICOLORIT_API const char* icolorit_version_instructions(void);

/* Told how far a computation is, fraction from 0 to 1, on the thread that computes; `stage` is valid during the call.
 * Returning 0 stops it. Must not leave by longjmp or a C++ exception. */
typedef int (*icolorit_progress)(void* user, double fraction, const char* stage);

/* Told in one sentence what was decided, on the thread that calls the library; `message` is valid during the call. Must
 * not leave by longjmp or a C++ exception. Without one nothing is told: the library never prints. */
typedef void (*icolorit_log)(void* user, int level, const char* message);
#define ICOLORIT_LOG_INFO 1    /* what is worked with, e.g. which network and at what size */
#define ICOLORIT_LOG_WARNING 2 /* what a person may want to hear, e.g. that a hint does not count */

/* A network, loaded once and shared. */
typedef struct icolorit_model icolorit_model;

#define ICOLORIT_PRECISION_AUTO 0 /* int8 where the processor has instructions for it, else f32 */
#define ICOLORIT_PRECISION_F32 1
#define ICOLORIT_PRECISION_INT8 2

typedef struct icolorit_model_options {
  size_t size;                /* of this struct */
  int precision;              /* ICOLORIT_PRECISION_... */
  int input_size;             /* side of the network's input in pixels; 0: that of the weights */
  int map_file;               /* not 0: map the file into memory; nobody may shorten it while it is loaded */
  int threads;                /* that load, the caller's among them; 0: as many as the machine offers */
  icolorit_progress progress; /* or NULL */
  icolorit_log log;           /* or NULL */
  void* user;                 /* handed to progress and log, during the call alone */
} icolorit_model_options;
#define ICOLORIT_MODEL_OPTIONS_INIT {sizeof(icolorit_model_options), 0, 0, 0, 0, NULL, NULL, NULL}

/* From a safetensors file or a PyTorch checkpoint, or from the bytes of one, which are only read, and only during the
 * call. options may be NULL. */
ICOLORIT_API icolorit_status icolorit_model_load(const char* path, const icolorit_model_options* options,
                                                 icolorit_model** model);
ICOLORIT_API icolorit_status icolorit_model_parse(const void* bytes, size_t count,
                                                  const icolorit_model_options* options, icolorit_model** model);
/* Colorizers that were made of it keep what they need. */
ICOLORIT_API void icolorit_model_free(icolorit_model* model);

/* One picture at a time and its hints. */
typedef struct icolorit_colorizer icolorit_colorizer;

#define ICOLORIT_ENGINE_FUSION 0       /* the network's colors and the hints in one solve: every hint is kept */
#define ICOLORIT_ENGINE_NETWORK 1      /* the network alone */
#define ICOLORIT_ENGINE_OPTIMIZATION 2 /* Levin's optimization, which needs no model */

typedef struct icolorit_colorizer_options {
  size_t size;          /* of this struct */
  int engine;           /* ICOLORIT_ENGINE_... */
  int threads;          /* that compute, the caller's among them; 0: as many as the machine offers */
  int bicubic;          /* not 0: colors are enlarged without following the edges of the lightness */
  int local_statistics; /* not 0: colors are smoothed along the lightness before */
  icolorit_log log;     /* or NULL */
  void* user;           /* handed to log; both are used until the colorizer is freed */
} icolorit_colorizer_options;
#define ICOLORIT_COLORIZER_OPTIONS_INIT {sizeof(icolorit_colorizer_options), 0, 0, 0, 0, NULL, NULL}

/* model may be NULL for the optimization alone; options may be NULL. */
ICOLORIT_API icolorit_status icolorit_colorizer_new(const icolorit_model* model,
                                                    const icolorit_colorizer_options* options,
                                                    icolorit_colorizer** colorizer);
ICOLORIT_API void icolorit_colorizer_free(icolorit_colorizer* colorizer);

/* Pixels in memory of the caller's own, sRGB or grey, alpha not premultiplied. */
typedef struct icolorit_picture {
  size_t size;  /* of this struct */
  void* pixels; /* the top left pixel; only read where the picture is an input */
  ptrdiff_t width;
  ptrdiff_t height;
  ptrdiff_t row_stride; /* bytes from a row to the row below it; negative for rows stored bottom up; 0: no gap */
  int channels;         /* 1 grey, 2 grey and alpha, 3 colors, 4 colors and alpha, interleaved */
  int bits;             /* 8 or 16; 32: floats from 0 to 1 */
  int blue_first;       /* not 0: blue, green, red */
  int reserved;         /* 0 */
} icolorit_picture;
#define ICOLORIT_PICTURE_INIT {sizeof(icolorit_picture), NULL, 0, 0, 0, 0, 8, 0, 0}

/* About how many bytes a picture of that size takes from set_image on, beside its own pixels, the result's and what the
 * engine keeps for all pictures. */
ICOLORIT_API icolorit_status icolorit_colorizer_memory_required(const icolorit_colorizer* colorizer, ptrdiff_t width,
                                                                ptrdiff_t height, size_t* bytes);

/* Takes a picture and forgets all hints. No pixel is copied: the memory must stay as it is until another picture is set
 * or the colorizer is freed. Of the picture's own colors only the lightness is used. */
ICOLORIT_API icolorit_status icolorit_colorizer_set_image(icolorit_colorizer* colorizer,
                                                          const icolorit_picture* picture);

/* The pixel in column x and row y, counted from 0 at the top left, is to have this color; only its hue and strength
 * count. The color holds up to `radius` pixels around, as far as the lightness is about the same. */
typedef struct icolorit_hint {
  ptrdiff_t x;
  ptrdiff_t y;
  unsigned char red;
  unsigned char green;
  unsigned char blue;
  unsigned char reserved; /* 0 */
  float radius;           /* 0: the pixel alone */
} icolorit_hint;

/* These hints in the place of all there were. */
ICOLORIT_API icolorit_status icolorit_colorizer_set_hints(icolorit_colorizer* colorizer, const icolorit_hint* hints,
                                                          size_t count);
/* Editing one by one, with undo. `id` may be NULL; it is never used for another hint. */
ICOLORIT_API icolorit_status icolorit_colorizer_add_hint(icolorit_colorizer* colorizer, const icolorit_hint* hint,
                                                         ptrdiff_t* id);
ICOLORIT_API icolorit_status icolorit_colorizer_move_hint(icolorit_colorizer* colorizer, ptrdiff_t id, ptrdiff_t x,
                                                          ptrdiff_t y);
ICOLORIT_API icolorit_status icolorit_colorizer_recolor_hint(icolorit_colorizer* colorizer, ptrdiff_t id,
                                                             unsigned char red, unsigned char green,
                                                             unsigned char blue);
ICOLORIT_API icolorit_status icolorit_colorizer_remove_hint(icolorit_colorizer* colorizer, ptrdiff_t id);
/* One step back or forward. `done`, which may be NULL, becomes 0 where there is none, else 1. */
ICOLORIT_API icolorit_status icolorit_colorizer_undo(icolorit_colorizer* colorizer, int* done);
ICOLORIT_API icolorit_status icolorit_colorizer_redo(icolorit_colorizer* colorizer, int* done);
ICOLORIT_API icolorit_status icolorit_colorizer_count_hints(const icolorit_colorizer* colorizer, size_t* count);

/* Writes the picture, colored from its present hints, into `result`: of the same size, 4 channels or, where the picture
 * has no alpha, 3; any bits and order; overlapping the picture's own memory
 * is an ICOLORIT_ERROR_ARGUMENT. progress may be NULL. */
ICOLORIT_API icolorit_status icolorit_colorizer_render(icolorit_colorizer* colorizer, const icolorit_picture* result,
                                                       icolorit_progress progress, void* user);
/* How many hints of the last render do not count, because a later one took their place. */
ICOLORIT_API icolorit_status icolorit_colorizer_lost_hints(const icolorit_colorizer* colorizer, size_t* count);

#ifdef __cplusplus
}
#endif

#endif
