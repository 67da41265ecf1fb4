/* SPDX-License-Identifier: MIT */
#include "ui/view-bar.h"

#include "engine/base/i18n.h"
#include "engine/session/session.h"
#include "ui/cut-choice.h"
#include "ui/spare-label.h"

#define MOST_CHANNELS 256

struct _KdViewBar {
  GtkBox parent_instance;
  KdViewSettings *settings; /* owned */
  GtkWidget *image, *level, *channels, *channel, *share, *colormap, *overlay, *boxes, *smooth,
      *size, *difference;
  int n_levels;
  bool showing; /* widgets follow the settings: nobody changed anything */
};

G_DEFINE_FINAL_TYPE (KdViewBar, kd_view_bar, GTK_TYPE_BOX)

static guint image_signal;

/* Signed data choose the zero-centred map by themselves, so the bar offers the others. */
#define N_CHOICES_COLORMAP KD_COLORMAP_DIVERGING

static void
store (KdViewBar *bar)
{
  if (bar->showing)
    return;
  KdView view = *kd_view_settings_get (bar->settings);
  view.level = (int) gtk_drop_down_get_selected (GTK_DROP_DOWN (bar->level)) - 1;
  view.channel = gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (bar->channel));
  view.channels = (KdChannelRule) gtk_drop_down_get_selected (GTK_DROP_DOWN (bar->channels));
  view.share = (KdShare) gtk_drop_down_get_selected (GTK_DROP_DOWN (bar->share));
  view.colormap = (KdColormap) gtk_drop_down_get_selected (GTK_DROP_DOWN (bar->colormap));
  view.overlay = gtk_range_get_value (GTK_RANGE (bar->overlay));
  view.boxes = gtk_check_button_get_active (GTK_CHECK_BUTTON (bar->boxes));
  view.smooth = gtk_check_button_get_active (GTK_CHECK_BUTTON (bar->smooth));
  if (gtk_check_button_get_active (GTK_CHECK_BUTTON (bar->difference)) != (view.minuend != NULL))
    kd_view_toggle_difference (&view);
  view.panel_px = (int) gtk_range_get_value (GTK_RANGE (bar->size));
  kd_view_settings_set (bar->settings, &view);
}

/* The settings may change elsewhere: a scale is clipped, a channel chosen, an edit undone. */
static void
follow (KdViewBar *bar)
{
  const KdView *view = kd_view_settings_get (bar->settings);
  bar->showing = true;
  gtk_drop_down_set_selected (GTK_DROP_DOWN (bar->level), (guint) (view->level + 1));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (bar->channels), view->channels);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (bar->channel), view->channel);
  gtk_widget_set_visible (bar->channel, view->channels == KD_CHANNELS_ONE);
  /* What is chosen reads "channel" already, and a small window has no room for both. */
  gtk_widget_set_visible (gtk_widget_get_prev_sibling (bar->channels),
                          view->channels != KD_CHANNELS_ONE);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (bar->share), view->share);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (bar->colormap), view->colormap);
  gtk_range_set_value (GTK_RANGE (bar->overlay), view->overlay);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (bar->boxes), view->boxes);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (bar->smooth), view->smooth);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (bar->difference), view->minuend != NULL);
  gtk_range_set_value (GTK_RANGE (bar->size), view->panel_px);
  bar->showing = false;
}

static void
on_image (KdViewBar *bar)
{
  g_signal_emit (bar, image_signal, 0,
                 gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (bar->image)));
}

static GtkWidget *
labelled (const char *text, GtkWidget *widget, const char *tooltip)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = kd_spare_label_new (text, 5);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (line), label);
  gtk_box_append (GTK_BOX (line), widget);
  gtk_widget_set_tooltip_text (line, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, tooltip, -1);
  return line;
}

static GtkWidget *
drop_down (KdViewBar *bar, const char *const *names, guint selected)
{
  GtkWidget *widget = gtk_drop_down_new_from_strings (names);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (widget), selected);
  g_signal_connect_swapped (widget, "notify::selected", G_CALLBACK (store), bar);
  return widget;
}

static GtkWidget *
slider (KdViewBar *bar, double low, double high, double step, double value)
{
  GtkWidget *widget = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, low, high, step);
  gtk_scale_set_draw_value (GTK_SCALE (widget), FALSE);
  gtk_range_set_value (GTK_RANGE (widget), value);
  gtk_widget_set_size_request (widget, 140, -1);
  gtk_widget_set_hexpand (widget, TRUE);
  g_signal_connect_swapped (widget, "value-changed", G_CALLBACK (store), bar);
  return widget;
}

static GtkWidget *
check (KdViewBar *bar, const char *label, bool active)
{
  GtkWidget *widget = gtk_check_button_new_with_label (label);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (widget), active);
  g_signal_connect_swapped (widget, "toggled", G_CALLBACK (store), bar);
  return widget;
}

