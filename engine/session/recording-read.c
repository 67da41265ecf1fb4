/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/session/recording.h"

#include "engine/session/half.h"
#include "engine/session/resource.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* More than anybody records; keeps sums of sizes far from overflow. */
#define MAX_FRAMES 100000
#define MAX_PROBES 100000
#define MAX_SIDE 65536

typedef struct {
  const char *path;
  KdArrays *arrays;
  JsonObject *header;
  KdSavedConfig *saved;
  const KdConfig *config;
  KdProbeList *list;
  KdPinned *pinned;
  const int64_t *steps, *shapes;
  int n_frames;
  const char *terms[KD_MAX_RUNS][KD_MAX_TERMS]; /* interned: snapshots outlive sessions */
  int n_terms[KD_MAX_RUNS];
  KdSession *session;
} Reader;

/* ---- messages ---- */

static bool G_GNUC_PRINTF (3, 4) fail (const Reader *r, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: %s; the recording is damaged"), r->path,
               text);
  return false;
}

/* The array of this name; a side of -1 may have any size. */
static const KdArray *
find_array (
    const Reader *r, const char *name, KdDType dtype, int rank, const int64_t *dims, GError **error)
{
  const KdArray *array = kd_arrays_find (r->arrays, name);
  if (!array) {
    fail (r, error, _ ("%s: expected an array, found nothing"), name);
    return NULL;
  }
  bool fits = array->dtype == dtype && array->rank == rank;
  for (int i = 0; fits && i < rank; i++)
    fits = dims[i] < 0 || array->dims[i] == dims[i];
  if (fits)
    return array;
  g_autofree char *found = kd_array_shape_to_string (array);
  fail (r, error, _ ("%s: has an unexpected type or shape %s"), name, found);
  return NULL;
}

static const KdArray *
find_numbered (const Reader *r,
               const char *name,
               int index,
               KdDType dtype,
               int rank,
               const int64_t *dims,
               GError **error)
{
  g_autofree char *full = g_strdup_printf (name, index);
  return find_array (r, full, dtype, rank, dims, error);
}

/* ---- the header ---- */

static JsonArray *
list_member (const Reader *r, const char *name)
{
  JsonNode *node = json_object_get_member (r->header, name);
  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static JsonObject *
object_at (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static bool
read_header (Reader *r, GError **error)
{
  const int64_t any = -1;
  const KdArray *text = find_array (r, "header", KD_DTYPE_U8, 1, &any, error);
  if (!text)
    return false;
  r->header = kd_json_read_text (text->data, kd_array_count (text), r->path, error);
  if (!r->header)
    return false;
  if (g_strcmp0 (kd_json_text (r->header, "format"), KD_RECORDING_FORMAT) != 0)
    return fail (r, error, _ ("expected the format \"%s\""), KD_RECORDING_FORMAT);
  const int64_t version = kd_json_integer (r->header, "version", 0);
  if (version != KD_RECORDING_VERSION) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT,
                 _ ("%s: expected version %d of the format, found %" PRIi64
                    "; open it with a newer kdscope"),
                 r->path, KD_RECORDING_VERSION, version);
    return false;
  }
  r->saved = kd_config_read (r->header, r->path, error);
  r->config = r->saved ? kd_saved_config_get (r->saved) : NULL;
  return r->saved != NULL;
}

static const char *
interned (JsonObject *object, const char *name, const char *fallback)
{
  const char *text = kd_json_text (object, name);
  return text ? g_intern_string (text) : fallback;
}

static bool
read_probe (const Reader *r, JsonObject *object, GError **error)
{
  const KdProbeInfo info = {
    .run = (int) kd_json_integer (object, "run", -2),
    .name = interned (object, "name", NULL),
    .title = interned (object, "title", ""),
    .help = interned (object, "help", NULL),
    .group = interned (object, "group", NULL),
    .unit = interned (object, "unit", NULL),
    .kind = (KdProbeKind) kd_json_integer (object, "kind", -1),
    .style = (KdProbeStyle) kd_json_integer (object, "style", -1),
    .level = (int) kd_json_integer (object, "level", -2),
    .stride = (int) kd_json_integer (object, "stride", -1),
  };
  const bool sound = info.name && info.run >= -1 && info.run < r->config->n_runs &&
                     info.level >= -1 && info.level < KD_MAX_LEVELS && info.stride >= 0 &&
                     info.stride <= MAX_SIDE && (int) info.kind >= 0 &&
                     info.kind <= KD_PROBE_BOXES && (int) info.style >= 0 &&
                     info.style <= KD_STYLE_LOG && (info.run >= 0 || info.level >= 0);
  if (!sound || kd_probe_list_find (r->list, info.run, info.name, info.level) >= 0)
    return fail (r, error, _ ("probe %d of the header is not one"), r->list->n);
  kd_probe_list_add (r->list, &info,
                     &(KdProbeSource){ .kind = info.run < 0 ? KD_SOURCE_TEACHER : KD_SOURCE_NODE });
  return true;
}

