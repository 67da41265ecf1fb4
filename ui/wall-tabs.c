/* SPDX-License-Identifier: MIT */
#include "ui/wall-tabs.h"

#include "engine/base/i18n.h"
#include "ui/exporting.h"
#include "ui/figure-knobs.h"
#include "ui/figure-view.h"
#include "ui/wrap-box.h"

#define MAPS "maps"

struct _KdWallTabs {
  GtkBox parent_instance;
  KdWallModel *model;     /* owned */
  KdViewPort *port;       /* owned */
  const KdMethod *method; /* whose figures there are; NULL: none */
  KdKnobs *values;        /* NULL: not told yet */
  GtkWidget *switcher, *knobs, *stack;
  bool wants_figures; /* a person chose one, and may only pass a method that has none */
  bool laying_out;
};

G_DEFINE_FINAL_TYPE (KdWallTabs, kd_wall_tabs, GTK_TYPE_BOX)

static guint figure_signal, turned_signal;

const KdFigure *
kd_wall_tabs_get_figure (KdWallTabs *tabs)
{
  g_return_val_if_fail (KD_IS_WALL_TABS (tabs), NULL);
  GtkWidget *child = gtk_stack_get_visible_child (GTK_STACK (tabs->stack));
  return child && KD_IS_FIGURE_VIEW (child) ? kd_figure_view_get_figure (KD_FIGURE_VIEW (child))
                                            : NULL;
}

void
kd_wall_tabs_show (KdWallTabs *tabs, const char *figure)
{
  g_return_if_fail (KD_IS_WALL_TABS (tabs));
  const bool known = figure && gtk_stack_get_child_by_name (GTK_STACK (tabs->stack), figure);
  gtk_stack_set_visible_child_name (GTK_STACK (tabs->stack), known ? figure : MAPS);
}

bool
kd_wall_tabs_export (KdWallTabs *tabs)
{
  g_return_val_if_fail (KD_IS_WALL_TABS (tabs), false);
  const KdFigure *figure = kd_wall_tabs_get_figure (tabs);
  if (!figure)
    return false;
  GtkWidget *view = gtk_stack_get_visible_child (GTK_STACK (tabs->stack));
  KdFigurePlot *plot = kd_figure_view_make_titled (KD_FIGURE_VIEW (view));
  if (plot)
    kd_exporting_ask_figure (view, tabs->model, figure->id, plot);
  return true;
}

void
kd_wall_tabs_next (KdWallTabs *tabs)
{
  g_return_if_fail (KD_IS_WALL_TABS (tabs));
  const KdFigure *now = kd_wall_tabs_get_figure (tabs);
  const int next = now ? (int) (now - tabs->method->figures) + 1 : 0;
  kd_wall_tabs_show (
      tabs, tabs->method && next < tabs->method->n_figures ? tabs->method->figures[next].id : NULL);
}

/* Beside an open lesson, three long names would push the wall out of the window. */
static void
let_names_shrink (KdWallTabs *tabs)
{
  for (GtkWidget *tab = gtk_widget_get_first_child (tabs->switcher); tab;
       tab = gtk_widget_get_next_sibling (tab)) {
    GtkWidget *name = gtk_button_get_child (GTK_BUTTON (tab));
    if (!GTK_IS_LABEL (name))
      continue;
    gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
    gtk_widget_set_tooltip_text (tab, gtk_label_get_text (GTK_LABEL (name)));
  }
}

/* Other figures only for another method: what was chosen in them outlives a rebuilt list of probes. */
static void
lay_out (KdWallTabs *tabs)
{
  const KdMethod *method = kd_wall_model_get_method (tabs->model);
  if (method == tabs->method)
    return;
  tabs->laying_out = true;
  for (int i = 0; tabs->method && i < tabs->method->n_figures; i++)
    gtk_stack_remove (
        GTK_STACK (tabs->stack),
        gtk_stack_get_child_by_name (GTK_STACK (tabs->stack), tabs->method->figures[i].id));
  tabs->method = method;
  const int n = method ? method->n_figures : 0;
  for (int i = 0; i < n; i++)
    gtk_stack_add_titled (GTK_STACK (tabs->stack),
                          kd_figure_view_new (tabs->model, tabs->port, &method->figures[i]),
                          method->figures[i].id, kd_translated (method->figures[i].title));
  let_names_shrink (tabs);
  gtk_widget_set_visible (tabs->switcher, n > 0);
  /* Who looks at figures goes on looking at figures. */
  kd_wall_tabs_show (tabs, tabs->wants_figures && n ? method->figures[0].id : NULL);
  tabs->laying_out = false;
}

