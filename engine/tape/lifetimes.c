/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <limits.h>
#include <stdlib.h>

/*
 * Who lies where when memory is used again. Which bytes those are does not change what is computed.
 *
 * Values of a graph that is only run forward: a value is dead once its last reader has run, so the next ones take its place.
 */
typedef struct {
  const KdNode *node;
  int first, last; /* positions in execution order between which the value is needed */
  size_t offset, bytes;
  bool inner;     /* lies in its chain's memory */
  bool workspace; /* of the node's operation on the way back; else its gradient there */
} Life;

typedef struct {
  Life *lives; /* by position */
  int n_lives;
  int *of_node; /* index into lives, -1: none */
} Lives;

/* Phase by phase, in construction order within one: as kd_graph_forward () runs them. */
static void
collect (KdGraph *g, Lives *lives)
{
  for (int i = 0; i < kd_graph_size (g); i++)
    lives->of_node[i] = -1;
  for (int phase = 0; phase < KD_N_PHASES; phase++) {
    for (int i = 0; i < kd_graph_size (g); i++) {
      const KdNode *node = kd_graph_node (g, i);
      if (!g->plans[i].live || !node->op || (int) node->phase != phase)
        continue;
      lives->of_node[i] = lives->n_lives;
      lives->lives[lives->n_lives] = (Life){ .node = node, .first = lives->n_lives };
      lives->n_lives++;
    }
  }
}

static void
extend (const Lives *lives, const KdNode *read, int position)
{
  const KdNode *owner = kd_node_owner (read);
  if (owner->op) {
    Life *life = &lives->lives[lives->of_node[owner->index]];
    life->last = MAX (life->last, position);
  }
}

static void
find_last_readers (const KdGraph *g, const Lives *lives)
{
  for (int position = 0; position < lives->n_lives; position++) {
    const KdNode *node = lives->lives[position].node;
    extend (lives, node, position);
    for (int k = 0; k < node->n_inputs; k++)
      extend (lives, node->inputs[k], position);
  }
  for (int i = 0; i < g->n_keeps; i++)
    extend (lives, g->keeps[i], INT_MAX);
}

static int
compare_offsets (const void *a, const void *b)
{
  const size_t x = (*(const Life *const *) a)->offset, y = (*(const Life *const *) b)->offset;
  return (x > y) - (x < y);
}

/* The lowest gap between the values before it that are alive while @life is. */
static size_t
find_gap (const Lives *lives, const Life *life, const Life **alive)
{
  int n = 0;
  for (const Life *other = lives->lives; other < life; other++) {
    if (other->bytes > 0 && other->last >= life->first && other->first <= life->last)
      alive[n++] = other;
  }
  qsort (alive, (size_t) n, sizeof *alive, compare_offsets);
  size_t offset = 0;
  for (int i = 0; i < n && offset + life->bytes > alive[i]->offset; i++)
    offset = MAX (offset, alive[i]->offset + alive[i]->bytes);
  return offset;
}

/* ---- chains: the images of a batch are at different nodes at any time ---- */

static size_t
round_up (size_t bytes)
{
  return (bytes + 63) / 64 * 64;
}

static Life *
life_of (const Lives *lives, const KdNode *node)
{
  return &lives->lives[lives->of_node[node->index]];
}

static bool
is_read_outside (const KdGraph *g, const KdNode *value)
{
  for (int i = 0; i < g->n_keeps; i++) {
    if (kd_node_owner (g->keeps[i]) == value)
      return true;
  }
  for (int i = value->index + 1; i < kd_graph_size (g); i++) {
    const KdNode *reader = kd_graph_node (g, i);
    const bool outside = g->plans[i].live && g->plans[i].chain != g->plans[value->index].chain;
    for (int k = 0; outside && k < reader->n_inputs; k++) {
      if (kd_node_owner (reader->inputs[k]) == value)
        return true;
    }
  }
  return false;
}

/* What only the chain reads: a share of images has memory of its own, in which its values take each other's place. Returns the
 * bytes of an image. */
static size_t
plan_inner (const KdGraph *g, const Lives *lives, const KdChain *chain, const Life **alive)
{
  g_autofree Life *inner = g_new0 (Life, (size_t) chain->n_nodes);
  Lives inside = { .lives = inner };
  size_t image = 0;
  for (int i = 0; i < chain->n_nodes; i++) {
    KdNode *node = chain->nodes[i];
    if (is_read_outside (g, node))
      continue;
    Life *life = &inner[inside.n_lives++];
    *life = *life_of (lives, node);
    life->bytes = round_up (kd_image_values (node) * sizeof (kd_real));
    life->offset = find_gap (&inside, life, alive);
    node->share_offset = life->offset / sizeof (kd_real);
    image = MAX (image, life->offset + life->bytes);
    life_of (lives, node)->inner = true;
  }
  return image;
}

/* Everything else that a chain reads or writes is needed from its first node to its last; so is its memory, which the first of
 * its inner values stands for. */
static void
plan_chain (const KdGraph *g, const Lives *lives, const KdChain *chain, const Life **alive)
{
  const int first = lives->of_node[chain->nodes[0]->index];
  const int last = lives->of_node[chain->nodes[chain->n_nodes - 1]->index];
  const size_t image = plan_inner (g, lives, chain, alive);
  bool placed = false;
  for (int i = 0; i < chain->n_nodes; i++) {
    KdNode *node = chain->nodes[i];
    Life *life = life_of (lives, node);
    life->first = first;
    extend (lives, node, last);
    for (int k = 0; k < node->n_inputs; k++)
      extend (lives, node->inputs[k], last);
    if (!life->inner)
      continue;
    node->share_stride = image / sizeof (kd_real);
    life->bytes = placed ? 0 : image * (size_t) chain->n_images;
    placed = true;
  }
}

