/* SPDX-License-Identifier: MIT */
#include "ui/inspect-page.h"

#include "engine/base/i18n.h"
#include "ui/app-settings.h"
#include "ui/command-line.h"
#include "ui/compare-grid.h"
#include "ui/dump-checklist.h"
#include "ui/exporting.h"
#include "ui/file-kind.h"
#include "ui/fold.h"
#include "ui/inspect-methods.h"
#include "ui/knob-panel.h"
#include "ui/map-wall.h"
#include "ui/method-card.h"
#include "ui/probe-panel.h"
#include "ui/reading-row.h"
#include "ui/view-bar.h"
#include "ui/wall-tabs.h"

#include <adwaita.h>

static const char snippet[] = "np.savez (\"dump.npz\", image_size=[H, W], strides=[8, 16, 32],\n"
                              "          gt_boxes=boxes, gt_labels=labels, gt_image=index,\n"
                              "          **{f\"teacher_feat.{l}\": t.cpu ().numpy () for l, t in "
                              "enumerate (teacher_feats)},\n"
                              "          **{f\"student_feat.{l}\": s.cpu ().numpy () for l, s in "
                              "enumerate (student_feats)})\n";

struct _KdInspectPage {
  GtkBox parent_instance;
  KdInspectModel *model;    /* owned */
  KdViewSettings *settings; /* owned */
  KdEdits *edits;           /* owned */
  KdWallModel *wall_model;  /* owned */
  KdCompareSet *all;        /* owned: every method's picture of the image */
  KdViewPort *port;         /* owned */
  GtkWidget *probe;         /* KdFold */
  GtkWidget *sidebar, *states, *file, *checklist, *knobs, *card;
  GtkWidget *view_bar, *wall, *tabs, *views, *all_shown, *grid, *off;
};

static void kd_inspect_page_page_init (KdPageInterface *interface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KdInspectPage,
                               kd_inspect_page,
                               GTK_TYPE_BOX,
                               G_IMPLEMENT_INTERFACE (KD_TYPE_PAGE, kd_inspect_page_page_init))

static guint problem_signal;

static int
selected_of (KdInspectPage *page)
{
  return kd_inspect_model_get_selected (page->model);
}

static int
image_of (KdInspectPage *page)
{
  return kd_view_bar_get_image (KD_VIEW_BAR (page->view_bar));
}

/* ---- what is in the middle ------------------------------------------------------------------------- */

/* All methods, or the selected one's maps, or why it has none. */
static void
choose_view (KdInspectPage *page)
{
  const bool all = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (page->all_shown));
  const char *obstacle = kd_inspect_model_get_obstacle (page->model, selected_of (page));
  if (obstacle) {
    const KdMethod *method = kd_inspect_model_get_method (page->model, selected_of (page));
    g_autofree char *title = g_strdup_printf (_ ("%s has nothing to show"), method->title);
    g_autofree char *markup = g_markup_escape_text (obstacle, -1);
    adw_status_page_set_title (ADW_STATUS_PAGE (page->off), title);
    adw_status_page_set_description (ADW_STATUS_PAGE (page->off), markup);
  }
  gtk_stack_set_visible_child_name (GTK_STACK (page->views), all        ? "all"
                                                             : obstacle ? "off"
                                                                        : "one");
}

/* ---- pictures --------------------------------------------------------------------------------------- */

static void
show_picture (KdInspectPage *page)
{
  g_autoptr (KdPicture) picture =
      kd_inspect_model_get_picture (page->model, selected_of (page), image_of (page));
  if (!picture) {
    kd_wall_model_set_layout (page->wall_model, NULL, 0, NULL, 0);
    return;
  }
  kd_wall_model_set_picture (page->wall_model, picture);
}

