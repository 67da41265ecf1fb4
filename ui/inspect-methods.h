/* SPDX-License-Identifier: MIT */
#pragma once

/* KdInspectMethods: every method on the dump: its loss, or why it cannot run. Choosing one shows its maps. */
#include "ui/inspect-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_INSPECT_METHODS (kd_inspect_methods_get_type ())
G_DECLARE_FINAL_TYPE (KdInspectMethods, kd_inspect_methods, KD, INSPECT_METHODS, GtkBox)

GtkWidget *kd_inspect_methods_new (KdInspectModel *model);

G_END_DECLS
