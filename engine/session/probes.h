/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the list of what there is to see. The engine's has sources; readers get copies without. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef enum {
  KD_SOURCE_TEACHER, /* a feature of the pinned image */
  KD_SOURCE_NODE,    /* a value of the run's view graph */
  KD_SOURCE_PULL,    /* L2 norm over channels of d method's total / d student feature */
} KdSourceKind;

typedef struct {
  KdSourceKind kind;
  KdNode *node; /* NODE: whose value; PULL: the feature */
  bool square;
} KdProbeSource;

typedef struct {
  unsigned generation; /* rises when the list becomes another one */
  int n, capacity;
  KdProbeInfo *infos;
  KdProbeSource *sources;
} KdProbeList;

KdProbeList *kd_probe_list_new (void);
void kd_probe_list_free (KdProbeList *list);
/* The id is set here. */
void kd_probe_list_add (KdProbeList *list, const KdProbeInfo *info, const KdProbeSource *source);
/* Without sources: for a reader on another thread. */
KdProbeList *kd_probe_list_copy (const KdProbeList *list);
int
kd_probe_list_find (const KdProbeList *list, int run, const char *name, int level); /* -1: none */
/* Whether readers could tell them apart. */
bool kd_probe_list_equal (const KdProbeList *a, const KdProbeList *b);

G_END_DECLS
