/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"
#include "app/cli.h"
#include "engine/base/i18n.h"
#include "ui/compare-picture.h"

#include <string.h>

typedef struct {
  char *out, *figure, *method, *preset;
  GStrv sets;
  int image, threads;
  char *panel, *level, *channels, *colormap, *share, *difference, *order;
  GStrv scales;
  int channel; /* -1: not given */
  double overlay;
  gboolean no_boxes, smooth;
  char *mode, *columns; /* of several runs */
  double above, split;
} Options;

/* ---- how it looks ------------------------------------------------------------------------------------- */

static bool
refuse (GError **error, const char *option, const char *expected, const char *found)
{
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected %s, found \"%s\""), option,
               expected, found);
  return false;
}

/* "attention_t=0:2.5", into @ends, which owns its row. */
static bool
read_ends (const char *text, KdWallEnds *ends, GError **error)
{
  const char *equals = strchr (text, '='), *colon = equals ? strchr (equals, ':') : NULL;
  char *after_low = NULL, *after_high = NULL;
  if (colon) {
    ends->low = g_ascii_strtod (equals + 1, &after_low);
    ends->high = g_ascii_strtod (colon + 1, &after_high);
  }
  if (!colon || after_low != colon || *after_high || after_high == colon + 1 ||
      !(ends->low < ends->high))
    return refuse (error, "--scale", "ROW=LOW:HIGH with LOW below HIGH", text);
  ends->row = g_strndup (text, (gsize) (equals - text));
  return true;
}

static void
clear_ends (gpointer ends)
{
  g_free ((char *) ((KdWallEnds *) ends)->row);
}

static bool
read_scales (const Options *options, CliLook *look, GError **error)
{
  look->ends = g_array_new (FALSE, TRUE, sizeof (KdWallEnds));
  g_array_set_clear_func (look->ends, clear_ends);
  for (char **text = options->scales; text && *text; text++) {
    KdWallEnds ends;
    if (!read_ends (*text, &ends, error))
      return false;
    g_array_append_val (look->ends, ends);
    look->view.share = KD_SHARE_FIXED;
  }
  return true;
}

/* "student_feat-teacher_feat": names of rows have no hyphen. */
static bool
read_difference (const char *text, KdView *view, GError **error)
{
  g_auto (GStrv) rows = g_strsplit (text, "-", 2);
  if (g_strv_length (rows) != 2 || !*rows[0] || !*rows[1])
    return refuse (error, "--difference", "ROW-ROW", text);
  view->minuend = g_intern_string (rows[0]);
  view->subtrahend = g_intern_string (rows[1]);
  return true;
}

static bool
read_look (const Options *options, CliLook *look, GError **error)
{
  KdView *view = &look->view;
  look->figure = options->figure;
  look->panel = options->panel;
  look->level = options->level;
  if (options->channels && !kd_channel_rule_find (options->channels, &view->channels))
    return refuse (error, "--channels", "mean-abs, l2, mean, max or one", options->channels);
  if (options->channel >= 0) {
    view->channels = KD_CHANNELS_ONE;
    view->channel = options->channel;
  }
  if (options->colormap && !kd_colormap_find (options->colormap, &view->colormap))
    return refuse (error, "--colormap", "viridis, cividis, magma or grey", options->colormap);
  if (options->share && !kd_share_find (options->share, &view->share))
    return refuse (error, "--share", "row, group, panel, all or fixed", options->share);
  if (!(options->overlay >= 0 && options->overlay <= 1)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--overlay: expected 0 to 1, found %g"),
                 options->overlay);
    return false;
  }
  if (options->difference && !read_difference (options->difference, view, error))
    return false;
  if (options->order)
    look->order = g_strsplit (options->order, ",", -1);
  view->overlay = options->overlay;
  view->boxes = !options->no_boxes;
  view->smooth = options->smooth;
  return read_scales (options, look, error);
}

/* ---- what is drawn -------------------------------------------------------------------------------------- */

