/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdLivePage: the view of a session in training: students, parameters and the method's card at the left, the wall of the selected
 * student's maps with its tools and probe in the middle, transport and charts below.
 */
#include "ui/edits.h"
#include "ui/page.h"
#include "ui/session-model.h"
#include "ui/view-port.h"
#include "ui/wall-model.h"

G_BEGIN_DECLS

#define KD_TYPE_LIVE_PAGE (kd_live_page_get_type ())
G_DECLARE_FINAL_TYPE (KdLivePage, kd_live_page, KD, LIVE_PAGE, GtkBox)

GtkWidget *kd_live_page_new (KdSessionModel *model, KdViewSettings *settings, KdEdits *edits);
/* What its wall shows, for export and lessons; borrowed. */
KdWallModel *kd_live_page_get_wall (KdLivePage *page);
KdViewPort *kd_live_page_get_port (KdLivePage *page); /* borrowed */
/* What a person does with the sidebar, to be undone like it: a knob of the selected run, or all of a preset. */
void kd_live_page_turn (KdLivePage *page, const char *id, const char *text);
void kd_live_page_choose_preset (KdLivePage *page, const char *name);
/* Have the engine set the selected run's scale so that it pulls as hard as the detection loss; an edit when it has. */
void kd_live_page_balance (KdLivePage *page);
/* Everything in which @run differs from @knobs, of its method, as one edit; @label: static. */
void kd_live_page_put_knobs (KdLivePage *page, int run, const KdKnobs *knobs, const char *label);
void kd_live_page_set_image (KdLivePage *page, int held_out_index);
int kd_live_page_get_image (KdLivePage *page);
/* The id of the method's figure that is shown; "": the maps. */
const char *kd_live_page_get_figure (KdLivePage *page);
void kd_live_page_show_figure (KdLivePage *page, const char *id);
bool kd_live_page_has_sidebar (KdLivePage *page);
/* The play button: where the focus belongs at first. */
void kd_live_page_focus (KdLivePage *page);

G_END_DECLS
