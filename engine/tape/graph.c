/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"
#include "engine/tape/params.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Building a graph: nodes, their names, leaves. Compile and run are files of their own. */

/* A large block, such as that of a dump's graph, is asked for in large pages: a tenth of the page faults' time. */
#define LARGE_BYTES ((size_t) 64 << 20)
#define LARGE_PAGE ((size_t) 2 << 20)

void *
kd_aligned_zeros (size_t bytes)
{
  const size_t unit = bytes < LARGE_BYTES ? 64 : LARGE_PAGE;
  const size_t rounded = MAX ((bytes + unit - 1) / unit, 1) * unit;
  void *memory = aligned_alloc (unit, rounded);
  if (!memory)
    g_error ("out of memory: %zu bytes", rounded);
  if (unit == LARGE_PAGE)
    madvise (memory, rounded, MADV_HUGEPAGE); /* where it cannot be had, small ones do */
  return memset (memory, 0, rounded);
}

void *
kd_graph_allocate (KdGraph *g, size_t bytes)
{
  void *memory = kd_aligned_zeros (bytes);
  g_ptr_array_add (g->allocations, memory);
  return memory;
}

static void
node_free (void *data)
{
  KdNode *node = data;
  g_free (node->name);
  g_free (node->inputs);
  g_free (node);
}

KdGraph *
kd_graph_new (const char *name)
{
  KdGraph *g = g_new0 (KdGraph, 1);
  g->name = g_strdup (name);
  g->prefix = g_strdup ("");
  g->nodes = g_ptr_array_new_with_free_func (node_free);
  g->allocations = g_ptr_array_new_with_free_func (free);
  return g;
}

void
kd_graph_free (KdGraph *graph)
{
  if (!graph)
    return;
  g_ptr_array_unref (graph->nodes);
  g_ptr_array_unref (graph->allocations);
  g_free (graph->plans);
  g_free (graph->roots);
  g_free (graph->keeps);
  g_free (graph->op_times);
  free (graph->values);
  free (graph->gradients);
  free (graph->workspace);
  g_free (graph->prefix);
  g_free (graph->name);
  g_free (graph);
}

void
kd_graph_set_phase (KdGraph *graph, KdPhase phase)
{
  graph->phase = phase;
}

void
kd_graph_set_prefix (KdGraph *graph, const char *prefix)
{
  char *copy = g_strdup (prefix);
  g_free (graph->prefix);
  graph->prefix = copy;
}

const char *
kd_graph_prefix (const KdGraph *graph)
{
  return graph->prefix;
}

void
kd_build_error (const char *op, KdNode *const *nodes, int n_nodes, const char *why)
{
  GString *text = g_string_new (op);
  for (int i = 0; i < n_nodes; i++) {
    g_autofree char *shape = nodes[i] ? kd_shape_to_string (nodes[i]->shape, KD_AXES_NCHW) : NULL;
    g_string_append_printf (text, "%s%s %s",
                            i == 0             ? ": "
                            : i == n_nodes - 1 ? " and "
                                               : ", ",
                            nodes[i] ? nodes[i]->name : "(none)", shape ? shape : "");
  }
  g_error ("%s: %s", text->str, why);
}

/* ---- nodes ------------------------------------------------------------------------------------- */

/* The first input with a live count and as many rows passes it on; ops that mean otherwise say so after. */
static int *
inherited_live_rows (const KdNode *node)
{
  for (int i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i]->live_rows && node->inputs[i]->shape.n == node->shape.n)
      return node->inputs[i]->live_rows;
  }
  return NULL;
}

KdNode *
kd_node_new (KdGraph *g,
             const KdOp *op,
             KdShape shape,
             KdType type,
             KdNode *const *inputs,
             int n_inputs,
             size_t attributes_size)
{
  if (g->compiled)
    g_error ("%s: a node was built after the graph \"%s\" was compiled", op ? op->name : "leaf",
             g->name);
  for (int i = 0; i < n_inputs; i++) {
    if (!inputs[i] || inputs[i]->graph != g)
      kd_build_error (op->name, inputs, n_inputs, "an input is missing or of another graph");
  }
  if (shape.n < 1 || shape.c < 1 || shape.h < 1 || shape.w < 1)
    kd_build_error (op ? op->name : "leaf", inputs, n_inputs, "the result would be empty");

  KdNode *node = g_new0 (KdNode, 1);
  node->op = op;
  node->graph = g;
  node->index = kd_graph_size (g);
  node->shape = shape;
  node->type = type;
  node->n_inputs = n_inputs;
  if (n_inputs > 0)
    node->inputs = g_memdup2 (inputs, sizeof *inputs * (size_t) n_inputs);
  node->attributes = attributes_size ? kd_graph_allocate (g, attributes_size) : NULL;
  node->live_rows = inherited_live_rows (node);
  if (op) {
    node->name = g_strdup_printf ("%s%s.%d", g->prefix, op->name, node->index);
    node->phase = g->phase;
    for (int i = 0; i < n_inputs; i++)
      node->phase = MAX (node->phase, inputs[i]->phase);
  }
  g_ptr_array_add (g->nodes, node);
  return node;
}

