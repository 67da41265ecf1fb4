/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to data/: one .npy array: magic, version, a Python dict as text, then the items.
 * Source: numpy.lib.format, versions 1.0 to 3.0.
 */
#include "engine/data/array-file.h"

G_BEGIN_DECLS

#define KD_NPY_MAX_HEADER 65536 /* enough for any header numpy writes for plain items */

/* What the header says. */
typedef struct {
  KdRawArray raw;
  int text_length;    /* characters an item of a text array holds; 0: numbers */
  bool text_is_bytes; /* numpy's S items rather than U */
  size_t data_offset; /* where the items start */
  size_t n_bytes;     /* of the items */
} KdNpyHeader;

/* @start: the first bytes of the array, at least the smaller of KD_NPY_MAX_HEADER and all of it. */
bool kd_npy_parse (const char *path,
                   const char *name,
                   const uint8_t *start,
                   size_t size,
                   KdNpyHeader *header,
                   GError **error);

/* @items: header->n_bytes bytes, taken. Text becomes U8 bytes, one item a line. */
KdArray *kd_npy_take (
    const char *path, const char *name, const KdNpyHeader *header, uint8_t *items, GError **error);

/* Header and items, version 1.0, C order; I32 is written as int64, the integer every reader expects. */
GByteArray *kd_npy_encode (const KdArray *array);

G_END_DECLS
