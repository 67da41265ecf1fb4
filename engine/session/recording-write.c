/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/half.h"
#include "engine/session/recording.h"

#include <math.h>
#include <string.h>

typedef struct {
  KdSession *session;
  const KdProbeInfo *probes;
  int n_probes;
  int64_t *steps;
  KdSnapshot **frames;
  int n_frames;
  KdArrays *arrays;
} Writer;

/* ---- arrays ---- */

static KdArray *
add_array (Writer *w, char *name, KdDType dtype, int rank, const int64_t *dims)
{
  KdArray *array = kd_array_new (name, dtype, rank, dims);
  const bool added = kd_arrays_add (w->arrays, array);
  g_assert (added);
  g_free (name);
  return array;
}

static void
add_text (Writer *w, const char *name, const char *text)
{
  const int64_t n = (int64_t) strlen (text);
  memcpy (add_array (w, g_strdup (name), KD_DTYPE_U8, 1, &n)->data, text, (size_t) n);
}

/* ---- boxes ---- */

static void
append_box (GArray *rows, const KdDetection *detection)
{
  const float row[KD_BOX_COLUMNS] = {
    (float) detection->box.x1, (float) detection->box.y1, (float) detection->box.x2,
    (float) detection->box.y2, (float) detection->label,  detection->score,
  };
  g_array_append_vals (rows, row, KD_BOX_COLUMNS);
}

/* Takes @rows. */
static void
add_rows (Writer *w, char *name, GArray *rows, int columns)
{
  const int64_t dims[] = { rows->len / (guint) columns, columns };
  KdArray *array = add_array (w, name, KD_DTYPE_F32, 2, dims);
  if (rows->len > 0)
    memcpy (array->data, rows->data, rows->len * sizeof (float));
  g_array_unref (rows);
}

static void
add_image (Writer *w)
{
  KdSize size;
  const uint8_t *rgb = kd_snapshot_rgb (w->frames[0], &size);
  const int64_t dims[] = { size.height, size.width, 3 };
  KdArray *array = add_array (w, g_strdup ("rgb"), KD_DTYPE_U8, 3, dims);
  memcpy (array->data, rgb, kd_array_count (array));
  for (int side = 0; side < 2; side++) {
    int n;
    const KdDetection *boxes = side == 0 ? kd_snapshot_truths (w->frames[0], &n)
                                         : kd_snapshot_detections (w->frames[0], -1, &n);
    GArray *rows = g_array_new (FALSE, FALSE, sizeof (float));
    for (int i = 0; i < n; i++)
      append_box (rows, &boxes[i]);
    add_rows (w, g_strdup (side == 0 ? "truths" : "detections.teacher"), rows, KD_BOX_COLUMNS);
  }
}

/* ---- runs ---- */

static void
add_detections (Writer *w, int run)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (float));
  for (int f = 0; f < w->n_frames; f++) {
    int n;
    const KdDetection *boxes = kd_snapshot_detections (w->frames[f], run, &n);
    for (int i = 0; i < n; i++) {
      const float frame = (float) f;
      g_array_append_val (rows, frame);
      append_box (rows, &boxes[i]);
    }
  }
  add_rows (w, g_strdup_printf ("detections.%d", run), rows, 1 + KD_BOX_COLUMNS);
}

static void
add_terms (Writer *w, int run)
{
  const KdTermStatus *terms;
  const int n_terms = kd_snapshot_terms (w->frames[0], run, &terms);
  const int64_t dims[] = { w->n_frames, n_terms, KD_TERM_COLUMNS };
  KdArray *array = add_array (w, g_strdup_printf ("terms.%d", run), KD_DTYPE_F64, 3, dims);
  const int64_t total_dims[] = { w->n_frames, KD_TOTAL_COLUMNS };
  KdArray *totals = add_array (w, g_strdup_printf ("totals.%d", run), KD_DTYPE_F64, 2, total_dims);
  double *value = array->data, *total = totals->data;
  for (int f = 0; f < w->n_frames; f++) {
    kd_snapshot_terms (w->frames[f], run, &terms); /* a run's terms never change */
    for (int i = 0; i < n_terms; i++) {
      *value++ = terms[i].value;
      *value++ = terms[i].gradient_norm;
      *value++ = terms[i].task_ratio;
    }
    total[KD_TOTAL_COLUMNS * f] =
        kd_snapshot_total (w->frames[f], run, &total[KD_TOTAL_COLUMNS * f + 1]);
  }
}

/* ---- maps ---- */

