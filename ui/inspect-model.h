/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdInspectModel: a feature dump and what every method computes on it. Methods are computed in the background, the selected one first; a
 * changed knob computes its method anew; a changed file is read again. Main thread; computing happens in others.
 *
 * Signals: "dump": another dump, or its file was read again (inspections of before are gone); "method" (int index): an inspection or its
 * obstacle is there; "selected": another method; "problem" (const char *): one sentence, what was shown stays; "reading": how far a large
 * file has been read, or that nothing is read any more.
 */
#include "ui/picture.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define KD_TYPE_INSPECT_MODEL (kd_inspect_model_get_type ())
G_DECLARE_FINAL_TYPE (KdInspectModel, kd_inspect_model, KD, INSPECT_MODEL, GObject)

KdInspectModel *kd_inspect_model_new (void);
/* Read a dump; arrays that break the format are left out and listed. False with an error: nothing usable, all stays as it was.
 * A large file is read in the background: true at once, then "dump" for its first image, on which the selected method alone is computed, and
 * "dump" for all of it once the selected method is computed on that; or "problem". */
bool kd_inspect_model_open (KdInspectModel *model, const char *path, GError **error);
const KdDump *kd_inspect_model_get_dump (KdInspectModel *model); /* NULL: none; until "dump" */
/* The format's list, and what is wrong; of the same life. */
const KdDumpCheck *kd_inspect_model_get_check (KdInspectModel *model);

/* Of a large file that is being read, 0 to 1, and 1 until the selected method is computed on it; -1: none is. */
double kd_inspect_model_get_progress (KdInspectModel *model);
/* Do not read the rest: the first image stays, if it is there. */
void kd_inspect_model_stop (KdInspectModel *model);
/* The dump is its first image; the rest is being read, or that was stopped. */
bool kd_inspect_model_is_partial (KdInspectModel *model);
/* The file of the dump that is there, once more. */
void kd_inspect_model_read_all (KdInspectModel *model);

/* Methods are those of kd_methods () that distil, in order. */
int kd_inspect_model_count (KdInspectModel *model);
const KdMethod *kd_inspect_model_get_method (KdInspectModel *model, int index);
KdKnobs *kd_inspect_model_get_knobs (KdInspectModel *model, int index); /* a copy */
/* NULL: not computed yet, or it cannot run: then the obstacle says why. Borrowed until "method" of it or "dump". */
const KdInspection *kd_inspect_model_get_inspection (KdInspectModel *model, int index);
const char *kd_inspect_model_get_obstacle (KdInspectModel *model, int index);
/* Of one image of the batch; NULL: there is no inspection. Owned by the caller; let go of it when "method" or "dump" comes. */
KdPicture *kd_inspect_model_get_picture (KdInspectModel *model, int index, int image);

int kd_inspect_model_get_selected (KdInspectModel *model);
void kd_inspect_model_select (KdInspectModel *model, int index);
/* Compute it with these values. */
void kd_inspect_model_set_knobs (KdInspectModel *model, int index, const KdKnobs *knobs);

G_END_DECLS
