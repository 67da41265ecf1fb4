/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv-kinds.h"

/*
 * Winograd's convolution around the transforms of wide-winograd.c: between them each of the t*t positions is one matrix
 * product over all tiles. Where there are many tiles, a chunk takes a block of them through all three steps inside its
 * core's L2; where there are few, each step is a call of its own, and the positions are the chunks of the products.
 */

/* Values of one block's tiles, before and after the products. */
#define BLOCK_VALUES 131072
/* As many blocks keep any number of workers busy. */
#define MIN_BLOCKS 8
/* Work that is worth handing out, some microseconds: values that a transform writes, multiply-adds of a product. */
#define CHUNK_VALUES 16384
#define CHUNK_PRODUCTS 524288

static int
divide_up (int a, int b)
{
  return (a + b - 1) / b;
}

/* How many pieces of @size make a chunk of about @wanted. */
static int
pieces_per_chunk (size_t wanted, size_t size)
{
  return (int) MAX (wanted / MAX (size, 1), 1);
}

static size_t
positions_of (int m)
{
  return (size_t) ((m + 2) * (m + 2));
}

static KdWideTiles
tiles_of (const KdConv *conv, int m)
{
  return (KdWideTiles){ .in_h = conv->in_h,
                        .in_w = conv->in_w,
                        .in_c = conv->in_c,
                        .out_h = conv->out_h,
                        .out_w = conv->out_w,
                        .out_c = conv->out_c,
                        .padding = conv->padding,
                        .rows = divide_up (conv->out_h, m),
                        .columns = divide_up (conv->out_w, m) };
}

static int
count_tiles (const KdConv *conv, int m)
{
  return conv->n * divide_up (conv->out_h, m) * divide_up (conv->out_w, m);
}

/* The map of the backward pass: dy is read, dx written. */
static KdConv
turned (const KdConv *conv)
{
  return (KdConv){ .n = conv->n,
                   .in_h = conv->out_h,
                   .in_w = conv->out_w,
                   .in_c = conv->out_c,
                   .out_h = conv->in_h,
                   .out_w = conv->in_w,
                   .out_c = conv->in_c,
                   .kernel = 3,
                   .stride = 1,
                   .padding = 2 - conv->padding };
}

static const KdWideWinograd *
transforms_of (const KdWide *wide, int m)
{
  return m == 2 ? wide->f2 : wide->f4;
}

/* ---- stages ------------------------------------------------------------------------------------------------ */

/* What may be done at the same time, one after another in stages: each stage is one kd_parallel_for. */
enum { BEFORE, PRODUCTS, AFTER, N_STAGES };

typedef struct {
  int n_chunks;
  KdChunkFunc func;
  void *data;
} Part;

typedef struct {
  Part parts[3];
  int n_parts;
} Stage;

static void
stage_add (Stage *stage, int n_chunks, KdChunkFunc func, void *data)
{
  g_assert (stage->n_parts < (int) G_N_ELEMENTS (stage->parts));
  stage->parts[stage->n_parts++] = (Part){ n_chunks, func, data };
}

static void
stage_chunk (void *data, int chunk, void *scratch)
{
  const Stage *stage = data;
  const Part *part = stage->parts;
  for (; chunk >= part->n_chunks; part++)
    chunk -= part->n_chunks;
  part->func (part->data, chunk, scratch);
}

static void
run_stages (KdPool *pool, Stage *stages)
{
  for (int i = 0; i < N_STAGES; i++) {
    int n_chunks = 0;
    for (int k = 0; k < stages[i].n_parts; k++)
      n_chunks += stages[i].parts[k].n_chunks;
    if (n_chunks > 0)
      kd_parallel_for (pool, n_chunks, stage_chunk, &stages[i]);
  }
}

/* ---- filters ------------------------------------------------------------------------------------------------ */

typedef struct {
  void (*transform) (
      int out_c, int in_c, const kd_real *weight, int from, int to, kd_real *u, size_t step);
  int out_c, in_c;
  int rows, rows_per_chunk;
  size_t step;
  const kd_real *weight;
  kd_real *u; /* t*t of [rows, padded columns] */
} Filters;

