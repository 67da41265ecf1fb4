/* SPDX-License-Identifier: MIT */
#include "ui/pane.h"

#include "ui/app-settings.h"

#include <math.h>

typedef struct {
  GtkPaned *paned; /* borrowed: it owns this */
  char *key;
  bool end;
  double share;
  int given;    /* the position that it was given here; -1: none, or a person moved it */
  int length;   /* of the pane when it was */
  guint giving; /* tick callback that will, 0: none */
} Pane;

static void
pane_free (gpointer data, GClosure *closure)
{
  (void) closure;
  g_free (((Pane *) data)->key);
  g_free (data);
}

static int
length_of (GtkPaned *paned)
{
  return gtk_orientable_get_orientation (GTK_ORIENTABLE (paned)) == GTK_ORIENTATION_HORIZONTAL
             ? gtk_widget_get_width (GTK_WIDGET (paned))
             : gtk_widget_get_height (GTK_WIDGET (paned));
}

static bool
was_set (GtkPaned *paned)
{
  gboolean set;
  g_object_get (paned, "position-set", &set, NULL);
  return set;
}

/* What was kept, or -1. */
static int
kept_size (const Pane *pane)
{
  return kd_app_settings () ? g_settings_get_int (kd_app_settings (), pane->key) : -1;
}

/* In a frame in which the pane knows its length: the size of the last time; else its share. */
static gboolean
give (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  (void) widget;
  (void) clock;
  Pane *pane = data;
  const int length = length_of (pane->paned), kept = kept_size (pane);
  if (!length)
    return G_SOURCE_CONTINUE;
  pane->giving = 0;
  pane->length = length;
  if (kept >= 0) {
    pane->given = -1;
    gtk_paned_set_position (pane->paned, pane->end ? MAX (0, length - kept) : kept);
    return G_SOURCE_REMOVE;
  }
  const int wanted = (int) lround (pane->share > 1 ? pane->share : pane->share * length);
  int low, high;
  g_object_get (pane->paned, "min-position", &low, "max-position", &high, NULL);
  pane->given = CLAMP (pane->end ? length - wanted : wanted, low, MAX (low, high));
  gtk_paned_set_position (pane->paned, pane->given);
  return G_SOURCE_REMOVE;
}

static void
give_soon (Pane *pane)
{
  if (!pane->giving)
    pane->giving = gtk_widget_add_tick_callback (GTK_WIDGET (pane->paned), give, pane, NULL);
}

/* A position that changes while the length does not: a person's, for good. */
static void
on_position (Pane *pane)
{
  if (pane->given >= 0 && length_of (pane->paned) == pane->length &&
      gtk_paned_get_position (pane->paned) != pane->given && !pane->giving)
    pane->given = -1;
}

/* The pane has another length, or a child needs another least size. */
static void
on_room (Pane *pane)
{
  if (pane->given >= 0)
    give_soon (pane);
}

static void
store (Pane *pane)
{
  const int length = length_of (pane->paned);
  if (!kd_app_settings () || pane->given >= 0 || !was_set (pane->paned) || !length)
    return; /* nobody touched it: what it gets may change with the program */
  const int position = gtk_paned_get_position (pane->paned);
  g_settings_set_int (kd_app_settings (), pane->key,
                      pane->end ? MAX (0, length - position) : position);
}

void
kd_pane_keep (GtkPaned *paned, const char *key, bool end, double share)
{
  Pane *pane = g_new0 (Pane, 1);
  *pane = (Pane){ .paned = paned, .key = g_strdup (key), .end = end, .share = share, .given = -1 };
  if (kept_size (pane) >= 0 || share > 0)
    give_soon (pane);
  if (share > 0) {
    g_signal_connect_swapped (paned, "notify::position", G_CALLBACK (on_position), pane);
    g_signal_connect_swapped (paned, "notify::max-position", G_CALLBACK (on_room), pane);
    g_signal_connect_swapped (paned, "notify::min-position", G_CALLBACK (on_room), pane);
  }
  g_signal_connect_data (paned, "unmap", G_CALLBACK (store), pane, pane_free, G_CONNECT_SWAPPED);
}
