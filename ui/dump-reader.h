/* SPDX-License-Identifier: MIT */
#pragma once

/* KdDumpReader: reads a large dump beside the window, its first image in a moment, and tells how far it is. Main thread; the file is read in others. */
#include "engine/session/session.h"

typedef struct _KdDumpReader KdDumpReader;

/* What comes, each in the main loop, with kd_dump_reader_new ()'s @user; the reader may be freed and started anew in all of them. */
typedef struct {
  void (*first) (void *user, KdDumpCheck *check); /* of the first image; taken */
  void (*all) (void *user,
               KdDumpCheck *check); /* of the whole file; taken. Nothing is read any more */
  void (*failed) (void *user, const GError *error); /* nor then */
  void (*progress) (void *user); /* several times a second, and when reading ends */
} KdDumpReaderEvents;

KdDumpReader *kd_dump_reader_new (const KdDumpReaderEvents *events, void *user);
/* Ends what is being read; nothing comes of it any more. */
void kd_dump_reader_free (KdDumpReader *reader);
/* Another file, or the same once more: what was being read is given up. @first: read its first image before all of it. */
void kd_dump_reader_start (KdDumpReader *reader, const char *path, bool first);
void kd_dump_reader_stop (KdDumpReader *reader);
/* 0 to 1; -1: nothing is read. */
double kd_dump_reader_progress (const KdDumpReader *reader);

/* The same at once: the dump as far as it can be used. Owned by the caller. @state: may be NULL. Any thread. */
KdDumpCheck *kd_dump_read (const char *path, KdReading *state, GError **error);
