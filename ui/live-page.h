/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLivePage: the view of a session in training: students, parameters and the method's card at the left, the wall of the selected
 * student's maps with its tools and probe in the middle, transport and charts below.
 */
#include "ui/edits.h"
#include "ui/page.h"
#include "ui/session-model.h"
#include "ui/wall-model.h"

G_BEGIN_DECLS

#define KD_TYPE_LIVE_PAGE (kd_live_page_get_type ())
G_DECLARE_FINAL_TYPE (KdLivePage, kd_live_page, KD, LIVE_PAGE, GtkBox)

GtkWidget *kd_live_page_new (KdSessionModel *model, KdViewSettings *settings, KdEdits *edits);
/* What its wall shows, for export and lessons; borrowed. */
KdWallModel *kd_live_page_get_wall (KdLivePage *page);
void kd_live_page_show_sidebar (KdLivePage *page, bool shown);
bool kd_live_page_has_sidebar (KdLivePage *page);
/* The play button: where the focus belongs at first. */
void kd_live_page_focus (KdLivePage *page);

G_END_DECLS
