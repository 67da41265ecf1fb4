/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdWallModel: what a wall shows now: one picture, read once into rows, for everything that draws or reads it (panels, probe,
 * export). Whoever has pictures feeds it: the live view from snapshots, the inspection from a dump. Main thread.
 */
#include "ui/view-settings.h"
#include "ui/wall-row.h"

G_BEGIN_DECLS

#define KD_TYPE_WALL_MODEL (kd_wall_model_get_type ())
G_DECLARE_FINAL_TYPE (KdWallModel, kd_wall_model, KD, WALL_MODEL, GObject)

/*
 * Signals: "layout": other rows (old ones are gone; there may be no picture yet); "changed": another picture, or it is shown otherwise.
 * @settings: their "changed" reads the picture anew.
 */
KdWallModel *kd_wall_model_new (KdViewSettings *settings);
KdViewSettings *kd_wall_model_get_settings (KdWallModel *model);
/* Rows for @method's run @run of these probes, borrowed until the next layout; forgets the picture. NULL method: no rows. */
void kd_wall_model_set_layout (
    KdWallModel *model, const KdMethod *method, int run, const KdProbeInfo *probes, int n_probes);
/* A picture of the layout's probes; a reference is taken. */
void kd_wall_model_set_picture (KdWallModel *model, KdPicture *picture);
/* Borrowed until the next signal; NULL: none yet. */
KdPicture *kd_wall_model_get_picture (KdWallModel *model);
const GArray *kd_wall_model_get_rows (KdWallModel *model); /* KdWallRowData; borrowed likewise */
const KdMethod *kd_wall_model_get_method (KdWallModel *model); /* NULL: no layout */
/* Names of rows and levels in the order that @method's are shown in (kd_wall_rows_arrange), NULL-terminated, borrowed; NULL: the usual. */
const char *const *kd_wall_model_get_order (KdWallModel *model, const KdMethod *method);
/* Copied, and kept for @method until another; emits "layout" if that is shown. NULL or none: the usual. */
void kd_wall_model_set_order (KdWallModel *model, const KdMethod *method, const char *const *names);

/* Put the ends of a row's scale where a person wants them: the settings change to KD_SHARE_FIXED, all others stay as they are. */
void kd_wall_model_fix_scale (KdWallModel *model, int row, const KdScale *scale);

G_END_DECLS
