/* SPDX-License-Identifier: MIT */
#include "app/cli-dump.h"
#include "app/cli.h"
#include "engine/base/i18n.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static double
loss_of (const KdInspection *inspection, const char *name)
{
  return kd_array_get (kd_arrays_find (inspection->outputs, name), 0);
}

static void
print_losses (const KdInspection *inspection)
{
  static const char prefix[] = "loss.";
  const double total = loss_of (inspection, "loss.total");
  printf ("%-16s %14s %9s\n", "term", "loss", "share");
  for (int i = 0; i < kd_arrays_count (inspection->outputs); i++) {
    const KdArray *array = kd_arrays_at (inspection->outputs, i);
    if (!g_str_has_prefix (array->name, prefix))
      continue;
    const double value = kd_array_get (array, 0);
    /* The sign of a NaN says nothing. */
    printf ("%-16s %14.8g", array->name + sizeof prefix - 1, isnan (value) ? (double) NAN : value);
    if (total != 0 && isfinite (total))
      printf (" %7.2f %%", 100 * value / total);
    putchar ('\n');
  }
  if (inspection->placeless != 0)
    printf ("without a place in the loss density: %.8g\n", inspection->placeless);
  if (inspection->note)
    printf ("note: %s\n", inspection->note);
}

static bool
write_walls (const KdDump *dump,
             const KdKnobs *knobs,
             const KdInspection *inspection,
             const char *folder,
             GError **error)
{
  if (g_mkdir_with_parents (folder, 0777)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: the folder cannot be made: %s"), folder,
                 g_strerror (errno));
    return false;
  }
  KD_FILE_WORDS;
  const CliLook look = cli_look_default ();
  for (int n = 0; n < dump->n_images; n++) {
    g_autofree char *name = g_strdup_printf ("%s-%d.png", kd_knobs_method (knobs)->id, n);
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (!cli_dump_write_picture (dump, knobs, inspection, n, &look, path, error))
      return false;
  }
  return true;
}

static int
inspect (
    const KdDump *dump, const KdKnobs *knobs, int threads, const char *out, const char *pictures)
{
  g_autoptr (GError) error = NULL;
  KdInspection *inspection = kd_inspect (dump, knobs, threads, &error);
  if (!inspection) {
    g_prefix_error (&error, "%s: ", dump->path);
    return cli_refuse (error);
  }
  print_losses (inspection);
  const bool ok = (!out || kd_arrays_save (inspection->outputs, out, NULL, &error)) &&
                  (!pictures || write_walls (dump, knobs, inspection, pictures, &error));
  kd_inspection_free (inspection);
  return ok ? 0 : cli_fail (error);
}

static void
print_item (const KdDumpCheck *check, const KdDumpItem *item)
{
  static const char *const states[] = {
    [KD_DUMP_FOUND] = "found",
    [KD_DUMP_MISSING] = "missing",
    [KD_DUMP_WRONG_SHAPE] = "wrong shape",
    [KD_DUMP_WRONG_TYPE] = "wrong type",
    [KD_DUMP_WRONG_VALUES] = "wrong values",
    [KD_DUMP_UNREADABLE] = "unreadable",
  };
  printf ("%-26s %-13s %s", item->name, states[item->state], item->fix ? item->fix : item->found);
  if (item->n_not_finite)
    printf (_ ("; %zu not finite"), item->n_not_finite);
  g_autofree char *off = kd_inspect_switched_off (check, item->name);
  if (off)
    printf (_ ("; without it off: %s"), off);
  putchar ('\n');
}

/* The whole checklist; an error if an array is wrong. */
static int
print_check (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KdDumpCheck) check = kd_dump_check (path, NULL, &error);
  if (!check)
    return cli_refuse (error);
  for (int i = 0; i < check->n_items; i++)
    print_item (check, &check->items[i]);
  putchar ('\n');
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int i = 0; i < n_methods; i++) {
    g_autofree char *obstacle = kd_inspect_why_off (check, methods[i]);
    printf ("%-26s %s\n", methods[i]->id, obstacle ? obstacle : _ ("can run"));
  }
  if (!check->n_wrong)
    return 0;
  g_set_error (&error, KD_ERROR, KD_ERROR_SCHEMA,
               _ ("%s: %d of its arrays cannot be used; see above"), path, check->n_wrong);
  return cli_refuse (error);
}

int
cli_inspect (int argc, char **argv)
{
  g_autofree char *method = NULL, *preset = NULL, *out = NULL, *pictures = NULL;
  g_auto (GStrv) sets = NULL;
  int threads = 0;
  gboolean check = FALSE;
  const GOptionEntry entries[] = {
    { "method", 0, 0, G_OPTION_ARG_STRING, &method,
      N_ ("Which method; kdscope-cli methods lists them"), "ID" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &preset, N_ ("Knob values to start from (paper)"),
      "NAME" },
    { "check", 0, 0, G_OPTION_ARG_NONE, &check,
      N_ ("List every array, its fix, and which methods can run; no method needed"), NULL },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, N_ ("Set a knob; may be given often"),
      "KNOB=VALUE" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &out,
      N_ ("Write losses, maps and gradients: .npz or .safetensors"), "FILE" },
    { "pictures", 0, 0, G_OPTION_ARG_FILENAME, &pictures,
      N_ ("Write the wall of maps of each image as PNG"), "FOLDER" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &threads, N_ ("Workers (all cores)"), "T" },
    G_OPTION_ENTRY_NULL,
  };
  const int code =
      cli_parse (&argc, &argv, "DUMP",
                 N_ ("A method's losses, maps and gradients on a feature dump, .npz or "
                     ".safetensors"),
                 entries);
  if (code >= 0)
    return code;
  g_autoptr (GError) error = NULL;
  if (argc != 2) {
    g_set_error (&error, KD_ERROR, KD_ERROR_CONFIG, _ ("expected one dump, found %d arguments"),
                 argc - 1);
    return cli_fail (error);
  }
  if (check)
    return print_check (argv[1]);
  KdKnobs *knobs = cli_dump_knobs (method, preset, (const char *const *) sets, &error);
  if (!knobs || !cli_check_threads (threads, &error)) {
    kd_knobs_free (knobs);
    return cli_fail (error);
  }
  g_autoptr (KdDump) dump = kd_dump_open (argv[1], &error);
  const int result = dump ? inspect (dump, knobs, threads, out, pictures) : cli_refuse (error);
  kd_knobs_free (knobs);
  return result;
}