/* The probes are the inspection's, so every one brings a layout of its own. */
static void
lay_out (KdInspectPage *page)
{
  const KdInspection *inspection =
      kd_inspect_model_get_inspection (page->model, selected_of (page));
  kd_wall_model_set_layout (
      page->wall_model,
      inspection ? kd_inspect_model_get_method (page->model, selected_of (page)) : NULL, 0,
      inspection ? inspection->probes : NULL, inspection ? inspection->n_probes : 0);
  show_picture (page);
}

static void
put_column (KdInspectPage *page, int index)
{
  g_autoptr (KdPicture) picture =
      kd_inspect_model_get_picture (page->model, index, image_of (page));
  if (!picture)
    return;
  KdKnobs *knobs = kd_inspect_model_get_knobs (page->model, index);
  kd_compare_set_put (page->all, kd_inspect_model_get_method (page->model, index)->id, knobs,
                      picture);
  kd_knobs_free (knobs);
}

/* All columns anew: one may have gone, or there is another image. */
static void
show_columns (KdInspectPage *page)
{
  kd_compare_set_clear (page->all);
  for (int i = 0; i < kd_inspect_model_count (page->model); i++)
    put_column (page, i);
}

static void
on_method (KdInspectModel *model, int index, KdInspectPage *page)
{
  if (kd_inspect_model_get_inspection (model, index))
    put_column (page, index);
  else
    show_columns (page);
  if (index == selected_of (page)) {
    lay_out (page);
    choose_view (page);
  }
}

static void
on_image (KdInspectPage *page)
{
  show_picture (page);
  show_columns (page);
}

/* ---- the dump ------------------------------------------------------------------------------------------ */

static void
name_levels (KdInspectPage *page, const KdDump *dump)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (int l = 0; l < dump->n_levels; l++) {
    const KdProbeInfo probe = { .level = l, .stride = dump->strides[l] };
    g_autofree char *name = kd_level_name (&probe, 1, l);
    g_strv_builder_add (names, name);
  }
  g_auto (GStrv) list = g_strv_builder_end (names);
  kd_view_bar_set_levels (KD_VIEW_BAR (page->view_bar), (const char *const *) list);
}

static void
on_dump (KdInspectPage *page)
{
  const KdDump *dump = kd_inspect_model_get_dump (page->model);
  g_autofree char *name = g_path_get_basename (dump->path);
  const KdDumpCheck *check = kd_inspect_model_get_check (page->model);
  const int n_images = check->n_file_images;
  g_autofree char *text = g_strdup_printf (
      ngettext ("%s: %d image of %d×%d px, %d levels, %d boxes",
                "%s: %d images of %d×%d px, %d levels, %d boxes", (unsigned) n_images),
      name, n_images, dump->image.width, dump->image.height, dump->n_levels, dump->n_truths);
  gtk_label_set_text (GTK_LABEL (page->file), text);
  gtk_widget_set_tooltip_text (page->file, dump->path);
  gtk_widget_set_visible (page->checklist, !kd_inspect_model_is_partial (page->model));
  kd_dump_checklist_show (KD_DUMP_CHECKLIST (page->checklist), check);
  kd_view_bar_set_images (KD_VIEW_BAR (page->view_bar), dump->n_images);
  name_levels (page, dump);
  lay_out (page);
  show_columns (page);
  gtk_stack_set_visible_child_name (GTK_STACK (page->states), "dump");
}

static void
on_problem (KdInspectModel *model, const char *text, KdInspectPage *page)
{
  (void) model;
  g_signal_emit (page, problem_signal, 0, text);
}

/* ---- knobs --------------------------------------------------------------------------------------------- */

static void
show_knobs (KdInspectPage *page)
{
  KdKnobs *now = kd_inspect_model_get_knobs (page->model, selected_of (page));
  kd_knob_panel_show (KD_KNOB_PANEL (page->knobs), now);
  kd_method_card_set_knobs (KD_METHOD_CARD (page->card), now);
  kd_wall_tabs_set_knobs (KD_WALL_TABS (page->tabs), now);
  kd_knobs_free (now);
}

