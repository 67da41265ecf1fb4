/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdComparePage: two to twelve runs side by side on one image: the students of the live session, or run folders. Maps above, the table of
 * runs and their curves below.
 */
#include "ui/page.h"
#include "ui/session-model.h"
#include "ui/view-settings.h"

G_BEGIN_DECLS

#define KD_TYPE_COMPARE_PAGE (kd_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (KdComparePage, kd_compare_page, KD, COMPARE_PAGE, GtkBox)

/* Emits "problem" (const char *): one sentence that belongs on screen. */
GtkWidget *kd_compare_page_new (KdSessionModel *model, KdViewSettings *settings);

G_END_DECLS
