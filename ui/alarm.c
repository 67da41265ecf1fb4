/* SPDX-License-Identifier: MIT */
#include "ui/alarm.h"

struct _KdAlarm {
  GtkWidget parent_instance;
  GtkWidget *bar, *label, *helps[KD_ALARM_HELPS];
};

G_DEFINE_FINAL_TYPE (KdAlarm, kd_alarm, GTK_TYPE_WIDGET)

static guint help_signal;

static void
on_response (KdAlarm *alarm, int response)
{
  kd_alarm_hide (alarm);
  if (response >= 0)
    g_signal_emit (alarm, help_signal, 0, response);
}

static void
kd_alarm_dispose (GObject *object)
{
  g_clear_pointer (&KD_ALARM (object)->bar, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_alarm_parent_class)->dispose (object);
}

static void
kd_alarm_class_init (KdAlarmClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_alarm_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (class), GTK_TYPE_BIN_LAYOUT);
  help_signal = g_signal_new ("help", KD_TYPE_ALARM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
kd_alarm_init (KdAlarm *alarm)
{
  alarm->bar = gtk_info_bar_new ();
  GtkInfoBar *bar = GTK_INFO_BAR (alarm->bar);
  alarm->label = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (alarm->label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (alarm->label), 0);
  gtk_info_bar_add_child (bar, alarm->label);
  for (int i = 0; i < KD_ALARM_HELPS; i++)
    alarm->helps[i] = gtk_info_bar_add_button (bar, "", i);
  gtk_info_bar_set_message_type (bar, GTK_MESSAGE_ERROR);
  gtk_info_bar_set_revealed (bar, FALSE);
  gtk_info_bar_set_show_close_button (bar, TRUE);
  g_signal_connect_swapped (bar, "response", G_CALLBACK (on_response), alarm);
  gtk_widget_set_parent (alarm->bar, GTK_WIDGET (alarm));
}

GtkWidget *
kd_alarm_new (void)
{
  return g_object_new (KD_TYPE_ALARM, NULL);
}

void
kd_alarm_say (KdAlarm *alarm, const char *text, const char *const *helps)
{
  g_return_if_fail (KD_IS_ALARM (alarm));
  gtk_label_set_text (GTK_LABEL (alarm->label), text);
  const int n_helps = helps ? (int) g_strv_length ((char **) helps) : 0;
  g_return_if_fail (n_helps <= KD_ALARM_HELPS);
  for (int i = 0; i < KD_ALARM_HELPS; i++) {
    const char *help = i < n_helps ? helps[i] : NULL;
    gtk_button_set_label (GTK_BUTTON (alarm->helps[i]), help ? help : "");
    gtk_widget_set_visible (alarm->helps[i], help != NULL);
  }
  gtk_info_bar_set_revealed (GTK_INFO_BAR (alarm->bar), TRUE);
}

void
kd_alarm_hide (KdAlarm *alarm)
{
  g_return_if_fail (KD_IS_ALARM (alarm));
  gtk_info_bar_set_revealed (GTK_INFO_BAR (alarm->bar), FALSE);
}
