/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdSessionForm: which students to train, on what and how long: the start of another session. The twin is always there. Signal "start"
 * (const KdConfig *, valid during the call): a person wants it.
 */
#include "ui/session-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_SESSION_FORM (kd_session_form_get_type ())
G_DECLARE_FINAL_TYPE (KdSessionForm, kd_session_form, KD, SESSION_FORM, GtkBox)

GtkWidget *kd_session_form_new (KdSessionModel *model);
/* Tick these methods, for tests and readers; "none" is always ticked. */
void kd_session_form_choose (KdSessionForm *form, const char *const *methods);
void kd_session_form_start (KdSessionForm *form);

G_END_DECLS
