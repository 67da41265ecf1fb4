/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"

#include "app/cli.h"
#include "ui/wall-row.h"

#include <string.h>

/* "alpha=0.002", or as train has it, "fgd.alpha=0.002". */
static bool
set_knob (KdKnobs *knobs, const char *text, GError **error)
{
  const char *method = kd_knobs_method (knobs)->id;
  if (g_str_has_prefix (text, method) && text[strlen (method)] == '.')
    text += strlen (method) + 1;
  const char *equals = strchr (text, '=');
  if (!equals) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, "--set: expected name=value, found \"%s\"",
                 text);
    return false;
  }
  g_autofree char *id = g_strndup (text, (gsize) (equals - text));
  return kd_knobs_set (knobs, id, equals + 1, error);
}

KdKnobs *
cli_dump_knobs (const char *method_id, const char *preset, const char *const *sets, GError **error)
{
  const KdMethod *method = kd_method_choose (method_id, error);
  KdKnobs *knobs = method ? kd_knobs_new (method, preset, error) : NULL;
  if (!knobs)
    return NULL;
  /* A preset's scale balances a training; a dump shows the method's own numbers. */
  bool ok =
      kd_knobs_set (knobs, "run.scale", "1", error) && kd_knobs_set (knobs, "run.ramp", "0", error);
  for (int i = 0; ok && sets && sets[i]; i++)
    ok = set_knob (knobs, sets[i], error);
  if (!ok)
    g_clear_pointer (&knobs, kd_knobs_free);
  return knobs;
}

/* ---- pictures ------------------------------------------------------------------------------------------ */

CliLook
cli_look_default (void)
{
  return (CliLook){ .view = kd_view_default () };
}

/* -1: all, where @name is NULL. */
static bool
find_level (
    const KdPicture *picture, const char *option, const char *name, int *level, GError **error)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  *level = name ? kd_level_find (info->probes, info->n_probes, name) : -1;
  if (!name || *level >= 0)
    return true;
  g_autofree char *first = kd_level_name (info->probes, info->n_probes, 0);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               "%s: expected a pyramid level, such as 0 or %s, found \"%s\"", option, first, name);
  return false;
}

/* The window falls back to the features; a command line means what it says. */
static bool
check_difference (KdPicture *picture, const KdView *view, GError **error)
{
  const char *rows[] = { view->minuend, view->subtrahend };
  for (size_t i = 0; view->minuend && i < G_N_ELEMENTS (rows); i++) {
    bool found = false;
    for (int level = 0; level < KD_MAX_LEVELS; level++)
      found |= kd_picture_find (picture, rows[i], level) >= 0;
    if (found)
      continue;
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "--difference: expected rows of maps of %s, such as " KD_ROW_STUDENT
                 "-" KD_ROW_TEACHER ", found \"%s\"",
                 kd_picture_info (picture)->method->title, rows[i]);
    return false;
  }
  return true;
}

static bool
is_row_or_level (const GArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    bool found = !strcmp (row->name, name);
    for (int k = 0; k < row->n_places; k++)
      found |= !strcmp (row->places[k].level_name, name);
    if (found)
      return true;
  }
  return false;
}

/* The window passes over what a method does not have; a command line means what it says. */
static bool
check_order (KdPicture *picture, const KdView *view, GStrv order, GError **error)
{
  const KdPictureInfo *info = kd_picture_info (picture);
  g_autoptr (GArray) rows =
      kd_wall_rows_new (info->method, info->run, info->probes, info->n_probes, view);
  for (char **name = order; name && *name; name++) {
    if (is_row_or_level (rows, *name))
      continue;
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < rows->len; i++)
      g_string_append_printf (names, "%s, ", g_array_index (rows, KdWallRowData, i).name);
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 "--order: expected rows of %s (%sor levels such as P3), found \"%s\"",
                 info->method->title, names->str, *name);
    return false;
  }
  return true;
}

static bool
write_wall (
    KdPicture *picture, const CliLook *look, const KdKnobs *knobs, const char *path, GError **error)
{
  g_auto (GStrv) panel = look->panel ? g_strsplit (look->panel, ":", 2) : NULL;
  KdView view = look->view;
  KdWallPart part = { .row = panel ? panel[0] : NULL, .knobs = knobs };
  part.order = (const char *const *) look->order;
  if (!check_difference (picture, &view, error) ||
      !check_order (picture, &view, look->order, error) ||
      !find_level (picture, "--panel", panel ? panel[1] : NULL, &part.level, error) ||
      !find_level (picture, "--level", look->level, &view.level, error))
    return false;
  if (look->ends) {
    part.ends = (const KdWallEnds *) (void *) look->ends->data;
    part.n_ends = (int) look->ends->len;
  }
  g_autoptr (KdWallPicture) wall = kd_wall_picture_new (picture, &view, &part, error);
  return wall && kd_wall_picture_export (wall, path, error);
}

bool
cli_write_picture (
    KdPicture *picture, const CliLook *look, const KdKnobs *knobs, const char *path, GError **error)
{
  if (!look->figure)
    return write_wall (picture, look, knobs, path, error);
  const KdFigure *found = kd_figure_find (kd_picture_info (picture)->method, look->figure, error);
  const KdFigureState state = kd_figure_state_default ();
  if (!found)
    return false;
  g_autoptr (KdFigurePlot) plot = kd_figure_plot_new (picture, found, &state, true);
  return kd_figure_plot_export (plot, path, error);
}

bool
cli_dump_write_picture (const KdDump *dump,
                        const KdKnobs *knobs,
                        const KdInspection *inspection,
                        int image,
                        const CliLook *look,
                        const char *path,
                        GError **error)
{
  g_autoptr (KdPicture) picture =
      kd_picture_of_inspection (dump, kd_knobs_method (knobs), inspection, image);
  return cli_write_picture (picture, look, knobs, path, error);
}