static GtkWidget *
make_popover (KdViewBar *bar, const KdView *view)
{
  const char *colormaps[N_CHOICES_COLORMAP + 1] = { NULL };
  for (int i = 0; i < N_CHOICES_COLORMAP; i++)
    colormaps[i] = kd_colormap_name ((KdColormap) i);
  bar->colormap = drop_down (bar, colormaps, view->colormap);
  bar->overlay = slider (bar, 0, 1, 0.05, view->overlay);
  bar->size = slider (bar, 80, 400, 10, view->panel_px);
  bar->boxes = check (bar, _ ("Boxes on maps"), view->boxes);
  bar->smooth = check (bar, _ ("Interpolate cells"), view->smooth);
  bar->difference = check (bar, _ ("Difference of two rows"), view->minuend != NULL);
  gtk_widget_set_tooltip_text (bar->difference,
                               _ ("One row minus another, cell by cell, on a scale around 0 (D)"));

  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (
      GTK_BOX (box),
      labelled (C_ ("map of", "Colours"), bar->colormap,
                _ ("Of maps that are not signed (K); signed ones are blue below 0 and red above")));
  gtk_box_append (GTK_BOX (box),
                  labelled (_ ("Over photo"), bar->overlay,
                            _ ("Opacity of the maps over the photo (O); leftmost: maps alone")));
  gtk_box_append (GTK_BOX (box),
                  labelled (_ ("Panel size"), bar->size,
                            _ ("Smallest side of a panel; panels grow to fill the width")));
  gtk_box_append (GTK_BOX (box), bar->boxes);
  gtk_box_append (GTK_BOX (box), bar->smooth);
  gtk_box_append (GTK_BOX (box), bar->difference);
  GtkWidget *popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_widget_set_halign (popover, GTK_ALIGN_END); /* the button is at the window's edge */
  return popover;
}

static GtkWidget *
make_probe_button (void)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("sidebar-show-right-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.probe");
  gtk_widget_set_tooltip_text (button, _ ("Probe panel (Shift+F9)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Probe panel"), -1);
  return button;
}

static void
kd_view_bar_dispose (GObject *object)
{
  KdViewBar *bar = KD_VIEW_BAR (object);
  if (bar->settings)
    g_signal_handlers_disconnect_by_data (bar->settings, bar);
  g_clear_object (&bar->settings);
  G_OBJECT_CLASS (kd_view_bar_parent_class)->dispose (object);
}

static void
kd_view_bar_class_init (KdViewBarClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_view_bar_dispose;
  image_signal = g_signal_new ("image", KD_TYPE_VIEW_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
kd_view_bar_init (KdViewBar *bar)
{
  gtk_box_set_spacing (GTK_BOX (bar), 7);
  gtk_widget_add_css_class (GTK_WIDGET (bar), "view-bar");
  gtk_widget_add_css_class (GTK_WIDGET (bar), "toolbar");
}

GtkWidget *
kd_view_bar_new (KdViewSettings *settings, int n_images)
{
  KdViewBar *bar = g_object_new (KD_TYPE_VIEW_BAR, NULL);
  bar->settings = g_object_ref (settings);
  const KdView *view = kd_view_settings_get (settings);
  bar->image = gtk_spin_button_new_with_range (0, MAX (n_images - 1, 0), 1);
  gtk_widget_set_name (bar->image, "image");
  g_signal_connect_swapped (bar->image, "value-changed", G_CALLBACK (on_image), bar);
  const char *rules[KD_CHANNELS_ONE + 2] = { NULL };
  for (int i = 0; i <= KD_CHANNELS_ONE; i++)
    rules[i] = kd_translated (kd_channel_rule_name ((KdChannelRule) i));
  bar->channels = drop_down (bar, rules, view->channels);
  gtk_widget_set_name (bar->channels, "channels");
  kd_choice_cut (GTK_DROP_DOWN (bar->channels), 7, -1);
  bar->channel = gtk_spin_button_new_with_range (0, MOST_CHANNELS - 1, 1);
  gtk_editable_set_width_chars (GTK_EDITABLE (bar->channel), 2);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (bar->channel), 2);
  gtk_widget_set_tooltip_text (bar->channel, _ ("Which channel; C shows them all"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar->channel), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("number of", "Channel"), -1);
  g_signal_connect_swapped (bar->channel, "value-changed", G_CALLBACK (store), bar);
  const char *const levels[] = { C_ ("levels", "all"), "P3", "P4", "P5", NULL };
  bar->level = drop_down (bar, levels, 0);
  bar->n_levels = KD_DETECTOR_LEVELS;
  gtk_widget_set_name (bar->level, "level");
  const char *shares[KD_N_SHARES + 1] = { NULL };
  for (int i = 0; i < KD_N_SHARES; i++)
    shares[i] = kd_share_name ((KdShare) i);
  bar->share = drop_down (bar, shares, view->share);
  gtk_widget_set_name (bar->share, "scale");
  kd_choice_cut (GTK_DROP_DOWN (bar->share), 7, -1);

  GtkWidget *more = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (more), "view-more-symbolic");
  gtk_widget_set_tooltip_text (more, _ ("View options"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (more), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("View options"), -1);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (more), make_popover (bar, view));

  gtk_box_append (GTK_BOX (bar), labelled (C_ ("number of", "Image"), bar->image,
                                           _ ("Which image the maps show (Page Up, Page Down)")));
  gtk_box_append (GTK_BOX (bar), labelled (C_ ("of the pyramid", "Level"), bar->level,
                                           _ ("Which pyramid level the wall shows (L)")));
  gtk_box_append (GTK_BOX (bar),
                  labelled (C_ ("of a feature", "Channels"), bar->channels,
                            _ ("How a feature's channels become one number a cell")));
  gtk_box_append (GTK_BOX (bar), bar->channel);
  gtk_box_append (
      GTK_BOX (bar),
      labelled (C_ ("of colours", "Scale"), bar->share,
                _ ("Which panels share one colour scale, so that they can be compared (S)")));
  GtkWidget *end = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_append (GTK_BOX (end), more);
  gtk_box_append (GTK_BOX (end), make_probe_button ());
  gtk_widget_set_hexpand (end, TRUE);
  gtk_widget_set_halign (end, GTK_ALIGN_END);
  gtk_box_append (GTK_BOX (bar), end);
  g_signal_connect_swapped (settings, "changed", G_CALLBACK (follow), bar);
  follow (bar);
  return GTK_WIDGET (bar);
}

