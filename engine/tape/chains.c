/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <string.h>

/*
 * Chains of nodes whose images are independent. Each worker takes its share of the batch through the whole chain, forward or
 * backward: workers wait for one another once a chain instead of three times a layer. What images share, the gradients of
 * parameters, waits until all chains are through and is then computed with a chunk for each parameter.
 */

/* ---- planning ---- */

static bool
is_parameter (const KdNode *node, int i)
{
  return node->op->by_images->parameters >> i & 1;
}

static bool
parameters_are_leaves (const KdNode *node)
{
  for (int i = 0; i < node->n_inputs; i++) {
    if (is_parameter (node, i) && node->inputs[i]->op)
      return false;
  }
  return true;
}

static bool
runs_in_chain (const KdGraph *g, const KdNode *node)
{
  const KdImagesOp *op = node->op ? node->op->by_images : NULL;
  return op && g->plans[node->index].live && node->shape.n > 1 && !node->live_rows &&
         node->type == KD_TYPE_REAL && parameters_are_leaves (node) &&
         (!op->suits || op->suits (node));
}

static bool
continues (const KdChain *chain, const KdNode *node)
{
  const KdNode *last = chain->nodes[chain->n_nodes - 1];
  return last->phase == node->phase && last->shape.n == node->shape.n;
}

/* An earlier node of the same operation on the same parameters. */
static KdNode *
find_prepared (const KdChain *chain, KdNode *node)
{
  for (int i = 0; i < chain->n_nodes && node->op->by_images->prepare; i++) {
    KdNode *earlier = chain->nodes[i];
    if (earlier->op == node->op && node->op->by_images->same_prepared (earlier, node))
      return earlier->prepared;
  }
  return node;
}

static void
append (KdGraph *g, KdChain *chain, KdNode *node)
{
  node->in_chain = true;
  node->prepared = find_prepared (chain, node);
  chain->nodes[chain->n_nodes++] = node;
  g->plans[node->index].chain = (int) (chain - g->chains);
  g->plans[node->index].share_s = kd_graph_allocate (g, sizeof (double) * (size_t) node->shape.n);
}

void
kd_chains_plan (KdGraph *g)
{
  const size_t size = (size_t) kd_graph_size (g);
  g->chains = kd_graph_allocate (g, sizeof (KdChain) * (size + 1));
  g->owing = kd_graph_allocate (g, sizeof (KdNode *) * (size + 1));
  KdNode **nodes = kd_graph_allocate (g, sizeof (KdNode *) * (2 * size + 2));
  KdChain *chain = NULL;
  for (int i = 0; i < kd_graph_size (g); i++) {
    KdNode *node = kd_graph_node (g, i);
    node->prepared = node;
    g->plans[i].chain = -1;
    if (!g->plans[i].live || !node->op)
      continue;
    if (!runs_in_chain (g, node)) {
      chain = NULL;
      continue;
    }
    if (!chain || !continues (chain, node)) {
      chain = &g->chains[g->n_chains++];
      *chain = (KdChain){ .graph = g, .nodes = nodes + i, .active = nodes + size + (size_t) i };
      chain->n_images = node->shape.n;
    }
    append (g, chain, node);
  }
}

/* ---- a pass over a chain ---- */

typedef struct {
  KdChain *chain;
  bool backward;
  int n_shares;
} Pass;

/* Only the first of those nodes that share what is prepared. */
static bool
is_first_user (const KdChain *chain, int index)
{
  for (int i = 0; i < index; i++) {
    if (chain->active[i]->prepared == chain->active[index]->prepared)
      return false;
  }
  return true;
}

static void
prepare_chunk (void *data, int i, void *scratch)
{
  (void) scratch;
  const Pass *pass = data;
  KdNode *node = pass->chain->active[i];
  if (node->op->by_images->prepare && is_first_user (pass->chain, i))
    node->op->by_images->prepare (node, pass->chain->graph->pool, pass->backward);
}

static void
zero_images (const KdNode *node, KdImages images)
{
  memset (node->gradient + kd_images_begin (node, images), 0,
          kd_images_count (node, images) * sizeof (kd_real));
}

static void
zero_some (const KdNode *node, unsigned fills, KdImages images)
{
  if (fills & KD_FILL_SELF)
    zero_images (node, images);
  for (int i = 0; i < node->n_inputs; i++) {
    if (fills >> i & 1)
      zero_images (node->inputs[i], images);
  }
}

static void
share_chunk (void *data, int share, void *scratch)
{
  const Pass *pass = data;
  const KdChain *chain = pass->chain;
  KdGraph *g = chain->graph;
  const KdImages images = { share * chain->n_images / pass->n_shares,
                            (share + 1) * chain->n_images / pass->n_shares };
  for (int i = 0; i < chain->n_active; i++) {
    KdNode *node = chain->active[i];
    const KdNodePlan *plan = &g->plans[node->index];
    const double start = g->profiling ? kd_now_s () : 0;
    if (pass->backward) {
      zero_some (node, plan->fills, images);
      if (g->looking)
        kd_graph_look (g, node);
      node->op->by_images->backward (node, images, g->pool, scratch);
      /* A worker alone goes on while the map and its gradient are in the cache. */
      if (pass->n_shares == 1 && node->op->by_images->backward_parameters)
        node->op->by_images->backward_parameters (node, g->pool, scratch);
    } else {
      node->op->by_images->forward (node, images, g->pool, scratch);
    }
    if (g->profiling)
      plan->share_s[share] = kd_now_s () - start;
  }
}

