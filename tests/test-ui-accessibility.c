/* SPDX-License-Identifier: MIT */

/* Every widget that takes the focus, and every one of our own that is drawn, has a name and a role for those who do not see it. */
#include "tests/window-fixture.h"
#include "ui/help.h"
#include "ui/preferences.h"
#include "ui/widget-color.h"

#include <adwaita.h>
#include <math.h>

static bool
has_name (GtkWidget *widget)
{
  const char *tooltip = gtk_widget_get_tooltip_text (widget);
  return (tooltip && *tooltip) ||
         gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget),
                                           GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation (GTK_ACCESSIBLE (widget),
                                           GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

/* Words inside are a button's or row's name. */
static bool
has_words (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)))
    return true;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child;
       child = gtk_widget_get_next_sibling (child))
    if (!GTK_IS_POPOVER (child) && has_words (child))
      return true;
  return false;
}

/* The parts of a named control speak for it. */
static bool
is_named (GtkWidget *widget)
{
  if (has_name (widget) || has_words (widget))
    return true;
  for (GtkWidget *parent = gtk_widget_get_parent (widget); parent;
       parent = gtk_widget_get_parent (parent)) {
    if ((GTK_IS_SPIN_BUTTON (parent) || GTK_IS_DROP_DOWN (parent) || GTK_IS_EDITABLE (parent) ||
         GTK_IS_MENU_BUTTON (parent) || ADW_IS_PREFERENCES_ROW (parent)) &&
        (has_name (parent) || has_words (parent)))
      return true;
  }
  return false;
}

/* What takes the keyboard's focus, and what draws itself; what is hidden gets its words when it is shown. */
static bool
needs_name (GtkWidget *widget)
{
  if (!gtk_widget_get_visible (widget))
    return false;
  const bool control = GTK_IS_BUTTON (widget) || GTK_IS_SCALE (widget) ||
                       GTK_IS_SPIN_BUTTON (widget) || GTK_IS_DROP_DOWN (widget) ||
                       GTK_IS_ENTRY (widget) || GTK_IS_SWITCH (widget) ||
                       GTK_IS_CHECK_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget);
  return control || (gtk_widget_get_focusable (widget) &&
                     g_str_has_prefix (G_OBJECT_TYPE_NAME (widget), "Kd"));
}

static guint
walk (GtkWidget *top, const char *where)
{
  g_autoptr (GPtrArray) widgets = g_ptr_array_new ();
  guint n = 0, unnamed = 0;
  collect (top, GTK_TYPE_WIDGET, widgets);
  for (guint i = 0; i < widgets->len; i++) {
    GtkWidget *widget = widgets->pdata[i];
    if (!needs_name (widget) || gtk_widget_get_ancestor (widget, GTK_TYPE_WINDOW_CONTROLS))
      continue;
    n++;
    if (!is_named (widget)) {
      unnamed++;
      g_printerr ("%s: %s in %s has no name\n", where, G_OBJECT_TYPE_NAME (widget),
                  G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)));
    }
    if (g_str_has_prefix (G_OBJECT_TYPE_NAME (widget), "Kd"))
      g_assert_cmpint (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)), !=,
                       GTK_ACCESSIBLE_ROLE_WIDGET);
  }
  g_assert_cmpuint (n, >, 0);
  return unnamed;
}

static AdwViewStack *
stack_of (const Opened *opened)
{
  g_autoptr (GPtrArray) stacks = all_of (opened, ADW_TYPE_VIEW_STACK);
  return ADW_VIEW_STACK (stacks->pdata[0]);
}

static void
test_everything_has_a_name (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  guint unnamed = walk (GTK_WIDGET (opened.window), "live");
  act (&opened, "channels");
  unnamed += walk (GTK_WIDGET (opened.window), "channels");
  act (&opened, "escape");
  AdwViewStack *stack = stack_of (&opened);
  for (GtkWidget *page = gtk_widget_get_first_child (GTK_WIDGET (stack)); page;
       page = gtk_widget_get_next_sibling (page)) {
    adw_view_stack_set_visible_child (stack, page);
    wait_frames (&opened);
    unnamed += walk (GTK_WIDGET (opened.window), G_OBJECT_TYPE_NAME (page));
  }
  GtkWidget *dialogs[] = { kd_preferences_new (GTK_WINDOW (opened.window)),
                           kd_help_new (GTK_WINDOW (opened.window), NULL) };
  for (size_t i = 0; i < G_N_ELEMENTS (dialogs); i++) {
    unnamed += walk (dialogs[i], G_OBJECT_TYPE_NAME (dialogs[i]));
    gtk_window_destroy (GTK_WINDOW (dialogs[i]));
  }
  g_assert_cmpuint (unnamed, ==, 0);
  close_window (&opened);
}

/* ---- contrast: WCAG 2.1, relative luminance --------------------------------------------------------------- */

static double
linear (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
luminance (KdColor color)
{
  return 0.2126 * linear (color.red) + 0.7152 * linear (color.green) + 0.0722 * linear (color.blue);
}

static double
contrast (KdColor a, KdColor b)
{
  const double one = luminance (a) + 0.05, other = luminance (b) + 0.05;
  return fmax (one, other) / fmin (one, other);
}

static void
test_drawn_text_has_contrast (void)
{
  Opened opened = open_window (true);
  AdwStyleManager *style = adw_style_manager_get_default ();
  const KdColor paper[2] = { { 1, 1, 1 }, { 0.12, 0.12, 0.12 } };
  for (int dark = 0; dark < 2; dark++) {
    adw_style_manager_set_color_scheme (style, dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                                    : ADW_COLOR_SCHEME_FORCE_LIGHT);
    wait_frames (&opened);
    g_autoptr (GPtrArray) maps = all_of (&opened, KD_TYPE_MAP_VIEW);
    const KdColor text = kd_widget_text_color (maps->pdata[0]);
    g_assert_cmpfloat (contrast (text, paper[dark]), >=, 4.5);
    const KdSheetLook look = kd_sheet_look (dark);
    g_assert_cmpfloat (contrast (look.text, look.background), >=, 4.5);
  }
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/accessibility/everything-has-a-name", test_everything_has_a_name);
  g_test_add_func ("/ui/accessibility/drawn-text-has-contrast", test_drawn_text_has_contrast);
  return g_test_run ();
}
