/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <limits.h>
#include <stdlib.h>

/*
 * Memory of a graph that is only run forward: a value is dead once its last reader has run, so the next ones take its place.
 * Which bytes those are does not change what is computed.
 */
typedef struct {
  const KdNode *node;
  int first, last; /* positions in execution order between which the value is needed */
  size_t offset, bytes;
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

/* The lowest gap between the values that are alive while @life is. */
static size_t
find_gap (const Lives *lives, const Life *life, const Life **alive)
{
  int n = 0;
  for (const Life *other = lives->lives; other < life; other++) {
    if (other->bytes > 0 && other->last >= life->first)
      alive[n++] = other;
  }
  qsort (alive, (size_t) n, sizeof *alive, compare_offsets);
  size_t offset = 0;
  for (int i = 0; i < n && offset + life->bytes > alive[i]->offset; i++)
    offset = MAX (offset, alive[i]->offset + alive[i]->bytes);
  return offset;
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
  size_t total = 0;
  for (int i = 0; i < lives.n_lives; i++) {
    Life *life = &lives.lives[i];
    if (life->node->alias)
      continue;
    const size_t element = life->node->type == KD_TYPE_REAL ? sizeof (kd_real) : sizeof (int32_t);
    life->bytes = (kd_shape_count (life->node->shape) * element + 63) / 64 * 64;
    life->offset = find_gap (&lives, life, alive);
    value_at[life->node->index] = life->offset;
    total = MAX (total, life->offset + life->bytes);
  }
  return total;
}
