/* SPDX-License-Identifier: MIT */
#include "ui/demo-bands.h"

#include <gio/gio.h>

#define FILE_PATH "/org/kdscope/demo-bands.csv"

/* One series' lines; the arrays are this one's. */
typedef struct {
  KdChartBand band;
  GArray *x, *low, *high; /* double */
} Band;

static Band *
find_or_add (GHashTable *bands, const char *series)
{
  Band *band = g_hash_table_lookup (bands, series);
  if (band)
    return band;
  band = g_new0 (Band, 1);
  band->x = g_array_new (FALSE, FALSE, sizeof (double));
  band->low = g_array_new (FALSE, FALSE, sizeof (double));
  band->high = g_array_new (FALSE, FALSE, sizeof (double));
  g_hash_table_insert (bands, g_strdup (series), band);
  return band;
}

static void
append (GArray *array, const char *number)
{
  const double value = g_ascii_strtod (number, NULL);
  g_array_append_val (array, value);
}

/* "loss.fgd.fg,141,0.81,1.2"; comments begin with #, the head with "series". */
static void
read_line (GHashTable *bands, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", -1);
  if (g_strv_length (fields) != 4 || *line == '#' || g_str_equal (fields[0], "series"))
    return;
  Band *band = find_or_add (bands, fields[0]);
  append (band->x, fields[1]);
  append (band->low, fields[2]);
  append (band->high, fields[3]);
  band->band = (KdChartBand){ (const double *) (void *) band->x->data,
                              (const double *) (void *) band->low->data,
                              (const double *) (void *) band->high->data, (int) band->x->len };
}

static GHashTable *
read_bands (void)
{
  GHashTable *bands = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GBytes) bytes =
      g_resources_lookup_data (FILE_PATH, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_return_val_if_fail (bytes, bands);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    read_line (bands, *line);
  return bands;
}

const KdChartBand *
kd_demo_band (const char *series)
{
  static GHashTable *bands; /* for the life of the program */
  if (!bands)
    bands = read_bands ();
  const Band *band = g_hash_table_lookup (bands, series);
  return band ? &band->band : NULL;
}
