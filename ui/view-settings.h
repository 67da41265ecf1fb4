/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdViewSettings: how maps are shown, shared by all panels. Plain properties; "changed" after each change.
 */
#include "engine/render/render.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define KD_TYPE_VIEW_SETTINGS (kd_view_settings_get_type ())
G_DECLARE_FINAL_TYPE (KdViewSettings, kd_view_settings, KD, VIEW_SETTINGS, GObject)

/* Which panels share one colour scale. */
typedef enum {
  KD_SHARE_ROW,   /* the levels of one row */
  KD_SHARE_GROUP, /* rows that mean the same: attention of teacher and student */
  KD_SHARE_PANEL, /* every panel its own: shapes only, not comparable */
} KdShare;

typedef struct {
  KdChannelRule channels;
  KdColormap colormap; /* of data that is not signed */
  KdShare share;
  double overlay; /* opacity of the maps over the photo, 0: no photo, maps alone */
  bool boxes;     /* boxes on maps */
  bool smooth;    /* interpolated, captioned so */
  int panel_px;   /* smallest side of a panel; panels grow to fill the wall's width */
} KdView;

KdViewSettings *kd_view_settings_new (void);
const KdView *kd_view_settings_get (KdViewSettings *settings);
void kd_view_settings_set (KdViewSettings *settings, const KdView *view);

G_END_DECLS
