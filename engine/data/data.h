/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * data: where pictures, boxes and arrays come from: drawn scenes, dumps, array files, COCO JSON, PNG.
 */
#include "engine/base/base.h"

#include <stdatomic.h>

G_BEGIN_DECLS

/* ---- scenes: an embedded data set that needs no download --------------------------------------------- */

#define KD_SCENE_CLASSES 8
extern const char
    *const kd_scene_class_names[KD_SCENE_CLASSES]; /* house car boat fish bird tree cup flower */

typedef enum { KD_SPLIT_TRAIN, KD_SPLIT_HELD_OUT } KdSplit; /* never share a random stream */

typedef struct {
  KdSize size; /* 128x128 by default; any multiple of 32 */
  double
      difficulty; /* 0 easy .. 1 hard: clutter, textures, occlusion, noise, contrast; default 0.3 */
  int max_objects; /* 1..8 objects a scene: 8 */
} KdSceneConfig;
KdSceneConfig kd_scene_config_default (void);

#define KD_SCENE_MAX_OBJECTS 8

typedef struct {
  int n_objects;
  KdDetection
      objects[KD_SCENE_MAX_OBJECTS]; /* tight visible extent, clipped to the image, px; score 1 */
} KdSceneTruth;

/* Draws scenes; holds a Cairo surface. One per thread. */
typedef struct _KdScenes KdScenes;
KdScenes *kd_scenes_new (const KdSceneConfig *config, uint64_t seed);
void kd_scenes_free (KdScenes *scenes);
/* Scene @index of @split: a pure function of (config, seed, split, index). @rgb: [H,W,3] sRGB, written. */
void
kd_scenes_draw (KdScenes *scenes, KdSplit split, uint64_t index, uint8_t *rgb, KdSceneTruth *truth);

/* ---- batches ------------------------------------------------------------------------------------------- */

typedef struct {
  int n_images;
  KdSize size;
  int64_t step;
  uint8_t *rgb;         /* [N,H,W,3] */
  KdSceneTruth *truths; /* [N] */
} KdBatch;

/*
 * A producer thread that draws training batches ahead, so that training never waits. Batch of step s holds scenes
 * s*n .. s*n+n-1 of the training split: a function of (config, seed, step), so a resumed run sees the same.
 */
typedef struct _KdProducer KdProducer;

/* Who draws instead of the producer's own thread, when a batch is asked for: @split calls @chunk for 0..@n_chunks-1, in any order and on any
 * threads, and returns when all are done. For pools that have every core: another thread would hold up one of theirs. */
#define KD_MAX_DRAWERS 64
typedef struct {
  void (*split) (void *pool,
                 int n_chunks,
                 void (*chunk) (void *data, int chunk, void *scratch),
                 void *data);
  void *pool;
  int n; /* chunks, at most KD_MAX_DRAWERS */
} KdDrawers;

/* @drawers: NULL: a thread of its own */
KdProducer *kd_producer_new (const KdSceneConfig *config,
                             uint64_t seed,
                             int n_images,
                             int64_t first_step,
                             const KdDrawers *drawers);
void kd_producer_free (KdProducer *producer);
/* The next step's batch, borrowed until kd_producer_done (). Waits if it is not ready; @waited_s (may be NULL) says how long. */
const KdBatch *kd_producer_next (KdProducer *producer, double *waited_s);
void kd_producer_done (KdProducer *producer, const KdBatch *batch);

/* ---- reading large files --------------------------------------------------------------------------------- */

/* How far a file has been read, for who waits for it in another thread; zeros at first. */
typedef struct {
  atomic_size_t done, total; /* bytes of arrays; @total 0: not known yet */
  atomic_bool cancelled;     /* set it, and reading ends with KD_ERROR_CANCELLED */
} KdReading;

/* ---- array files ------------------------------------------------------------------------------------------ */

/* .npz or .safetensors by content; floats of any width become F32 (F64 stays), other integers I64/I32/U8. Errors name file, member, found, expected. */
KdArrays *kd_arrays_load (const char *path, GError **error);
/* A .npy member of text (class_names) is U8 bytes, one name a line. */

/* By the file's ending: .npy (of one array), .npz or .kdrun, a recording's (deflated; I32 becomes int64) or .safetensors. Atomic: temporary file, fsync, rename. @metadata: key, value, ..., NULL strings for safetensors' __metadata__; may be NULL. */
bool kd_arrays_save (const KdArrays *arrays,
                     const char *path,
                     const char *const *metadata,
                     GError **error);
