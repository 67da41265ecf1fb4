/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"

#include "app/cli.h"

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

#define FIGURE_PX 960

static bool
write_wall (KdPicture *picture, const char *path, GError **error)
{
  const KdView view = kd_view_default ();
  KdWallPicture *wall = kd_wall_picture_new (picture, &view);
  const bool ok = kd_wall_picture_export (wall, path, error);
  kd_wall_picture_free (wall);
  return ok;
}

bool
cli_write_picture (KdPicture *picture, const char *figure, const char *path, GError **error)
{
  if (!figure)
    return write_wall (picture, path, error);
  const KdFigure *found = kd_figure_find (kd_picture_info (picture)->method, figure, error);
  const KdFigureState state = kd_figure_state_default ();
  return found && kd_figure_export (picture, found, &state, FIGURE_PX, path, error);
}

bool
cli_dump_write_picture (const KdDump *dump,
                        const KdMethod *method,
                        const KdInspection *inspection,
                        int image,
                        const char *figure,
                        const char *path,
                        GError **error)
{
  g_autoptr (KdPicture) picture = kd_picture_of_inspection (dump, method, inspection, image);
  return cli_write_picture (picture, figure, path, error);
}