static int
render_run (const char *folder, const CliLook *look, const Options *options)
{
  g_autoptr (GError) error = NULL;
  if (options->method || options->preset || options->sets) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s is a run, which has its method and knobs: --method, --preset and --set are "
                    "for dumps"),
                 folder);
    return cli_fail (error);
  }
  KdRunPictures *run =
      kd_run_pictures_open (folder, (uint64_t) options->image, options->threads, &error);
  if (!run)
    return cli_refuse (error);
  g_autoptr (KdPicture) picture = kd_picture_of_run (run);
  const bool ok = cli_write_picture (picture, look, run->knobs, options->out, &error);
  g_clear_pointer (&picture, kd_picture_unref);
  kd_run_pictures_free (run);
  return ok ? 0 : cli_fail (error);
}

/* ---- several runs --------------------------------------------------------------------------------------- */

/* Run folders, also those in sessions' folders; NULL: an error. */
static char **
list_runs (char *const *folders, int n_folders, GError **error)
{
  g_autoptr (GStrvBuilder) runs = g_strv_builder_new ();
  for (int i = 0; i < n_folders; i++) {
    g_auto (GStrv) of_folder = kd_run_folders (folders[i], error);
    if (!of_folder)
      return NULL;
    g_strv_builder_addv (runs, (const char **) of_folder);
  }
  char **list = g_strv_builder_end (runs);
  const guint n = g_strv_length (list);
  if (n <= KD_MAX_RUNS)
    return list;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("expected at most %d runs side by side, found %u"), KD_MAX_RUNS, n);
  g_strfreev (list);
  return NULL;
}

/* "1,3", counted from 1. */
static bool
read_columns (const char *text, int columns[KD_MAX_RUNS], int *n, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  *n = 0;
  for (; words[*n]; (*n)++) {
    char *end;
    const gint64 column = g_ascii_strtoll (words[*n], &end, 10);
    if (*n == KD_MAX_RUNS || end == words[*n] || *end || column < 1 || column > KD_MAX_RUNS)
      return refuse (error, "--columns", "numbers from 1 such as 1,3", text);
    columns[*n] = (int) column - 1;
  }
  return *n > 0 || refuse (error, "--columns", "numbers from 1 such as 1,3", text);
}

static bool
read_mode (const char *text, KdCompareMode *mode, GError **error)
{
  static const char *const names[KD_N_COMPARE_MODES] = {
    [KD_COMPARE_SIDE_BY_SIDE] = "side-by-side",
    [KD_COMPARE_DIFFERENCE] = "difference",
    [KD_COMPARE_WIPE] = "wipe",
    [KD_COMPARE_FLICKER] = "flicker",
    [KD_COMPARE_CONSENSUS] = "consensus",
  };
  for (*mode = 0; text && *mode < KD_N_COMPARE_MODES; (*mode)++) {
    if (!strcmp (text, names[*mode]))
      return true;
  }
  *mode = KD_COMPARE_SIDE_BY_SIDE;
  return !text ||
         refuse (error, "--mode", "side-by-side, difference, wipe, flicker or consensus", text);
}

static bool
is_for_several (const Options *options, bool dump, GError **error)
{
  if ((dump || (!options->method && !options->preset && !options->sets)) && !options->figure &&
      !options->scales && options->overlay == 0 && !options->share && !options->order)
    return true;
  g_set_error (
      error, KD_ERROR, KD_ERROR_CONFIG,
      _ ("what stands side by side shares one scale a row, and runs have their own methods: "
         "--method, --preset, --set, --figure, --share, --scale, --order and --overlay are "
         "for one"));
  return false;
}

/* @pictures: of all runs; @look's panel and level by name. */
static bool
write_several (const KdCompareSource *sources,
               int n,
               const CliLook *look,
               const Options *options,
               GError **error)
{
  g_auto (GStrv) panel = look->panel ? g_strsplit (look->panel, ":", 2) : NULL;
  const char *level = panel && panel[1] ? panel[1] : look->level;
  const KdPictureInfo *info = kd_picture_info (sources[0].picture);
  int columns[KD_MAX_RUNS];
  KdComparePart part = { .row = panel ? panel[0] : NULL,
                         .threshold = options->above / 100,
                         .split = options->split / 100 };
  part.level = level ? kd_level_find (info->probes, info->n_probes, level) : 0;
  if (part.level < 0)
    return refuse (error, "--level", "a pyramid level, such as 0 or P3", level);
  if (!read_mode (options->mode, &part.mode, error) ||
      (options->columns && !read_columns (options->columns, columns, &part.n_columns, error)))
    return false;
  if (options->columns)
    part.columns = columns;
  g_autoptr (KdComparePicture) picture =
      kd_compare_picture_new (sources, n, &look->view, &part, error);
  return picture && kd_compare_picture_export (picture, options->out, error);
}

