/* SPDX-License-Identifier: MIT */

/*
 * One method on a dump's arrays, without training: the graph that trains, its inputs bound to arrays instead of networks, run
 * forward and backward once.
 */
#include "engine/session/session.h"

#include <math.h>
#include <string.h>

/* Initial values of parameters that a dump lacks: the same in every inspection. */
#define INITIAL_VALUES_SEED 1

/* A graph input and the array that fills it. */
typedef struct {
  KdNode *node;
  const KdArray *array;
  KdAxes axes;
  bool student; /* its gradient is written */
} Feed;

typedef struct {
  const KdDump *dump;
  KdGraph *graph;
  KdParams *params;
  KdPool *pool;
  KdMethodInputs inputs;
  GArray *feeds; /* Feed */
  KdBuilt *built;
  GString *note;
} Run;

/* What the public struct's readers need besides: one array in file order per probe. */
typedef struct {
  KdInspection inspection;
  GPtrArray *pictures; /* KdArray of KD_DTYPE_F32, borrowed from the outputs or from owned */
  GPtrArray *owned;    /* KdArray */
  GArray *probes;      /* KdProbeInfo */
  char *density_help;
} Inspection;

/* ---- the dump's arrays as graph inputs ------------------------------------------------------------ */

static const char *const side_names[] = { [KD_TEACHER] = "teacher", [KD_STUDENT] = "student" };

static void
add_feed (Run *run, KdNode *node, const KdArray *array, KdAxes axes, bool student)
{
  const Feed feed = { node, array, axes, student };
  g_array_append_val (run->feeds, feed);
  if (student)
    kd_node_want_gradient (node);
}

/* Input [N,C,H,W]; NULL if the dump has no such array. */
static KdNode *
bind_maps (Run *run, const char *name, bool student)
{
  const KdArray *array = kd_arrays_find (run->dump->arrays, name);
  if (!array)
    return NULL;
  g_assert (array->rank == 4);
  const KdShape shape = kd_shape ((int) array->dims[0], (int) array->dims[1], (int) array->dims[2],
                                  (int) array->dims[3]);
  KdNode *node = kd_input (run->graph, name, shape, KD_TYPE_REAL);
  add_feed (run, node, array, KD_AXES_NCHW, student);
  return node;
}

static KdNode *
bind_side (Run *run, KdSide side, const char *what, int level)
{
  g_autofree char *name = g_strdup_printf ("%s_%s.%d", side_names[side], what, level);
  return bind_maps (run, name, side == KD_STUDENT);
}

/* Input of rows [R] or [R,C], as many live as the array has: there may be none. */
static KdNode *
bind_rows (Run *run, const char *name, KdType type, bool student)
{
  const KdArray *array = kd_arrays_find (run->dump->arrays, name);
  if (!array)
    return NULL;
  const int rows = (int) array->dims[0], columns = array->rank == 2 ? (int) array->dims[1] : 1;
  KdNode *node = kd_input (run->graph, name, kd_shape (MAX (rows, 1), columns, 1, 1), type);
  kd_node_set_live_rows (node, rows);
  add_feed (run, node, array, array->rank == 2 ? KD_AXES_NC : KD_AXIS_N, student);
  return node;
}

