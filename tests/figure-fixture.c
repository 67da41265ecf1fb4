/* SPDX-License-Identifier: MIT */
#include "tests/figure-fixture.h"

#include <string.h>

const float figure_boxes[2][4] = { { 9, 9, 39, 41 }, { 25, 20, 60, 50 } };

FigureCase
figure_case_of (KdDump *dump, KdInspection *inspection, const char *method)
{
  FigureCase c = { .dump = dump, .inspection = inspection, .state = kd_figure_state_default () };
  c.picture = kd_picture_of_inspection (dump, kd_method_find (method), inspection, 0);
  return c;
}

FigureCase
figure_case_open (const char *method)
{
  KdDump *dump = fixture_dump (figure_boxes, 2);
  return figure_case_of (dump, fixture_inspect (dump, method, NULL), method);
}

void
figure_case_close (FigureCase *c)
{
  kd_picture_unref (c->picture);
  kd_inspection_free (c->inspection);
  synthetic_dump_free (c->dump);
}

KdFigurePlot *
figure_case_plot (const FigureCase *c, const char *figure)
{
  g_autoptr (GError) error = NULL;
  const KdFigure *found = kd_figure_find (kd_picture_info (c->picture)->method, figure, &error);
  g_assert_no_error (error);
  return kd_figure_plot_new (c->picture, found, &c->state, false);
}

const KdPanel *
figure_panel (const KdFigurePlot *plot, const char *title)
{
  for (int i = 0; i < plot->sheet.n_panels; i++)
    if (g_str_equal (plot->sheet.panels[i].title, title))
      return &plot->sheet.panels[i];
  g_error ("no panel %s", title);
}

void
figure_assert_says (const char *text, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *expected = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (!text || !strstr (text, expected))
    g_error ("expected \"%s\" in \"%s\"", expected, text ? text : "(nothing)");
}
