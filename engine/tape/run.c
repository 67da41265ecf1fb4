/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <string.h>

/* Running a compiled graph. Nothing here allocates, locks or logs. */

void
kd_graph_set_wanted (
    KdGraph *g, KdNode *const *roots, int n_roots, KdNode *const *keeps, int n_keeps)
{
  g_assert (g->compiled);
  kd_graph_mark_wanted (g, roots, n_roots, keeps, n_keeps);
  for (int i = 0; i < kd_graph_size (g); i++)
    g_assert (!g->plans[i].wanted || g->plans[i].live);
}

/* ---- memory of a pass -------------------------------------------------------------------------- */

/* The nodes' pointers follow the slot, which often is the one of the pass before. */
static void
take_memory (KdGraph *g, bool back)
{
  if (!g->arena)
    return;
  const bool alone = kd_pool_width (g->pool) > 1;
  char *memory = kd_arena_take (g->arena, alone);
  if (memory == g->taken && alone == g->taken_alone && back == g->taken_back)
    return;
  g->taken = memory;
  g->taken_alone = alone;
  g->taken_back = back;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    const KdNodePlan *plan = &g->plans[i];
    node->workspace = memory + (back ? plan->workspace_at[alone] : 0);
    if (plan->transient)
      node->gradient = (kd_real *) (memory + plan->gradient_at[alone]);
    else if (node->alias && plan->needs_gradient)
      node->gradient = node->alias->gradient;
  }
}

static void
give_memory_back (KdGraph *g)
{
  if (g->arena)
    kd_arena_give_back (g->arena, g->taken, g->taken_alone);
}

/* ---- forward ----------------------------------------------------------------------------------- */

static size_t
row_count (const KdNode *node)
{
  return kd_shape_count (node->shape) / (size_t) node->shape.n;
}

/* Rows past the live count are zero for whoever reads on; ops may have left anything there. */
static void
clear_dead_rows (const KdNode *node)
{
  if (!node->live_rows || node->alias)
    return;
  const size_t row = row_count (node);
  const size_t from = row * (size_t) *node->live_rows, count = kd_shape_count (node->shape) - from;
  if (node->value)
    memset (node->value + from, 0, count * sizeof (kd_real));
  else
    memset (node->ints + from, 0, count * sizeof (int32_t));
}

static void
clear_dead_gradients (const KdNode *node)
{
  if (!node->live_rows)
    return;
  const size_t from = row_count (node) * (size_t) *node->live_rows;
  memset (node->gradient + from, 0, (kd_shape_count (node->shape) - from) * sizeof (kd_real));
}

static KdNode *
owner_of (KdNode *node)
{
  while (node->alias)
    node = node->alias;
  return node;
}

static void
run_forward (KdGraph *g, KdNode *node)
{
  const double start = g->profiling ? kd_now_s () : 0;
  node->op->forward (node, g->pool);
  clear_dead_rows (node);
  if (g->profiling) {
    const KdNodePlan *plan = &g->plans[node->index];
    KdOpTime *time = &g->op_times[plan->op_time];
    time->calls++;
    time->forward_s += kd_now_s () - start;
    time->forward_flop += plan->needs.forward_flop;
  }
}

/* Whether @node's operation may write to its input @i: nobody has, nor does another input that shares the memory. */
static bool
may_store (const KdNode *node, int i)
{
  if (!(node->op->stores >> i & 1) || node->live_rows)
    return false;
  for (int k = 0; k < node->n_inputs; k++) {
    if (k != i && kd_node_owner (node->inputs[k]) == kd_node_owner (node->inputs[i]))
      return false;
  }
  return true;
}

unsigned
kd_graph_claim_gradients (KdNode *node)
{
  unsigned fills = owner_of (node)->gradient_empty ? KD_FILL_SELF : 0;
  owner_of (node)->gradient_empty = false;
  node->stored = 0;
  for (int i = 0; i < node->n_inputs; i++) {
    KdNode *input = node->inputs[i];
    if (!input->needs_gradient)
      continue;
    if (owner_of (input)->gradient_empty && may_store (node, i))
      node->stored |= 1u << i;
    else if (owner_of (input)->gradient_empty)
      fills |= 1u << i;
    /* A detached map's memory is another node's. */
    input->gradient_empty = owner_of (input)->gradient_empty = false;
  }
  return fills;
}

void
kd_graph_zero_gradient (KdNode *node)
{
  KdNode *owner = owner_of (node);
  memset (owner->gradient, 0, kd_shape_count (owner->shape) * sizeof (kd_real));
}

