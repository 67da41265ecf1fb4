/* SPDX-License-Identifier: MIT */
#include "ui/exporting.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"
#include "ui/scrolling.h"

#include <adwaita.h>
#include <string.h>

static const struct {
  const char *name, *ending;
} formats[] = {
  /* pictures first */
  { N_ ("PNG picture"), ".png" },
  { N_ ("SVG drawing"), ".svg" },
  { N_ ("PDF page"), ".pdf" },
  { N_ ("Numbers as text (CSV)"), ".csv" },
  { N_ ("Array of numpy (.npy)"), ".npy" },
  { N_ ("Arrays of numpy (.npz)"), ".npz" },
};
#define N_PICTURE_FORMATS 3

typedef bool (*Write) (const void *picture, const char *path, GError **error);

/* What waits for a name. */
typedef struct {
  GtkWidget *from; /* weak */
  GtkFileChooserNative *dialog;
  void *picture;
  Write write;
  GDestroyNotify free_picture;
} Export;

static void
free_export (Export *export)
{
  g_clear_weak_pointer (&export->from);
  g_object_unref (export->dialog);
  export->free_picture (export->picture);
  g_free (export);
}

/* ---- after saving --------------------------------------------------------------------------------------- */

static void
show_file (GSimpleAction *action, GVariant *path, gpointer data)
{
  (void) action;
  (void) data;
  g_autofree char *folder = g_path_get_dirname (g_variant_get_string (path, NULL));
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);
  gtk_show_uri (NULL, uri, GDK_CURRENT_TIME);
}

void
kd_exporting_add_actions (GActionMap *window)
{
  g_autoptr (GSimpleAction) show = g_simple_action_new ("show-file", G_VARIANT_TYPE_STRING);
  g_signal_connect (show, "activate", G_CALLBACK (show_file), NULL);
  g_action_map_add_action (window, G_ACTION (show));
}

void
kd_exporting_tell (GtkWidget *from, const char *path, const GError *error)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (from, ADW_TYPE_TOAST_OVERLAY);
  if (!overlay)
    return;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *text = error ? g_strdup_printf (_ ("Not saved: %s"), error->message)
                                : g_strdup_printf (_ ("Saved to %s"), name);
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);
  if (error) {
    adw_toast_set_timeout (toast, 0); /* until it has been read */
  } else {
    adw_toast_set_button_label (toast, _ ("Open folder"));
    adw_toast_set_action_name (toast, "win.show-file");
    adw_toast_set_action_target (toast, "s", path);
  }
  adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}

/* ---- the file chooser --------------------------------------------------------------------------------- */

/* The place in formats of the name's ending; -1: another. */
static int
format_of (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (g_str_has_suffix (name, formats[i].ending))
      return (int) i;
  }
  return -1;
}

static int
chosen_format (GtkFileChooser *chooser)
{
  GtkFileFilter *filter = gtk_file_chooser_get_filter (chooser);
  for (size_t i = 0; filter && i < G_N_ELEMENTS (formats); i++) {
    if (!strcmp (gtk_file_filter_get_name (filter), kd_translated (formats[i].name)))
      return (int) i;
  }
  return 0;
}

/* Another format gives the name its ending. */
static void
on_filter (GtkFileChooser *chooser)
{
  g_autofree char *name = gtk_file_chooser_get_current_name (chooser);
  const int format = name ? format_of (name) : -1;
  if (format < 0)
    return;
  g_autofree char *stem = g_strndup (name, strlen (name) - strlen (formats[format].ending));
  g_autofree char *renamed = g_strconcat (stem, formats[chosen_format (chooser)].ending, NULL);
  gtk_file_chooser_set_current_name (chooser, renamed);
}

static void
save (const Export *export, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  export->write (export->picture, path, &error);
  if (!error && kd_app_settings ())
    g_settings_set_string (kd_app_settings (), "export-folder", folder);
  if (export->from)
    kd_exporting_tell (export->from, path, error);
}

static void
on_response (GtkNativeDialog *dialog, int response, Export *export)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (dialog);
  g_autoptr (GFile) file =
      response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (chooser) : NULL;
  g_autofree char *path = file ? g_file_get_path (file) : NULL;
  if (path && format_of (path) < 0) {
    g_autofree char *bare = g_steal_pointer (&path);
    path = g_strconcat (bare, formats[chosen_format (chooser)].ending, NULL);
  }
  if (path)
    save (export, path);
  free_export (export);
}