static void
bind_inputs (Run *run)
{
  const KdDump *dump = run->dump;
  KdMethodInputs *in = &run->inputs;
  in->n_images = dump->n_images;
  in->n_levels = dump->n_levels;
  in->image = dump->image;
  in->n_classes = dump->n_classes;
  memcpy (in->strides, dump->strides, sizeof in->strides);
  for (int l = 0; l < dump->n_levels; l++) {
    for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
      in->feature[side][l] = bind_side (run, (KdSide) side, "feat", l);
      in->cls[side][l] = bind_side (run, (KdSide) side, "cls", l);
      in->reg[side][l] = bind_side (run, (KdSide) side, "reg", l);
      in->clsfeat[side][l] = bind_side (run, (KdSide) side, "clsfeat", l);
      in->regfeat[side][l] = bind_side (run, (KdSide) side, "regfeat", l);
    }
    g_autofree char *anchors = g_strdup_printf ("anchors.%d", l);
    g_autofree char *task = g_strdup_printf ("task_grad.%d", l);
    in->anchors[l] = bind_rows (run, anchors, KD_TYPE_REAL, false);
    in->task_gradient[l] = bind_maps (run, task, false);
  }
  in->targets.boxes = bind_rows (run, "gt_boxes", KD_TYPE_REAL, false);
  in->targets.labels = bind_rows (run, "gt_labels", KD_TYPE_INT32, false);
  in->targets.images = bind_rows (run, "gt_image", KD_TYPE_INT32, false);
  in->proposals = bind_rows (run, "proposals", KD_TYPE_REAL, false);
  in->proposal_image = bind_rows (run, "proposal_image", KD_TYPE_INT32, false);
  in->roi_cls[KD_TEACHER] = bind_rows (run, "teacher_roi_cls", KD_TYPE_REAL, false);
  in->roi_cls[KD_STUDENT] = bind_rows (run, "student_roi_cls", KD_TYPE_REAL, true);
  in->roi_reg[KD_TEACHER] = bind_rows (run, "teacher_roi_reg", KD_TYPE_REAL, false);
  in->roi_reg[KD_STUDENT] = bind_rows (run, "student_roi_reg", KD_TYPE_REAL, true);
}

static void
add_note (Run *run, const char *text)
{
  g_string_append_printf (run->note, "%s%s", run->note->len ? "; " : "", text);
}

static void
note_bad_numbers (Run *run, const KdArray *array)
{
  if (array->dtype != KD_DTYPE_F32 && array->dtype != KD_DTYPE_F64)
    return;
  size_t n_bad = 0;
  for (size_t i = 0; i < kd_array_count (array); i++)
    n_bad += !isfinite (kd_array_get (array, i));
  if (!n_bad)
    return;
  g_autofree char *text = g_strdup_printf ("%s holds %zu %s not finite", array->name, n_bad,
                                           n_bad == 1 ? "number that is" : "numbers that are");
  add_note (run, text);
}

static void
fill_inputs (Run *run)
{
  for (guint i = 0; i < run->feeds->len; i++) {
    const Feed *feed = &g_array_index (run->feeds, Feed, i);
    if (kd_node_type (feed->node) == KD_TYPE_INT32) {
      for (size_t k = 0; k < kd_array_count (feed->array); k++)
        kd_node_ints (feed->node)[k] = (int32_t) kd_array_get (feed->array, k);
      continue;
    }
    note_bad_numbers (run, feed->array);
    KdShape shape = kd_node_shape (feed->node);
    shape.n = (int) feed->array->dims[0];
    kd_array_to_values (feed->array, shape, kd_node_value (feed->node));
  }
}

/* ---- running --------------------------------------------------------------------------------------- */

static void
compile (Run *run)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  g_autoptr (GPtrArray) keeps = g_ptr_array_new ();
  for (int i = 0; i < out->n_probes; i++)
    g_ptr_array_add (keeps, out->probes[i]->node);
  for (int i = 0; i < out->n_terms; i++) {
    g_ptr_array_add (keeps, out->terms[i].value);
    if (out->terms[i].placeless)
      g_ptr_array_add (keeps, out->terms[i].placeless);
  }
  for (int i = 0; i < out->n_warnings; i++)
    g_ptr_array_add (keeps, out->warnings[i].when);
  for (int l = 0; l < run->dump->n_levels; l++)
    if (out->loss_density[l])
      g_ptr_array_add (keeps, out->loss_density[l]);

  const KdCompile what = {
    .roots = &out->total,
    .n_roots = out->total ? 1 : 0,
    .keeps = (KdNode *const *) keeps->pdata,
    .n_keeps = (int) keeps->len,
    .param_gradients = KD_PARAM_GRADIENTS_SHARED,
  };
  kd_graph_compile (run->graph, run->pool, &what);
}