static bool
read_probes (Reader *r, GError **error)
{
  JsonArray *probes = list_member (r, "probes");
  const guint n = probes ? json_array_get_length (probes) : 0;
  if (n < 1 || n > MAX_PROBES)
    return fail (r, error, _ ("expected a list of probes in the header"));
  r->list = kd_probe_list_new ();
  r->list->generation = 1;
  for (guint i = 0; i < n; i++) {
    JsonObject *object = object_at (probes, i);
    if (!object)
      return fail (r, error, _ ("probe %u of the header is not one"), i);
    if (!read_probe (r, object, error))
      return false;
  }
  return true;
}

static bool
read_term_names (Reader *r, GError **error)
{
  JsonArray *all = list_member (r, "terms");
  if (!all || json_array_get_length (all) != (guint) r->config->n_runs)
    return fail (r, error, _ ("expected the terms of each run in the header"));
  for (int run = 0; run < r->config->n_runs; run++) {
    JsonNode *node = json_array_get_element (all, (guint) run);
    JsonArray *ids = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
    const guint n = ids ? json_array_get_length (ids) : KD_MAX_TERMS + 1;
    if (n > KD_MAX_TERMS)
      return fail (r, error, _ ("expected at most %d terms of run %d in the header"), KD_MAX_TERMS,
                   run);
    for (guint i = 0; i < n; i++) {
      JsonNode *id = json_array_get_element (ids, i);
      if (!JSON_NODE_HOLDS_VALUE (id) || json_node_get_value_type (id) != G_TYPE_STRING)
        return fail (r, error, _ ("expected the names of run %d's terms in the header"), run);
      r->terms[run][i] = g_intern_string (json_node_get_string (id));
    }
    r->n_terms[run] = (int) n;
  }
  return true;
}

/* ---- the image ---- */

static bool
read_boxes (const Reader *r, const KdArray *rows, int row, int offset, KdDetection *box)
{
  const float *values = (const float *) rows->data + (size_t) row * (size_t) rows->dims[1] + offset;
  bool sound = true;
  for (int i = 0; i < KD_BOX_COLUMNS; i++)
    sound = sound && isfinite (values[i]) && fabsf (values[i]) < MAX_SIDE;
  if (!sound || values[4] < 0 || values[4] >= KD_SCENE_CLASSES)
    return false;
  *box = (KdDetection){
    .box = { (double) values[0], (double) values[1], (double) values[2], (double) values[3] },
    .label = (int) values[4],
    .score = values[5],
  };
  (void) r;
  return true;
}

static bool
read_image_boxes (
    const Reader *r, const char *name, int max, KdDetection *boxes, int *n, GError **error)
{
  const int64_t dims[] = { -1, KD_BOX_COLUMNS };
  const KdArray *rows = find_array (r, name, KD_DTYPE_F32, 2, dims, error);
  if (!rows)
    return false;
  if (rows->dims[0] > max)
    return fail (r, error, _ ("%s: expected at most %d boxes"), name, max);
  for (int i = 0; i < (int) rows->dims[0]; i++) {
    if (!read_boxes (r, rows, i, 0, &boxes[i]))
      return fail (r, error, _ ("%s: row %d is not a box"), name, i);
  }
  *n = (int) rows->dims[0];
  return true;
}

