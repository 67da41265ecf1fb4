/* SPDX-License-Identifier: MIT */

/* Every widget that takes the focus, and every one of our own that is drawn, has a name and a role for those who do not see it. */
#include "tests/window-fixture.h"
#include "ui/chart-slot.h"
#include "ui/help.h"
#include "ui/inspect-page.h"
#include "ui/knob-row.h"
#include "ui/lesson-pane.h"
#include "ui/preferences.h"
#include "ui/run-list.h"
#include "ui/timeline.h"
#include "ui/transport.h"
#include "ui/view-bar.h"
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
  if (words_of (widget) && *words_of (widget))
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
  g_assert_true (n > 0 || GTK_IS_POPOVER (top)); /* a menu's entries are its model's */
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

/* What opens: every menu and form of the header and the tools, a lesson's cards, each figure, an open dump, the wipe. */
static void
test_what_opens_has_names (void)
{
  Opened opened = open_window (true);
  GtkWidget *window = GTK_WIDGET (opened.window);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  WAIT_UNTIL (all_of (&opened, KD_TYPE_INSPECT_PAGE)->len); /* the other views have been made */
  g_autoptr (GPtrArray) buttons = all_of (&opened, GTK_TYPE_MENU_BUTTON);
  g_assert_cmpuint (buttons->len, >, 5);
  guint unnamed = 0;
  for (guint i = 0; i < buttons->len; i++) {
    GtkPopover *popover = gtk_menu_button_get_popover (buttons->pdata[i]);
    if (!popover || !gtk_widget_get_mapped (buttons->pdata[i]))
      continue;
    gtk_menu_button_popup (buttons->pdata[i]);
    wait_frames (&opened);
    unnamed += walk (GTK_WIDGET (popover), gtk_widget_get_name (buttons->pdata[i]));
    gtk_menu_button_popdown (buttons->pdata[i]);
  }
  act (&opened, "lessons");
  unnamed += walk (window, "lessons");
  g_autoptr (GPtrArray) panes = all_of (&opened, KD_TYPE_LESSON_PANE);
  g_assert_true (kd_lesson_pane_begin (panes->pdata[0], "temperature"));
  unnamed += walk (window, "a lesson");
  act (&opened, "lessons");
  act (&opened, "figure");
  wait_frames (&opened);
  unnamed += walk (window, "a figure");
  g_autofree char *example = kd_example_find (NULL);
  kd_window_open (opened.window, example);
  g_autoptr (GPtrArray) inspects = all_of (&opened, KD_TYPE_INSPECT_PAGE);
  WAIT_UNTIL (kd_inspect_model_get_dump (kd_inspect_page_get_model (inspects->pdata[0])));
  wait_frames (&opened);
  unnamed += walk (window, "a dump");
  act (&opened, "view-compare");
  act (&opened, "flicker");
  wait_frames (&opened);
  unnamed += walk (window, "Compare");
  g_assert_cmpuint (unnamed, ==, 0);
  close_window (&opened);
}

/* ---- Tab ---------------------------------------------------------------------------------------------- */

static double
top_of (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t place;
  g_assert_true (gtk_widget_compute_bounds (widget, window, &place));
  return place.origin.y;
}

static bool
is_within (GtkWidget *widget, GType type)
{
  return gtk_widget_get_ancestor (widget, type) != NULL;
}

/* What has the focus, one after another, until it is back where it was. */
static GPtrArray *
walk_by_tab (GtkWidget *window, GtkDirectionType direction)
{
  GPtrArray *way = g_ptr_array_new_with_free_func (g_object_unref);
  GtkWidget *first = gtk_root_get_focus (GTK_ROOT (window));
  g_assert_nonnull (first);
  do {
    g_ptr_array_add (way, g_object_ref (gtk_root_get_focus (GTK_ROOT (window))));
    g_signal_emit_by_name (window, "move-focus", direction);
    g_assert_cmpuint (way->len, <, 500); /* it stays, or goes round without where it began */
  } while (gtk_root_get_focus (GTK_ROOT (window)) != first);
  return way;
}

