/* SPDX-License-Identifier: MIT */
#include "engine/session/probes.h"

#include <string.h>

KdProbeList *
kd_probe_list_new (void)
{
  return g_new0 (KdProbeList, 1);
}

void
kd_probe_list_free (KdProbeList *list)
{
  if (!list)
    return;
  g_free (list->infos);
  g_free (list->sources);
  g_free (list);
}

void
kd_probe_list_add (KdProbeList *list, const KdProbeInfo *info, const KdProbeSource *source)
{
  if (list->n == list->capacity) {
    list->capacity = list->capacity ? 2 * list->capacity : 64;
    list->infos = g_renew (KdProbeInfo, list->infos, list->capacity);
    list->sources = g_renew (KdProbeSource, list->sources, list->capacity);
  }
  list->infos[list->n] = *info;
  list->infos[list->n].id = list->n;
  list->sources[list->n] = *source;
  list->n++;
}

KdProbeList *
kd_probe_list_copy (const KdProbeList *list)
{
  KdProbeList *copy = g_new0 (KdProbeList, 1);
  copy->generation = list->generation;
  copy->n = copy->capacity = list->n;
  copy->infos = g_memdup2 (list->infos, (gsize) list->n * sizeof (KdProbeInfo));
  return copy;
}

int
kd_probe_list_find (const KdProbeList *list, int run, const char *name, int level)
{
  for (int i = 0; i < list->n; i++) {
    const KdProbeInfo *info = &list->infos[i];
    if (info->run == run && info->level == level && strcmp (info->name, name) == 0)
      return i;
  }
  return -1;
}

bool
kd_probe_list_equal (const KdProbeList *a, const KdProbeList *b)
{
  if (a->n != b->n)
    return false;
  for (int i = 0; i < a->n; i++) {
    const KdProbeInfo *x = &a->infos[i], *y = &b->infos[i];
    if (x->run != y->run || x->level != y->level || x->kind != y->kind || x->style != y->style ||
        x->stride != y->stride || strcmp (x->name, y->name) != 0)
      return false;
  }
  return true;
}
