/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to data/: JSON from elsewhere, one value at a time and never as a tree: files may be large, deep or
 * made to hurt. At most KD_JSON_MAX_DEPTH containers may be open; a name may appear once in its object.
 */
#include "engine/data/data.h"

#include <stdio.h>

G_BEGIN_DECLS

#define KD_JSON_MAX_DEPTH 64

typedef enum {
  KD_JSON_NULL,
  KD_JSON_BOOL,
  KD_JSON_INT,
  KD_JSON_REAL,
  KD_JSON_STRING,
  KD_JSON_BEGIN_OBJECT,
  KD_JSON_END_OBJECT,
  KD_JSON_BEGIN_ARRAY,
  KD_JSON_END_ARRAY,
} KdJsonKind;

typedef struct {
  KdJsonKind kind;
  int64_t integer;    /* INT; BOOL: 0 or 1 */
  double real;        /* INT and REAL */
  const char *string; /* STRING: borrowed for the call, no NUL inside */
} KdJsonValue;

/* Where the parser is: the containers that enclose the value, outermost first. */
typedef struct _KdJson KdJson;

/* Called for each value in file order; a container's begin and end are values of what encloses it. False: kd_json_fail () was called. */
typedef bool (*KdJsonFunc) (KdJson *json, const KdJsonValue *value, void *data);

/* @n_bytes of @file from where it stands, all of one JSON text. Errors name @path and the place in it. */
bool kd_json_parse (
    FILE *file, uint64_t n_bytes, const char *path, KdJsonFunc func, void *data, GError **error);

int kd_json_depth (const KdJson *json); /* enclosing containers */
const char *kd_json_name (const KdJson *json,
                          int depth); /* in the object at @depth; "" in an array */

/* "file: annotations[3].bbox: <message>"; returns false. */
bool kd_json_fail (KdJson *json, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* "a string", for messages. */
const char *kd_json_kind_text (KdJsonKind kind);

G_END_DECLS