/* Tab goes through everything and comes back to where it began, and so does Shift+Tab. */
static void
test_tab_reaches_everything (void)
{
  Opened opened = open_window (true);
  GtkWidget *window = GTK_WIDGET (opened.window);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  WAIT_UNTIL (gtk_widget_get_sensitive (named (&opened, GTK_TYPE_BUTTON, "step")));
  wait_frames (&opened);
  /* From wherever a window that was made in parts has its focus. */
  g_signal_emit_by_name (window, "move-focus", GTK_DIR_TAB_FORWARD);
  GPtrArray *way = walk_by_tab (window, GTK_DIR_TAB_FORWARD);
  const GType kinds[] = { ADW_TYPE_HEADER_BAR, KD_TYPE_RUN_LIST,  KD_TYPE_KNOB_ROW,
                          KD_TYPE_VIEW_BAR,    KD_TYPE_MAP_VIEW,  KD_TYPE_TRANSPORT,
                          KD_TYPE_TIMELINE,    KD_TYPE_CHART_SLOT };
  for (size_t k = 0; k < G_N_ELEMENTS (kinds); k++) {
    guint n = 0;
    for (guint i = 0; i < way->len; i++)
      n += is_within (way->pdata[i], kinds[k]);
    g_test_message ("%s: %u", g_type_name (kinds[k]), n);
    g_assert_cmpuint (n, >, 0);
  }
  /* Within the page: tools, maps, transport, charts, from top to bottom. */
  double above = 0;
  const GType down[] = { KD_TYPE_VIEW_BAR, KD_TYPE_MAP_VIEW, KD_TYPE_TRANSPORT,
                         KD_TYPE_CHART_SLOT };
  for (size_t k = 0; k < G_N_ELEMENTS (down); k++) {
    guint i = 0;
    while (!is_within (way->pdata[i], down[k]))
      i++;
    g_assert_cmpfloat (top_of (way->pdata[i], window), >=, above);
    above = top_of (way->pdata[i], window);
  }
  GPtrArray *back = walk_by_tab (window, GTK_DIR_TAB_BACKWARD);
  for (guint i = 0; i < way->len; i++)
    g_assert_true (g_ptr_array_find (back, way->pdata[i], NULL));
  g_ptr_array_unref (way);
  g_ptr_array_unref (back);
  close_window (&opened);
}

static void
test_tab_in_other_views (void)
{
  Opened opened = open_window (true);
  GtkWidget *window = GTK_WIDGET (opened.window);
  WAIT_UNTIL (all_of (&opened, KD_TYPE_INSPECT_PAGE)->len);
  g_autofree char *example = kd_example_find (NULL);
  kd_window_open (opened.window, example);
  g_autoptr (GPtrArray) inspects = all_of (&opened, KD_TYPE_INSPECT_PAGE);
  KdInspectModel *model = kd_inspect_page_get_model (inspects->pdata[0]);
  WAIT_UNTIL (kd_inspect_model_get_dump (model));
  for (int i = 0; i < kd_inspect_model_count (model); i++) /* lists are filled anew until then */
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i));
  wait_frames (&opened);
  static const char *const views[] = { "view-inspect", "view-compare" };
  for (size_t v = 0; v < G_N_ELEMENTS (views); v++) {
    act (&opened, views[v]);
    wait_frames (&opened);
    g_signal_emit_by_name (window, "move-focus", GTK_DIR_TAB_FORWARD);
    g_autoptr (GPtrArray) way = walk_by_tab (window, GTK_DIR_TAB_FORWARD);
    g_autoptr (GPtrArray) back = walk_by_tab (window, GTK_DIR_TAB_BACKWARD);
    guint maps = 0;
    for (guint i = 0; i < way->len; i++) {
      maps += KD_IS_MAP_VIEW (way->pdata[i]);
      g_assert_true (g_ptr_array_find (back, way->pdata[i], NULL));
    }
    g_test_message ("%s: %u stops, %u maps", views[v], way->len, maps);
    g_assert_cmpuint (maps, >, 3);
  }
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
  g_test_add_func ("/ui/accessibility/what-opens-has-names", test_what_opens_has_names);
  g_test_add_func ("/ui/accessibility/tab-reaches-everything", test_tab_reaches_everything);
  g_test_add_func ("/ui/accessibility/tab-in-other-views", test_tab_in_other_views);
  g_test_add_func ("/ui/accessibility/drawn-text-has-contrast", test_drawn_text_has_contrast);
  return g_test_run ();
}
