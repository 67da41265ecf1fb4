/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <stdlib.h>
#include <string.h>

/* From a built graph to one that runs: what lives, who needs a gradient, where everything lies. */

void
kd_graph_mark_wanted (
    KdGraph *g, KdNode *const *roots, int n_roots, KdNode *const *keeps, int n_keeps)
{
  for (int i = 0; i < kd_graph_size (g); i++)
    g->plans[i].wanted = false;
  for (int i = 0; i < n_roots; i++)
    g->plans[roots[i]->index].wanted = true;
  for (int i = 0; i < n_keeps; i++)
    g->plans[keeps[i]->index].wanted = true;
  for (int i = kd_graph_size (g) - 1; i >= 0; i--) {
    const KdNode *node = kd_graph_node (g, i);
    for (int k = 0; k < node->n_inputs && g->plans[i].wanted; k++)
      g->plans[node->inputs[k]->index].wanted = true;
  }
}

static void
mark_live (KdGraph *g)
{
  kd_graph_mark_wanted (g, g->roots, g->n_roots, g->keeps, g->n_keeps);
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    g->plans[i].live = g->plans[i].wanted;
    if (node->op == &kd_op_host_output)
      g->plans[i].live = g->plans[node->inputs[0]->index].live;
    g->stats.n_live += g->plans[i].live;
  }
}

static bool
any_input_needs_gradient (const KdNode *node)
{
  for (int i = 0; i < node->n_inputs; i++) {
    if (node->inputs[i]->needs_gradient)
      return true;
  }
  return false;
}

static bool
is_trained (const KdGraph *g, const KdNode *node)
{
  return node->param && g->param_gradients == KD_PARAM_GRADIENTS_SHARED &&
         !(node->param->flags & KD_PARAM_FROZEN);
}

bool
kd_graph_owns_gradient (const KdGraph *g, const KdNode *node)
{
  return node->gradient && !node->alias && !is_trained (g, node);
}

/* Only what a root depends on: a node that is merely kept has a value and no gradient. What is asked for by name has one
 * in any case, zero where no root depends on it. */
static void
mark_gradients (KdGraph *g)
{
  kd_graph_mark_wanted (g, g->roots, g->n_roots, NULL, 0);
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    const bool flows = node->op && node->op->backward && any_input_needs_gradient (node);
    node->needs_gradient =
        node->wants_gradient ||
        (g->plans[i].wanted && node->type == KD_TYPE_REAL && (flows || is_trained (g, node)));
    g->plans[i].needs_gradient = node->needs_gradient;
  }
}

/* The next 64-byte aligned place of a growing block. */
static size_t
place (size_t *total, size_t bytes)
{
  const size_t offset = *total;
  *total += (bytes + 63) / 64 * 64;
  return offset;
}

/* Nothing reads a value again but the nodes built on it: no backward pass, no host node that writes for others. */
static bool
runs_only_forward (const KdGraph *g)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    if (node->op == &kd_op_host || node->op == &kd_op_host_output || node->live_rows)
      return false;
  }
  return g->n_roots == 0;
}

static void
lay_out_values (KdGraph *g)
{
  size_t total = 0;
  const bool shared = runs_only_forward (g);
  g_autofree size_t *value_at = g_new0 (size_t, g->nodes->len + 1);
  g_autofree size_t *cache_at = g_new0 (size_t, g->nodes->len + 1);
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    const size_t element = node->type == KD_TYPE_REAL ? sizeof (kd_real) : sizeof (int32_t);
    if (!node->op && node->value)
      g->stats.value_bytes += kd_shape_count (node->shape) * element;
    if (!g->plans[i].live || !node->op)
      continue;
    if (!node->alias && !shared)
      value_at[i] = place (&total, kd_shape_count (node->shape) * element);
    cache_at[i] = place (&total, g->plans[i].needs.cache);
  }
  if (shared) {
    const size_t values = kd_graph_plan_lifetimes (g, value_at);
    for (int i = 0; i < kd_graph_size (g); i++)
      value_at[i] += total;
    total += values;
  }

  g->values = kd_aligned_zeros (total);
  g->stats.value_bytes += total;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    if (!g->plans[i].live)
      continue;
    if (node->param) {
      node->value = node->param->value;
    } else if (node->alias) {
      node->value = node->alias->value;
      node->ints = node->alias->ints;
    } else if (node->op) {
      void *memory = (char *) g->values + value_at[i];
      node->value = node->type == KD_TYPE_REAL ? memory : NULL;
      node->ints = node->type == KD_TYPE_INT32 ? memory : NULL;
    }
    if (g->plans[i].needs.cache)
      node->cache = (char *) g->values + cache_at[i];
  }
}

/* Those that nobody reads after a pass. */
static void
mark_transients (KdGraph *g)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    g->plans[i].transient =
        g->arena && node->op && node->needs_gradient && !node->alias && !node->wants_gradient;
  }
  for (int i = 0; i < kd_graph_size (g); i++) {
    if (kd_graph_node (g, i)->wants_gradient)
      g->plans[kd_node_owner (kd_graph_node (g, i))->index].transient = false;
  }
  for (int i = 0; i < g->n_roots; i++)
    g->plans[kd_node_owner (g->roots[i])->index].transient = false;
}