/* Method, and the knobs to set: "(ia{ss})". */
static void
apply_knobs (gpointer owner, GVariant *state)
{
  KdInspectPage *page = owner;
  int index;
  g_autoptr (GVariantIter) iter = NULL;
  g_variant_get (state, "(ia{ss})", &index, &iter);
  KdKnobs *knobs = kd_inspect_model_get_knobs (page->model, index);
  const char *id, *text;
  while (g_variant_iter_next (iter, "{&s&s}", &id, &text))
    kd_knobs_set (knobs, id, text, NULL);
  kd_inspect_model_select (page->model, index);
  kd_inspect_model_set_knobs (page->model, index, knobs);
  kd_knobs_free (knobs);
  show_knobs (page);
}

static GVariant *
knob_state (int index, const KdKnobs *values)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (int i = 0; i < kd_knobs_count (values); i++) {
    const char *id = kd_knobs_knob (values, i)->id;
    g_autofree char *text = kd_knobs_format (values, id);
    g_variant_builder_add (&builder, "{ss}", id, text);
  }
  return g_variant_new ("(ia{ss})", index, &builder);
}

static void
change_knobs (KdInspectPage *page, const KdKnobs *after, const char *label, const char *key)
{
  const int index = selected_of (page);
  KdKnobs *before = kd_inspect_model_get_knobs (page->model, index);
  kd_inspect_model_set_knobs (page->model, index, after);
  kd_edits_push (page->edits, label, key, apply_knobs, G_OBJECT (page), knob_state (index, before),
                 knob_state (index, after));
  kd_knobs_free (before);
}

static void
on_knob (GtkWidget *from, const char *id, const char *text, KdInspectPage *page)
{
  (void) from;
  KdKnobs *after = kd_inspect_model_get_knobs (page->model, selected_of (page));
  const KdMethod *method = kd_knobs_method (after);
  if (kd_knobs_set (after, id, text, NULL)) {
    const KdKnob *knob = kd_method_knob (method, id);
    g_autofree char *label =
        g_strdup_printf (_ ("%s of %s"), knob ? kd_translated (knob->label) : id, method->title);
    g_autofree char *key = g_strdup_printf ("dump.%s.%s", method->id, id);
    change_knobs (page, after, label, key);
    show_knobs (page);
  }
  kd_knobs_free (after);
}

static void
on_preset (KdKnobPanel *panel, const char *name, KdInspectPage *page)
{
  (void) panel;
  const KdMethod *method = kd_inspect_model_get_method (page->model, selected_of (page));
  KdKnobs *after = kd_knobs_new (method, name, NULL);
  kd_knobs_set (after, "run.scale", "1", NULL); /* a dump shows the terms as they are */
  kd_knobs_set (after, "run.ramp", "0", NULL);
  g_autofree char *label = g_strdup_printf (_ ("Preset %s of %s"), name, method->title);
  change_knobs (page, after, label, NULL);
  kd_knob_panel_show (KD_KNOB_PANEL (page->knobs), after);
  kd_knobs_free (after);
}

static void
on_selected (KdInspectPage *page)
{
  kd_method_card_show (KD_METHOD_CARD (page->card),
                       kd_inspect_model_get_method (page->model, selected_of (page)));
  show_knobs (page);
  lay_out (page);
  choose_view (page);
}

/* ---- what the window asks ------------------------------------------------------------------------------ */

static bool
kd_inspect_page_open (KdPage *self, KdFileKind kind, const char *path, GError **error)
{
  (void) kind;
  return kd_inspect_model_open (KD_INSPECT_PAGE (self)->model, path, error);
}

static void
select_place (KdInspectPage *page, const char *digit)
{
  const int place = atoi (digit) - 1; /* 0 is the twin, which a dump does not have */
  if (place >= 0 && place < kd_inspect_model_count (page->model))
    kd_inspect_model_select (page->model, place);
}

static void
export_part (KdInspectPage *page, int row, int place)
{
  if (!kd_wall_model_get_picture (page->wall_model))
    return;
  KdKnobs *knobs = kd_inspect_model_get_knobs (page->model, selected_of (page));
  kd_exporting_ask_wall (GTK_WIDGET (page), page->wall_model, row, place, knobs);
  kd_knobs_free (knobs);
}