/* Channels-last and dense, as snapshots hold them. */
static void
append_map (const KdMap *map, GByteArray *low, GByteArray *high, int64_t *shape)
{
  const size_t n = (size_t) map->channels * (size_t) map->height * (size_t) map->width;
  g_autofree uint16_t *halves = g_new (uint16_t, n + 1);
  const int exponent = kd_half_encode (map->data, n, halves);
  for (size_t i = 0; i < n; i++) {
    const guint8 bytes[] = { (guint8) (halves[i] & 0xff), (guint8) (halves[i] >> 8) };
    g_byte_array_append (low, &bytes[0], 1);
    g_byte_array_append (high, &bytes[1], 1);
  }
  shape[0] = map->height;
  shape[1] = map->width;
  shape[2] = map->channels;
  shape[3] = exponent;
}

static void
add_probe (Writer *w, int probe, int64_t *shapes)
{
  const KdProbeInfo *info = &w->probes[probe];
  g_autoptr (GByteArray) low = g_byte_array_new (), high = g_byte_array_new ();
  for (int f = 0; f < (info->run < 0 ? 1 : w->n_frames); f++) {
    KdMap map;
    if (kd_snapshot_map (w->frames[f], probe, &map))
      append_map (&map, low, high, shapes + KD_SHAPE_COLUMNS * f);
  }
  const int64_t dims[] = { 2, low->len };
  KdArray *array = add_array (w, g_strdup_printf ("values.%d", probe), KD_DTYPE_U8, 2, dims);
  if (low->len > 0) {
    memcpy (array->data, low->data, low->len);
    memcpy ((uint8_t *) array->data + low->len, high->data, high->len);
  }
}

static void
add_maps (Writer *w)
{
  const int64_t dims[] = { w->n_probes, w->n_frames, KD_SHAPE_COLUMNS };
  KdArray *shapes = add_array (w, g_strdup ("shapes"), KD_DTYPE_I64, 3, dims);
  for (int p = 0; p < w->n_probes; p++)
    add_probe (w, p,
               (int64_t *) shapes->data + (size_t) p * (size_t) w->n_frames * KD_SHAPE_COLUMNS);
}

/* ---- curves ---- */

static void
add_series (Writer *w, int index)
{
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (KdPoint));
  KdPoint chunk[256];
  size_t n;
  while ((n = kd_session_read_series (w->session, index, points->len, chunk,
                                      G_N_ELEMENTS (chunk))) > 0)
    g_array_append_vals (points, chunk, (guint) n);
  const int64_t dims[] = { points->len };
  KdArray *steps = add_array (w, g_strdup_printf ("series.%d.steps", index), KD_DTYPE_I64, 1, dims);
  KdArray *values =
      add_array (w, g_strdup_printf ("series.%d.values", index), KD_DTYPE_F32, 1, dims);
  for (guint i = 0; i < points->len; i++) {
    const KdPoint point = g_array_index (points, KdPoint, i);
    ((int64_t *) steps->data)[i] = point.step;
    ((float *) values->data)[i] = (float) point.value;
  }
}

/* ---- the header ---- */

static void
begin_list (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
}