/* As a share of the time that passed: the workers' sum by their number. */
static void
add_times (const KdChain *chain, bool backward, int n_shares)
{
  const KdGraph *g = chain->graph;
  for (int i = 0; i < chain->n_active; i++) {
    const KdNodePlan *plan = &g->plans[chain->active[i]->index];
    KdOpTime *time = &g->op_times[plan->op_time];
    double sum = 0;
    for (int share = 0; share < n_shares; share++)
      sum += plan->share_s[share];
    sum /= kd_pool_workers (g->pool);
    time->calls += backward ? 0 : 1;
    *(backward ? &time->backward_s : &time->forward_s) += sum;
    *(backward ? &time->backward_flop : &time->forward_flop) +=
        backward ? plan->needs.backward_flop : plan->needs.forward_flop;
  }
}

static int
shares_of (const KdChain *chain)
{
  const KdGraph *g = chain->graph;
  return g->looking ? 1 : MIN (kd_pool_width (g->pool), chain->n_images);
}

static void
run (KdChain *chain, bool backward)
{
  KdPool *pool = chain->graph->pool;
  Pass pass = { chain, backward, shares_of (chain) };
  kd_parallel_for (pool, chain->n_active, prepare_chunk, &pass);
  kd_parallel_for (pool, pass.n_shares, share_chunk, &pass);
  if (chain->graph->profiling)
    add_times (chain, backward, pass.n_shares);
}

void
kd_chain_forward (KdChain *chain)
{
  chain->n_active = 0;
  for (int i = 0; i < chain->n_nodes; i++) {
    if (chain->graph->plans[chain->nodes[i]->index].wanted)
      chain->active[chain->n_active++] = chain->nodes[i];
  }
  run (chain, false);
}

/* Leaves that are no KdParam are zeroed as any node. */
static void
zero_parameters (KdNode *node, unsigned *fills)
{
  for (int i = 0; i < node->n_inputs; i++) {
    if (is_parameter (node, i) && *fills >> i & 1)
      kd_graph_zero_gradient (node->inputs[i]);
  }
  *fills &= ~node->op->by_images->parameters;
}

void
kd_chain_backward (KdChain *chain)
{
  KdGraph *g = chain->graph;
  const int n_shares = shares_of (chain);
  chain->n_active = 0;
  for (int i = chain->n_nodes - 1; i >= 0; i--) {
    KdNode *node = chain->nodes[i];
    if (!kd_graph_goes_back (g, node))
      continue;
    g->plans[node->index].fills = kd_graph_claim_gradients (node);
    zero_parameters (node, &g->plans[node->index].fills);
    chain->active[chain->n_active++] = node;
    if (n_shares > 1 && node->op->by_images->backward_parameters)
      g->owing[g->n_owing++] = node;
  }
  run (chain, true);
}

/* ---- gradients of parameters ---- */

/* Whether both add to the same parameters: then one chunk does both, in order. */
static bool
share_parameters (const KdNode *a, const KdNode *b)
{
  for (int i = 0; i < a->n_inputs; i++) {
    for (int k = 0; is_parameter (a, i) && k < b->n_inputs; k++) {
      if (is_parameter (b, k) && a->inputs[i]->gradient &&
          a->inputs[i]->gradient == b->inputs[k]->gradient)
        return true;
    }
  }
  return false;
}

static bool
has_earlier (const KdGraph *g, int index)
{
  for (int i = 0; i < index; i++) {
    if (share_parameters (g->owing[i], g->owing[index]))
      return true;
  }
  return false;
}

static void
pay_one (KdGraph *g, KdNode *node, void *scratch)
{
  const double start = g->profiling ? kd_now_s () : 0;
  node->op->by_images->backward_parameters (node, g->pool, scratch);
  if (g->profiling)
    g->plans[node->index].share_s[0] = kd_now_s () - start;
}

/* The first layers, whose large maps take longest and which ran last, go first: what is short evens out the end. */
static void
pay_chunk (void *data, int chunk, void *scratch)
{
  KdGraph *g = data;
  const int index = g->n_owing - 1 - chunk;
  if (has_earlier (g, index))
    return;
  for (int i = index; i < g->n_owing; i++) {
    if (i == index || share_parameters (g->owing[index], g->owing[i]))
      pay_one (g, g->owing[i], scratch);
  }
}

void
kd_chains_pay (KdGraph *g)
{
  kd_parallel_for (g->pool, g->n_owing, pay_chunk, g);
  for (int i = 0; i < g->n_owing && g->profiling; i++) {
    const KdNodePlan *plan = &g->plans[g->owing[i]->index];
    g->op_times[plan->op_time].backward_s += plan->share_s[0] / kd_pool_workers (g->pool);
  }
  g->n_owing = 0;
}