static bool
read_image (Reader *r, GError **error)
{
  const KdSize size = r->config->scenes.size;
  const int64_t dims[] = { size.height, size.width, 3 };
  const KdArray *rgb = find_array (r, "rgb", KD_DTYPE_U8, 3, dims, error);
  if (!rgb)
    return false;
  r->pinned = kd_pinned_new ((uint64_t) kd_json_integer (r->header, "image", 0), size);
  memcpy (r->pinned->rgb, rgb->data, kd_array_count (rgb));
  return read_image_boxes (r, "truths", KD_SCENE_MAX_OBJECTS, r->pinned->truth.objects,
                           &r->pinned->truth.n_objects, error) &&
         read_image_boxes (r, "detections.teacher", KD_MAX_DETECTIONS, r->pinned->detections,
                           &r->pinned->n_detections, error);
}

/* ---- maps ---- */

static bool
read_steps (Reader *r, GError **error)
{
  const int64_t any = -1;
  const KdArray *steps = find_array (r, "steps", KD_DTYPE_I64, 1, &any, error);
  if (!steps)
    return false;
  if (steps->dims[0] < 1 || steps->dims[0] > MAX_FRAMES)
    return fail (r, error, _ ("steps: expected 1 to %d keyframes"), MAX_FRAMES);
  r->steps = steps->data;
  r->n_frames = (int) steps->dims[0];
  for (int f = 0; f < r->n_frames; f++) {
    if (r->steps[f] < (f ? r->steps[f - 1] + 1 : 0) || r->steps[f] > r->config->steps)
      return fail (r, error, _ ("steps: expected them to rise from 0 to at most %" PRIi64),
                   r->config->steps);
  }
  const int64_t dims[] = { r->list->n, r->n_frames, KD_SHAPE_COLUMNS };
  const KdArray *shapes = find_array (r, "shapes", KD_DTYPE_I64, 3, dims, error);
  r->shapes = shapes ? shapes->data : NULL;
  return shapes != NULL;
}

typedef struct {
  int height, width, channels, exponent;
  size_t n;
} Shape;

static bool
read_shape (const Reader *r, int probe, int frame, Shape *shape)
{
  const int64_t *row =
      r->shapes + ((size_t) probe * (size_t) r->n_frames + (size_t) frame) * KD_SHAPE_COLUMNS;
  for (int i = 0; i < 3; i++) {
    if (row[i] < 0 || row[i] > MAX_SIDE)
      return false;
  }
  if (row[3] < -400 || row[3] > 400)
    return false;
  *shape = (Shape){
    (int) row[0], (int) row[1], (int) row[2], (int) row[3], (size_t) (row[0] * row[1] * row[2]),
  };
  return true;
}

static bool
check_probe (const Reader *r, int probe, GError **error)
{
  const int64_t dims[] = { 2, -1 };
  const KdArray *values = find_numbered (r, "values.%d", probe, KD_DTYPE_U8, 2, dims, error);
  if (!values)
    return false;
  size_t expected = 0;
  for (int f = 0; f < r->n_frames; f++) {
    Shape shape;
    if (!read_shape (r, probe, f, &shape))
      return fail (r, error, _ ("shapes: probe %d, keyframe %d: out of range"), probe, f);
    expected += shape.n;
  }
  if (expected != (size_t) values->dims[1])
    return fail (r, error, _ ("values.%d: expected %zu values as its shapes say, found %zu"), probe,
                 expected, (size_t) values->dims[1]);
  return true;
}

/* @first: where the map's values begin in its probe's. */
static void
decode_map (const Reader *r, int probe, size_t first, const Shape *shape, float *to)
{
  g_autofree char *name = g_strdup_printf ("values.%d", probe);
  const KdArray *values = kd_arrays_find (r->arrays, name);
  const uint8_t *low = (const uint8_t *) values->data + first;
  const uint8_t *high = low + values->dims[1];
  g_autofree uint16_t *halves = g_new (uint16_t, shape->n + 1);
  for (size_t i = 0; i < shape->n; i++)
    halves[i] = (uint16_t) (low[i] | high[i] << 8);
  kd_half_decode (halves, shape->n, shape->exponent, to);
}