static void
filter_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Filters *f = data;
  const int from = chunk * f->rows_per_chunk;
  f->transform (f->out_c, f->in_c, f->weight, from, MIN (from + f->rows_per_chunk, f->rows), f->u,
                f->step);
}

/* @turned: rows are outputs, else inputs */
static Filters
filters_of (const KdWideWinograd *transforms,
            const KdConv *conv,
            bool turned,
            const kd_real *weight,
            kd_real *u)
{
  const int rows = turned ? conv->out_c : conv->in_c;
  const size_t columns = (size_t) kd_wide_pad (turned ? conv->in_c : conv->out_c);
  return (Filters){ .transform = turned ? transforms->turned_filters : transforms->filters,
                    .out_c = conv->out_c,
                    .in_c = conv->in_c,
                    .rows = rows,
                    .rows_per_chunk =
                        pieces_per_chunk (CHUNK_VALUES, positions_of (transforms->m) * columns),
                    .step = (size_t) rows * columns,
                    .weight = weight,
                    .u = u };
}

static void
add_filters (Stage *stages, Filters *f)
{
  stage_add (&stages[BEFORE], divide_up (f->rows, f->rows_per_chunk), filter_chunk, f);
}

/* ---- a convolution of transformed filters --------------------------------------------------------------- */

typedef struct {
  const KdWide *wide;
  const KdWideWinograd *transforms;
  KdWideTiles map;
  int tiles, block;
  const kd_real *x, *u, *bias; /* u: t*t of [I, padded O] */
  kd_real *y;
  bool add;
  kd_real *v, *products; /* of all tiles, where the steps are apart */
  int tiles_per_chunk, positions_per_chunk;
} Run;

/* Tiles of a block, whole register tiles of the product. */
static int
tiles_per_block (int m, int in_c, int out_c)
{
  const int values = (int) positions_of (m) * (kd_wide_pad (in_c) + kd_wide_pad (out_c));
  return CLAMP (BLOCK_VALUES / values / 12 * 12, 12, 96);
}

static bool
is_blocked (int tiles, int block)
{
  return tiles >= MIN_BLOCKS * block;
}

static void
multiply (const Run *run, size_t position, int tiles, const kd_real *v, kd_real *products)
{
  const int in_c = run->map.in_c, columns = kd_wide_pad (run->map.out_c);
  run->wide->gemm (&(KdWideGemm){
      .m = tiles,
      .n = columns,
      .k = in_c,
      .a = v,
      .a_row = kd_wide_pad (in_c),
      .a_column = 1,
      .b = run->u + position * (size_t) in_c * (size_t) columns,
      .b_row = columns,
      .c = products,
      .c_row = columns,
  });
}

static void
block_chunk (void *data, int chunk, void *scratch)
{
  const Run *run = data;
  const int from = chunk * run->block, to = MIN (from + run->block, run->tiles);
  const size_t positions = positions_of (run->transforms->m);
  const size_t v_step = (size_t) run->block * (size_t) kd_wide_pad (run->map.in_c);
  const size_t p_step = (size_t) run->block * (size_t) kd_wide_pad (run->map.out_c);
  kd_real *v = scratch, *products = v + positions * v_step;
  run->transforms->data (&run->map, run->x, from, to, v, v_step);
  for (size_t p = 0; p < positions; p++)
    multiply (run, p, to - from, v + p * v_step, products + p * p_step);
  run->transforms->output (&run->map, products, p_step, from, to, run->bias, run->add, run->y);
}

static void
data_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Run *run = data;
  const int from = chunk * run->tiles_per_chunk, to = MIN (from + run->tiles_per_chunk, run->tiles);
  const size_t row = (size_t) kd_wide_pad (run->map.in_c);
  run->transforms->data (&run->map, run->x, from, to, run->v + (size_t) from * row,
                         (size_t) run->tiles * row);
}