/* Gradients are zeroed when somebody is about to add to them or read them, if at all: just then they are needed in the cache. */
static void
prepare_gradients (KdNode *node)
{
  const unsigned fills = kd_graph_claim_gradients (node);
  if (fills & KD_FILL_SELF)
    kd_graph_zero_gradient (node);
  for (int i = 0; i < node->n_inputs; i++) {
    if (fills >> i & 1)
      kd_graph_zero_gradient (node->inputs[i]);
  }
  clear_dead_gradients (node);
}

static void
run_backward (KdGraph *g, KdNode *node)
{
  const double start = g->profiling ? kd_now_s () : 0;
  prepare_gradients (node);
  if (g->looking)
    kd_graph_look (g, node);
  node->op->backward (node, g->pool);
  if (g->profiling) {
    const KdNodePlan *plan = &g->plans[node->index];
    KdOpTime *time = &g->op_times[plan->op_time];
    time->backward_s += kd_now_s () - start;
    time->backward_flop += plan->needs.backward_flop;
  }
}

static bool
run_phase (KdGraph *g, KdPhase phase, const atomic_bool *cancel)
{
  int last_chain = -1;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    if (!g->plans[i].wanted || !node->op || node->phase != phase)
      continue;
    const int chain = g->plans[i].chain;
    if (chain >= 0 && chain == last_chain)
      continue;
    if (cancel && atomic_load_explicit (cancel, memory_order_relaxed))
      return false;
    last_chain = chain;
    if (chain >= 0)
      kd_chain_forward (&g->chains[chain]);
    else
      run_forward (g, node);
  }
  return true;
}

bool
kd_graph_run_phase (KdGraph *g, KdPhase phase, const atomic_bool *cancel)
{
  g_assert (g->compiled);
  take_memory (g, false);
  const bool done = run_phase (g, phase, cancel);
  give_memory_back (g);
  return done;
}

bool
kd_graph_forward (KdGraph *g, const atomic_bool *cancel)
{
  /* No node's phase is before one of its inputs', so phase by phase is a topological order too. */
  for (int phase = 0; phase < KD_N_PHASES; phase++) {
    if (!kd_graph_run_phase (g, (KdPhase) phase, cancel))
      return false;
  }
  return true;
}

/* ---- backward ---------------------------------------------------------------------------------- */

static void
mark_reached (KdGraph *g, const KdNode *root, KdNode *const *stop_at, int n_stop)
{
  for (int i = 0; i < kd_graph_size (g); i++)
    g->plans[i].reached = g->plans[i].stops = false;
  for (int i = 0; i < n_stop; i++) {
    const KdNode *owner = kd_node_owner (stop_at[i]);
    g_assert (g->plans[stop_at[i]->index].needs_gradient && !owner->param);
    g_assert (!g->plans[owner->index].transient);
    g->plans[stop_at[i]->index].stops = true;
  }
  g->plans[root->index].reached = true;
  for (int i = root->index; i >= 0; i--) {
    const KdNode *node = kd_graph_node (g, i);
    for (int k = 0; k < node->n_inputs && g->plans[i].reached && !g->plans[i].stops; k++)
      g->plans[node->inputs[k]->index].reached = true;
  }
}

/* Only what lies between the root and the stops keeps its need: parameters on the way get nothing. */
static void
narrow_needs (KdGraph *g, const KdNode *root)
{
  for (int i = 0; i <= root->index; i++) {
    KdNode *node = kd_graph_node (g, i);
    bool flows = false;
    for (int k = 0; k < node->n_inputs; k++)
      flows = flows || node->inputs[k]->needs_gradient;
    node->needs_gradient = g->plans[i].stops ||
                           (g->plans[i].reached && g->plans[i].needs_gradient && node->op && flows);
  }
}

static void
restore_needs (KdGraph *g)
{
  for (int i = 0; i < kd_graph_size (g); i++)
    kd_graph_node (g, i)->needs_gradient = g->plans[i].needs_gradient;
}

/* All gradients of the graph's own, or those between the stops and the root. */
static void
empty_gradients (KdGraph *g, const KdNode *root, bool stops)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    const bool concerned = !stops || i <= root->index || g->plans[i].stops;
    if (concerned && node->needs_gradient && kd_graph_owns_gradient (g, node))
      node->gradient_empty = true;
  }
}

