/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * base: the plain values that every room shares: numbers, shapes, boxes, arrays, maps, errors,
 * random numbers. No state. Everything here may be called from any thread.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The engine's number: float; the same sources build again with double for tests (engine_f64). */
#ifdef KD_REAL_IS_DOUBLE
typedef double kd_real;
#else
typedef float kd_real;
#endif

#define KD_MAX_LEVELS 8 /* pyramid levels of a detector or a dump */

/* ---- errors ---------------------------------------------------------------------------------- */

#define KD_ERROR (kd_error_quark ())
GQuark kd_error_quark (void);
/* The message as one line of UTF-8, since it may quote a file's bytes. Nothing where there is no error. */
void kd_error_tidy (GError **error);

/* The world's errors. Messages name file, member, found and expected, in lower case, no full stop. */
typedef enum {
  KD_ERROR_FILE,      /* cannot be read, written, or is truncated */
  KD_ERROR_FORMAT,    /* the container is damaged or of an unknown kind */
  KD_ERROR_SCHEMA,    /* an array is missing or has a wrong shape or type */
  KD_ERROR_CONFIG,    /* a knob, method, option or value that does not exist or is out of range */
  KD_ERROR_SYSTEM,    /* a missing or unsuitable library, thread or memory */
  KD_ERROR_CANCELLED, /* by who had asked for it */
} KdError;

/* ---- memory ---------------------------------------------------------------------------------- */

/* Once, first thing in main (): blocks of 4 MB and more are given back to the system as soon as they are freed, whatever was freed before
 * them. glibc would by itself keep up to 32 MB blocks in its arenas once one of that size was freed. */
void kd_memory_init (void);

/* ---- threads --------------------------------------------------------------------------------- */

/* The calling thread, and those it makes from now on, run after the program's others where there are too few cores for all.
 * Any thread; does nothing where threads have no priority of their own. */
void kd_thread_give_way (void);

/* ---- shapes ---------------------------------------------------------------------------------- */

typedef enum { KD_TYPE_REAL, KD_TYPE_INT32 } KdType;

/* Axes, as a set: of a reduction, or those that an array has in a file. */
typedef enum {
  KD_AXES_NONE = 0, /* as an array: a scalar, [] */
  KD_AXIS_N = 1,
  KD_AXIS_C = 2,
  KD_AXIS_H = 4,
  KD_AXIS_W = 8,
  KD_AXES_HW = 12,   /* all pixels of an image */
  KD_AXES_NC = 3,    /* rows and columns: [N,C] */
  KD_AXES_NHW = 13,  /* a map: [N,H,W] */
  KD_AXES_CHW = 14,  /* all of one image */
  KD_AXES_NCHW = 15, /* a feature; or everything */
} KdAxes;

/*
 * Logical shape [N,C,H,W]; in memory always dense and channels-last, N H W C: element (n,c,y,x) is at
 * ((n*h + y)*w + x)*c_total + c. One rule for everything:
 *   feature [N,C,H,W]; map [N,H,W] has c = 1; vector [N,C] and matrix [R,C] have h = w = 1 (row major);
 *   list [R] has n = R, c = h = w = 1; scalar is 1,1,1,1; [N,M,M] has c = 1, h = w = M;
 *   convolution weights [O,I,kh,kw] lie O kh kw I, so that one output channel is one row of a GEMM.
 * Files keep the field's order; kd_array_from_values () and kd_array_to_values () convert at the door.
 */
typedef struct {
  int n, c, h, w;
} KdShape;

typedef struct {
  int height, width; /* px */
} KdSize;

static inline KdShape
kd_shape (int n, int c, int h, int w)
{
  return (KdShape){ n, c, h, w };
}
#define KD_SCALAR_SHAPE (kd_shape (1, 1, 1, 1))

static inline size_t
kd_shape_count (KdShape s)
{
  return (size_t) s.n * (size_t) s.c * (size_t) s.h * (size_t) s.w;
}

static inline bool
kd_shape_equal (KdShape a, KdShape b)
{
  return a.n == b.n && a.c == b.c && a.h == b.h && a.w == b.w;
}

/* "[2,64,25,34]", the axes of @axes only. Owned by the caller. */
char *kd_shape_to_string (KdShape shape, KdAxes axes);

/* ---- boxes ----------------------------------------------------------------------------------- */

typedef struct {
  double x1, y1, x2, y2; /* px in the network's image */
} KdBox;

