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
/* Tiles and filter rows that one chunk of a transform takes. */
#define TRANSFORM_TILES 4
#define TRANSFORM_ROWS 8

static int
divide_up (int a, int b)
{
  return (a + b - 1) / b;
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
  const int from = chunk * TRANSFORM_TILES, to = MIN (from + TRANSFORM_TILES, run->tiles);
  const size_t row = (size_t) kd_wide_pad (run->map.in_c);
  run->transforms->data (&run->map, run->x, from, to, run->v + (size_t) from * row,
                         (size_t) run->tiles * row);
}

static void
position_chunk (void *data, int position, void *scratch)
{
  (void) scratch;
  const Run *run = data;
  const size_t p = (size_t) position, tiles = (size_t) run->tiles;
  multiply (run, p, run->tiles, run->v + p * tiles * (size_t) kd_wide_pad (run->map.in_c),
            run->products + p * tiles * (size_t) kd_wide_pad (run->map.out_c));
}

static void
output_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Run *run = data;
  const int from = chunk * TRANSFORM_TILES, to = MIN (from + TRANSFORM_TILES, run->tiles);
  const size_t row = (size_t) kd_wide_pad (run->map.out_c);
  run->transforms->output (&run->map, run->products + (size_t) from * row,
                           (size_t) run->tiles * row, from, to, run->bias, run->add, run->y);
}

/* @memory: of kd_winograd_workspace_size (), behind the filters if they lie there */
static void
run_all (KdPool *pool, const KdConv *conv, int m, Run *run, void *memory)
{
  run->transforms = transforms_of (run->wide, m);
  run->map = tiles_of (conv, m);
  run->tiles = conv->n * run->map.rows * run->map.columns;
  run->block = tiles_per_block (m, conv->in_c, conv->out_c);
  if (is_blocked (run->tiles, run->block)) {
    kd_parallel_for (pool, divide_up (run->tiles, run->block), block_chunk, run);
    return;
  }
  run->v = memory;
  run->products =
      run->v + positions_of (m) * (size_t) run->tiles * (size_t) kd_wide_pad (conv->in_c);
  kd_parallel_for (pool, divide_up (run->tiles, TRANSFORM_TILES), data_chunk, run);
  kd_parallel_for (pool, (int) positions_of (m), position_chunk, run);
  kd_parallel_for (pool, divide_up (run->tiles, TRANSFORM_TILES), output_chunk, run);
}

/* ---- filters ------------------------------------------------------------------------------------------------ */

typedef struct {
  void (*transform) (
      int out_c, int in_c, const kd_real *weight, int from, int to, kd_real *u, size_t step);
  int out_c, in_c, rows;
  size_t step;
  const kd_real *weight;
  kd_real *u;
} Filters;

static void
filter_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Filters *f = data;
  const int from = chunk * TRANSFORM_ROWS;
  f->transform (f->out_c, f->in_c, f->weight, from, MIN (from + TRANSFORM_ROWS, f->rows), f->u,
                f->step);
}

void
kd_winograd_prepare (const KdWide *wide,
                     int m,
                     KdPool *pool,
                     const KdConv *conv,
                     const kd_real *weight,
                     kd_real *prepared)
{
  Filters f = { .transform = transforms_of (wide, m)->filters,
                .out_c = conv->out_c,
                .in_c = conv->in_c,
                .rows = conv->in_c,
                .step = (size_t) conv->in_c * (size_t) kd_wide_pad (conv->out_c),
                .weight = weight,
                .u = prepared };
  kd_parallel_for (pool, divide_up (f.rows, TRANSFORM_ROWS), filter_chunk, &f);
}

/* ---- forward and backward to the data -------------------------------------------------------------------------- */

void
kd_winograd_forward (const KdWide *wide,
                     int m,
                     KdPool *pool,
                     const KdConv *conv,
                     const kd_real *x,
                     const kd_real *prepared,
                     const kd_real *bias,
                     kd_real *y,
                     void *workspace)
{
  Run run = { .wide = wide, .x = x, .u = prepared, .bias = bias, .y = y };
  run_all (pool, conv, m, &run, workspace);
}

static size_t
turned_filters_size (const KdConv *conv, int m)
{
  return kd_conv_align (sizeof (kd_real) * positions_of (m) * (size_t) conv->out_c *
                        (size_t) kd_wide_pad (conv->in_c));
}