/* The teacher's features, which all frames share. */
static bool
read_teacher (Reader *r, GError **error)
{
  Shape shapes[KD_MAX_LEVELS] = { 0 };
  int probes[KD_MAX_LEVELS];
  size_t total = 0;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    probes[l] = kd_probe_list_find (r->list, -1, "teacher_feat", l);
    if (probes[l] < 0)
      break;
    read_shape (r, probes[l], 0, &shapes[l]);
    if (shapes[l].n == 0)
      return fail (r, error, _ ("teacher_feat.%d: expected a map"), l);
    total += shapes[l].n;
    r->pinned->n_features = l + 1;
  }
  r->pinned->values = g_new (float, total + 1);
  float *to = r->pinned->values;
  for (int l = 0; l < r->pinned->n_features; l++) {
    const Shape *s = &shapes[l];
    decode_map (r, probes[l], 0, s, to);
    r->pinned->features[l] = (KdMap){
      .data = to,
      .channels = s->channels,
      .height = s->height,
      .width = s->width,
      .stride_c = 1,
      .stride_y = (size_t) s->width * (size_t) s->channels,
      .stride_x = (size_t) s->channels,
    };
    to += s->n;
  }
  for (int p = 0; p < r->list->n; p++) {
    const KdProbeInfo *info = &r->list->infos[p];
    if (info->run < 0 &&
        (strcmp (info->name, "teacher_feat") != 0 || info->level >= r->pinned->n_features))
      return fail (r, error, _ ("probe %d of the header is not the teacher's"), p);
  }
  return true;
}

static bool
read_maps (Reader *r, GError **error)
{
  for (int p = 0; p < r->list->n; p++) {
    if (!check_probe (r, p, error))
      return false;
  }
  return read_teacher (r, error);
}

/* ---- keyframes ---- */

static bool
read_detections (const Reader *r, int run, KdRunPicture *pictures, GError **error)
{
  const int64_t dims[] = { -1, 1 + KD_BOX_COLUMNS };
  const KdArray *rows = find_numbered (r, "detections.%d", run, KD_DTYPE_F32, 2, dims, error);
  if (!rows)
    return false;
  for (int i = 0; i < (int) rows->dims[0]; i++) {
    const float frame = ((const float *) rows->data)[(size_t) i * (1 + KD_BOX_COLUMNS)];
    KdRunPicture *picture =
        frame >= 0 && frame < (float) r->n_frames ? &pictures[(int) frame] : NULL;
    if (!picture || picture->n_detections >= KD_MAX_DETECTIONS ||
        !read_boxes (r, rows, i, 1, &picture->detections[picture->n_detections]))
      return fail (r, error, _ ("detections.%d: row %d is not a box of a keyframe"), run, i);
    picture->n_detections++;
  }
  return true;
}

static bool
read_terms (const Reader *r, int run, KdRunPicture *pictures, GError **error)
{
  const int64_t dims[] = { r->n_frames, r->n_terms[run], KD_TERM_COLUMNS };
  const int64_t total_dims[] = { r->n_frames, KD_TOTAL_COLUMNS };
  const KdArray *terms = find_numbered (r, "terms.%d", run, KD_DTYPE_F64, 3, dims, error);
  const KdArray *totals =
      terms ? find_numbered (r, "totals.%d", run, KD_DTYPE_F64, 2, total_dims, error) : NULL;
  if (!totals)
    return false;
  const double *value = terms->data, *total = totals->data;
  for (int f = 0; f < r->n_frames; f++, total += KD_TOTAL_COLUMNS) {
    pictures[f].n_terms = r->n_terms[run];
    for (int i = 0; i < r->n_terms[run]; i++, value += KD_TERM_COLUMNS)
      pictures[f].terms[i] = (KdTermStatus){
        .id = r->terms[run][i],
        .value = value[0],
        .gradient_norm = value[1],
        .task_ratio = value[2],
        .lit = value[1] > 0,
      };
    pictures[f].total = total[0];
    pictures[f].placeless = total[1];
  }
  return true;
}

static bool
read_reasons (const Reader *r, KdRunPicture *const *pictures, GError **error)
{
  JsonArray *reasons = list_member (r, "reasons");
  for (guint i = 0; reasons && i < json_array_get_length (reasons); i++) {
    JsonObject *object = object_at (reasons, i);
    const int64_t run = object ? kd_json_integer (object, "run", -1) : -1;
    const int64_t frame = object ? kd_json_integer (object, "frame", -1) : -1;
    const int64_t term = object ? kd_json_integer (object, "term", -1) : -1;
    const char *text = object ? kd_json_text (object, "text") : NULL;
    if (!text || run < 0 || run >= r->config->n_runs || frame < 0 || frame >= r->n_frames ||
        term < 0 || term >= r->n_terms[run])
      return fail (r, error, _ ("reason %u of the header belongs to nothing"), i);
    KdTermStatus *status = &pictures[run][frame].terms[term];
    g_strlcpy (status->reason, text, sizeof status->reason);
  }
  return true;
}