void
kd_view_bar_set_images (KdViewBar *bar, int n_images)
{
  g_return_if_fail (KD_IS_VIEW_BAR (bar));
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (bar->image), 0, MAX (n_images - 1, 0));
  gtk_widget_set_sensitive (bar->image, TRUE);
  gtk_widget_set_tooltip_text (bar->image, NULL);
}

void
kd_view_bar_fix_image (KdViewBar *bar, int index)
{
  g_return_if_fail (KD_IS_VIEW_BAR (bar));
  gtk_spin_button_set_range (GTK_SPIN_BUTTON (bar->image), index, index);
  gtk_widget_set_sensitive (bar->image, FALSE);
  gtk_widget_set_tooltip_text (bar->image, _ ("A recording holds this image alone"));
}

int
kd_view_bar_get_image (KdViewBar *bar)
{
  g_return_val_if_fail (KD_IS_VIEW_BAR (bar), 0);
  return gtk_spin_button_get_value_as_int (GTK_SPIN_BUTTON (bar->image));
}

void
kd_view_bar_set_levels (KdViewBar *bar, const char *const *names)
{
  g_return_if_fail (KD_IS_VIEW_BAR (bar));
  g_autoptr (GtkStringList) list = gtk_string_list_new (names);
  gtk_string_list_splice (list, 0, 0, (const char *const[]){ C_ ("levels", "all"), NULL });
  bar->n_levels = (int) g_strv_length ((char **) names);
  bar->showing = true;
  gtk_drop_down_set_model (GTK_DROP_DOWN (bar->level), G_LIST_MODEL (list));
  bar->showing = false;
  follow (bar);
}

void
kd_view_bar_set_image (KdViewBar *bar, int index)
{
  g_return_if_fail (KD_IS_VIEW_BAR (bar));
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (bar->image), index);
}

static void
next_choice (GtkWidget *drop_down_widget, guint n_choices)
{
  GtkDropDown *choice = GTK_DROP_DOWN (drop_down_widget);
  gtk_drop_down_set_selected (choice, (gtk_drop_down_get_selected (choice) + 1) % n_choices);
}

bool
kd_view_bar_act (KdViewBar *bar, const char *name)
{
  g_return_val_if_fail (KD_IS_VIEW_BAR (bar), false);
  GtkSpinButton *image = GTK_SPIN_BUTTON (bar->image);
  GtkCheckButton *boxes = GTK_CHECK_BUTTON (bar->boxes);
  GtkCheckButton *difference = GTK_CHECK_BUTTON (bar->difference);
  GtkRange *overlay = GTK_RANGE (bar->overlay);
  if (g_str_equal (name, "next-image"))
    gtk_spin_button_spin (image, GTK_SPIN_STEP_FORWARD, 1);
  else if (g_str_equal (name, "previous-image"))
    gtk_spin_button_spin (image, GTK_SPIN_STEP_BACKWARD, 1);
  else if (g_str_equal (name, "colormap"))
    next_choice (bar->colormap, N_CHOICES_COLORMAP);
  else if (g_str_equal (name, "level"))
    next_choice (bar->level, 1 + (guint) bar->n_levels);
  else if (g_str_equal (name, "share"))
    next_choice (bar->share, KD_N_SHARES);
  else if (g_str_equal (name, "boxes"))
    gtk_check_button_set_active (boxes, !gtk_check_button_get_active (boxes));
  else if (g_str_equal (name, "difference"))
    gtk_check_button_set_active (difference, !gtk_check_button_get_active (difference));
  else if (g_str_equal (name, "overlay"))
    gtk_range_set_value (overlay, gtk_range_get_value (overlay) > 0 ? 0 : 0.6);
  else
    return false;
  return true;
}