static int
render_several (char *const *runs, const CliLook *look, const Options *options)
{
  g_autoptr (GError) error = NULL;
  KdRunPictures *opened[KD_MAX_RUNS] = { NULL };
  KdCompareSource sources[KD_MAX_RUNS];
  int n = 0;
  if (!is_for_several (options, false, &error) ||
      !cli_check_range ("--split", options->split, 0, 100, &error))
    return cli_fail (error);
  for (; runs[n] && (opened[n] = kd_run_pictures_open (runs[n], (uint64_t) options->image,
                                                       options->threads, &error));
       n++)
    sources[n] = (KdCompareSource){ kd_compare_title (runs[n]), kd_picture_of_run (opened[n]),
                                    opened[n]->knobs };
  int code = error ? cli_refuse (error) : 0;
  if (!error && !write_several (sources, n, look, options, &error))
    code = cli_fail (error);
  for (int i = 0; i < n; i++) {
    g_free ((char *) sources[i].title);
    kd_picture_unref (sources[i].picture);
    kd_run_pictures_free (opened[i]);
  }
  return code;
}

static int
render_runs (char *const *folders, int n_folders, const CliLook *look, const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) runs = list_runs (folders, n_folders, &error);
  if (!runs)
    return cli_refuse (error);
  return g_strv_length (runs) == 1 ? render_run (runs[0], look, options)
                                   : render_several (runs, look, options);
}

/* ---- every method on a dump ------------------------------------------------------------------------------- */

/* Of "fgd.temp=0.3", "pgd.k=5" those that begin with the method's id. Owned by the caller; the words are borrowed. */
static const char **
sets_of (const KdMethod *method, const Options *options)
{
  g_autofree char *prefix = g_strconcat (method->id, ".", NULL);
  const guint n = options->sets ? g_strv_length (options->sets) : 0;
  const char **own = g_new0 (const char *, n + 1);
  for (guint i = 0, k = 0; i < n; i++) {
    if (g_str_has_prefix (options->sets[i], prefix))
      own[k++] = options->sets[i];
  }
  return own;
}

static bool
sets_name_methods (const Options *options, GError **error)
{
  for (char **set = options->sets; set && *set; set++) {
    g_auto (GStrv) words = g_strsplit (*set, ".", 2);
    if (!words[1] || !kd_method_find (words[0]))
      return refuse (error, "--set", "METHOD.KNOB=VALUE with --method all", *set);
  }
  return true;
}

/* Methods that this dump has all arrays for; the others stand nowhere. Returns how many, or with an error 0. */
static int
inspect_all (const KdDump *dump,
             const Options *options,
             KdCompareSource *sources,
             KdKnobs **knobs,
             KdInspection **inspections,
             GError **error)
{
  int n_methods, n = 0;
  const KdMethod *const *methods = kd_methods (&n_methods);
  g_autoptr (GError) obstacle = NULL;
  for (int i = 0; i < n_methods && n < KD_MAX_RUNS; i++) {
    if (!methods[i]->n_knobs) /* the twin sees nothing */
      continue;
    g_autofree const char **sets = sets_of (methods[i], options);
    knobs[n] = cli_dump_knobs (methods[i]->id, options->preset, sets, error);
    if (!knobs[n])
      break;
    g_clear_error (&obstacle);
    inspections[n] = kd_inspect (dump, knobs[n], options->threads, &obstacle);
    if (!inspections[n]) {
      g_clear_pointer (&knobs[n], kd_knobs_free);
      continue;
    }
    sources[n] = (KdCompareSource){
      methods[i]->id, kd_picture_of_inspection (dump, methods[i], inspections[n], options->image),
      knobs[n]
    };
    n++;
  }
  if (n == 0 && error && !*error && obstacle)
    g_propagate_error (error, g_steal_pointer (&obstacle));
  return n;
}