static void
lay_out_slot (KdGraph *g, size_t workspace)
{
  const size_t slot = MAX (workspace, kd_graph_plan_way_back (g, false));
  kd_arena_reserve (g->arena, slot, MAX (workspace, kd_graph_plan_way_back (g, true)));
  g->stats.slot_bytes = slot;
}

static void
lay_out_gradients (KdGraph *g)
{
  size_t total = 0;
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    if (node->needs_gradient && !node->alias && !is_trained (g, node) && !g->plans[i].transient)
      g->plans[i].gradient_offset =
          place (&total, kd_shape_count (node->shape) * sizeof (kd_real)) / sizeof (kd_real);
  }
  g->gradients = kd_aligned_zeros (total);
  g->gradient_count = total / sizeof (kd_real);
  g->stats.gradient_bytes = total;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    if (!node->needs_gradient)
      continue;
    if (is_trained (g, node))
      node->gradient = node->param->gradient;
    else if (node->alias)
      node->gradient = node->alias->gradient;
    else if (!g->plans[i].transient)
      node->gradient = g->gradients + g->plans[i].gradient_offset;
  }
}

/* Returns the bytes of the workspace. */
static size_t
ask_needs (KdGraph *g)
{
  size_t workspace = 0, scratch = 0;
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    KdNodePlan *plan = &g->plans[i];
    if (!plan->live || !node->op || !node->op->needs)
      continue;
    plan->needs = node->op->needs (node);
    workspace = MAX (workspace, plan->needs.workspace);
    scratch = MAX (scratch, plan->needs.scratch);
    g->stats.forward_flop += plan->needs.forward_flop;
    if (node->needs_gradient)
      g->stats.backward_flop += plan->needs.backward_flop;
  }
  kd_pool_reserve_scratch (g->pool, scratch);
  return workspace;
}

static void
lay_out_workspace (KdGraph *g, size_t workspace)
{
  g->workspace = kd_aligned_zeros (workspace);
  g->stats.workspace_bytes = workspace;
  for (int i = 0; i < kd_graph_size (g); i++)
    kd_graph_node (g, i)->workspace = g->workspace;
}

static int
compare_op_times (const void *a, const void *b)
{
  const KdOpTime *left = a, *right = b;
  return strcmp (left->op, right->op);
}

static int
find_op_time (const KdGraph *g, const char *op)
{
  for (int i = 0; i < g->n_op_times; i++) {
    if (strcmp (g->op_times[i].op, op) == 0)
      return i;
  }
  return -1;
}

/* One clock for each kind of op, sorted by name. */
static void
make_op_times (KdGraph *g)
{
  g->op_times = g_new0 (KdOpTime, g->nodes->len + 1);
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    if (g->plans[i].live && node->op && find_op_time (g, node->op->name) < 0)
      g->op_times[g->n_op_times++].op = node->op->name;
  }
  qsort (g->op_times, (size_t) g->n_op_times, sizeof *g->op_times, compare_op_times);
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    g->plans[i].op_time = node->op ? find_op_time (g, node->op->name) : -1;
  }
}

static void
lay_out_params (KdGraph *g)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    if (kd_graph_node (g, i)->params)
      kd_params_layout (kd_graph_node (g, i)->params);
  }
}

void
kd_graph_compile (KdGraph *g, KdPool *pool, const KdCompile *what)
{
  g_assert (!g->compiled && pool);
  g->compiled = true;
  g->pool = pool;
  g->arena = what->arena;
  g->param_gradients = what->param_gradients;
  g->roots = g_memdup2 (what->roots, sizeof (KdNode *) * (size_t) what->n_roots);
  g->n_roots = what->n_roots;
  g->keeps = g_memdup2 (what->keeps, sizeof (KdNode *) * (size_t) what->n_keeps);
  g->n_keeps = what->n_keeps;
  for (int i = 0; i < g->n_roots; i++) {
    if (kd_shape_count (g->roots[i]->shape) != 1)
      kd_build_error ("compile", &g->roots[i], 1, "a root must be a scalar");
  }
  g->plans = g_new0 (KdNodePlan, g->nodes->len + 1);
  g->stats.n_nodes = kd_graph_size (g);

  mark_live (g);
  mark_gradients (g);
  lay_out_params (g);
  kd_chains_plan (g);
  const size_t workspace = ask_needs (g);
  lay_out_values (g);
  mark_transients (g);
  lay_out_gradients (g);
  if (g->arena)
    lay_out_slot (g, workspace);
  else
    lay_out_workspace (g, workspace);
  make_op_times (g);
  kd_graph_set_wanted (g, g->roots, g->n_roots, g->keeps, g->n_keeps);
}

KdGraphStats
kd_graph_stats (const KdGraph *g)
{
  return g->stats;
}