/* @offsets: [n probes], where the frame's values begin; moved on to the next frame's. */
static void
add_frame (const Reader *r, int frame, KdRunPicture *const *pictures, size_t *offsets)
{
  size_t n_values = 0;
  for (int p = 0; p < r->list->n; p++) {
    Shape shape = { 0 };
    read_shape (r, p, frame, &shape);
    n_values += r->list->infos[p].run >= 0 ? shape.n : 0;
  }
  KdSnapshot *snapshot = kd_snapshot_new (r->session->pool, r->pinned, r->list->n, n_values);
  snapshot->step = r->steps[frame];
  snapshot->generation = r->list->generation;
  for (int run = 0; run < r->config->n_runs; run++)
    snapshot->runs[run] = pictures[run][frame];
  for (int p = 0; p < r->list->n; p++) {
    Shape shape = { 0 };
    read_shape (r, p, frame, &shape);
    if (r->list->infos[p].run < 0 || shape.n == 0)
      continue;
    float *to = kd_snapshot_add (snapshot, p, shape.channels, shape.height, shape.width);
    decode_map (r, p, offsets[p], &shape, to);
    offsets[p] += shape.n;
  }
  kd_history_add (r->session->history, snapshot, r->list);
  kd_snapshot_unref (snapshot);
}

static bool
read_pictures (const Reader *r, KdRunPicture *const *pictures, GError **error)
{
  for (int run = 0; run < r->config->n_runs; run++) {
    if (!read_detections (r, run, pictures[run], error) ||
        !read_terms (r, run, pictures[run], error))
      return false;
  }
  return read_reasons (r, pictures, error);
}

static bool
read_frames (const Reader *r, GError **error)
{
  KdRunPicture *pictures[KD_MAX_RUNS] = { NULL };
  for (int run = 0; run < r->config->n_runs; run++)
    pictures[run] = g_new0 (KdRunPicture, r->n_frames);
  const bool ok = read_pictures (r, pictures, error);
  g_autofree size_t *offsets = g_new0 (size_t, r->list->n);
  for (int f = 0; ok && f < r->n_frames; f++)
    add_frame (r, f, pictures, offsets);
  for (int run = 0; run < r->config->n_runs; run++)
    g_free (pictures[run]);
  return ok;
}

/* ---- curves ---- */

static KdSeries *
read_curve (const Reader *r, int index, const char *name, GError **error)
{
  const int64_t any = -1;
  const KdArray *steps = find_numbered (r, "series.%d.steps", index, KD_DTYPE_I64, 1, &any, error);
  const KdArray *values =
      steps ? find_numbered (r, "series.%d.values", index, KD_DTYPE_F32, 1, steps->dims, error)
            : NULL;
  if (!values)
    return NULL;
  KdSeries *series = kd_series_new (name, (size_t) steps->dims[0]);
  for (int64_t i = 0; i < steps->dims[0]; i++)
    kd_series_append (series, ((const int64_t *) steps->data)[i],
                      (double) ((const float *) values->data)[i]);
  return series;
}

static bool
read_series (const Reader *r, GError **error)
{
  JsonArray *names = list_member (r, "series");
  const guint n = names ? json_array_get_length (names) : 0;
  KdSeriesTable *table = g_new0 (KdSeriesTable, 1);
  atomic_store (&r->session->series, table);
  table->infos = g_new0 (KdSeriesInfo, n + 1);
  table->series = g_new0 (KdSeries *, n + 1);
  for (guint i = 0; i < n; i++) {
    JsonObject *object = object_at (names, i);
    const char *name = object ? interned (object, "name", NULL) : NULL;
    const int64_t run = object ? kd_json_integer (object, "run", -1) : -1;
    if (!name || run < 0 || run >= r->config->n_runs)
      return fail (r, error, _ ("series %u of the header is not one"), i);
    table->series[i] = read_curve (r, (int) i, name, error);
    if (!table->series[i])
      return false;
    table->infos[i] = (KdSeriesInfo){ (int) i, (int) run, name };
    table->n = (int) i + 1;
  }
  return true;
}