static void
add_formats (GtkFileChooser *chooser, size_t n_formats)
{
  for (size_t i = 0; i < n_formats; i++) {
    g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
    gtk_file_filter_set_name (filter, kd_translated (formats[i].name));
    gtk_file_filter_add_suffix (filter, formats[i].ending + 1);
    gtk_file_chooser_add_filter (chooser, filter);
  }
}

void
kd_exporting_begin_in_last_folder (GtkFileChooser *chooser)
{
  g_autofree char *folder =
      kd_app_settings () ? g_settings_get_string (kd_app_settings (), "export-folder") : NULL;
  if (!folder || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return;
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  gtk_file_chooser_set_current_folder (chooser, file, NULL);
}

/* @picture is taken. The chooser itself asks before it overwrites. */
static void
ask (GtkWidget *from,
     const char *name,
     size_t n_formats,
     void *picture,
     Write write,
     GDestroyNotify free_picture)
{
  GtkRoot *window = gtk_widget_get_root (from);
  Export *export = g_new0 (Export, 1);
  *export = (Export){ .picture = picture, .write = write, .free_picture = free_picture };
  g_set_weak_pointer (&export->from, from);
  export->dialog = gtk_file_chooser_native_new (
      C_ ("button", "Export"), GTK_IS_WINDOW (window) ? GTK_WINDOW (window) : NULL,
      GTK_FILE_CHOOSER_ACTION_SAVE, C_ ("button", "Export"), C_ ("button", "Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (export->dialog), TRUE);
  add_formats (GTK_FILE_CHOOSER (export->dialog), n_formats);
  kd_exporting_begin_in_last_folder (GTK_FILE_CHOOSER (export->dialog));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (export->dialog), name);
  g_signal_connect (export->dialog, "notify::filter", G_CALLBACK (on_filter), NULL);
  g_signal_connect (export->dialog, "response", G_CALLBACK (on_response), export);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (export->dialog));
}

/* ---- what is saved ------------------------------------------------------------------------------------- */

KdWallPicture *
kd_exporting_wall (KdWallModel *model, int row, int place, const KdKnobs *knobs)
{
  KdPicture *picture = kd_wall_model_get_picture (model);
  if (!picture)
    return NULL;
  const GArray *rows = kd_wall_model_get_rows (model);
  g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (KdWallEnds));
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *data = &g_array_index (rows, KdWallRowData, i);
    const KdWallEnds end = { data->name, data->scale.low, data->scale.high };
    g_array_append_val (ends, end);
  }
  const KdWallRowData *data = row < 0 ? NULL : &g_array_index (rows, KdWallRowData, row);
  const KdWallPart part = {
    .row = data ? data->name : NULL,
    .level = data && place >= 0 ? data->places[place].level : -1,
    .ends = (const KdWallEnds *) (void *) ends->data,
    .n_ends = (int) ends->len,
    .order = kd_wall_model_get_order (model, kd_wall_model_get_method (model)),
    .knobs = knobs,
  };
  const KdView *view = kd_view_settings_get (kd_wall_model_get_settings (model));
  return kd_wall_picture_new (picture, view, &part, NULL);
}

static bool
write_wall (const void *picture, const char *path, GError **error)
{
  return kd_wall_picture_export (picture, path, error);
}

static bool
write_chart (const void *picture, const char *path, GError **error)
{
  return kd_chart_picture_export (picture, path, error);
}

static bool
write_figure (const void *plot, const char *path, GError **error)
{
  return kd_figure_plot_export (plot, path, error);
}

static bool
write_compare (const void *picture, const char *path, GError **error)
{
  return kd_compare_picture_export (picture, path, error);
}

/* "fgd-step-412", without an ending. */
static GString *
begin_name (KdWallModel *model)
{
  const KdPictureInfo *info = kd_picture_info (kd_wall_model_get_picture (model));
  GString *name = g_string_new (info->method->id);
  if (info->path)
    g_string_append_printf (name, "-image-%" G_GUINT64_FORMAT, info->image_index + 1);
  else
    g_string_append_printf (name, "-step-%" G_GINT64_FORMAT, info->step);
  return name;
}