static void
evaluate (Run *run, const KdKnobs *knobs)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  kd_params_layout (run->params);
  kd_params_init (run->params, INITIAL_VALUES_SEED);
  kd_built_load_given (run->built);
  kd_built_set_knobs (run->built, knobs, -1);
  fill_inputs (run);
  kd_graph_forward (run->graph, NULL);
  kd_params_zero_gradients (run->params);
  if (out->total)
    kd_graph_backward (run->graph, out->total, NULL, 0);
}

/* ---- outputs ----------------------------------------------------------------------------------------- */

/* The number of rows that count in a node's value. */
static KdShape
live_shape (const KdNode *node)
{
  KdShape shape = kd_node_shape (node);
  shape.n = kd_node_live_rows (node);
  return shape;
}

/* A relation of live rows to live rows, cut out of its capacity. */
static KdArray *
square_array (const char *name, const KdNode *node)
{
  const int capacity = kd_node_shape (node).c, live = kd_node_live_rows (node);
  const KdShape shape = kd_shape (live, live, 1, 1);
  g_autofree kd_real *values = g_new (kd_real, kd_shape_count (shape) + 1);
  for (int i = 0; i < live; i++)
    memcpy (values + (size_t) i * (size_t) live,
            kd_node_value (node) + (size_t) i * (size_t) capacity,
            (size_t) live * sizeof (kd_real));
  return kd_array_from_values (name, shape, KD_AXES_NC, values);
}

static KdArray *
index_array (const char *name, const KdNode *node, KdAxes axes)
{
  const KdShape shape = live_shape (node);
  const int64_t dims[] = { shape.n, shape.c };
  g_assert (shape.h == 1 && shape.w == 1 && (axes == KD_AXIS_N || axes == KD_AXES_NC));
  KdArray *array = kd_array_new (name, KD_DTYPE_I64, axes == KD_AXIS_N ? 1 : 2, dims);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((int64_t *) array->data)[i] = kd_node_ints (node)[i];
  return array;
}

static KdArray *
probe_array (const char *name, const KdProbe *probe)
{
  if (kd_node_type (probe->node) == KD_TYPE_INT32)
    return index_array (name, probe->node, probe->axes);
  if (probe->square)
    return square_array (name, probe->node);
  return kd_array_from_values (name, live_shape (probe->node), probe->axes,
                               kd_node_value (probe->node));
}

static void
put_scalar (KdArrays *outputs, const char *name, double value)
{
  KdArray *array = kd_array_new (name, KD_DTYPE_F64, 0, NULL);
  *(double *) array->data = value;
  kd_arrays_add (outputs, array);
}

static void
put_losses (const Run *run, KdArrays *outputs)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  for (int i = 0; i < out->n_terms; i++) {
    g_autofree char *name = g_strdup_printf ("loss.%s", out->terms[i].id);
    put_scalar (outputs, name, kd_node_scalar (out->terms[i].value));
  }
  put_scalar (outputs, "loss.total", out->total ? kd_node_scalar (out->total) : 0);
}

/* Pictures are drawn in single precision; what is not stored so in the outputs is copied. */
static void
add_picture (Inspection *self, const KdProbeInfo *info, KdArray *array)
{
  g_array_append_val (self->probes, *info);
  if (array->dtype == KD_DTYPE_F32) {
    g_ptr_array_add (self->pictures, array);
    return;
  }
  KdArray *picture = kd_array_new (array->name, KD_DTYPE_F32, array->rank, array->dims);
  for (size_t i = 0; i < kd_array_count (array); i++)
    ((float *) picture->data)[i] = (float) kd_array_get (array, i);
  g_ptr_array_add (self->owned, picture);
  g_ptr_array_add (self->pictures, picture);
}