static void
export_shown (KdInspectPage *page)
{
  if (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (page->all_shown)))
    kd_compare_grid_export (KD_COMPARE_GRID (page->grid), -1, -1);
  else if (!kd_wall_tabs_export (KD_WALL_TABS (page->tabs)))
    export_part (page, -1, -1);
}

static bool
kd_inspect_page_act (KdPage *self, const char *name)
{
  KdInspectPage *page = KD_INSPECT_PAGE (self);
  if (g_str_equal (name, "zoom-cells"))
    kd_map_wall_zoom_cells (KD_MAP_WALL (page->wall), KD_CELL_PX);
  else if (g_str_equal (name, "figure"))
    kd_wall_tabs_next (KD_WALL_TABS (page->tabs));
  else if (g_str_equal (name, "channels"))
    kd_map_wall_browse (KD_MAP_WALL (page->wall));
  else if (g_str_equal (name, "export"))
    export_shown (page);
  else if (g_str_equal (name, "sidebar"))
    gtk_widget_set_visible (page->sidebar, !gtk_widget_get_visible (page->sidebar));
  else if (g_str_equal (name, "probe"))
    kd_fold_toggle (KD_FOLD (page->probe));
  else if (g_str_equal (name, "escape"))
    return kd_map_wall_shrink (KD_MAP_WALL (page->wall));
  else if (g_str_has_prefix (name, "student-"))
    select_place (page, name + strlen ("student-"));
  else
    return kd_view_bar_act (KD_VIEW_BAR (page->view_bar), name) ||
           kd_view_port_act (page->port, name);
  return true;
}

static void
kd_inspect_page_page_init (KdPageInterface *interface)
{
  interface->act = kd_inspect_page_act;
  interface->opens = 1u << KD_FILE_DUMP;
  interface->open = kd_inspect_page_open;
}

/* ---- layout ----------------------------------------------------------------------------------------------- */

static void
copy_snippet (GtkWidget *button)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), snippet);
}

static void
copy_command (KdInspectPage *page)
{
  const KdDump *dump = kd_inspect_model_get_dump (page->model);
  if (!dump)
    return;
  KdKnobs *knobs = kd_inspect_model_get_knobs (page->model, selected_of (page));
  g_autofree char *line = kd_command_of_dump (dump->path, knobs);
  kd_knobs_free (knobs);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (page)), line);
}

static void
open_example (KdInspectPage *page)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = kd_example_find (&error);
  if (!path || !kd_inspect_model_open (page->model, path, &error))
    g_signal_emit (page, problem_signal, 0, error->message);
}

static GtkWidget *
make_empty (KdInspectPage *page)
{
  GtkWidget *status = adw_status_page_new ();
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (status), "document-open-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (status),
                             _ ("See what every method does on your model"));
  adw_status_page_set_description (
      ADW_STATUS_PAGE (status),
      _ ("Drop a feature dump here: .npz or .safetensors, float arrays of one batch\n"
         "teacher_feat.0, .1, …   student_feat.0, .1, …   necks [N,C,H,W]\n"
         "gt_boxes [G,4] xyxy px   gt_labels [G]   gt_image [G]\n"
         "image [N,H,W,3] uint8, or image_size [2]   strides [L]\n"
         "teacher_cls.l, student_cls.l, …_reg.l   for methods that read heads\n"
         "proposals, teacher_roi_cls, …   for two-stage detectors"));
  GtkWidget *open = gtk_button_new_with_label (_ ("Open…"));
  gtk_widget_add_css_class (open, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (open), "win.open");
  GtkWidget *copy = gtk_button_new_with_label (_ ("Copy PyTorch snippet"));
  g_signal_connect (copy, "clicked", G_CALLBACK (copy_snippet), NULL);
  GtkWidget *example = gtk_button_new_with_label (_ ("Open example"));
  g_signal_connect_swapped (example, "clicked", G_CALLBACK (open_example), page);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_widget_set_halign (buttons, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (buttons), open);
  gtk_box_append (GTK_BOX (buttons), copy);
  gtk_box_append (GTK_BOX (buttons), example);
  adw_status_page_set_child (ADW_STATUS_PAGE (status), buttons);
  return status;
}

