/* SPDX-License-Identifier: MIT */
#pragma once

/* KdDumpChecklist: the arrays that the dump format names: found, missing, or wrong with the sentence that says how to fix it. */
#include "ui/inspect-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_DUMP_CHECKLIST (kd_dump_checklist_get_type ())
G_DECLARE_FINAL_TYPE (KdDumpChecklist, kd_dump_checklist, KD, DUMP_CHECKLIST, GtkBox)

GtkWidget *kd_dump_checklist_new (void);
/* Open if something is wrong. */
void kd_dump_checklist_show (KdDumpChecklist *list, const KdDumpCheck *check);

G_END_DECLS