static void
positions_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Run *run = data;
  const size_t v_step = (size_t) run->tiles * (size_t) kd_wide_pad (run->map.in_c);
  const size_t p_step = (size_t) run->tiles * (size_t) kd_wide_pad (run->map.out_c);
  const size_t from = (size_t) (chunk * run->positions_per_chunk);
  const size_t to =
      MIN (from + (size_t) run->positions_per_chunk, positions_of (run->transforms->m));
  for (size_t p = from; p < to; p++)
    multiply (run, p, run->tiles, run->v + p * v_step, run->products + p * p_step);
}

static void
output_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Run *run = data;
  const int from = chunk * run->tiles_per_chunk, to = MIN (from + run->tiles_per_chunk, run->tiles);
  const size_t row = (size_t) kd_wide_pad (run->map.out_c);
  run->transforms->output (&run->map, run->products + (size_t) from * row,
                           (size_t) run->tiles * row, from, to, run->bias, run->add, run->y);
}

/* Products of one position: [tiles, @in_c] [@in_c, padded @out_c] or as many. */
static int
positions_in_chunk (int tiles, int in_c, int out_c)
{
  return pieces_per_chunk (CHUNK_PRODUCTS,
                           (size_t) tiles * (size_t) in_c * (size_t) kd_wide_pad (out_c));
}

/* @memory: tiles_size () bytes */
static void
add_run (Stage *stages, const KdConv *conv, int m, Run *run, void *memory)
{
  const int positions = (int) positions_of (m);
  run->transforms = transforms_of (run->wide, m);
  run->map = tiles_of (conv, m);
  run->tiles = count_tiles (conv, m);
  run->block = tiles_per_block (m, conv->in_c, conv->out_c);
  if (is_blocked (run->tiles, run->block)) {
    stage_add (&stages[PRODUCTS], divide_up (run->tiles, run->block), block_chunk, run);
    return;
  }
  const int columns = kd_wide_pad (conv->in_c) + kd_wide_pad (conv->out_c);
  run->tiles_per_chunk = pieces_per_chunk (CHUNK_VALUES, (size_t) (positions * columns / 2));
  run->positions_per_chunk = positions_in_chunk (run->tiles, conv->in_c, conv->out_c);
  run->v = memory;
  run->products =
      run->v + positions_of (m) * (size_t) run->tiles * (size_t) kd_wide_pad (conv->in_c);
  const int transforms = divide_up (run->tiles, run->tiles_per_chunk);
  stage_add (&stages[BEFORE], transforms, data_chunk, run);
  stage_add (&stages[PRODUCTS], divide_up (positions, run->positions_per_chunk), positions_chunk,
             run);
  stage_add (&stages[AFTER], transforms, output_chunk, run);
}

/* ---- forward ------------------------------------------------------------------------------------------------- */

void
kd_winograd_forward (const KdWide *wide,
                     int m,
                     KdPool *pool,
                     const KdConv *conv,
                     const kd_real *x,
                     const kd_real *weight,
                     kd_real *prepared,
                     const kd_real *bias,
                     kd_real *y,
                     void *workspace)
{
  Stage stages[N_STAGES] = { 0 };
  Filters filters;
  if (weight) {
    filters = filters_of (transforms_of (wide, m), conv, false, weight, prepared);
    add_filters (stages, &filters);
  }
  Run run = { .wide = wide, .x = x, .u = prepared, .bias = bias, .y = y };
  add_run (stages, conv, m, &run, workspace);
  run_stages (pool, stages);
}

/* ---- backward: the gradient of the weights ------------------------------------------------------------------------ */

typedef struct {
  const KdWide *wide;
  const KdWideWinograd *transforms;
  KdWideTiles map;
  int tiles, tiles_per_chunk, positions_per_chunk, rows_per_chunk;
  const kd_real *x, *dy;
  kd_real *v, *e, *du; /* t*t of [tiles, padded I], [tiles, padded O], [O, padded I] */
  kd_real *dweight, *dbias;
} Weights;