static GtkWidget *
heading (const char *text)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  return label;
}

static GtkWidget *
make_sidebar (KdInspectPage *page)
{
  page->file = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (page->file), TRUE);
  gtk_label_set_xalign (GTK_LABEL (page->file), 0);
  page->checklist = kd_dump_checklist_new ();
  page->knobs = kd_knob_panel_new ();
  g_signal_connect (page->knobs, "changed", G_CALLBACK (on_knob), page);
  g_signal_connect (page->knobs, "preset", G_CALLBACK (on_preset), page);
  page->card = kd_method_card_new (page->wall_model);
  g_signal_connect (page->card, "changed", G_CALLBACK (on_knob), page);
  page->all_shown = gtk_toggle_button_new_with_label (_ ("All in a row"));
  gtk_widget_set_tooltip_text (page->all_shown,
                               _ ("Every method's loss density and pull in a row, on one scale"));
  g_signal_connect_swapped (page->all_shown, "toggled", G_CALLBACK (choose_view), page);
  GtkWidget *copy = gtk_button_new_with_label (_ ("Copy as command"));
  gtk_widget_set_tooltip_text (copy,
                               _ ("The kdscope-cli line that computes this method on this dump"));
  gtk_widget_set_halign (copy, GTK_ALIGN_START);
  g_signal_connect_swapped (copy, "clicked", G_CALLBACK (copy_command), page);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), heading (C_ ("file", "Dump")));
  gtk_box_append (GTK_BOX (box), page->file);
  gtk_box_append (GTK_BOX (box), kd_reading_row_new (page->model));
  gtk_box_append (GTK_BOX (box), page->checklist);
  gtk_box_append (GTK_BOX (box), heading (C_ ("list", "Methods")));
  gtk_box_append (GTK_BOX (box), page->all_shown);
  gtk_box_append (GTK_BOX (box), kd_inspect_methods_new (page->model));
  gtk_box_append (GTK_BOX (box), heading (C_ ("list", "Parameters")));
  gtk_box_append (GTK_BOX (box), page->knobs);
  gtk_box_append (GTK_BOX (box), copy);
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), page->card);
  page->sidebar = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (page->sidebar), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (page->sidebar), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (page->sidebar, 220,
                               -1); /* beside an open lesson in a small window */
  gtk_widget_add_css_class (page->sidebar, "sidebar");
  /* The same setting as the live view's: who hides one wants room. */
  if (kd_app_settings ())
    g_settings_bind (kd_app_settings (), "sidebar", page->sidebar, "visible",
                     G_SETTINGS_BIND_DEFAULT);
  return page->sidebar;
}

static GtkWidget *
make_centre (KdInspectPage *page)
{
  page->wall = kd_map_wall_new (page->wall_model, page->port, page->edits);
  g_signal_connect_swapped (page->wall, "export", G_CALLBACK (export_part), page);
  page->tabs = kd_wall_tabs_new (page->wall_model, page->port, page->wall);
  g_signal_connect (page->tabs, "turned", G_CALLBACK (on_knob), page);
  GtkWidget *probe = kd_probe_panel_new (page->wall_model, page->port, NULL);
  GtkWidget *one = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_start_child (GTK_PANED (one), page->tabs);
  gtk_paned_set_end_child (GTK_PANED (one), probe);
  gtk_paned_set_resize_end_child (GTK_PANED (one), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (one), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (one), FALSE);
  page->probe = kd_fold_new (GTK_PANED (one), KD_PROBE_ROOM, "probe");
  page->views = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (page->views), page->probe, "one");
  page->off = adw_status_page_new ();
  gtk_stack_add_named (GTK_STACK (page->views), page->off, "off");
  page->grid = kd_compare_grid_new (page->all, page->settings, page->port);
  gtk_stack_add_named (GTK_STACK (page->views), page->grid, "all");
  gtk_widget_set_vexpand (page->views, TRUE);

  page->view_bar = kd_view_bar_new (page->settings, 1);
  g_signal_connect_swapped (page->view_bar, "image", G_CALLBACK (on_image), page);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_box_append (GTK_BOX (box), page->view_bar);
  gtk_box_append (GTK_BOX (box), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (box), page->views);
  return box;
}

