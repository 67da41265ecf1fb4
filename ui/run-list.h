/* SPDX-License-Identifier: MIT */
#pragma once

/* KdRunList: the students in training, each with its colour and dash, its last AP50 and loss; choosing one shows its maps. */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_RUN_LIST (kd_run_list_get_type ())
G_DECLARE_FINAL_TYPE (KdRunList, kd_run_list, KD, RUN_LIST, GtkBox)

GtkWidget *kd_run_list_new (KdSessionModel *model);

G_END_DECLS
