/* SPDX-License-Identifier: MIT */
#include "ui/charts-page.h"

#include "ui/chart-slot.h"

#include <math.h>

/* Three charts side by side on one time axis, each about what a person chooses. */
static const KdChartKind first_kinds[] = { KD_CHART_DETECTION, KD_CHART_TERMS, KD_CHART_AP50 };
#define N_CHARTS G_N_ELEMENTS (first_kinds)

struct _KdChartsPage {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  GtkWidget *slots[G_N_ELEMENTS (first_kinds)];
};

G_DEFINE_FINAL_TYPE (KdChartsPage, kd_charts_page, GTK_TYPE_BOX)

static guint cursor_signal;

/* The mark stands where the timeline does. */
static void
on_shown (KdChartsPage *page)
{
  const double step = kd_session_model_is_back (page->model)
                          ? (double) kd_session_model_get_step (page->model)
                          : (double) NAN;
  for (size_t i = 0; i < N_CHARTS; i++)
    kd_chart_slot_set_mark (KD_CHART_SLOT (page->slots[i]), step);
}

static void
on_cursor (KdChartSlot *slot, double step, KdChartsPage *page)
{
  for (size_t i = 0; i < N_CHARTS; i++) {
    if (page->slots[i] != GTK_WIDGET (slot))
      kd_chart_slot_set_cursor (KD_CHART_SLOT (page->slots[i]), step);
  }
  g_signal_emit (page, cursor_signal, 0, step);
}

static void
on_zoomed (KdChartSlot *slot, double low, double high, KdChartsPage *page)
{
  (void) slot;
  for (size_t i = 0; i < N_CHARTS; i++)
    kd_chart_slot_set_range (KD_CHART_SLOT (page->slots[i]), low, high);
}

static void
kd_charts_page_dispose (GObject *object)
{
  KdChartsPage *page = KD_CHARTS_PAGE (object);
  if (page->model)
    g_signal_handlers_disconnect_by_data (page->model, page);
  g_clear_object (&page->model);
  G_OBJECT_CLASS (kd_charts_page_parent_class)->dispose (object);
}

static void
kd_charts_page_class_init (KdChartsPageClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_charts_page_dispose;
  cursor_signal = g_signal_new ("cursor", KD_TYPE_CHARTS_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
kd_charts_page_init (KdChartsPage *page)
{
  gtk_box_set_homogeneous (GTK_BOX (page), TRUE);
  gtk_box_set_spacing (GTK_BOX (page), 6);
}

GtkWidget *
kd_charts_page_new (KdSessionModel *model, KdCurves *curves)
{
  KdChartsPage *page = g_object_new (KD_TYPE_CHARTS_PAGE, NULL);
  page->model = g_object_ref (model);
  for (size_t i = 0; i < N_CHARTS; i++) {
    page->slots[i] = kd_chart_slot_new (model, curves, first_kinds[i]);
    g_signal_connect (page->slots[i], "cursor", G_CALLBACK (on_cursor), page);
    g_signal_connect (page->slots[i], "zoomed", G_CALLBACK (on_zoomed), page);
    gtk_box_append (GTK_BOX (page), page->slots[i]);
  }
  g_signal_connect_swapped (model, "shown", G_CALLBACK (on_shown), page);
  g_signal_connect_swapped (model, "session", G_CALLBACK (on_shown), page);
  g_signal_connect_swapped (model, "snapshot", G_CALLBACK (on_shown), page);
  on_shown (page);
  return GTK_WIDGET (page);
}

void
kd_charts_page_set_cursor (KdChartsPage *page, double step)
{
  g_return_if_fail (KD_IS_CHARTS_PAGE (page));
  for (size_t i = 0; i < N_CHARTS; i++)
    kd_chart_slot_set_cursor (KD_CHART_SLOT (page->slots[i]), step);
}