/* Leaves do not run, so their phase is the first: a parameter first met in a later one holds nobody back. */
static KdNode *
leaf_new (KdGraph *g, const char *name, KdShape shape, KdType type)
{
  KdNode *node = kd_node_new (g, NULL, shape, type, NULL, 0, 0);
  node->name = g_strconcat (g->prefix, name, NULL);
  node->phase = KD_PHASE_FORWARD;
  return node;
}

KdNode *
kd_input (KdGraph *g, const char *name, KdShape shape, KdType type)
{
  KdNode *node = leaf_new (g, name, shape, type);
  void *storage =
      kd_graph_allocate (g, kd_shape_count (shape) * (type == KD_TYPE_REAL ? sizeof (kd_real) : 4));
  node->value = type == KD_TYPE_REAL ? storage : NULL;
  node->ints = type == KD_TYPE_INT32 ? storage : NULL;
  return node;
}

KdNode *
kd_input_bound (KdGraph *g, const char *name, KdShape shape)
{
  return leaf_new (g, name, shape, KD_TYPE_REAL);
}

void
kd_node_bind (KdNode *input, const kd_real *values)
{
  g_assert (!input->op && !input->param);
  /* Only reads follow: an input has no op that would write it. */
  input->value = (kd_real *) values;
  for (int i = input->index + 1; i < kd_graph_size (input->graph); i++) {
    KdNode *node = kd_graph_node (input->graph, i);
    if (node->alias && kd_node_owner (node) == input)
      node->value = input->value;
  }
}

void
kd_node_want_gradient (KdNode *input)
{
  g_assert (!input->graph->compiled && input->type == KD_TYPE_REAL);
  input->wants_gradient = true;
}

KdNode *
kd_constant (KdGraph *g, const char *name, KdShape shape, const kd_real *values)
{
  KdNode *node = kd_input (g, name, shape, KD_TYPE_REAL);
  memcpy (node->value, values, kd_shape_count (shape) * sizeof (kd_real));
  return node;
}

KdNode *
kd_scalar (KdGraph *g, const char *name, double value)
{
  const kd_real real = (kd_real) value;
  return kd_constant (g, name, KD_SCALAR_SHAPE, &real);
}

KdNode *
kd_param (KdGraph *g,
          KdParams *params,
          const char *name,
          KdShape shape,
          KdAxes axes,
          KdInit init,
          KdParamFlags flags)
{
  g_autofree char *full = g_strconcat (g->prefix, name, NULL);
  const KdParam *param = kd_params_declare (params, full, shape, axes, init, flags);
  for (int i = 0; i < kd_graph_size (g); i++) {
    if (kd_graph_node (g, i)->param == param)
      return kd_graph_node (g, i);
  }
  KdNode *node = leaf_new (g, name, shape, KD_TYPE_REAL);
  node->param = param;
  node->params = params;
  return node;
}

/* ---- live rows --------------------------------------------------------------------------------- */

static bool
is_used (const KdNode *node)
{
  for (int i = node->index + 1; i < kd_graph_size (node->graph); i++) {
    const KdNode *other = kd_graph_node (node->graph, i);
    for (int k = 0; k < other->n_inputs; k++) {
      if (other->inputs[k] == node)
        return true;
    }
  }
  return false;
}

void
kd_node_set_live_rows (KdNode *input, int live)
{
  g_assert (!input->op && live >= 0 && live <= input->shape.n);
  if (!input->live_rows) {
    /* What is built on an input takes its count over while it is built. */
    if (input->graph->compiled || is_used (input))
      g_error ("%s: set its live rows first before other nodes are built on it", input->name);
    input->live_rows = kd_graph_allocate (input->graph, sizeof (int));
  }
  *input->live_rows = live;
}

int
kd_node_live_rows (const KdNode *node)
{
  return kd_rows (node);
}

/* ---- looking at nodes -------------------------------------------------------------------------- */

const char *
kd_node_name (const KdNode *node)
{
  return node->name;
}

KdShape
kd_node_shape (const KdNode *node)
{
  return node->shape;
}

KdType
kd_node_type (const KdNode *node)
{
  return node->type;
}

KdPhase
kd_node_phase (const KdNode *node)
{
  return node->phase;
}

kd_real *
kd_node_value (const KdNode *node)
{
  return node->value;
}

int32_t *
kd_node_ints (const KdNode *node)
{
  return node->ints;
}

const kd_real *
kd_node_gradient (const KdNode *node)
{
  const KdGraph *g = node->graph;
  const bool transient = g->compiled && g->plans[kd_node_owner (node)->index].transient;
  return transient ? NULL : node->gradient;
}

double
kd_node_scalar (const KdNode *node)
{
  g_assert (kd_shape_count (node->shape) == 1 && node->value);
  return node->value[0];
}

KdGraph *
kd_node_graph (const KdNode *node)
{
  return node->graph;
}

bool
kd_node_depends_on (const KdNode *node, KdNode *const *leaves, int n_leaves)
{
  g_autofree bool *reached = g_new0 (bool, node->index + 1);
  reached[node->index] = true;
  for (int i = node->index; i >= 0; i--) {
    const KdNode *at = kd_graph_node (node->graph, i);
    for (int k = 0; k < at->n_inputs && reached[i]; k++)
      reached[at->inputs[k]->index] = true;
  }
  for (int i = 0; i < n_leaves; i++)
    if (leaves[i]->index <= node->index && reached[leaves[i]->index])
      return true;
  return false;
}
