/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to tape/: what a graph holds, for the files that build, compile and run it. */
#include "engine/tape/node.h"

G_BEGIN_DECLS

/* What compile knows of a node, beside the node itself. */
typedef struct {
  bool live;   /* reaches a root or a keep; has memory */
  bool wanted; /* runs in a forward pass; a subset of live */
  bool
      needs_gradient; /* as compiled; node->needs_gradient is narrowed while a backward pass stops early */
  bool reached;    /* by the backward pass in progress */
  bool stops;      /* in stop_at of the backward pass in progress */
  int op_time;     /* index into op_times; -1 for leaves */
  int chain;       /* index into chains, -1: none */
  double *share_s; /* while profiling: seconds of each share; chains only */
  unsigned
      fills; /* of the backward pass in progress: inputs, or (bit 31) itself, to be zeroed share by share */
  size_t
      gradient_offset; /* values into the gradient block; only where the node owns its gradient */
  bool transient;      /* owns a gradient that lies in the arena: */
  /* Bytes into the slot, [1] into the arena when the pass is split: its gradient; its workspace on the way back. */
  size_t gradient_at[2], workspace_at[2];
  KdOpNeeds needs;
} KdNodePlan;

/* Live nodes that follow one another in one phase and whose images are independent. */
typedef struct {
  KdGraph *graph;
  KdNode **nodes;
  int n_nodes, n_images;
  KdNode **
      active; /* of the run in progress: the nodes that take part, in the order in which they run */
  int n_active;
} KdChain;

struct _KdGraph {
  char *name, *prefix;
  KdPhase phase;
  GPtrArray *nodes;       /* KdNode *, in construction order */
  GPtrArray *allocations; /* from kd_graph_allocate () */
  bool compiled;

  KdPool *pool;
  KdParamGradients param_gradients;
  KdNodePlan *plans; /* per node */
  KdChain *chains;
  int n_chains;
  KdNode *
      *owing; /* done but for the gradients of their parameters; in the order in which they ran */
  int n_owing;
  KdNode **roots, **keeps;
  int n_roots, n_keeps;
  kd_real *values, *gradients;
  void *workspace;
  size_t gradient_count; /* values in the gradient block */
  KdArena *arena;        /* NULL: has none */
  char
      *taken; /* during a pass: its memory there; after it, where the nodes' pointers still point */
  bool taken_alone, taken_back;
  KdGraphStats stats;

  bool profiling;
  KdOpTime *op_times; /* by op name, as kd_graph_op_times () gives them */
  int n_op_times;

  KdNode *latest_root; /* of kd_graph_backward () without stops */
  /* While a backward pass is repeated to find what is not finite: the first gradient that was not, and whose. */
  bool looking;
  const KdNode *found;
  KdNonFinite found_where;
};

/* Zeroed, 64-byte aligned, freed with the graph. Never while it runs. */
void *kd_graph_allocate (KdGraph *g, size_t bytes);

static inline KdNode *
kd_graph_node (const KdGraph *g, int index)
{
  return g->nodes->pdata[index];
}

static inline int
kd_graph_size (const KdGraph *g)
{
  return (int) g->nodes->len;
}

/* The node whose memory @node uses: itself unless it is an alias (of an alias ...). */
static inline const KdNode *
kd_node_owner (const KdNode *node)
{
  while (node->alias)
    node = node->alias;
  return node;
}

/* Whether @node's gradient lies in the graph's block and is no other node's. */
bool kd_graph_owns_gradient (const KdGraph *g, const KdNode *node);

/* Mark in plans[].wanted what these roots and keeps need. */
void kd_graph_mark_wanted (
    KdGraph *g, KdNode *const *roots, int n_roots, KdNode *const *keeps, int n_keeps);

/* Where gradients and workspaces lie in the arena during a backward pass: a gradient from its first writer to its own node's operation,
 * a workspace during its operation. @split: images are at different nodes of a chain at any time, and what chains owe
 * parameters is paid at the end. Returns the bytes of all. */
size_t kd_graph_plan_way_back (KdGraph *g, bool split);

/* Memory of a pass; @alone: no other one runs. */
void kd_arena_reserve (KdArena *arena, size_t slot, size_t alone);
void *kd_arena_take (KdArena *arena, bool alone);
void kd_arena_give_back (KdArena *arena, const void *memory, bool alone);

/* While looking: @node's gradient is complete and about to be passed on. */
void kd_graph_look (KdGraph *g, const KdNode *node);

/* Who runs in which chain. Before needs are asked for. */
void kd_chains_plan (KdGraph *g);
void kd_chain_forward (KdChain *chain);
/* All of the chain's nodes that have a gradient to pass on; the gradients of parameters are left owing. */
void kd_chain_backward (KdChain *chain);
void kd_chains_pay (KdGraph *g);

/* Whether the backward pass in progress goes through @node. */
bool kd_graph_goes_back (const KdGraph *g, const KdNode *node);
/* Decide where @node's operation stores and where it adds, and mark its inputs as no longer empty. Returns what must be zeroed
 * before: bit i for input i, KD_FILL_SELF. */
#define KD_FILL_SELF (1u << 31)
unsigned kd_graph_claim_gradients (KdNode *node);
void kd_graph_zero_gradient (KdNode *node);

/* Where the values of a graph without roots and host nodes lie, sharing memory one after another: bytes per node index into
 * @value_at. Returns the bytes of all. */
size_t kd_graph_plan_lifetimes (KdGraph *g, size_t *value_at);

/* Host nodes write all their outputs, so these live or die together. */
extern const KdOp kd_op_host, kd_op_host_output;

/* 64-byte aligned zeroed memory; free () it. Aborts when there is none. */
void *kd_aligned_zeros (size_t bytes);

G_END_DECLS