static void
weights_before_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int from = chunk * w->tiles_per_chunk, to = MIN (from + w->tiles_per_chunk, w->tiles);
  const size_t v_row = (size_t) kd_wide_pad (w->map.in_c);
  const size_t e_row = (size_t) kd_wide_pad (w->map.out_c);
  w->transforms->data (&w->map, w->x, from, to, w->v + (size_t) from * v_row,
                       (size_t) w->tiles * v_row);
  w->transforms->pull (&w->map, w->dy, from, to, w->e + (size_t) from * e_row,
                       (size_t) w->tiles * e_row);
}

/* dU = E^T V: all tiles in order, so that there are no partial sums. */
static void
weights_positions_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int v_row = kd_wide_pad (w->map.in_c), e_row = kd_wide_pad (w->map.out_c);
  const size_t tiles = (size_t) w->tiles;
  const size_t from = (size_t) (chunk * w->positions_per_chunk);
  const size_t to = MIN (from + (size_t) w->positions_per_chunk, positions_of (w->transforms->m));
  for (size_t p = from; p < to; p++)
    w->wide->gemm (&(KdWideGemm){
        .m = w->map.out_c,
        .n = v_row,
        .k = w->tiles,
        .a = w->e + p * tiles * (size_t) e_row,
        .a_row = 1,
        .a_column = e_row,
        .b = w->v + p * tiles * (size_t) v_row,
        .b_row = v_row,
        .c = w->du + p * (size_t) w->map.out_c * (size_t) v_row,
        .c_row = v_row,
    });
}

static void
weights_after_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int from = chunk * w->rows_per_chunk, to = MIN (from + w->rows_per_chunk, w->map.out_c);
  w->transforms->filter_gradients (w->map.out_c, w->map.in_c, w->du,
                                   (size_t) w->map.out_c * (size_t) kd_wide_pad (w->map.in_c), from,
                                   to, w->dweight);
}

/* Position (1,1), of the point 1 in both directions, holds the sum of each tile's dy. */
static void
bias_chunk (void *data, int chunk, void *scratch)
{
  (void) chunk;
  (void) scratch;
  const Weights *w = data;
  const size_t columns = (size_t) kd_wide_pad (w->map.out_c), tiles = (size_t) w->tiles;
  const kd_real *sums = w->e + (size_t) (w->transforms->m + 3) * tiles * columns;
  for (int o = 0; o < w->map.out_c; o++) {
    double sum = 0;
    for (size_t tile = 0; tile < tiles; tile++)
      sum += (double) sums[tile * columns + (size_t) o];
    w->dbias[o] += (kd_real) sum;
  }
}

static void
add_weights (Stage *stages, const KdConv *conv, int m, Weights *w, void *memory)
{
  const int positions = (int) positions_of (m);
  const int v_row = kd_wide_pad (conv->in_c), e_row = kd_wide_pad (conv->out_c);
  w->transforms = transforms_of (w->wide, m);
  w->map = tiles_of (conv, m);
  w->tiles = count_tiles (conv, m);
  w->tiles_per_chunk = pieces_per_chunk (CHUNK_VALUES, (size_t) (positions * (v_row + e_row)));
  w->positions_per_chunk = positions_in_chunk (w->tiles, conv->out_c, conv->in_c);
  w->rows_per_chunk = pieces_per_chunk (CHUNK_VALUES, (size_t) (positions * v_row));
  w->v = memory;
  w->e = w->v + (size_t) positions * (size_t) w->tiles * (size_t) v_row;
  w->du = w->e + (size_t) positions * (size_t) w->tiles * (size_t) e_row;
  stage_add (&stages[BEFORE], divide_up (w->tiles, w->tiles_per_chunk), weights_before_chunk, w);
  stage_add (&stages[PRODUCTS], divide_up (positions, w->positions_per_chunk),
             weights_positions_chunk, w);
  stage_add (&stages[AFTER], divide_up (conv->out_c, w->rows_per_chunk), weights_after_chunk, w);
  if (w->dbias)
    stage_add (&stages[AFTER], 1, bias_chunk, w);
}