/* "fgd-step-412-attention_t-P3.png" */
static char *
name_of (KdWallModel *model, int row, int place)
{
  GString *name = begin_name (model);
  if (row >= 0) {
    const KdWallRowData *data = &g_array_index (kd_wall_model_get_rows (model), KdWallRowData, row);
    g_string_append_printf (name, "-%s", data->name);
    if (place >= 0)
      g_string_append_printf (name, "-%s", data->places[place].level_name);
  }
  g_string_append (name, formats[0].ending);
  return g_string_free (name, FALSE);
}

void
kd_exporting_ask_wall (
    GtkWidget *from, KdWallModel *model, int row, int place, const KdKnobs *knobs)
{
  KdWallPicture *picture = kd_exporting_wall (model, row, place, knobs);
  if (!picture)
    return;
  g_autofree char *name = name_of (model, row, place);
  ask (from, name, G_N_ELEMENTS (formats), picture, write_wall,
       (GDestroyNotify) kd_wall_picture_free);
}

void
kd_exporting_ask_figure (GtkWidget *from, KdWallModel *model, const char *id, KdFigurePlot *plot)
{
  GString *name = begin_name (model);
  g_string_append_printf (name, "-%s%s", id, formats[0].ending);
  ask (from, name->str, N_PICTURE_FORMATS, plot, write_figure,
       (GDestroyNotify) kd_figure_plot_free);
  g_string_free (name, TRUE);
}

void
kd_exporting_ask_compare (GtkWidget *from, const char *name, KdComparePicture *picture)
{
  g_autofree char *file = g_strconcat (name, formats[0].ending, NULL);
  ask (from, file, G_N_ELEMENTS (formats), picture, write_compare,
       (GDestroyNotify) kd_compare_picture_free);
}

void
kd_exporting_ask_chart (GtkWidget *from, const char *name, KdChartPicture *picture)
{
  ask (from, name, G_N_ELEMENTS (formats), picture, write_chart,
       (GDestroyNotify) kd_chart_picture_free);
}

/* ---- menus of panels ------------------------------------------------------------------------------------ */

/* What was chosen is done after the menu has closed, so it goes later. */
static gboolean
drop_menu (gpointer menu)
{
  if (gtk_widget_get_parent (menu)) /* what was chosen may have taken the panel away */
    gtk_widget_unparent (menu);
  return G_SOURCE_REMOVE;
}

static void
on_closed (GtkWidget *menu)
{
  kd_scrolls_to_focus (menu, true);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, drop_menu, g_object_ref (menu), g_object_unref);
}

static void
pop_up (GtkWidget *panel, GMenuModel *menu, double x, double y)
{
  GtkWidget *parent = gtk_widget_get_parent (panel);
  GtkWidget *popover = gtk_popover_menu_new_from_model (menu);
  double parent_x, parent_y;
  gtk_widget_translate_coordinates (panel, parent, x, y, &parent_x, &parent_y);
  gtk_widget_set_parent (popover, parent);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover),
                               &(GdkRectangle){ (int) parent_x, (int) parent_y, 1, 1 });
  g_signal_connect (popover, "closed", G_CALLBACK (on_closed), NULL);
  kd_scrolls_to_focus (popover, false);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
on_secondary (GtkGestureClick *click, int n_press, double x, double y, gpointer menu)
{
  (void) n_press;
  gtk_gesture_set_state (GTK_GESTURE (click), GTK_EVENT_SEQUENCE_CLAIMED);
  pop_up (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (click)), menu, x, y);
}

static gboolean
on_menu_key (GtkWidget *panel, GVariant *arguments, gpointer menu)
{
  (void) arguments;
  pop_up (panel, menu, gtk_widget_get_width (panel) / 2.0, gtk_widget_get_height (panel) / 2.0);
  return TRUE;
}

void
kd_exporting_add_menu (
    GtkWidget *panel, const char *label, const char *action, GVariant *target, GMenuModel *more)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);
  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
  g_menu_append (menu, _ ("Export all maps…"), "win.export");
  if (more)
    g_menu_append_section (menu, NULL, more);
  GtkGesture *click = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect_data (click, "pressed", G_CALLBACK (on_secondary), g_object_ref (menu),
                         (GClosureNotify) (void (*) (void)) g_object_unref, 0);
  gtk_widget_add_controller (panel, GTK_EVENT_CONTROLLER (click));
  GtkEventController *keys = gtk_shortcut_controller_new ();
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (
          gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
          gtk_callback_action_new (on_menu_key, g_object_ref (menu), g_object_unref)));
  gtk_widget_add_controller (panel, keys);
}
