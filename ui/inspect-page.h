/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdInspectPage: the view of a person's own feature dump: the format's list of arrays with what is wrong, every method on it, the maps of the
 * chosen one with the same tools as in training, or all methods side by side. Nothing trains here.
 */
#include "ui/edits.h"
#include "ui/inspect-model.h"
#include "ui/page.h"
#include "ui/wall-model.h"

G_BEGIN_DECLS

#define KD_TYPE_INSPECT_PAGE (kd_inspect_page_get_type ())
G_DECLARE_FINAL_TYPE (KdInspectPage, kd_inspect_page, KD, INSPECT_PAGE, GtkBox)

/* Emits "problem" (const char *): one sentence that belongs on screen. */
GtkWidget *kd_inspect_page_new (KdViewSettings *settings, KdEdits *edits);
KdInspectModel *kd_inspect_page_get_model (KdInspectPage *page);
KdWallModel *kd_inspect_page_get_wall (KdInspectPage *page);
/* Of the dump's, from 0. */
void kd_inspect_page_set_image (KdInspectPage *page, int image);

G_END_DECLS