/* ---- the session ---- */

static bool
read_all (Reader *r, GError **error)
{
  r->arrays = kd_arrays_load (r->path, error);
  if (!r->arrays || !read_header (r, error) || !read_probes (r, error) ||
      !read_term_names (r, error) || !read_image (r, error) || !read_steps (r, error) ||
      !read_maps (r, error))
    return false;
  r->session = kd_session_new_still (g_steal_pointer (&r->saved));
  r->session->image = r->pinned->index;
  r->session->offered = kd_probe_list_copy (r->list);
  r->session->status.step = r->steps[0];
  kd_knob_log_read (r->session->turned, list_member (r, "turned"), r->config->n_runs);
  return read_frames (r, error) && read_series (r, error);
}

/* The flags of a timeline, as when they were set. */
static void
tell_turned (KdSession *session)
{
  const KdKnobTurn *turns;
  const int n = kd_knob_log_turns (session->turned, &turns);
  for (int i = 0; i < n; i++) {
    KdEvent event = { .kind = KD_EVENT_KNOB, .step = turns[i].step, .run = turns[i].run };
    const char *method = kd_session_run_method (session, turns[i].run)->id;
    const bool of_run = g_str_has_prefix (turns[i].id, "run.");
    g_snprintf (event.text, sizeof event.text, "%s%s%s %s -> %s", of_run ? "" : method,
                of_run ? "" : ".", turns[i].id, turns[i].before, turns[i].after);
    kd_events_push (session->events, &event);
  }
}

KdSession *
kd_session_new_for_recording (const char *path, GError **error)
{
  Reader r = { .path = path };
  const bool ok = read_all (&r, error);
  if (r.arrays)
    kd_arrays_free (r.arrays);
  if (r.header)
    json_object_unref (r.header);
  if (r.saved)
    kd_saved_config_free (r.saved);
  kd_probe_list_free (r.list);
  kd_pinned_unref (r.pinned);
  if (!ok) {
    kd_error_tidy (error);
    kd_session_free (r.session);
    return NULL;
  }
  KdEvent event = { .kind = KD_EVENT_PROBES, .step = r.session->status.step, .run = -1 };
  kd_events_push (r.session->events, &event);
  event.kind = KD_EVENT_STATE;
  g_strlcpy (event.text, "paused", sizeof event.text);
  kd_events_push (r.session->events, &event);
  tell_turned (r.session);
  return r.session;
}

char *
kd_recording_find (GError **error)
{
  return kd_resource_find ("recordings/first-run.kdrun",
                           _ ("make one with kdscope-cli train --record"), error);
}

bool
kd_session_is_recording (KdSession *session)
{
  return session->still;
}

/* ---- showing ---- */

void
kd_recording_show (KdSession *session)
{
  KdSnapshot *snapshot = kd_session_keyframe (session, session->status.step);
  if (!session->stale || !snapshot) {
    kd_snapshot_unref (snapshot);
    return;
  }
  session->stale = false;
  kd_mailbox_put (session->mailbox, snapshot);
  kd_session_wake (session);
}

static void
go_to (KdSession *session, int64_t step)
{
  session->status.step = step;
  session->stale = true;
  kd_recording_show (session); /* at once: there is no engine that would answer a want later */
}

void
kd_recording_step (KdSession *session)
{
  const int n = kd_session_keyframes (session, NULL, 0);
  g_autofree int64_t *steps = g_new (int64_t, n + 1);
  kd_session_keyframes (session, steps, n);
  for (int i = 0; i < n; i++) {
    if (steps[i] > session->status.step) {
      go_to (session, steps[i]);
      return;
    }
  }
}

bool
kd_session_seek (KdSession *session, int64_t step)
{
  g_return_val_if_fail (session->still, false);
  const int n = kd_session_keyframes (session, NULL, 0);
  g_autofree int64_t *steps = g_new (int64_t, n + 1);
  kd_session_keyframes (session, steps, n);
  for (int i = 0; i < n; i++) {
    if (steps[i] == step) {
      go_to (session, step);
      return true;
    }
  }
  return false;
}
