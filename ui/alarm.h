/* SPDX-License-Identifier: MIT */
#pragma once

/* KdAlarm: what went wrong, in one sentence above the views until it is closed, and what can be done about it. Signal "help" (int
 * number): the button of that number was pressed. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_ALARM (kd_alarm_get_type ())
G_DECLARE_FINAL_TYPE (KdAlarm, kd_alarm, KD, ALARM, GtkWidget)

GtkWidget *kd_alarm_new (void);
#define KD_ALARM_HELPS 2
/* @helps: labels of at most KD_ALARM_HELPS buttons, NULL-terminated; NULL: nothing can be done. */
void kd_alarm_say (KdAlarm *alarm, const char *text, const char *const *helps);
void kd_alarm_hide (KdAlarm *alarm);

G_END_DECLS