/* Takes @array into the outputs, or keeps it for the screen only. */
static void
put_map (Inspection *self, const KdProbeInfo *info, KdArray *array, bool in_dump)
{
  if (in_dump)
    kd_arrays_add (self->inspection.outputs, array);
  else
    g_ptr_array_add (self->owned, array);
  add_picture (self, info, array);
}

/* Pixels of the image per cell of a level. */
static int
level_stride (const Run *run, int level)
{
  if (level < 0)
    return 0;
  if (run->dump->strides[level] > 0)
    return run->dump->strides[level];
  const KdNode *feature = run->inputs.feature[KD_TEACHER][level];
  const int width = feature ? kd_node_shape (feature).w : 0;
  return width ? (run->dump->image.width + width - 1) / width : 0;
}

static KdProbeInfo
describe (const Run *run, const Inspection *self, const KdProbe *probe)
{
  const bool is_map = probe->kind == KD_PROBE_MAP || probe->kind == KD_PROBE_FEATURE;
  return (KdProbeInfo){
    .id = (int) self->probes->len,
    .run = 0,
    .name = probe->name,
    .title = probe->title,
    .help = probe->help,
    .group = probe->group,
    .unit = probe->unit,
    .kind = probe->kind,
    .style = probe->style,
    .level = probe->level,
    .stride = is_map ? level_stride (run, probe->level) : 0,
  };
}

static char *
map_name (const KdProbe *probe)
{
  const char *prefix = probe->bare ? "" : "map.";
  return probe->level < 0 ? g_strconcat (prefix, probe->name, NULL)
                          : g_strdup_printf ("%s%s.%d", prefix, probe->name, probe->level);
}

static void
put_probes (const Run *run, Inspection *self)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  for (int i = 0; i < out->n_probes; i++) {
    const KdProbe *probe = out->probes[i];
    g_autofree char *name = map_name (probe);
    const KdProbeInfo info = describe (run, self, probe);
    put_map (self, &info, probe_array (name, probe), probe->in_dump);
  }
}

/* ---- the pictures that every method has ----------------------------------------------------------- */

static char *
density_help (const Run *run)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  g_autoptr (GString) rest = g_string_new (NULL);
  for (int i = 0; i < out->n_terms; i++) {
    const double value = out->terms[i].placeless ? kd_node_scalar (out->terms[i].placeless) : 0;
    if (value != 0)
      g_string_append_printf (rest, "%s %s %.4g", rest->len ? "," : "", out->terms[i].id, value);
  }
  return g_strdup_printf ("each cell's share of the loss%s%s",
                          rest->len ? "; without a place:" : "", rest->str);
}

static const KdProbe common_probes[] = {
  { .name = "loss_density", .title = "Loss density", .kind = KD_PROBE_MAP, .unit = "" },
  { .name = "pull",
    .title = "Pull",
    .help = "length of the loss's gradient at the student's feature: how hard each cell is pulled",
    .kind = KD_PROBE_MAP,
    .unit = "" },
  { .name = "teacher_feat",
    .title = "Teacher",
    .help = "the teacher's feature",
    .kind = KD_PROBE_FEATURE,
    .group = "feature",
    .unit = "" },
  { .name = "student_feat",
    .title = "Student",
    .help = "the student's feature, before any adapter",
    .kind = KD_PROBE_FEATURE,
    .group = "feature",
    .unit = "" },
};
enum { LOSS_DENSITY, PULL, FEATURES };

static void
put_density (const Run *run, Inspection *self, int level, KdShape cells)
{
  const KdNode *node = kd_built_outputs (run->built)->loss_density[level];
  g_autofree kd_real *nothing = node ? NULL : g_new0 (kd_real, kd_shape_count (cells));
  g_autofree char *name = g_strdup_printf ("map.loss_density.%d", level);
  KdProbe probe = common_probes[LOSS_DENSITY];
  probe.level = level;
  probe.help = self->density_help;
  const KdProbeInfo info = describe (run, self, &probe);
  const kd_real *values = node ? kd_node_value (node) : nothing;
  put_map (self, &info, kd_array_from_values (name, cells, KD_AXES_NHW, values), true);
}

