/* SPDX-License-Identifier: MIT */
#include "engine/session/dump-inputs.h"

#include <math.h>
#include <string.h>

/* What is being bound. */
typedef struct {
  const KdDump *dump;
  KdGraph *graph;
  KdDumpInputs *inputs;
} Binding;

static const char *const side_names[] = { [KD_TEACHER] = "teacher", [KD_STUDENT] = "student" };

static void
add_feed (Binding *binding, KdNode *node, const KdArray *array, KdAxes axes, bool student)
{
  const KdDumpFeed feed = { node, array, axes, student, axes == KD_AXES_NCHW };
  g_array_append_val (binding->inputs->feeds, feed);
  if (student)
    kd_node_want_gradient (node);
}

/* Input [N,C,H,W]; NULL if the dump has no such array. */
static KdNode *
bind_maps (Binding *binding, const char *name, bool student)
{
  const KdArray *array = kd_arrays_find (binding->dump->arrays, name);
  if (!array)
    return NULL;
  g_assert (array->rank == 4);
  const KdShape shape = kd_shape ((int) array->dims[0], (int) array->dims[1], (int) array->dims[2],
                                  (int) array->dims[3]);
  KdNode *node = kd_input_bound (binding->graph, name, shape);
  add_feed (binding, node, array, KD_AXES_NCHW, student);
  return node;
}

static KdNode *
bind_side (Binding *binding, KdSide side, const char *what, int level)
{
  g_autofree char *name = g_strdup_printf ("%s_%s.%d", side_names[side], what, level);
  return bind_maps (binding, name, side == KD_STUDENT);
}

/* Input of rows [R] or [R,C], as many live as the array has: there may be none. */
static KdNode *
bind_rows (Binding *binding, const char *name, KdType type, bool student)
{
  const KdArray *array = kd_arrays_find (binding->dump->arrays, name);
  if (!array)
    return NULL;
  const int rows = (int) array->dims[0], columns = array->rank == 2 ? (int) array->dims[1] : 1;
  KdNode *node = kd_input (binding->graph, name, kd_shape (MAX (rows, 1), columns, 1, 1), type);
  kd_node_set_live_rows (node, rows);
  add_feed (binding, node, array, array->rank == 2 ? KD_AXES_NC : KD_AXIS_N, student);
  return node;
}

void
kd_dump_inputs_init (KdDumpInputs *inputs, const KdDump *dump, KdGraph *graph)
{
  *inputs = (KdDumpInputs){ .feeds = g_array_new (FALSE, FALSE, sizeof (KdDumpFeed)) };
  Binding bound = { dump, graph, inputs }, *binding = &bound;
  KdMethodInputs *in = &inputs->inputs;
  in->n_images = dump->n_images;
  in->n_levels = dump->n_levels;
  in->image = dump->image;
  in->n_classes = dump->n_classes;
  memcpy (in->strides, dump->strides, sizeof in->strides);
  for (int l = 0; l < dump->n_levels; l++) {
    for (int side = KD_TEACHER; side <= KD_STUDENT; side++) {
      in->feature[side][l] = bind_side (binding, (KdSide) side, "feat", l);
      in->cls[side][l] = bind_side (binding, (KdSide) side, "cls", l);
      in->reg[side][l] = bind_side (binding, (KdSide) side, "reg", l);
      in->clsfeat[side][l] = bind_side (binding, (KdSide) side, "clsfeat", l);
      in->regfeat[side][l] = bind_side (binding, (KdSide) side, "regfeat", l);
    }
    g_autofree char *anchors = g_strdup_printf ("anchors.%d", l);
    g_autofree char *task = g_strdup_printf ("task_grad.%d", l);
    in->anchors[l] = bind_rows (binding, anchors, KD_TYPE_REAL, false);
    in->task_gradient[l] = bind_maps (binding, task, false);
  }
  in->targets.boxes = bind_rows (binding, "gt_boxes", KD_TYPE_REAL, false);
  in->targets.labels = bind_rows (binding, "gt_labels", KD_TYPE_INT32, false);
  in->targets.images = bind_rows (binding, "gt_image", KD_TYPE_INT32, false);
  in->proposals = bind_rows (binding, "proposals", KD_TYPE_REAL, false);
  in->proposal_image = bind_rows (binding, "proposal_image", KD_TYPE_INT32, false);
  in->roi_cls[KD_TEACHER] = bind_rows (binding, "teacher_roi_cls", KD_TYPE_REAL, false);
  in->roi_cls[KD_STUDENT] = bind_rows (binding, "student_roi_cls", KD_TYPE_REAL, true);
  in->roi_reg[KD_TEACHER] = bind_rows (binding, "teacher_roi_reg", KD_TYPE_REAL, false);
  in->roi_reg[KD_STUDENT] = bind_rows (binding, "student_roi_reg", KD_TYPE_REAL, true);
}

void
kd_dump_inputs_clear (KdDumpInputs *inputs)
{
  g_clear_pointer (&inputs->feeds, g_array_unref);
}

static void
note_bad_numbers (const KdArray *array, size_t n_bad, GString *note)
{
  if (n_bad)
    g_string_append_printf (note, "%s%s holds %zu %s not finite", note->len ? "; " : "",
                            array->name, n_bad, n_bad == 1 ? "number that is" : "numbers that are");
}

/* Returns how many are not finite. */
static size_t
fill_rows (const KdDumpFeed *feed)
{
  size_t n_bad = 0;
  KdShape shape = kd_node_shape (feed->node);
  shape.n = (int) feed->array->dims[0];
  kd_array_to_values (feed->array, shape, kd_node_value (feed->node));
  for (size_t i = 0; i < kd_shape_count (shape); i++)
    n_bad += !isfinite (kd_node_value (feed->node)[i]);
  return n_bad;
}

static void
fill_integers (const KdDumpFeed *feed)
{
  for (size_t k = 0; k < kd_array_count (feed->array); k++)
    kd_node_ints (feed->node)[k] = (int32_t) kd_array_get (feed->array, k);
}

static void
lay_out (const KdDumpInputs *inputs, KdDumpValues *values)
{
  g_autoptr (GPtrArray) maps = g_ptr_array_new ();
  for (guint i = 0; i < inputs->feeds->len; i++) {
    const KdDumpFeed *feed = &g_array_index (inputs->feeds, KdDumpFeed, i);
    if (feed->bound)
      g_ptr_array_add (maps, (gpointer) feed->array);
  }
  kd_dump_values_lay_out (values, maps);
}

char *
kd_dump_inputs_fill (const KdDumpInputs *inputs, KdDumpValues *values)
{
  GString *note = g_string_new (NULL);
  lay_out (inputs, values);
  for (guint i = 0; i < inputs->feeds->len; i++) {
    const KdDumpFeed *feed = &g_array_index (inputs->feeds, KdDumpFeed, i);
    size_t n_bad = 0;
    if (feed->bound)
      kd_node_bind (feed->node, kd_dump_values_get (values, feed->array, &n_bad));
    else if (kd_node_type (feed->node) == KD_TYPE_INT32)
      fill_integers (feed);
    else
      n_bad = fill_rows (feed);
    note_bad_numbers (feed->array, n_bad, note);
  }
  return g_string_free (note, note->len == 0);
}