static int
render_all (const KdDump *dump, const CliLook *look, const Options *options)
{
  g_autoptr (GError) error = NULL;
  KdCompareSource sources[KD_MAX_RUNS];
  KdKnobs *knobs[KD_MAX_RUNS] = { NULL };
  KdInspection *inspections[KD_MAX_RUNS] = { NULL };
  if (!is_for_several (options, true, &error) || !sets_name_methods (options, &error) ||
      !cli_check_range ("--split", options->split, 0, 100, &error))
    return cli_fail (error);
  const int n = inspect_all (dump, options, sources, knobs, inspections, &error);
  const bool ok = n > 0 && !error && write_several (sources, n, look, options, &error);
  for (int i = 0; i < n; i++) {
    kd_picture_unref (sources[i].picture);
    kd_inspection_free (inspections[i]);
    kd_knobs_free (knobs[i]);
  }
  return ok ? 0 : cli_fail (error);
}

static KdDump *
open_dump (const char *path, int image, GError **error)
{
  g_autoptr (KdDump) dump = kd_dump_open (path, error);
  if (!dump || image < dump->n_images)
    return g_steal_pointer (&dump);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("--image: %s has images 0 to %d, found %d"),
               path, dump->n_images - 1, image);
  return NULL;
}

static int
render_dump (const char *path, const CliLook *look, const Options *options)
{
  g_autoptr (GError) error = NULL;
  if (!g_strcmp0 (options->method, "all")) {
    g_autoptr (KdDump) whole = open_dump (path, options->image, &error);
    return whole ? render_all (whole, look, options) : cli_refuse (error);
  }
  KdKnobs *knobs = cli_dump_knobs (options->method, options->preset,
                                   (const char *const *) options->sets, &error);
  if (!knobs)
    return cli_fail (error);
  g_autoptr (KdDump) dump = open_dump (path, options->image, &error);
  KdInspection *inspection = NULL;
  if (!error && !(inspection = kd_inspect (dump, knobs, options->threads, &error)))
    g_prefix_error (&error, "%s: ", path);
  int code = 0;
  if (!inspection)
    code = cli_refuse (error);
  else if (!cli_dump_write_picture (dump, knobs, inspection, options->image, look, options->out,
                                    &error))
    code = cli_fail (error);
  kd_inspection_free (inspection);
  kd_knobs_free (knobs);
  return code;
}

static int
render (int argc, char **argv, const Options *options)
{
  g_autoptr (GError) error = NULL;
  if (argc < 2 || !options->out || options->image < 0) {
    g_set_error (
        &error, KD_ERROR, KD_ERROR_CONFIG,
        _ ("expected run directories or one dump, --out FILE and an --image of at least 0"));
    return cli_fail (error);
  }
  if (!cli_check_threads (options->threads, &error))
    return cli_fail (error);
  if (!g_file_test (argv[1], G_FILE_TEST_EXISTS)) {
    g_set_error (&error, KD_ERROR, KD_ERROR_FILE,
                 _ ("%s: expected a run directory or a dump, found nothing"), argv[1]);
    return cli_refuse (error);
  }
  CliLook look = cli_look_default ();
  int code;
  if (!read_look (options, &look, &error))
    code = cli_refuse (error);
  else if (argc > 2 || g_file_test (argv[1], G_FILE_TEST_IS_DIR))
    code = render_runs (argv + 1, argc - 1, &look, options);
  else
    code = render_dump (argv[1], &look, options);
  g_clear_pointer (&look.ends, g_array_unref);
  g_clear_pointer (&look.order, g_strfreev);
  return code;
}