/* What no operation reached is zero. */
static void
fill_gradients (KdGraph *g)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *owner = owner_of (kd_graph_node (g, i));
    if (owner->gradient_empty && !g->plans[owner->index].transient)
      kd_graph_zero_gradient (owner);
    owner->gradient_empty = false;
  }
}

bool
kd_graph_goes_back (const KdGraph *g, const KdNode *node)
{
  const KdNodePlan *plan = &g->plans[node->index];
  return plan->reached && !plan->stops && node->needs_gradient && node->op && node->op->backward;
}

static void
run_back (KdGraph *g, KdNode *root, KdNode *const *stop_at, int n_stop)
{
  mark_reached (g, root, stop_at, n_stop);
  if (n_stop > 0)
    narrow_needs (g, root);
  empty_gradients (g, root, n_stop > 0);
  if (root->needs_gradient) {
    root->gradient[0] = 1;
    owner_of (root)->gradient_empty = false;
  }
  int last_chain = -1;
  for (int i = root->index; i >= 0 && root->needs_gradient; i--) {
    KdNode *node = kd_graph_node (g, i);
    const int chain = g->plans[i].chain;
    if (!kd_graph_goes_back (g, node) || (chain >= 0 && chain == last_chain))
      continue;
    last_chain = chain;
    if (chain >= 0)
      kd_chain_backward (&g->chains[chain]);
    else
      run_backward (g, node);
  }
  kd_chains_pay (g);
  fill_gradients (g);
  if (n_stop > 0)
    restore_needs (g);
}

void
kd_graph_backward (KdGraph *g, KdNode *root, KdNode *const *stop_at, int n_stop)
{
  g_assert (g->compiled && root->graph == g && kd_shape_count (root->shape) == 1);
  take_memory (g, true);
  run_back (g, root, stop_at, n_stop);
  give_memory_back (g);
  if (n_stop == 0)
    g->latest_root = root;
}

/* ---- looking at a run -------------------------------------------------------------------------- */

static bool
find_in (const KdNode *node, const kd_real *values, bool gradient, KdNonFinite *where)
{
  const KdShape s = node->shape;
  const size_t count = kd_shape_count (s);
  for (size_t i = 0; i < count; i++) {
    if (isfinite (values[i]))
      continue;
    const size_t pixel = i / (size_t) s.c, row = pixel / (size_t) s.w;
    *where = (KdNonFinite){
      .name = node->name,
      .gradient = gradient,
      .n = (int) (row / (size_t) s.h),
      .c = (int) (i % (size_t) s.c),
      .y = (int) (row % (size_t) s.h),
      .x = (int) (pixel % (size_t) s.w),
      .value = values[i],
    };
    return true;
  }
  return false;
}

void
kd_graph_look (KdGraph *g, const KdNode *node)
{
  const bool concerned = g->plans[node->index].transient && g->plans[node->index].wanted;
  if (!g->found && concerned && find_in (node, node->gradient, true, &g->found_where))
    g->found = node;
}

/* What lay in the arena is gone: go the way again, but for the parameters. */
static void
look_again (KdGraph *g)
{
  g->found = NULL;
  if (!g->arena || !g->latest_root)
    return;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    node->needs_gradient = g->plans[i].needs_gradient && !node->param;
  }
  g->looking = true;
  kd_graph_backward (g, g->latest_root, NULL, 0);
  g->looking = false;
  restore_needs (g);
}

bool
kd_graph_find_non_finite (KdGraph *g, KdNonFinite *where)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    if (g->plans[i].wanted && !node->alias && node->value &&
        find_in (node, node->value, false, where))
      return true;
  }
  look_again (g);
  for (int i = kd_graph_size (g) - 1; i >= 0; i--) {
    const KdNode *node = kd_graph_node (g, i);
    if (node == g->found) {
      *where = g->found_where;
      return true;
    }
    if (g->plans[i].wanted && !node->alias && node->gradient && !g->plans[i].transient &&
        find_in (node, node->gradient, true, where))
      return true;
  }
  return false;
}

void
kd_graph_set_profiling (KdGraph *g, bool on)
{
  g->profiling = on;
  for (int i = 0; i < g->n_op_times; i++)
    g->op_times[i] = (KdOpTime){ .op = g->op_times[i].op };
}

int
kd_graph_op_times (const KdGraph *g, KdOpTime *times, int max)
{
  for (int i = 0; i < MIN (max, g->n_op_times); i++)
    times[i] = g->op_times[i];
  return g->n_op_times;
}