/* ---- life -------------------------------------------------------------------------------------------------- */

static void
kd_inspect_page_dispose (GObject *object)
{
  KdInspectPage *page = KD_INSPECT_PAGE (object);
  if (page->model)
    g_signal_handlers_disconnect_by_data (page->model, page);
  g_clear_object (&page->wall_model);
  if (page->all)
    kd_compare_set_clear (page->all);
  g_clear_object (&page->all);
  g_clear_object (&page->settings);
  g_clear_object (&page->edits);
  g_clear_object (&page->port);
  g_clear_object (&page->model);
  G_OBJECT_CLASS (kd_inspect_page_parent_class)->dispose (object);
}

static void
kd_inspect_page_class_init (KdInspectPageClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_inspect_page_dispose;
  problem_signal = g_signal_new ("problem", KD_TYPE_INSPECT_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
kd_inspect_page_init (KdInspectPage *page)
{
  page->model = kd_inspect_model_new ();
  page->all = kd_compare_set_new (NULL);
  page->port = kd_view_port_new ();
}

GtkWidget *
kd_inspect_page_new (KdViewSettings *settings, KdEdits *edits)
{
  KdInspectPage *page = g_object_new (KD_TYPE_INSPECT_PAGE, NULL);
  page->settings = g_object_ref (settings);
  page->edits = g_object_ref (edits);
  page->wall_model = kd_wall_model_new (settings);
  GtkWidget *sidebar = make_sidebar (page);
  GtkWidget *body = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);
  gtk_paned_set_start_child (GTK_PANED (body), sidebar);
  gtk_paned_set_end_child (GTK_PANED (body), make_centre (page));
  gtk_paned_set_resize_start_child (GTK_PANED (body), FALSE);
  gtk_paned_set_shrink_start_child (GTK_PANED (body), FALSE);
  gtk_paned_set_shrink_end_child (GTK_PANED (body), FALSE);
  page->states = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (page->states), make_empty (page), "empty");
  gtk_stack_add_named (GTK_STACK (page->states), body, "dump");
  gtk_widget_set_hexpand (page->states, TRUE);
  gtk_widget_set_vexpand (page->states, TRUE);
  gtk_box_append (GTK_BOX (page), page->states);
  g_signal_connect_swapped (page->model, "dump", G_CALLBACK (on_dump), page);
  g_signal_connect (page->model, "method", G_CALLBACK (on_method), page);
  g_signal_connect_swapped (page->model, "selected", G_CALLBACK (on_selected), page);
  g_signal_connect (page->model, "problem", G_CALLBACK (on_problem), page);
  on_selected (page);
  return GTK_WIDGET (page);
}

KdInspectModel *
kd_inspect_page_get_model (KdInspectPage *page)
{
  g_return_val_if_fail (KD_IS_INSPECT_PAGE (page), NULL);
  return page->model;
}

void
kd_inspect_page_set_image (KdInspectPage *page, int image)
{
  g_return_if_fail (KD_IS_INSPECT_PAGE (page));
  kd_view_bar_set_image (KD_VIEW_BAR (page->view_bar), image);
}

KdWallModel *
kd_inspect_page_get_wall (KdInspectPage *page)
{
  g_return_val_if_fail (KD_IS_INSPECT_PAGE (page), NULL);
  return page->wall_model;
}
