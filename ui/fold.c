/* SPDX-License-Identifier: MIT */
#include "ui/fold.h"

#include "ui/app-settings.h"

/* As in the schema. */
typedef enum { FOLDING_BY_ROOM, FOLDING_SHOWN, FOLDING_HIDDEN } Folding;

struct _KdFold {
  GtkWidget parent_instance;
  GtkPaned *paned; /* child */
  int least;
  char *key;
  Folding folding;
  guint apply; /* idle source, 0: none */
};

G_DEFINE_FINAL_TYPE (KdFold, kd_fold, GTK_TYPE_WIDGET)

static GtkOrientation
orientation_of (KdFold *fold)
{
  return gtk_orientable_get_orientation (GTK_ORIENTABLE (fold->paned));
}

static bool
has_room (KdFold *fold)
{
  const int length = orientation_of (fold) == GTK_ORIENTATION_HORIZONTAL
                         ? gtk_widget_get_width (GTK_WIDGET (fold))
                         : gtk_widget_get_height (GTK_WIDGET (fold));
  return length >= fold->least;
}

static bool
is_wanted (KdFold *fold)
{
  return fold->folding == FOLDING_BY_ROOM ? has_room (fold) : fold->folding == FOLDING_SHOWN;
}

static gboolean
apply (gpointer data)
{
  KdFold *fold = data;
  fold->apply = 0;
  gtk_widget_set_visible (gtk_paned_get_end_child (fold->paned), is_wanted (fold));
  return G_SOURCE_REMOVE;
}

/* Nothing may be hidden while sizes are being handed out; before the next frame is early enough. */
static void
apply_soon (KdFold *fold)
{
  if (!fold->apply)
    fold->apply = g_idle_add_full (G_PRIORITY_HIGH_IDLE, apply, fold, NULL);
}

static void
on_setting (KdFold *fold)
{
  fold->folding = (Folding) g_settings_get_enum (kd_app_settings (), fold->key);
  apply_soon (fold);
}

void
kd_fold_set_least (KdFold *fold, int least)
{
  g_return_if_fail (KD_IS_FOLD (fold));
  fold->least = least;
  gtk_widget_queue_resize (GTK_WIDGET (fold));
}

void
kd_fold_toggle (KdFold *fold)
{
  g_return_if_fail (KD_IS_FOLD (fold));
  const bool shown = !gtk_widget_get_visible (gtk_paned_get_end_child (fold->paned));
  fold->folding = shown == has_room (fold) ? FOLDING_BY_ROOM
                  : shown                  ? FOLDING_SHOWN
                                           : FOLDING_HIDDEN;
  if (kd_app_settings ())
    g_settings_set_enum (kd_app_settings (), fold->key, (int) fold->folding);
  apply_soon (fold);
}

/* ---- sizes --------------------------------------------------------------------------------------------- */

static void
kd_fold_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  KdFold *fold = KD_FOLD (widget);
  gtk_widget_measure (GTK_WIDGET (fold->paned), orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
  if (orientation == orientation_of (fold) && fold->folding == FOLDING_BY_ROOM && fold->least > 0)
    gtk_widget_measure (gtk_paned_get_start_child (fold->paned), orientation, -1, minimum, NULL,
                        NULL, NULL);
}

static void
kd_fold_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  KdFold *fold = KD_FOLD (widget);
  GtkWidget *paned = GTK_WIDGET (fold->paned);
  int across, down;
  gtk_widget_measure (paned, GTK_ORIENTATION_HORIZONTAL, -1, &across, NULL, NULL, NULL);
  gtk_widget_measure (paned, GTK_ORIENTATION_VERTICAL, -1, &down, NULL, NULL, NULL);
  gtk_widget_allocate (paned, MAX (width, across), MAX (height, down), baseline, NULL);
  if (gtk_widget_get_visible (gtk_paned_get_end_child (fold->paned)) != is_wanted (fold))
    apply_soon (fold);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_fold_dispose (GObject *object)
{
  KdFold *fold = KD_FOLD (object);
  if (kd_app_settings ())
    g_signal_handlers_disconnect_by_data (kd_app_settings (), fold);
  g_clear_handle_id (&fold->apply, g_source_remove);
  if (fold->paned)
    gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&fold->paned)));
  G_OBJECT_CLASS (kd_fold_parent_class)->dispose (object);
}

static void
kd_fold_finalize (GObject *object)
{
  g_free (KD_FOLD (object)->key);
  G_OBJECT_CLASS (kd_fold_parent_class)->finalize (object);
}

static void
kd_fold_class_init (KdFoldClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_fold_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_fold_finalize;
  GTK_WIDGET_CLASS (class)->measure = kd_fold_measure;
  GTK_WIDGET_CLASS (class)->size_allocate = kd_fold_size_allocate;
}

static void
kd_fold_init (KdFold *fold)
{
  gtk_widget_set_overflow (GTK_WIDGET (fold), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
kd_fold_new (GtkPaned *paned, int least, const char *key)
{
  KdFold *fold = g_object_new (KD_TYPE_FOLD, NULL);
  fold->paned = paned;
  fold->least = least;
  fold->key = g_strdup (key);
  gtk_widget_set_parent (GTK_WIDGET (paned), GTK_WIDGET (fold));
  if (kd_app_settings ()) {
    g_autofree char *detailed = g_strconcat ("changed::", key, NULL);
    g_signal_connect_swapped (kd_app_settings (), detailed, G_CALLBACK (on_setting), fold);
    on_setting (fold);
  }
  return GTK_WIDGET (fold);
}