static void
write_probes (const Writer *w, JsonBuilder *builder)
{
  begin_list (builder, "probes");
  for (int p = 0; p < w->n_probes; p++) {
    const KdProbeInfo *info = &w->probes[p];
    json_builder_begin_object (builder);
    kd_json_add_integer (builder, "run", info->run);
    kd_json_add_text (builder, "name", info->name);
    kd_json_add_text (builder, "title", info->title);
    kd_json_add_text (builder, "help", info->help);
    kd_json_add_text (builder, "group", info->group);
    kd_json_add_text (builder, "unit", info->unit);
    kd_json_add_integer (builder, "kind", info->kind);
    kd_json_add_integer (builder, "style", info->style);
    kd_json_add_integer (builder, "level", info->level);
    kd_json_add_integer (builder, "stride", info->stride);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
write_terms (const Writer *w, JsonBuilder *builder)
{
  begin_list (builder, "terms");
  for (int r = 0; r < kd_session_runs (w->session); r++) {
    const KdTermStatus *terms;
    const int n = kd_snapshot_terms (w->frames[0], r, &terms);
    json_builder_begin_array (builder);
    for (int i = 0; i < n; i++)
      json_builder_add_string_value (builder, terms[i].id);
    json_builder_end_array (builder);
  }
  json_builder_end_array (builder);
  begin_list (builder, "reasons");
  for (int r = 0; r < kd_session_runs (w->session); r++) {
    for (int f = 0; f < w->n_frames; f++) {
      const KdTermStatus *terms;
      const int n = kd_snapshot_terms (w->frames[f], r, &terms);
      for (int i = 0; i < n; i++) {
        if (!*terms[i].reason)
          continue;
        json_builder_begin_object (builder);
        kd_json_add_integer (builder, "run", r);
        kd_json_add_integer (builder, "frame", f);
        kd_json_add_integer (builder, "term", i);
        kd_json_add_text (builder, "text", terms[i].reason);
        json_builder_end_object (builder);
      }
    }
  }
  json_builder_end_array (builder);
}

static void
write_series (const Writer *w, JsonBuilder *builder)
{
  int n;
  const KdSeriesInfo *series = kd_session_series (w->session, &n);
  begin_list (builder, "series");
  for (int i = 0; i < n; i++) {
    json_builder_begin_object (builder);
    kd_json_add_integer (builder, "run", series[i].run);
    kd_json_add_text (builder, "name", series[i].name);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

/* Knobs as they are now; no paths, which say nothing elsewhere. */
static void
write_configuration (const Writer *w, JsonBuilder *builder)
{
  KdRunConfig runs[KD_MAX_RUNS];
  KdConfig config = *w->session->config;
  KdKnobs *knobs[KD_MAX_RUNS];
  for (int r = 0; r < config.n_runs; r++) {
    knobs[r] = kd_session_run_knobs (w->session, r);
    runs[r] = (KdRunConfig){ config.runs[r].id, knobs[r] };
  }
  config.runs = runs;
  config.teacher = NULL;
  kd_config_write (&config, -1, builder);
  for (int r = 0; r < config.n_runs; r++)
    kd_knobs_free (knobs[r]);
}

static void
add_header (Writer *w)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  kd_json_add_text (builder, "format", KD_RECORDING_FORMAT);
  kd_json_add_integer (builder, "version", KD_RECORDING_VERSION);
  kd_json_add_text (builder, "program", "kdscope " KDSCOPE_VERSION);
  kd_json_add_integer (builder, "step", kd_session_status (w->session).step);
  kd_json_add_integer (builder, "image", (int64_t) kd_snapshot_image (w->frames[0]));
  write_configuration (w, builder);
  write_probes (w, builder);
  write_terms (w, builder);
  write_series (w, builder);
  json_builder_set_member_name (builder, "turned");
  kd_knob_log_write (w->session->turned, builder);
  json_builder_end_object (builder);
  g_autofree char *text = kd_json_format (builder);
  add_text (w, "header", text);
}

/* ---- the whole ---- */

/* False: there are none. */
static bool
collect_frames (Writer *w)
{
  const int n = kd_session_keyframes (w->session, NULL, 0);
  w->steps = g_new (int64_t, n + 1);
  w->frames = g_new0 (KdSnapshot *, n + 1);
  const int n_steps = MIN (n, kd_session_keyframes (w->session, w->steps, n));
  for (int i = 0; i < n_steps; i++) {
    KdSnapshot *frame = kd_session_keyframe (w->session, w->steps[i]);
    if (frame) /* else it was thinned away just now */
      w->frames[w->n_frames++] = frame;
  }
  return w->n_frames > 0;
}

static void
add_steps (Writer *w)
{
  const int64_t dims[] = { w->n_frames };
  KdArray *steps = add_array (w, g_strdup ("steps"), KD_DTYPE_I64, 1, dims);
  for (int f = 0; f < w->n_frames; f++)
    ((int64_t *) steps->data)[f] = kd_snapshot_step (w->frames[f]);
}

static bool
compose (Writer *w, const char *path, GError **error)
{
  if (!collect_frames (w)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("%s: there is nothing to record yet: no keyframe of this image"), path);
    return false;
  }
  add_header (w);
  add_steps (w);
  add_image (w);
  for (int r = 0; r < kd_session_runs (w->session); r++) {
    add_detections (w, r);
    add_terms (w, r);
  }
  add_maps (w);
  int n_series;
  kd_session_series (w->session, &n_series);
  for (int i = 0; i < n_series; i++)
    add_series (w, i);
  return kd_arrays_save (w->arrays, path, NULL, error);
}

bool
kd_session_save_recording (KdSession *session, const char *path, GError **error)
{
  if (!g_str_has_suffix (path, KD_RECORDING_SUFFIX)) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected a name that ends in %s"), path,
                 KD_RECORDING_SUFFIX);
    return false;
  }
  Writer w = { .session = session, .arrays = kd_arrays_new () };
  w.probes = kd_session_probes (session, &w.n_probes);
  const bool written = compose (&w, path, error);
  for (int f = 0; f < w.n_frames; f++)
    kd_snapshot_unref (w.frames[f]);
  g_free (w.frames);
  g_free (w.steps);
  kd_arrays_free (w.arrays);
  return written;
}
