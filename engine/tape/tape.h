/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * tape: a static graph of operations with hand-written backward passes, the parameters it trains and
 * the worker pool it runs on.
 *
 * Life: kd_graph_new, build nodes (construction order is execution order), kd_graph_compile (all memory is
 * laid out once), then any number of: fill inputs, kd_graph_forward, kd_graph_backward. Nothing is allocated,
 * locked or logged inside forward and backward. A graph, its KdParams and its pool are used by one thread at a time
 * (the pool's workers excepted). Builders assert on shapes with both node names in the message: a wrong shape is our mistake.
 *
 * Same bits for any number of workers: every op cuts its work into chunks by shape alone and each chunk
 * writes its own outputs; sums run in a fixed order.
 */
#include "engine/base/base.h"

#include <stdatomic.h>

G_BEGIN_DECLS

/* ---- worker pool ------------------------------------------------------------------------------ */

typedef struct _KdPool KdPool;

/* @scratch is the executing worker's own block, 64-byte aligned, kd_pool_scratch_size () bytes. */
typedef void (*KdChunkFunc) (void *data, int chunk, void *scratch);

#define KD_MAX_WORKERS 256

/* @n_workers counts the calling thread; < 1: one a core. Never more than KD_MAX_WORKERS. Threads sleep until used. */
KdPool *kd_pool_new (int n_workers);
void kd_pool_free (KdPool *pool);
int kd_pool_workers (const KdPool *pool);
/* How many of them a kd_parallel_for () of the calling thread would use: one inside a chunk. */
int kd_pool_width (const KdPool *pool);

/* Grow every worker's scratch block to at least @bytes. Not while chunks run. */
void kd_pool_reserve_scratch (KdPool *pool, size_t bytes);
size_t kd_pool_scratch_size (const KdPool *pool);

/**
 * kd_parallel_for:
 *
 * Run @func for chunks 0..n_chunks-1 and return when all are done. Chunks are claimed dynamically; what a chunk
 * writes may depend on its number only. Called from inside a chunk it runs inline, in order, on that worker (an outer
 * chunk that does so must not use its scratch around the call). Workers spin shortly for the next call, then sleep.
 */
void kd_parallel_for (KdPool *pool, int n_chunks, KdChunkFunc func, void *data);

/* Send the workers to sleep at once (pause, end of a step). The next kd_parallel_for wakes them. */
void kd_pool_park (KdPool *pool);

/* ---- arena ------------------------------------------------------------------------------------- */

/*
 * Memory that graphs of one pool use in turns: what a pass needs only while it runs. One pass at a time has a slot, or all of them
 * when its work is split over the workers. It grows as graphs are compiled, never while one runs, and outlives them.
 */
typedef struct _KdArena KdArena;

/* @n_slots: how many graphs run at once at most, each on a worker of its own. */
KdArena *kd_arena_new (int n_slots);
void kd_arena_free (KdArena *arena);
size_t kd_arena_bytes (const KdArena *arena); /* what no pass has used yet is not resident */

/* ---- parameters -------------------------------------------------------------------------------- */

typedef struct _KdParams KdParams;

typedef enum {
  KD_INIT_ZEROS,
  KD_INIT_CONSTANT, /* amount */
  KD_INIT_NORMAL,   /* mean 0, standard deviation amount */
  KD_INIT_UNIFORM,  /* -amount..amount */
} KdInitKind;

typedef struct {
  KdInitKind kind;
  double amount;
} KdInit;

typedef enum {
  KD_PARAM_DEFAULT = 0,
  KD_PARAM_NO_DECAY = 1, /* norms and biases */
  KD_PARAM_FROZEN = 2,   /* no gradient, never updated (a teacher; tokens after their phase) */
} KdParamFlags;

/* One parameter. Pointers are into the blocks of KdParams, channels-last. */
typedef struct {
  const char *name; /* as in files: "backbone.stem.weight", "param.adapt.0.bias" */
  KdShape shape;
  KdAxes
      axes; /* which axes it has in a file: bias [C] = KD_AXIS_C, convolution = KD_AXES_NCHW, ... */
  KdInit init;
  KdParamFlags flags;
  kd_real *value;
  kd_real *gradient, *moment1, *moment2; /* NULL where all of KdParams are frozen */
} KdParam;

typedef enum { KD_OPTIMIZER_SGD, KD_OPTIMIZER_ADAMW, KD_OPTIMIZER_ADAM } KdOptimizerKind;

typedef struct {
  KdOptimizerKind kind;
  double momentum;     /* SGD: 0.9 */
  double beta1, beta2; /* AdamW, Adam: 0.9, 0.999 */
  double epsilon;      /* AdamW, Adam: 1e-8 */
  double weight_decay; /* 0.01; AdamW: decoupled; SGD, Adam: added to the gradient */
  double clip_norm;    /* largest norm of the whole gradient; 0: no clipping */
} KdOptimizer;

/* AdamW, 0.9, 0.999, 1e-8, decay 0.01, clip 1. */
KdOptimizer kd_optimizer_default (void);

/*
 * Parameters in four contiguous blocks: value, gradient, first and second moment. Several graphs may share one
 * KdParams. Names are added by kd_param () while graphs are built; the first kd_graph_compile lays the blocks out,
 * after that only existing names may be asked for (asserted).
 */
KdParams *kd_params_new (void);
void kd_params_free (KdParams *params);
int kd_params_count (const KdParams *params);
const KdParam *kd_params_at (const KdParams *params, int index);
const KdParam *kd_params_find (const KdParams *params, const char *name); /* NULL if absent */
size_t kd_params_size (const KdParams *params); /* values in one block, padding included */
void kd_params_layout (KdParams *params);       /* idempotent; done by kd_graph_compile */

/* Initial values; each parameter's depend on (seed, its name, its shape) only. Moments and gradients zero. */
void kd_params_init (KdParams *params, uint64_t seed);
/* Whole blocks, kd_params_size () values each, for checkpoints and keyframes: copy in or out. */
kd_real *kd_params_values (KdParams *params);
kd_real *kd_params_gradients (KdParams *params);
/* After writing values by hand: kernels that cache transformed filters of frozen parameters look at this. */
void kd_params_touch (KdParams *params);
uint64_t kd_params_version (const KdParams *params);

void kd_params_zero_gradients (KdParams *params);
/* L2 norm over all parameters that are not frozen. Fixed order; not finite if any gradient is not. */
double kd_params_gradient_norm (const KdParams *params, KdPool *pool);

/**
 * kd_optimizer_step:
 * @rate: learning rate of this step
 * @step: 1-based number of this update (AdamW's bias correction)
 * @gradient_norm: from kd_params_gradient_norm (), for the clip
 *
 * Update all parameters that are not frozen. Same bits for any number of workers.
 */
void kd_optimizer_step (const KdOptimizer *optimizer,
                        KdParams *params,
                        KdPool *pool,
                        double rate,
                        int64_t step,
                        double gradient_norm);

/* ---- graph -------------------------------------------------------------------------------------- */

typedef struct _KdGraph KdGraph;
typedef struct _KdNode KdNode;

/* A step's phases, in order. A node's phase is the graph's current one or the latest of its inputs', if later. */
typedef enum { KD_PHASE_FORWARD, KD_PHASE_SELECT, KD_PHASE_LOSS, KD_N_PHASES } KdPhase;

KdGraph *kd_graph_new (const char *name);
void kd_graph_free (KdGraph *graph);
void kd_graph_set_phase (KdGraph *graph, KdPhase phase); /* of nodes built from now on */

/* Prefix of the names of nodes and parameters built from now on, e.g. "backbone."; "" at first. Copied. */
void kd_graph_set_prefix (KdGraph *graph, const char *prefix);
const char *kd_graph_prefix (const KdGraph *graph);

/* -- leaves -- */
/* Filled by the caller through kd_node_value () before each run; zeros at first. Keeps its storage. */
KdNode *kd_input (KdGraph *g, const char *name, KdShape shape, KdType type);
/* The same without storage: reads what kd_node_bind () pointed it to (channels-last, borrowed, must outlive the run). */
KdNode *kd_input_bound (KdGraph *g, const char *name, KdShape shape);
void kd_node_bind (KdNode *input, const kd_real *values);
/* Ask for d root / d node, to be read after the pass: of a leaf, of any node that nothing trained leads to (a view's features), or of
 * one whose gradient would lie in an arena. Before compile. Zero where no root depends on it. */
void kd_node_want_gradient (KdNode *input);
/*
 * Capacity rows: rows (axis N) that count, 0..shape.n. Inputs: set once before nodes are built on them (these take the count
 * over), then before each run; others: read after it. A node with rows takes the count of its first input that has one;
 * rows past it are not looked at and are zero in the result. Sums, means, maxima and softmax over axis N run over live rows;
 * over none of them they are 0.
 */
void kd_node_set_live_rows (KdNode *input, int live);
int kd_node_live_rows (const KdNode *node); /* shape.n where all rows count */

KdNode *kd_constant (KdGraph *g,
                     const char *name,
                     KdShape shape,
                     const kd_real *values);                    /* copied, channels-last */
KdNode *kd_scalar (KdGraph *g, const char *name, double value); /* a constant [1,1,1,1] */

/**
 * kd_param:
 * @name: prefixed by the graph's prefix
 * @axes: the axes it has in a file
 *
 * The node of a parameter. Asked for again by the same name (in this graph or another one that shares @params) it is the
 * same parameter: shape must agree; weights of a head that serves all levels are shared that way.
 */
KdNode *kd_param (KdGraph *g,
                  KdParams *params,
                  const char *name,
                  KdShape shape,
                  KdAxes axes,
                  KdInit init,
                  KdParamFlags flags);

/* -- host nodes: plain C between values, without gradient (masks, matching, selection) -- */
typedef struct {
  KdShape shape; /* n is the capacity where live is set */
  KdType type;
  bool live; /* the function sets how many rows count */
} KdHostOutput;

typedef struct {
  int n_inputs, n_outputs;
  KdNode *const *inputs; /* read with kd_node_value (), kd_node_live_rows () */
  kd_real **values;      /* per output of KD_TYPE_REAL, else NULL; zeroed before the call */
  int32_t **ints;        /* per output of KD_TYPE_INT32, else NULL; zeroed before the call */
  int *live;             /* per output, 0 before the call: set it where the output has live rows */
  int *
      overflow; /* 0 before the call: set to the number of rows that did not fit; shown to people */
} KdHostCall;

/* @data: the bytes given to kd_host (), owned by the graph. Arithmetic belongs in double variables. */
typedef void (*KdHostFunc) (const KdHostCall *call, const void *data);

/* Returns the node of output 0; kd_host_output () gives the others. @data is copied. */
KdNode *kd_host (KdGraph *g,
                 const char *name,
                 const KdHostOutput *outputs,
                 int n_outputs,
                 KdHostFunc func,
                 const void *data,
                 size_t size,
                 KdNode *const *inputs,
                 int n_inputs);
KdNode *kd_host_output (KdNode *host, int index);

/* -- pointwise; sizes agree or are 1 on an axis (then repeated). Names are made from the op's. -- */
KdNode *kd_add (KdGraph *g, KdNode *a, KdNode *b);
KdNode *kd_sub (KdGraph *g, KdNode *a, KdNode *b);
KdNode *kd_mul (KdGraph *g, KdNode *a, KdNode *b);
KdNode *kd_div (KdGraph *g, KdNode *a, KdNode *b);
KdNode *kd_scale (KdGraph *g, KdNode *x, double factor);
KdNode *kd_shift (KdGraph *g, KdNode *x, double amount);
KdNode *kd_abs (KdGraph *g, KdNode *x); /* derivative sign(x), 0 at 0 */
KdNode *kd_square (KdGraph *g, KdNode *x);
KdNode *kd_sqrt (KdGraph *g, KdNode *x); /* gradient 0 at 0 */
KdNode *kd_exp (KdGraph *g, KdNode *x);
KdNode *kd_log (KdGraph *g, KdNode *x);
KdNode *kd_sigmoid (KdGraph *g, KdNode *x);
KdNode *kd_relu (KdGraph *g, KdNode *x); /* passes NaN on; derivative 0 at 0 */
KdNode *kd_clamp (KdGraph *g,
                  KdNode *x,
                  double low,
                  double high); /* NaN passes; derivative 0 outside and at the ends */
KdNode *kd_huber (KdGraph *g,
                  KdNode *x,
                  double beta); /* |x|<beta: x^2/(2 beta), else |x|-beta/2; beta 0: |x| */
KdNode *kd_detach (KdGraph *g, KdNode *x); /* the same values (no copy), no gradient */

/* -- reductions and softmax; reduced axes become 1; double accumulation -- */
KdNode *kd_sum (KdGraph *g, KdNode *x, KdAxes axes);
KdNode *kd_mean (KdGraph *g, KdNode *x, KdAxes axes);
KdNode *kd_max (KdGraph *g, KdNode *x, KdAxes axes); /* gradient to the first largest; NaN wins */
KdNode *kd_softmax (KdGraph *g, KdNode *x, KdAxes axes);
KdNode *kd_log_softmax (KdGraph *g, KdNode *x, KdAxes axes);

/* -- matrices: a [R,K], b [K,S] (or transposed), all h = w = 1 -- */
KdNode *kd_matmul (KdGraph *g, KdNode *a, KdNode *b, bool transpose_a, bool transpose_b);
/* x [R,C] -> [R,R]: sqrt(max(|x_i-x_j|^2, floor)), 0 on the diagonal; gradient 0 where the floor acts. Live rows kept. */
KdNode *kd_pairwise_distance (KdGraph *g, KdNode *x, double floor);

/* -- rows: axis N; live counts travel -- */
KdNode *kd_gather (KdGraph *g, KdNode *x, KdNode *rows); /* x [R,C], rows int32 [Q] -> [Q,C] */
KdNode *kd_concat (KdGraph *g, KdNode *const *parts, int n_parts, KdAxes axis);
KdNode *kd_reshape (KdGraph *g, KdNode *x, KdShape shape); /* same memory order, no copy */
/* Dense head [N,A*K,H,W] -> rows [N*H*W*A, K]: memory is the same, so this is a reshape; row = ((n*H+y)*W+x)*A+a. */
KdNode *kd_anchor_rows (KdGraph *g, KdNode *x, int columns);

/* -- networks -- */
/* weight [O,I,k,k] and bias [1,O,1,1] or NULL; zero padding. FLOPs counted as 2*multiply-adds. */
KdNode *kd_conv2d (KdGraph *g, KdNode *x, KdNode *weight, KdNode *bias, int stride, int padding);
/* weight, bias [1,C,1,1]; eps inside the root; optional residual added before and ReLU applied after, in one pass (residual may be NULL). */
KdNode *kd_group_norm (KdGraph *g,
                       KdNode *x,
                       KdNode *weight,
                       KdNode *bias,
                       int groups,
                       double eps,
                       KdNode *residual,
                       bool relu);
/* normalises each image's C (all of CHW) values; weight, bias [1,C,1,1]. */
KdNode *kd_layer_norm (KdGraph *g, KdNode *x, KdNode *weight, KdNode *bias, double eps);
KdNode *kd_upsample (KdGraph *g,
                     KdNode *x,
                     KdSize size); /* nearest: source = floor(i * in / out), as torch */
KdNode *kd_max_pool (KdGraph *g, KdNode *x, int kernel, int stride, int padding);
KdNode *kd_shift2d_means (
    KdGraph *g,
    KdNode *
        x); /* [N,C,H,W] -> [N,C,3,3]: mean over pixels of x shifted by (ky-1,kx-1), zeros outside */

/**
 * kd_roi_align:
 * @x: [N,C,H,W]   @boxes: [R,4] xyxy px   @images: int32 [R]
 * @stride: px per cell; @levels: int32 [R] or NULL: rows with levels[r] != @level are left zero and get no gradient
 *
 * [R,C,pool,pool], "aligned" sampling of methods/gid.md (value 0 outside -1..size, no minimum region size), @sampling^2 points a bin.
 * No gradient to the boxes. Works over live rows of @boxes.
 */
KdNode *kd_roi_align (KdGraph *g,
                      KdNode *x,
                      KdNode *boxes,
                      KdNode *images,
                      KdNode *levels,
                      int level,
                      double stride,
                      int pool,
                      int sampling);

/* Where a sample of kd_roi_align () falls on one axis: two cells and the share of the second. */
typedef struct {
  int near, far;
  double share;
} KdRoiSample;
/* Sample @index of pool * sampling between @start and @end px on an axis of @size cells; false outside -1..size, where it is 0. */
bool kd_roi_sample (double start,
                    double end,
                    int index,
                    double stride,
                    int pool,
                    int sampling,
                    int size,
                    KdRoiSample *sample);

/* -- losses: all sums, [1,1,1,1], unless said -- */
/* sum of weight * focal BCE: alpha_t (1-p_t)^gamma BCE(z, target in 0..1); weight may be NULL; shapes as kd_mul. Gradient to z. */
KdNode *kd_focal_bce (
    KdGraph *g, KdNode *logits, KdNode *target, KdNode *weight, double alpha, double gamma);
/* element-wise p*softplus(-z) + (1-p)*softplus(z), target p constant; not summed. */
KdNode *kd_bce_with_logits (KdGraph *g, KdNode *logits, KdNode *target);

/* -- fused composites shared by methods; the composition they replace is their test -- */
/* sum of spatial * channel * (a-b)^2; a, b [N,C,H,W]; spatial [N,1,H,W] or NULL; channel [N,C,1,1], [N,C,H,W] or NULL. Gradient to a and b only. */
KdNode *kd_weighted_sse (KdGraph *g, KdNode *a, KdNode *b, KdNode *spatial, KdNode *channel);
/* the same, not summed over pixels: [N,1,H,W]. For pictures and terms with cells. */
KdNode *kd_weighted_sse_map (KdGraph *g, KdNode *a, KdNode *b, KdNode *spatial, KdNode *channel);
/* mean of |x| over axes (C, or HW): FGD's and PGD's attention before the softmax. */
KdNode *kd_abs_mean (KdGraph *g, KdNode *x, KdAxes axes);
/* x [N,C,H,W], weights [N,1,H,W] -> [N,C,1,1]: sum over pixels of weight * x. */
KdNode *kd_weighted_pool (KdGraph *g, KdNode *x, KdNode *weights);

/* ---- compile and run ------------------------------------------------------------------------------ */

typedef enum {
  KD_PARAM_GRADIENTS_NONE, /* the window's view: parameters are constants, training is never touched */
  KD_PARAM_GRADIENTS_SHARED, /* training: added into the KdParams' gradient block */
} KdParamGradients;

typedef struct {
  KdNode *const *roots; /* scalars that kd_graph_backward () may start from */
  int n_roots;
  /* Nodes whose values are wanted although no root needs them. Without roots (a teacher, a measurement) only these keep their
   * values after a run: the others share memory. */
  KdNode *const *keeps;
  int n_keeps;
  KdParamGradients param_gradients;
  /* Where the workspace and the gradients lie, which are then gone after a pass but for those of roots, of leaves, and of
   * nodes that kd_node_want_gradient () named. Borrowed. NULL: the graph has memory of its own, and all gradients stay. */
  KdArena *arena;
} KdCompile;

typedef struct {
  int n_nodes, n_live; /* built; left after dropping what nothing wants */
  size_t value_bytes, gradient_bytes, workspace_bytes; /* its own */
  size_t slot_bytes;                                   /* of an arena's slot; 0: has none */
  double forward_flop, backward_flop; /* of convolutions and matrix products, per run */
} KdGraphStats;

/**
 * kd_graph_compile:
 *
 * Drop nodes that reach neither root nor keep, mark who needs a gradient, lay out memory (values, gradients, one workspace as large as
 * the hungriest op), reserve the pool's scratch, lay out the parameters. Once per graph. Cannot fail but for memory (aborts).
 */
void kd_graph_compile (KdGraph *g, KdPool *pool, const KdCompile *what);
KdGraphStats kd_graph_stats (const KdGraph *g);

/* Run only what the roots and these nodes need, until changed (a view graph: the probes on screen). All keeps at first. */
void kd_graph_set_wanted (
    KdGraph *g, KdNode *const *roots, int n_roots, KdNode *const *keeps, int n_keeps);

/* Values of all wanted nodes. @cancel may be NULL; looked at between nodes; returns false if it was set. */
bool kd_graph_forward (KdGraph *g, const atomic_bool *cancel);
bool kd_graph_run_phase (KdGraph *g, KdPhase phase, const atomic_bool *cancel);

/**
 * kd_graph_backward:
 * @root: one of the compiled roots
 * @stop_at: NULL, or nodes below which nothing is computed (the student's features, for gradient norms per term)
 *
 * Zero the node gradients, then d root / d node for all nodes that need one, in reverse order. Parameter gradients are added to, never
 * zeroed, here (kd_params_zero_gradients). With @stop_at, whose gradients must stay, parameters get no gradient at all, and the
 * gradients of nodes that do not lie between the root and the stops are left as they were.
 */
void kd_graph_backward (KdGraph *g, KdNode *root, KdNode *const *stop_at, int n_stop);

/* ---- looking at nodes ------------------------------------------------------------------------------ */

const char *kd_node_name (const KdNode *node);
KdShape kd_node_shape (const KdNode *node);
KdType kd_node_type (const KdNode *node);
KdPhase kd_node_phase (const KdNode *node);
kd_real *kd_node_value (const KdNode *node);          /* channels-last; writable for inputs only */
int32_t *kd_node_ints (const KdNode *node);           /* of an int32 node */
const kd_real *kd_node_gradient (const KdNode *node); /* NULL if it has none that stays */
double kd_node_scalar (const KdNode *node);           /* the value of a [1,1,1,1] node */
int kd_node_overflow (const KdNode *node); /* host nodes: rows that did not fit in the last run */
KdGraph *kd_node_graph (const KdNode *node);
/* Whether any of @leaves has a way to @node: what is untrained or missing taints what is computed from it. */
bool kd_node_depends_on (const KdNode *node, KdNode *const *leaves, int n_leaves);

/* Where numbers went bad: scanned only when a loss or norm is not finite. */
typedef struct {
  const char *name; /* of the node or parameter, borrowed */
  bool gradient;
  int n, c, y, x;
  double value;
} KdNonFinite;
/* First node in execution order with a non-finite value (then, in reverse order, gradient). False if all is finite. With an arena
 * the latest backward pass is repeated for it, which leaves parameters' gradients as they are. */
bool kd_graph_find_non_finite (KdGraph *g, KdNonFinite *where);

/* Time per op kind, for benchmarks. Off at first: two clock reads a node when on. */
typedef struct {
  const char *op;
  int calls;
  double forward_s, backward_s, forward_flop, backward_flop;
} KdOpTime;
void kd_graph_set_profiling (KdGraph *g, bool on); /* also clears the times */
int kd_graph_op_times (const KdGraph *g,
                       KdOpTime *times,
                       int max); /* by op name; returns how many there are */

/* ---- kernels ---------------------------------------------------------------------------------------- */

typedef enum {
  KD_KERNELS_FAST, /* by shape: Winograd, bands or panels; the widest vectors of this processor */
  KD_KERNELS_PLAIN, /* every convolution one sum over gathered patches; baseline vectors: to compare with */
} KdKernels;

/* Of the whole process. Not while a compiled graph that will run again exists. */
void kd_kernels_choose (KdKernels kernels);
KdKernels kd_kernels_chosen (void);

/* GFLOP/s of one core in single precision: our matrix product on factors in its cache, OpenBLAS's of 1024^3. */
typedef struct {
  double own, blas;
} KdPeak;
KdPeak kd_peak_measure (void);

/* ---- BLAS ------------------------------------------------------------------------------------------ */

/* At start of a program: OpenBLAS must be the pthread variant; sets its threads to 1. One sentence if it is not. */
bool kd_blas_init (GError **error);

G_END_DECLS