/* A safetensors file's __metadata__ entry; NULL if absent. Owned by the caller. */
char *kd_safetensors_metadata (const char *path, const char *key, GError **error);

/* Write @size bytes atomically: temporary file beside it, fsync, rename, fsync of the folder. */
bool kd_file_write_atomic (const char *path, const void *bytes, size_t size, GError **error);

/* ---- dumps -------------------------------------------------------------------------------------------------- */

/* A validated feature dump (design: dump format). Arrays as in the file, plus what validation derived. */
typedef struct {
  char *path;
  KdArrays *arrays;
  int n_images, n_levels;
  KdSize image;
  int strides[KD_MAX_LEVELS]; /* 0 where the dump has none */
  int n_truths;               /* rows of gt_boxes */
  int n_anchors;              /* per cell; 0: unknown */
  int n_classes;              /* K of the dense head; 0: unknown */
  bool two_stage;             /* has proposals */
  char **class_names;         /* NULL-terminated, or NULL */
} KdDump;

KdDump *kd_dump_open (const char *path, GError **error);
void kd_dump_free (KdDump *dump);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdDump, kd_dump_free)

typedef enum {
  KD_DUMP_FOUND,
  KD_DUMP_MISSING,
  KD_DUMP_WRONG_SHAPE,
  KD_DUMP_WRONG_TYPE,
  KD_DUMP_WRONG_VALUES,
  KD_DUMP_UNREADABLE, /* damaged, or of a type that is not read */
} KdDumpState;

/* One array of the schema, of each level of its own. */
typedef struct {
  char *name; /* "student_feat.2" */
  KdDumpState state;
  char *found; /* its shape, "[2,64,25,34]"; NULL if missing */
  char *
      fix; /* what to do, or what was expected and found; of an array that is found, a doubt; NULL: all is well */
  size_t n_not_finite; /* NaN and infinities, which are shown but not refused */
} KdDumpItem;

typedef struct {
  KdDumpItem *items; /* in the schema's order, then what it does not name */
  int n_items;
  int n_wrong;       /* found, but neither shape, type nor values may differ so */
  KdDump *dump;      /* of the sound arrays alone; no levels if no feature is sound */
  int n_file_images; /* of a peek, more than the dump has */
} KdDumpCheck;

/* The whole checklist, also of a file that kd_dump_open () refuses. @reading may be NULL. Errors: a container that cannot be read; cancelled. Any thread. */
KdDumpCheck *kd_dump_check (const char *path, KdReading *reading, GError **error);
/**
 * kd_dump_peek:
 * @families: NULL-terminated, "teacher_feat", ...: what to read beside pictures, strides and ground truth; NULL: all that the format names
 * @reading: may be NULL; only its wish to cancel is looked at
 *
 * The first image of a large dump long before all of it is read: what kd_dump_check () says of a file that had this image and these arrays
 * alone, and how many images there are. Nothing else is read, or checked. Any thread.
 */
KdDumpCheck *
kd_dump_peek (const char *path, const char *const *families, KdReading *reading, GError **error);
void kd_dump_check_free (KdDumpCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdDumpCheck, kd_dump_check_free)

/* ---- COCO JSON ------------------------------------------------------------------------------------------------ */

typedef struct {
  int64_t image_id;
  int64_t category_id;
  double bbox[4]; /* x y w h px */
  double area, score;
  bool crowd;
} KdCocoRow;

typedef struct {
  int64_t *image_ids, *category_ids; /* ascending */
  int n_images, n_categories;
  KdCocoRow *truths, *detections; /* file order */
  int n_truths, n_detections;
} KdCocoFiles;

/* yajl, depth <= 64, duplicate names refused; every problem one sentence. */
KdCocoFiles *
kd_coco_load (const char *annotations_path, const char *detections_path, GError **error);
void kd_coco_files_free (KdCocoFiles *files);

/* ---- PNG ----------------------------------------------------------------------------------------------------- */

/* 8-bit RGB or RGBA rows; text: key, value, ..., NULL (tEXt chunks), may be NULL. Same bytes for the same input. Atomic. */
bool kd_png_write (const char *path,
                   const uint8_t *pixels,
                   int channels,
                   KdSize size,
                   const char *const *text,
                   GError **error);
uint8_t *kd_png_read (const char *path, KdSize *size, GError **error); /* RGB; g_free () */

G_END_DECLS