/* A convolution of dy with the filters turned by 180 degrees. */
void
kd_winograd_backward_data (const KdWide *wide,
                           int m,
                           KdPool *pool,
                           const KdConv *conv,
                           const kd_real *dy,
                           const kd_real *weight,
                           kd_real *dx,
                           void *workspace)
{
  Filters f = { .transform = transforms_of (wide, m)->turned_filters,
                .out_c = conv->out_c,
                .in_c = conv->in_c,
                .rows = conv->out_c,
                .step = (size_t) conv->out_c * (size_t) kd_wide_pad (conv->in_c),
                .weight = weight,
                .u = workspace };
  kd_parallel_for (pool, divide_up (f.rows, TRANSFORM_ROWS), filter_chunk, &f);
  const KdConv back = turned (conv);
  Run run = { .wide = wide, .x = dy, .u = f.u, .y = dx, .add = true };
  run_all (pool, &back, m, &run, (char *) workspace + turned_filters_size (conv, m));
}

/* ---- backward to the weights --------------------------------------------------------------------------------------- */

typedef struct {
  const KdWide *wide;
  const KdWideWinograd *transforms;
  KdWideTiles map;
  int tiles;
  const kd_real *x, *dy;
  kd_real *v, *e, *du; /* t*t of [tiles, padded I], [tiles, padded O], [O, padded I] */
  kd_real *dweight;
} Weights;

static void
weights_data_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int from = chunk * TRANSFORM_TILES, to = MIN (from + TRANSFORM_TILES, w->tiles);
  const size_t v_row = (size_t) kd_wide_pad (w->map.in_c);
  const size_t e_row = (size_t) kd_wide_pad (w->map.out_c);
  w->transforms->data (&w->map, w->x, from, to, w->v + (size_t) from * v_row,
                       (size_t) w->tiles * v_row);
  w->transforms->pull (&w->map, w->dy, from, to, w->e + (size_t) from * e_row,
                       (size_t) w->tiles * e_row);
}

/* dU = E^T V: all tiles in order, so that there are no partial sums. */
static void
weights_position_chunk (void *data, int position, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int v_row = kd_wide_pad (w->map.in_c), e_row = kd_wide_pad (w->map.out_c);
  const size_t p = (size_t) position, tiles = (size_t) w->tiles;
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
weights_output_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const int from = chunk * TRANSFORM_ROWS, to = MIN (from + TRANSFORM_ROWS, w->map.out_c);
  w->transforms->filter_gradients (w->map.out_c, w->map.in_c, w->du,
                                   (size_t) w->map.out_c * (size_t) kd_wide_pad (w->map.in_c), from,
                                   to, w->dweight);
}

static size_t
count_tiles (const KdConv *conv, int m)
{
  return (size_t) (conv->n * divide_up (conv->out_h, m) * divide_up (conv->out_w, m));
}

void
kd_winograd_backward_weights (const KdWide *wide,
                              int m,
                              KdPool *pool,
                              const KdConv *conv,
                              const kd_real *x,
                              const kd_real *dy,
                              kd_real *dweight,
                              void *workspace)
{
  Weights w = { .wide = wide,
                .transforms = transforms_of (wide, m),
                .map = tiles_of (conv, m),
                .tiles = (int) count_tiles (conv, m),
                .x = x,
                .dy = dy,
                .v = workspace,
                .dweight = dweight };
  w.e = w.v + positions_of (m) * (size_t) w.tiles * (size_t) kd_wide_pad (conv->in_c);
  w.du = w.e + positions_of (m) * (size_t) w.tiles * (size_t) kd_wide_pad (conv->out_c);
  kd_parallel_for (pool, divide_up (w.tiles, TRANSFORM_TILES), weights_data_chunk, &w);
  kd_parallel_for (pool, (int) positions_of (m), weights_position_chunk, &w);
  kd_parallel_for (pool, divide_up (conv->out_c, TRANSFORM_ROWS), weights_output_chunk, &w);
}

/* ---- sizes -------------------------------------------------------------------------------------------------------------- */

/* Bytes of all tiles, before and after the products. */
static size_t
tiles_size (const KdConv *conv, int m)
{
  return kd_conv_align (sizeof (kd_real) * positions_of (m) * count_tiles (conv, m) *
                        (size_t) (kd_wide_pad (conv->in_c) + kd_wide_pad (conv->out_c)));
}

size_t
kd_winograd_prepared_size (const KdConv *conv, int m)
{
  return sizeof (kd_real) * positions_of (m) * (size_t) conv->in_c *
         (size_t) kd_wide_pad (conv->out_c);
}

/* The block of one worker; the same both ways, as channels count in a sum. */
size_t
kd_winograd_scratch_size (const KdConv *conv, int m)
{
  return sizeof (kd_real) * positions_of (m) *
         (size_t) tiles_per_block (m, conv->in_c, conv->out_c) *
         (size_t) (kd_wide_pad (conv->in_c) + kd_wide_pad (conv->out_c));
}

size_t
kd_winograd_workspace_size (const KdConv *conv, int m)
{
  const KdConv back = turned (conv);
  const size_t filters = turned_filters_size (conv, m);
  return MAX (tiles_size (conv, m) + filters, tiles_size (&back, m) + filters);
}
