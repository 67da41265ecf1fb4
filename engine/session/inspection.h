/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the result of an inspection while it is put together. */
#include "engine/session/session.h"

G_BEGIN_DECLS

KdInspection *kd_inspection_new (void);
/* Takes @array into the outputs; its name is new (asserted). */
void kd_inspection_put (KdInspection *inspection, KdArray *array);
/* "loss.<name>". */
void kd_inspection_put_loss (KdInspection *inspection, const char *name, double value);
/* Takes @array into the outputs, or, without @in_dump, keeps it for the screen. @info: its strings must last, its id is set here. */
void kd_inspection_put_map (KdInspection *inspection,
                            const KdProbeInfo *info,
                            KdArray *array,
                            bool in_dump);
/* For the screen alone; @array outlives the inspection. */
void
kd_inspection_put_shared_map (KdInspection *inspection, const KdProbeInfo *info, KdArray *array);
void kd_inspection_put_term (KdInspection *inspection, const KdTermStatus *term);
/* A string that lives as long as the inspection. Takes @text. */
const char *kd_inspection_keep (KdInspection *inspection, char *text);
/* One more clause of the note. */
void kd_inspection_note (KdInspection *inspection, const char *text);

G_END_DECLS