/* The chain's memory begins where its first inner value was put. */
static void
place_inner (const Lives *lives, const KdChain *chain, size_t *value_at)
{
  const Life *memory = NULL;
  for (int i = 0; i < chain->n_nodes; i++) {
    const KdNode *node = chain->nodes[i];
    const Life *life = life_of (lives, node);
    if (!life->inner)
      continue;
    memory = memory ? memory : life;
    value_at[node->index] =
        memory->offset + node->share_offset * (size_t) chain->n_images * sizeof (kd_real);
  }
}

size_t
kd_graph_plan_lifetimes (KdGraph *g, size_t *value_at)
{
  const size_t n = g->nodes->len + 1;
  g_autofree Life *memory = g_new0 (Life, n);
  g_autofree int *of_node = g_new0 (int, n);
  g_autofree const Life **alive = g_new0 (const Life *, n);
  Lives lives = { .lives = memory, .of_node = of_node };
  collect (g, &lives);
  find_last_readers (g, &lives);
  for (int i = 0; i < g->n_chains; i++)
    plan_chain (g, &lives, &g->chains[i], alive);
  size_t total = 0;
  for (int i = 0; i < lives.n_lives; i++) {
    Life *life = &lives.lives[i];
    if (life->node->alias)
      continue;
    const size_t element = life->node->type == KD_TYPE_REAL ? sizeof (kd_real) : sizeof (int32_t);
    if (!life->inner)
      life->bytes = round_up (kd_shape_count (life->node->shape) * element);
    life->offset = find_gap (&lives, life, alive);
    value_at[life->node->index] = life->offset;
    total = MAX (total, life->offset + life->bytes);
  }
  for (int i = 0; i < g->n_chains; i++)
    place_inner (&lives, &g->chains[i], value_at);
  return total;
}

/* ---- the way back in an arena ----------------------------------------------------------------------- */

/* When @node's operation runs in a backward pass: from the last node to the first one. */
static int
way_back (const KdGraph *g, const KdNode *node)
{
  return kd_graph_size (g) - 1 - node->index;
}

/* A split chain's operations run from its last node's turn to its first node's. */
static Life
turn_of (const KdGraph *g, const KdNode *node, bool split)
{
  const int chain = g->plans[node->index].chain;
  Life turn = { .node = node, .first = way_back (g, node), .last = way_back (g, node) };
  if (!split || chain < 0)
    return turn;
  turn.first = way_back (g, g->chains[chain].nodes[g->chains[chain].n_nodes - 1]);
  turn.last = node->op->by_images->backward_parameters ? INT_MAX /* paid at the end */
                                                       : way_back (g, g->chains[chain].nodes[0]);
  return turn;
}

/* From its first writer, an operation that reads the node's value or an alias of it, to its own. */
static void
collect_gradients (const KdGraph *g, bool split, Lives *lives)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    lives->of_node[i] = -1;
    if (g->plans[i].transient) {
      lives->of_node[i] = lives->n_lives;
      lives->lives[lives->n_lives] = turn_of (g, node, split);
      lives->lives[lives->n_lives++].bytes =
          round_up (kd_shape_count (node->shape) * sizeof (kd_real));
    }
    for (int k = 0; k < node->n_inputs && node->needs_gradient; k++) {
      const int index = lives->of_node[kd_node_owner (node->inputs[k])->index];
      if (index >= 0)
        lives->lives[index].first = MIN (lives->lives[index].first, turn_of (g, node, split).first);
    }
  }
}

static void
collect_workspaces (const KdGraph *g, bool split, Lives *lives)
{
  for (int i = 0; i < kd_graph_size (g); i++) {
    const KdNode *node = kd_graph_node (g, i);
    if (!node->needs_gradient || g->plans[i].needs.workspace == 0)
      continue;
    Life *life = &lives->lives[lives->n_lives++];
    *life = turn_of (g, node, split);
    life->bytes = round_up (g->plans[i].needs.workspace);
    life->workspace = true;
  }
}

/* The largest first, which leaves the fewest gaps. */
static int
compare_sizes (const void *a, const void *b)
{
  const Life *x = a, *y = b;
  if (x->bytes != y->bytes)
    return x->bytes < y->bytes ? 1 : -1;
  return x->node->index != y->node->index ? y->node->index - x->node->index
                                          : x->workspace - y->workspace;
}

size_t
kd_graph_plan_way_back (KdGraph *g, bool split)
{
  const size_t n = g->nodes->len + 1;
  g_autofree Life *memory = g_new0 (Life, 2 * n);
  g_autofree int *of_node = g_new0 (int, n);
  g_autofree const Life **alive = g_new0 (const Life *, 2 * n);
  Lives lives = { .lives = memory, .of_node = of_node };
  collect_gradients (g, split, &lives);
  collect_workspaces (g, split, &lives);
  qsort (memory, (size_t) lives.n_lives, sizeof *memory, compare_sizes);
  size_t total = 0;
  for (int i = 0; i < lives.n_lives; i++) {
    Life *life = &memory[i];
    KdNodePlan *plan = &g->plans[life->node->index];
    life->offset = find_gap (&lives, life, alive);
    *(life->workspace ? &plan->workspace_at[split] : &plan->gradient_at[split]) = life->offset;
    total = MAX (total, life->offset + life->bytes);
  }
  return total;
}