/* A box with a class and, for detections, a score in 0..1 (ground truth: 1). */
typedef struct {
  KdBox box;
  int label; /* 0-based class */
  float score;
} KdDetection;

/* ---- arrays: what files and inspections hold --------------------------------------------------- */

typedef enum { KD_DTYPE_F32, KD_DTYPE_F64, KD_DTYPE_I32, KD_DTYPE_I64, KD_DTYPE_U8 } KdDType;
size_t kd_dtype_size (KdDType dtype);

#define KD_ARRAY_MAX_RANK 8

/* A named array in the field's order (row major, [N,C,H,W]). Immutable once in a KdArrays. */
typedef struct {
  char *name;
  KdDType dtype;
  int rank; /* 0: a scalar */
  int64_t dims[KD_ARRAY_MAX_RANK];
  void *data; /* dense, owned */
} KdArray;

KdArray *kd_array_new (const char *name, KdDType dtype, int rank, const int64_t *dims); /* zeros */
void kd_array_free (KdArray *array);
size_t kd_array_count (const KdArray *array);
double kd_array_get (const KdArray *array, size_t index); /* any dtype, as double */
char *kd_array_shape_to_string (const KdArray *array);    /* "[2,64,25,34]" */
/* Whether its dimensions are those of @shape on @axes, in file order. */
bool kd_array_has_shape (const KdArray *array, KdShape shape, KdAxes axes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdArray, kd_array_free)

/**
 * kd_array_from_values:
 * @axes: the axes the array has in a file, e.g. KD_AXES_NHW for a map; the others must be 1
 * @values: channels-last, borrowed
 *
 * A new f32 (f64 in the double build) array in file order.
 */
KdArray *kd_array_from_values (const char *name, KdShape shape, KdAxes axes, const kd_real *values);

/* File order to channels-last. The array's count must be that of @shape (asserted). */
void kd_array_to_values (const KdArray *array, KdShape shape, kd_real *values);
/* Of image @n alone, the pixels' rows @y to @y + @n_rows - 1; @values is the whole array's. */
void kd_array_to_value_rows (
    const KdArray *array, KdShape shape, int n, int y, int n_rows, kd_real *values);

/* An ordered set of arrays with unique names. */
typedef struct _KdArrays KdArrays;
KdArrays *kd_arrays_new (void);
void kd_arrays_free (KdArrays *arrays);
bool kd_arrays_add (KdArrays *arrays,
                    KdArray *array); /* takes; false (and frees) if the name exists */
const KdArray *kd_arrays_find (const KdArrays *arrays, const char *name); /* NULL if absent */
/* Frees the array of that name, if there is one. */
void kd_arrays_remove (KdArrays *arrays, const char *name);
int kd_arrays_count (const KdArrays *arrays);
const KdArray *kd_arrays_at (const KdArrays *arrays, int index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdArrays, kd_arrays_free)

/* ---- maps: one image's picture, as readers see it ---------------------------------------------- */

/*
 * A borrowed view of one image's values: element (c,y,x) is data[c*stride_c + y*stride_y + x*stride_x].
 * A map has channels = 1; a vector has height = width = 1; a matrix has channels = 1.
 */
typedef struct {
  const float *data;
  int channels, height, width;
  size_t stride_c, stride_y, stride_x;
} KdMap;

static inline float
kd_map_get (const KdMap *map, int c, int y, int x)
{
  return map
      ->data[(size_t) c * map->stride_c + (size_t) y * map->stride_y + (size_t) x * map->stride_x];
}

/* ---- random numbers: a pure function of (seed, stream, counter) --------------------------------- */

/*
 * Counter-based: no hidden state, so what is drawn for scene 7 does not depend on scene 6, and a resumed
 * run draws what an unkilled one would. Copy the struct to fork; pick another stream for another purpose.
 */
typedef struct {
  uint64_t seed, stream, counter;
} KdRandom;

KdRandom kd_random (uint64_t seed, uint64_t stream);
uint64_t kd_random_u64 (KdRandom *random);
double kd_random_uniform (KdRandom *random, double low, double high); /* [low, high) */
int kd_random_int (KdRandom *random, int low, int high);              /* [low, high], both ends */
double kd_random_normal (KdRandom *random);                           /* mean 0, deviation 1 */
uint64_t kd_hash_string (const char *text); /* FNV-1a, to make streams from names */

/* Seconds on a clock that never jumps. */
double kd_now_s (void);

G_END_DECLS