/* ---- backward ------------------------------------------------------------------------------------------------------ */

static size_t
filters_size (const KdConv *conv, int m)
{
  return kd_conv_align (sizeof (kd_real) * positions_of (m) * (size_t) conv->out_c *
                        (size_t) kd_wide_pad (conv->in_c));
}

/* Bytes of all tiles, before and after the products. */
static size_t
tiles_size (const KdConv *conv, int m)
{
  return kd_conv_align (sizeof (kd_real) * positions_of (m) * (size_t) count_tiles (conv, m) *
                        (size_t) (kd_wide_pad (conv->in_c) + kd_wide_pad (conv->out_c)));
}

static void
transform_filters (KdPool *pool, Filters filters)
{
  kd_parallel_for (pool, divide_up (filters.rows, filters.rows_per_chunk), filter_chunk, &filters);
}

void
kd_winograd_prepare (const KdWide *wide,
                     int m,
                     KdPool *pool,
                     const KdConv *conv,
                     const kd_real *weight,
                     kd_real *prepared)
{
  transform_filters (pool, filters_of (transforms_of (wide, m), conv, false, weight, prepared));
}

void
kd_winograd_turn (const KdWide *wide,
                  int m,
                  KdPool *pool,
                  const KdConv *conv,
                  const kd_real *weight,
                  kd_real *turned)
{
  transform_filters (pool, filters_of (transforms_of (wide, m), conv, true, weight, turned));
}

/* dx is a convolution of dy with the filters turned by 180 degrees. Both gradients go through the stages side by side. */
void
kd_winograd_backward (const KdWide *wide,
                      int m,
                      KdPool *pool,
                      const KdConv *conv,
                      const KdConvBackward *what,
                      void *workspace)
{
  Stage stages[N_STAGES] = { 0 };
  char *memory = workspace;
  const KdConv back = turned (conv);
  Filters filters;
  Run run = { .wide = wide, .x = what->dy, .y = what->dx.values, .add = what->dx.add };
  if (what->dx.values) {
    run.u = what->turned;
    if (!what->turned) {
      filters = filters_of (transforms_of (wide, m), conv, true, what->weight, (kd_real *) memory);
      add_filters (stages, &filters);
      run.u = filters.u;
      memory += filters_size (conv, m);
    }
    add_run (stages, &back, m, &run, memory);
    memory += tiles_size (&back, m);
  }
  Weights weights = {
    .wide = wide, .x = what->x, .dy = what->dy, .dweight = what->dweight, .dbias = what->dbias
  };
  if (what->dweight)
    add_weights (stages, conv, m, &weights, memory);
  run_stages (pool, stages);
}

/* ---- sizes -------------------------------------------------------------------------------------------------------------- */

size_t
kd_winograd_prepared_size (const KdConv *conv, int m)
{
  return sizeof (kd_real) * positions_of (m) * (size_t) conv->in_c *
         (size_t) kd_wide_pad (conv->out_c);
}

size_t
kd_winograd_turned_size (const KdConv *conv, int m)
{
  return filters_size (conv, m);
}

/* The block of one worker; the same both ways, as channels count in a sum. */
size_t
kd_winograd_scratch_size (const KdConv *conv, int m)
{
  return sizeof (kd_real) * positions_of (m) *
         (size_t) tiles_per_block (m, conv->in_c, conv->out_c) *
         (size_t) (kd_wide_pad (conv->in_c) + kd_wide_pad (conv->out_c));
}

/* Backward: filters and tiles on the way to dx, tiles and their products to the weights. Forward needs less. */
size_t
kd_winograd_workspace_size (const KdConv *conv, int m)
{
  const KdConv back = turned (conv);
  return 2 * filters_size (conv, m) + tiles_size (&back, m) + tiles_size (conv, m);
}

size_t
kd_winograd_pass_workspace_size (const KdConv *conv, int m)
{
  const KdConv back = turned (conv);
  return MAX (filters_size (conv, m) + tiles_size (conv, m), tiles_size (&back, m));
}