static void
put_pull (const Run *run, Inspection *self, int level, KdShape cells)
{
  const KdNode *feature = run->inputs.feature[KD_STUDENT][level];
  const int C = kd_node_shape (feature).c;
  const kd_real *gradient = kd_node_gradient (feature);
  g_autofree kd_real *norm = g_new0 (kd_real, kd_shape_count (cells));
  for (size_t i = 0; gradient && i < kd_shape_count (cells); i++) {
    double sum = 0;
    for (int c = 0; c < C; c++) {
      const double d = (double) gradient[i * (size_t) C + (size_t) c];
      sum += d * d;
    }
    norm[i] = (kd_real) sqrt (sum);
  }
  g_autofree char *name = g_strdup_printf ("map.pull.%d", level);
  KdProbe probe = common_probes[PULL];
  probe.level = level;
  const KdProbeInfo info = describe (run, self, &probe);
  put_map (self, &info, kd_array_from_values (name, cells, KD_AXES_NHW, norm), true);
}

static void
put_features (const Run *run, Inspection *self, int level)
{
  for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
    const KdNode *feature = run->inputs.feature[side][level];
    if (!feature)
      continue;
    KdProbe probe = common_probes[FEATURES + side];
    probe.level = level;
    KdProbeInfo info = describe (run, self, &probe);
    info.run = side == KD_TEACHER ? -1 : 0;
    KdArray *array = kd_array_from_values (probe.name, kd_node_shape (feature), KD_AXES_NCHW,
                                           kd_node_value (feature));
    put_map (self, &info, array, false);
  }
}

static void
put_common (const Run *run, Inspection *self)
{
  self->density_help = density_help (run);
  for (int l = 0; l < run->dump->n_levels; l++) {
    put_features (run, self, l);
    if (!run->inputs.feature[KD_STUDENT][l])
      continue;
    KdShape cells = kd_node_shape (run->inputs.feature[KD_STUDENT][l]);
    cells.c = 1;
    put_density (run, self, l, cells);
    put_pull (run, self, l, cells);
  }
}

/* ---- gradients --------------------------------------------------------------------------------------- */

static bool
all_zero (const kd_real *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (values[i] != 0)
      return false;
  return true;
}

/* A missing gradient means zero; the features' are always written. */
static void
put_gradients (const Run *run, KdArrays *outputs)
{
  for (guint i = 0; i < run->feeds->len; i++) {
    const Feed *feed = &g_array_index (run->feeds, Feed, i);
    const kd_real *gradient = feed->student ? kd_node_gradient (feed->node) : NULL;
    const KdShape shape = live_shape (feed->node);
    const bool is_feature = g_str_has_prefix (feed->array->name, "student_feat.");
    if (!gradient || (!is_feature && all_zero (gradient, kd_shape_count (shape))))
      continue;
    g_autofree char *name = g_strconcat ("grad.", feed->array->name, NULL);
    kd_arrays_add (outputs, kd_array_from_values (name, shape, feed->axes, gradient));
  }
  for (int i = 0; i < kd_params_count (run->params); i++) {
    const KdParam *param = kd_params_at (run->params, i);
    if (param->flags & KD_PARAM_FROZEN)
      continue;
    g_autofree char *name = g_strconcat ("grad.", param->name, NULL);
    kd_arrays_add (outputs,
                   kd_array_from_values (name, param->shape, param->axes, param->gradient));
  }
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static KdInspection *
collect (Run *run)
{
  const KdBuiltOutputs *out = kd_built_outputs (run->built);
  Inspection *self = g_new0 (Inspection, 1);
  self->pictures = g_ptr_array_new ();
  self->owned = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_array_free);
  self->probes = g_array_new (FALSE, FALSE, sizeof (KdProbeInfo));
  self->inspection.outputs = kd_arrays_new ();
  self->inspection.untrained = out->untrained;
  self->inspection.placeless = out->placeless ? kd_node_scalar (out->placeless) : 0;

  put_losses (run, self->inspection.outputs);
  put_probes (run, self);
  put_common (run, self);
  put_gradients (run, self->inspection.outputs);

  if (out->note)
    add_note (run, out->note);
  for (int i = 0; i < out->n_warnings; i++)
    if (kd_node_scalar (out->warnings[i].when) != 0)
      add_note (run, out->warnings[i].text);
  self->inspection.note = run->note->len ? g_strdup (run->note->str) : NULL;
  self->inspection.probes = (KdProbeInfo *) (void *) self->probes->data;
  self->inspection.n_probes = (int) self->probes->len;
  return &self->inspection;
}