static void
show_knobs (KdWallTabs *tabs)
{
  kd_figure_knobs_show (KD_FIGURE_KNOBS (tabs->knobs), kd_wall_tabs_get_figure (tabs),
                        tabs->values);
}

void
kd_wall_tabs_set_knobs (KdWallTabs *tabs, const KdKnobs *values)
{
  g_return_if_fail (KD_IS_WALL_TABS (tabs));
  kd_knobs_free (tabs->values);
  tabs->values = kd_knobs_copy (values);
  show_knobs (tabs);
}

static void
on_knob (KdFigureKnobs *knobs, const char *id, const char *text, KdWallTabs *tabs)
{
  (void) knobs;
  g_signal_emit (tabs, turned_signal, 0, id, text);
}

static void
on_visible (KdWallTabs *tabs)
{
  show_knobs (tabs);
  if (!tabs->laying_out)
    tabs->wants_figures = kd_wall_tabs_get_figure (tabs) != NULL;
  g_signal_emit (tabs, figure_signal, 0);
}

static void
kd_wall_tabs_dispose (GObject *object)
{
  KdWallTabs *tabs = KD_WALL_TABS (object);
  if (tabs->model)
    g_signal_handlers_disconnect_by_data (tabs->model, tabs);
  if (tabs->stack)
    g_signal_handlers_disconnect_by_data (tabs->stack, tabs);
  tabs->stack = NULL;
  g_clear_pointer (&tabs->values, kd_knobs_free);
  g_clear_object (&tabs->model);
  g_clear_object (&tabs->port);
  G_OBJECT_CLASS (kd_wall_tabs_parent_class)->dispose (object);
}

static void
kd_wall_tabs_class_init (KdWallTabsClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_wall_tabs_dispose;
  figure_signal = g_signal_new ("figure", KD_TYPE_WALL_TABS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  turned_signal = g_signal_new ("turned", KD_TYPE_WALL_TABS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
kd_wall_tabs_init (KdWallTabs *tabs)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (tabs), GTK_ORIENTATION_VERTICAL);
  tabs->stack = gtk_stack_new ();
  gtk_widget_set_vexpand (tabs->stack, TRUE);
  tabs->switcher = gtk_stack_switcher_new ();
  gtk_stack_switcher_set_stack (GTK_STACK_SWITCHER (tabs->switcher), GTK_STACK (tabs->stack));
  gtk_widget_set_halign (tabs->switcher, GTK_ALIGN_START);
  gtk_widget_set_margin_start (tabs->switcher, 12);
  gtk_widget_set_margin_top (tabs->switcher, 6);
  gtk_widget_add_css_class (tabs->switcher, "wall-tabs");
  gtk_widget_set_visible (tabs->switcher, FALSE);
  gtk_widget_set_valign (tabs->switcher, GTK_ALIGN_CENTER);
  GtkWidget *line = kd_wrap_box_new (6, 4);
  kd_wrap_box_append (KD_WRAP_BOX (line), tabs->switcher);
  gtk_box_append (GTK_BOX (tabs), line);
  tabs->knobs = kd_figure_knobs_new ();
  g_signal_connect (tabs->knobs, "changed", G_CALLBACK (on_knob), tabs);
  kd_wrap_box_append (KD_WRAP_BOX (line), tabs->knobs);
  gtk_box_append (GTK_BOX (tabs), tabs->stack);
}

GtkWidget *
kd_wall_tabs_new (KdWallModel *model, KdViewPort *port, GtkWidget *wall)
{
  KdWallTabs *tabs = g_object_new (KD_TYPE_WALL_TABS, NULL);
  tabs->model = g_object_ref (model);
  tabs->port = g_object_ref (port);
  gtk_stack_add_titled (GTK_STACK (tabs->stack), wall, MAPS, C_ ("tab", "Maps"));
  g_signal_connect_swapped (tabs->stack, "notify::visible-child", G_CALLBACK (on_visible), tabs);
  g_signal_connect_swapped (model, "layout", G_CALLBACK (lay_out), tabs);
  lay_out (tabs);
  return GTK_WIDGET (tabs);
}
