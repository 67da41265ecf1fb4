/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to data/: what the two array containers share. Both hold named blocks of raw items; only here do
 * items become a KdArray, and only after the numbers in a header have been checked against the bytes that exist.
 */
#include "engine/data/data.h"

#include <inttypes.h>

G_BEGIN_DECLS

typedef enum {
  KD_RAW_F16,
  KD_RAW_BF16,
  KD_RAW_F32,
  KD_RAW_F64,
  KD_RAW_I8,
  KD_RAW_I16,
  KD_RAW_I32,
  KD_RAW_I64,
  KD_RAW_U8,
  KD_RAW_U16,
  KD_RAW_U32,
  KD_RAW_U64,
  KD_RAW_BOOL,
} KdRawType;

/* What a header says about one array. Little-endian items, dense. */
typedef struct {
  KdRawType type;
  bool fortran_order; /* first index fastest */
  int rank;
  int64_t dims[KD_ARRAY_MAX_RANK];
} KdRawArray;

size_t kd_raw_size (KdRawType type);

/* Bytes of the items; false if a side is negative or above 2^31 - 1, or the product does not fit. */
bool kd_raw_n_bytes (const KdRawArray *raw, size_t *n_bytes);

/* The array of @bytes, kd_raw_n_bytes () of them, taken. Errors: no memory; a uint64 above 2^63 - 1. */
KdArray *kd_raw_take (
    const char *path, const char *name, const KdRawArray *raw, uint8_t *bytes, GError **error);

/* Array names may not look like paths: nothing is ever written under them, and nothing that is should come from a file. */
bool kd_array_name_check (const char *path, const char *name, GError **error);

/* Sets the error and returns false. */
bool kd_data_fail (GError **error, KdError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* What to read of a file. */
typedef enum {
  KD_WANT_ALL,
  KD_WANT_FIRST_ROW, /* of the first axis; all where the file's order does not allow it */
  KD_WANT_NOTHING,
} KdWant;

typedef struct {
  /* By an array's header; may be called by several threads at once. NULL: all of everything. */
  KdWant (*want) (const char *name, const KdRawArray *raw, void *data);
  void *data;
  KdReading *reading; /* NULL: nobody waits */
  GPtrArray *
      refused; /* KdRefused: arrays that cannot be read are left out and told here; NULL: they are errors */
} KdArrayWish;

typedef struct {
  char *name, *message; /* "expected little-endian numbers, found big-endian >f4" */
} KdRefused;
void kd_refused_free (KdRefused *refused);
/* Whether @error is about one array of a file that is otherwise sound; then it is told instead, and cleared. */
bool
kd_array_wish_refuse (const KdArrayWish *wish, const char *path, const char *name, GError **error);

/* @bytes more have been read. False with an error: whoever waits has cancelled. @reading may be NULL. */
bool kd_reading_advance (KdReading *reading, size_t bytes, GError **error);

/* kd_arrays_load () of what is wished. */
KdArrays *kd_arrays_read (const char *path, const KdArrayWish *wish, GError **error);

KdArrays *kd_npz_read (const char *path, const KdArrayWish *wish, GError **error);
/* The container's bytes, ready to be written: the same for the same arrays. */
GByteArray *kd_npz_encode (const KdArrays *arrays, const char *path, GError **error);

KdArrays *kd_safetensors_read (const char *path, const KdArrayWish *wish, GError **error);
GByteArray *kd_safetensors_encode (const KdArrays *arrays, const char *const *metadata);

G_END_DECLS