KdInspection *
kd_inspect (const KdDump *dump, const KdKnobs *knobs, int threads, GError **error)
{
  Run run = {
    .dump = dump,
    .graph = kd_graph_new ("inspect"),
    .params = kd_params_new (),
    .pool = kd_pool_new (threads > 0 ? threads : (int) g_get_num_processors ()),
    .feeds = g_array_new (FALSE, FALSE, sizeof (Feed)),
    .note = g_string_new (NULL),
  };
  bind_inputs (&run);
  const KdBuild build = {
    .method = kd_knobs_method (knobs),
    .inputs = &run.inputs,
    .knobs = knobs,
    .params = run.params,
    .given = dump->arrays,
  };
  KdInspection *inspection = NULL;
  run.built = kd_method_build (run.graph, &build, error);
  if (run.built) {
    compile (&run);
    evaluate (&run, knobs);
    inspection = collect (&run);
  }

  kd_built_free (run.built);
  kd_graph_free (run.graph);
  kd_params_free (run.params);
  kd_pool_free (run.pool);
  g_array_unref (run.feeds);
  g_string_free (run.note, TRUE);
  return inspection;
}

void
kd_inspection_free (KdInspection *inspection)
{
  if (!inspection)
    return;
  Inspection *self = (Inspection *) inspection;
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->owned);
  g_array_unref (self->probes);
  g_free (self->density_help);
  g_free (inspection->note);
  kd_arrays_free (inspection->outputs);
  g_free (self);
}

/* Dimension @i counted from the last one, 1 where the array has none. */
static int
size_from_end (const KdArray *array, int i)
{
  return i < array->rank ? (int) array->dims[array->rank - 1 - i] : 1;
}

bool
kd_inspection_map (const KdInspection *inspection, int index, int image, KdMap *map)
{
  const Inspection *self = (const Inspection *) inspection;
  if (index < 0 || index >= inspection->n_probes || image < 0)
    return false;
  const KdArray *array = g_ptr_array_index (self->pictures, (guint) index);
  const KdProbeKind kind = inspection->probes[index].kind;
  *map = (KdMap){ .channels = 1, .height = 1, .width = 1 };
  /* Lists, boxes and matrices of the whole batch are one picture; the rest has one an image. */
  const bool whole_batch = kind == KD_PROBE_LIST || kind == KD_PROBE_BOXES ||
                           (kind == KD_PROBE_MATRIX && array->rank < 3);
  if (whole_batch) {
    map->height = (int) array->dims[0];
    map->width = array->rank > 1 ? (int) array->dims[1] : 1;
    image = 0;
  } else {
    if (image >= array->dims[0])
      return false;
    if (kind == KD_PROBE_VECTOR) {
      map->channels = (int) array->dims[1];
    } else {
      map->width = size_from_end (array, 0);
      map->height = size_from_end (array, 1);
      map->channels = kind == KD_PROBE_FEATURE ? size_from_end (array, 2) : 1;
    }
  }
  map->stride_x = 1;
  map->stride_y = (size_t) map->width;
  map->stride_c = (size_t) map->width * (size_t) map->height;
  map->data = (const float *) array->data + (size_t) image * map->stride_c * (size_t) map->channels;
  return true;
}