int
cli_render (int argc, char **argv)
{
  Options options = { .channel = -1, .above = 1, .split = 50 };
  const GOptionEntry entries[] = {
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
      N_ ("The picture: .png, .svg or .pdf; or its numbers: .csv, .npz, and of one panel .npy"),
      "FILE" },
    { "figure", 0, 0, G_OPTION_ARG_STRING, &options.figure,
      N_ ("The method's own figure (such as picks) instead of the wall"), "ID" },
    { "image", 0, 0, G_OPTION_ARG_INT, &options.image,
      N_ ("Which held-out scene, or image of the dump's batch (0)"), "N" },
    { "method", 0, 0, G_OPTION_ARG_STRING, &options.method,
      N_ ("Of a dump: which method, or all side by side"), "ID" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &options.preset,
      N_ ("Of a dump: knob values to start from (paper)"), "NAME" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.sets,
      N_ ("Of a dump: set a knob; may be given often"), "KNOB=VALUE" },
    { "panel", 0, 0, G_OPTION_ARG_STRING, &options.panel,
      N_ ("One row of the wall alone, such as teacher_feat, or one panel: teacher_feat:P3"),
      "ROW[:LEVEL]" },
    { "level", 0, 0, G_OPTION_ARG_STRING, &options.level,
      N_ ("One pyramid level of each row (all)"), "LEVEL" },
    { "channels", 0, 0, G_OPTION_ARG_STRING, &options.channels,
      N_ ("How channels become one number: mean-abs, l2, mean, max, one (mean-abs)"), "RULE" },
    { "channel", 0, 0, G_OPTION_ARG_INT, &options.channel, N_ ("This channel of features alone"),
      "C" },
    { "colormap", 0, 0, G_OPTION_ARG_STRING, &options.colormap,
      N_ ("Of maps that are not signed: viridis, cividis, magma, grey (viridis)"), "NAME" },
    { "share", 0, 0, G_OPTION_ARG_STRING, &options.share,
      N_ ("What shares one scale: row, group, panel, all, fixed (group)"), "WHAT" },
    { "scale", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.scales,
      N_ ("Ends of a row's scale; may be given often"), "ROW=LOW:HIGH" },
    { "difference", 0, 0, G_OPTION_ARG_STRING, &options.difference,
      N_ ("One row minus another before all others, by their names: student_feat-teacher_feat"),
      "ROW-ROW" },
    { "order", 0, 0, G_OPTION_ARG_STRING, &options.order,
      N_ ("Bring these rows, or levels, into this order on the places they have, such as "
          "student_feat,teacher_feat or P5,P4,P3"),
      "NAME,..." },
    { "overlay", 0, 0, G_OPTION_ARG_DOUBLE, &options.overlay,
      N_ ("Maps over the photo at this opacity (0: maps alone)"), "OPACITY" },
    { "no-boxes", 0, 0, G_OPTION_ARG_NONE, &options.no_boxes, N_ ("No boxes on maps"), NULL },
    { "smooth", 0, 0, G_OPTION_ARG_NONE, &options.smooth, N_ ("Interpolate between cells"), NULL },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode,
      N_ ("Of several runs: side-by-side, difference to the first, wipe, flicker, consensus "
          "(side-by-side)"),
      "MODE" },
    { "columns", 0, 0, G_OPTION_ARG_STRING, &options.columns,
      N_ ("Of several runs: these alone on the scale of all, such as 1,3 (all); of a wipe left and "
          "right, of a flicker the one that is shown and the other"),
      "N,..." },
    { "split", 0, 0, G_OPTION_ARG_DOUBLE, &options.split,
      N_ ("Of a wipe: where the line is, in percent of the width (50)"), "PERCENT" },
    { "above", 0, 0, G_OPTION_ARG_DOUBLE, &options.above,
      N_ ("Of several runs: consensus counts cells above this percentage of a run's loss (1)"),
      "PERCENT" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.threads, N_ ("Workers (all cores)"), "T" },
    G_OPTION_ENTRY_NULL,
  };
  int code =
      cli_parse (&argc, &argv, "RUN_OR_DUMP [RUN...]",
                 N_ ("A method's wall of maps as a picture, from a run's newest checkpoint or a "
                     "feature dump; several runs, or a session's folder, side by side"),
                 entries);
  if (code < 0) {
    KD_FILE_WORDS; /* pictures and tables have the same bytes in every language */
    code = render (argc, argv, &options);
  }
  g_free (options.out);
  g_free (options.figure);
  g_free (options.method);
  g_free (options.preset);
  g_strfreev (options.sets);
  g_free (options.panel);
  g_free (options.level);
  g_free (options.channels);
  g_free (options.colormap);
  g_free (options.share);
  g_free (options.difference);
  g_free (options.order);
  g_strfreev (options.scales);
  g_free (options.mode);
  g_free (options.columns);
  return code;
}
