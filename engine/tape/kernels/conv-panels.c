/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv-kinds.h"

#include <string.h>

/* Patches are gathered as rows of a panel, which is then one factor of a matrix product. */

/* A patch panel of about this many values stays in a core's L2 beside the weights' packed block. */
#define PANEL_VALUES 65536
/* Fewer rows than this make a product inefficient. */
#define MIN_PANEL_ROWS 64
/* At most this many partial sums of the weights' gradient, and only for weights that are small. */
#define PARTIALS 8
#define SMALL_WEIGHTS 65536

/* Output rows (of all images, one after another) that share a panel. */
static int
rows_per_panel (const KdConv *conv)
{
  const int patch = kd_conv_patch (conv);
  int rows = PANEL_VALUES / (conv->out_w * patch);
  if (rows * conv->out_w < MIN_PANEL_ROWS)
    rows = (MIN_PANEL_ROWS + conv->out_w - 1) / conv->out_w;
  return CLAMP (rows, 1, conv->n * conv->out_h);
}

static int
divide_up (int a, int b)
{
  return (a + b - 1) / b;
}

/* Small maps of many channels have few panels: their output channels are cut as well. */
static int
channel_blocks (int panels, int channels)
{
  return panels >= 8 ? 1 : CLAMP (channels / 64, 1, 4);
}

static bool
is_pointwise (const KdConv *conv)
{
  return conv->kernel == 1 && conv->stride == 1 && conv->padding == 0;
}

/* A row of a patch: of the sizes that occur most, without a call. */
static inline void
copy_run (kd_real *restrict to, const kd_real *restrict from, int count)
{
  if (count % 16 == 0) {
    for (int i = 0; i < count; i += 16)
      memcpy (to + i, from + i, sizeof (kd_real) * 16);
  } else if (count == 9) { /* 3x3 of a picture's three colours */
    memcpy (to, from, sizeof (kd_real) * 9);
  } else {
    memcpy (to, from, sizeof (kd_real) * (size_t) count);
  }
}

/* One pixel's patch, zeros outside the map; (x0,y0) is its first value's place. */
static void
gather_border (const KdConv *conv, const kd_real *image, int y0, int x0, kd_real *to)
{
  const int k = conv->kernel, c = conv->in_c;
  const int left = CLAMP (-x0, 0, k), right = CLAMP (conv->in_w - x0, left, k);
  memset (to, 0, sizeof (kd_real) * (size_t) kd_conv_patch (conv));
  for (int ky = 0; ky < k; ky++, to += k * c) {
    if (y0 + ky >= 0 && y0 + ky < conv->in_h && left < right)
      memcpy (to + left * c, image + ((ptrdiff_t) (y0 + ky) * conv->in_w + x0 + left) * c,
              sizeof (kd_real) * (size_t) ((right - left) * c));
  }
}

/* Patches of output rows @from..@to-1 as rows of a matrix [pixels, padded k k I]; what the padding holds does not matter. */
static void
gather_patches (const KdConv *conv, const kd_real *x, int from, int to, kd_real *panel)
{
  const int k = conv->kernel, c = conv->in_c, run = k * c;
  const ptrdiff_t row_values = (ptrdiff_t) conv->in_w * c;
  const int columns = kd_wide_pad (kd_conv_patch (conv));
  for (int row = from; row < to; row++) {
    const int n = row / conv->out_h, y0 = row % conv->out_h * conv->stride - conv->padding;
    const kd_real *image = x + (ptrdiff_t) n * conv->in_h * row_values;
    const bool rows_inside = y0 >= 0 && y0 + k <= conv->in_h;
    for (int ox = 0; ox < conv->out_w; ox++, panel += columns) {
      const int x0 = ox * conv->stride - conv->padding;
      if (!rows_inside || x0 < 0 || x0 + k > conv->in_w) {
        gather_border (conv, image, y0, x0, panel);
        continue;
      }
      const kd_real *corner = image + y0 * row_values + (ptrdiff_t) x0 * c;
      for (int ky = 0; ky < k; ky++)
        copy_run (panel + ky * run, corner + ky * row_values, run);
    }
  }
}

/* The panel of some output rows as a matrix: of 1x1 kernels it is the map itself. */
typedef struct {
  const kd_real *values;
  int row; /* values from one row to the next */
} Panel;

static Panel
panel_of (const KdConv *conv, const kd_real *x, int from, int to, bool padded, void *scratch)
{
  const int patch = kd_conv_patch (conv);
  if (is_pointwise (conv) && !(padded && patch != kd_wide_pad (patch)))
    return (Panel){ x + (size_t) from * (size_t) conv->out_w * (size_t) patch, patch };
  gather_patches (conv, x, from, to, scratch);
  return (Panel){ scratch, kd_wide_pad (patch) };
}

/* ---- forward ------------------------------------------------------------------------------------ */

typedef struct {
  const KdWide *wide;
  const KdConv *conv;
  const kd_real *x, *weight, *bias; /* weight [k k I, padded O] */
  kd_real *y;
  bool add; /* y += instead of y = */
  int rows, channels, blocks;
} Forward;

static void
forward_chunk (void *data, int chunk, void *scratch)
{
  const Forward *f = data;
  const KdConv *conv = f->conv;
  const int from = chunk / f->blocks * f->rows;
  const int to = MIN (from + f->rows, conv->n * conv->out_h);
  const int first = chunk % f->blocks * f->channels;
  const Panel panel = panel_of (conv, f->x, from, to, false, scratch);
  const size_t pixel = (size_t) from * (size_t) conv->out_w;
  f->wide->gemm (&(KdWideGemm){
      .m = (to - from) * conv->out_w,
      .n = MIN (f->channels, conv->out_c - first),
      .k = kd_conv_patch (conv),
      .a = panel.values,
      .a_row = panel.row,
      .a_column = 1,
      .b = f->weight + first,
      .b_row = kd_wide_pad (conv->out_c),
      .bias = f->bias ? f->bias + first : NULL,
      .c = f->y + pixel * (size_t) conv->out_c + first,
      .c_row = conv->out_c,
      .add = f->add,
  });
}

static void
run_forward (KdPool *pool, Forward *f)
{
  const KdConv *conv = f->conv;
  f->rows = rows_per_panel (conv);
  const int panels = divide_up (conv->n * conv->out_h, f->rows);
  f->blocks = channel_blocks (panels, conv->out_c);
  f->channels = kd_wide_pad (divide_up (conv->out_c, f->blocks));
  f->blocks = divide_up (conv->out_c, f->channels);
  kd_parallel_for (pool, panels * f->blocks, forward_chunk, f);
}

typedef struct {
  const KdConv *conv;
  const kd_real *weight;
  kd_real *prepared;
} Prepare;

/* One block of columns: [O, k k I] to [k k I, padded O]. */
static void
prepare_chunk (void *data, int block, void *scratch)
{
  (void) scratch;
  const Prepare *p = data;
  const int patch = kd_conv_patch (p->conv), columns = kd_wide_pad (p->conv->out_c);
  const int from = block * KD_WIDE_COLUMNS;
  const int real = MIN (KD_WIDE_COLUMNS, p->conv->out_c - from);
  for (int i = 0; i < patch; i++) {
    kd_real *row = p->prepared + (size_t) i * (size_t) columns + from;
    for (int o = 0; o < real; o++)
      row[o] = p->weight[(size_t) (from + o) * (size_t) patch + (size_t) i];
    for (int o = real; o < KD_WIDE_COLUMNS; o++)
      row[o] = 0;
  }
}

void
kd_panels_prepare (KdPool *pool, const KdConv *conv, const kd_real *weight, kd_real *prepared)
{
  Prepare p = { conv, weight, prepared };
  kd_parallel_for (pool, kd_wide_pad (conv->out_c) / KD_WIDE_COLUMNS, prepare_chunk, &p);
}

void
kd_panels_forward (const KdWide *wide,
                   KdPool *pool,
                   const KdConv *conv,
                   const kd_real *x,
                   const kd_real *prepared,
                   const kd_real *bias,
                   kd_real *y)
{
  Forward f = { .wide = wide, .conv = conv, .x = x, .weight = prepared, .bias = bias, .y = y };
  run_forward (pool, &f);
}

/* ---- backward to the data -------------------------------------------------------------------------- */

/* Stride 1: a convolution of dy with the weights turned by 180 degrees, input and output channels swapped. */
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
                   .kernel = conv->kernel,
                   .stride = 1,
                   .padding = conv->kernel - 1 - conv->padding };
}

/* [O, k k, I] to [turned k k, O, padded I] */
static void
turn_weights (const KdConv *conv, const kd_real *weight, kd_real *out)
{
  const int taps = conv->kernel * conv->kernel;
  const size_t c = (size_t) conv->in_c, columns = (size_t) kd_wide_pad (conv->in_c);
  for (int t = taps - 1; t >= 0; t--)
    for (int o = 0; o < conv->out_c; o++, out += columns) {
      memcpy (out, weight + ((size_t) o * (size_t) taps + (size_t) t) * c, c * sizeof (kd_real));
      memset (out + c, 0, (columns - c) * sizeof (kd_real));
    }
}

/* [O, k k I] with padded rows */
static void
pad_weights (const KdConv *conv, const kd_real *weight, kd_real *out)
{
  const size_t patch = (size_t) kd_conv_patch (conv), columns = (size_t) kd_wide_pad ((int) patch);
  for (int o = 0; o < conv->out_c; o++, out += columns) {
    memcpy (out, weight + (size_t) o * patch, patch * sizeof (kd_real));
    memset (out + patch, 0, (columns - patch) * sizeof (kd_real));
  }
}

typedef struct {
  const KdWide *wide;
  const KdConv *conv;
  const kd_real *dy, *weight; /* weight [O, padded k k I] */
  KdTarget dx;
  int rows;
} Scatter;

/* Add patches back to where they were gathered from. */
static void
scatter_patches (const KdConv *conv, const kd_real *panel, int n, int from, int to, kd_real *dx)
{
  const int k = conv->kernel, c = conv->in_c;
  const int patch = kd_conv_patch (conv), padding = kd_wide_pad (patch) - patch;
  kd_real *image = dx + (size_t) n * (size_t) conv->in_h * (size_t) conv->in_w * (size_t) c;
  for (int oy = from; oy < to; oy++)
    for (int ox = 0; ox < conv->out_w; ox++)
      for (int ky = 0; ky < k; ky++, panel += ky < k ? k * c : k * c + padding) {
        const int y = oy * conv->stride - conv->padding + ky;
        const int x0 = ox * conv->stride - conv->padding;
        if (y < 0 || y >= conv->in_h)
          continue;
        const int left = CLAMP (-x0, 0, k), right = CLAMP (conv->in_w - x0, left, k);
        kd_real *restrict to_row = image + ((ptrdiff_t) y * conv->in_w + x0 + left) * c;
        const kd_real *restrict from_row = panel + left * c;
        for (int i = 0; i < (right - left) * c; i++)
          to_row[i] += from_row[i];
      }
}

/* One image: patches overlap within it, so it is the smallest piece whose outputs are its own. */
static void
scatter_chunk (void *data, int n, void *scratch)
{
  const Scatter *s = data;
  const KdConv *conv = s->conv;
  const int patch = kd_conv_patch (conv), columns = kd_wide_pad (patch);
  const size_t image = (size_t) conv->in_h * (size_t) conv->in_w * (size_t) conv->in_c;
  if (!s->dx.add)
    memset (s->dx.values + (size_t) n * image, 0, image * sizeof (kd_real));
  for (int from = 0; from < conv->out_h; from += s->rows) {
    const int to = MIN (from + s->rows, conv->out_h);
    const size_t pixel = ((size_t) n * (size_t) conv->out_h + (size_t) from) * (size_t) conv->out_w;
    s->wide->gemm (&(KdWideGemm){
        .m = (to - from) * conv->out_w,
        .n = columns,
        .k = conv->out_c,
        .a = s->dy + pixel * (size_t) conv->out_c,
        .a_row = conv->out_c,
        .a_column = 1,
        .b = s->weight,
        .b_row = columns,
        .c = scratch,
        .c_row = columns,
    });
    scatter_patches (conv, scratch, n, from, to, s->dx.values);
  }
}

static bool
can_turn (const KdConv *conv)
{
  return conv->stride == 1 && conv->padding <= conv->kernel - 1;
}

void
kd_panels_turn (const KdConv *conv, const kd_real *weight, kd_real *out)
{
  if (can_turn (conv))
    turn_weights (conv, weight, out);
  else
    pad_weights (conv, weight, out);
}

void
kd_panels_backward_data (const KdWide *wide,
                         KdPool *pool,
                         const KdConv *conv,
                         const kd_real *dy,
                         const kd_real *turned_weight,
                         KdTarget dx)
{
  if (can_turn (conv)) {
    const KdConv back = turned (conv);
    Forward f = {
      .wide = wide, .conv = &back, .x = dy, .weight = turned_weight, .y = dx.values, .add = dx.add
    };
    run_forward (pool, &f);
    return;
  }
  Scatter s = { .wide = wide,
                .conv = conv,
                .dy = dy,
                .weight = turned_weight,
                .dx = dx,
                .rows = rows_per_panel (conv) };
  kd_parallel_for (pool, conv->n, scatter_chunk, &s);
}

/* ---- backward to the weights ------------------------------------------------------------------------- */

typedef struct {
  const KdWide *wide;
  const KdConv *conv;
  const kd_real *x, *dy;
  kd_real *partials; /* [splits, O, patch] */
  int rows;          /* of a panel */
  int split_rows;    /* output rows of one partial sum */
  int splits, blocks, channels;
  kd_real *dweight;
} Weights;

static void
weights_chunk (void *data, int chunk, void *scratch)
{
  const Weights *w = data;
  const KdConv *conv = w->conv;
  const int patch = kd_conv_patch (conv), out_c = conv->out_c;
  const int split = chunk / w->blocks, first = chunk % w->blocks * w->channels;
  const int channels = MIN (w->channels, out_c - first);
  const int begin = split * w->split_rows;
  const int end = MIN (begin + w->split_rows, conv->n * conv->out_h);
  kd_real *out = w->partials + ((size_t) split * (size_t) out_c + (size_t) first) * (size_t) patch;
  for (int from = begin; from < end; from += w->rows) {
    const int to = MIN (from + w->rows, end);
    const size_t pixel = (size_t) from * (size_t) conv->out_w;
    const Panel panel = panel_of (conv, w->x, from, to, true, scratch);
    w->wide->gemm (&(KdWideGemm){
        .m = channels,
        .n = patch,
        .k = (to - from) * conv->out_w,
        .a = w->dy + pixel * (size_t) out_c + first,
        .a_row = 1,
        .a_column = out_c,
        .b = panel.values,
        .b_row = panel.row,
        .c = out,
        .c_row = patch,
        .add = from > begin,
    });
  }
}

static void
reduce_chunk (void *data, int o, void *scratch)
{
  (void) scratch;
  const Weights *w = data;
  const size_t patch = (size_t) kd_conv_patch (w->conv);
  kd_real *restrict sum = w->dweight + (size_t) o * patch;
  for (int split = 0; split < w->splits; split++) {
    const kd_real *restrict part =
        w->partials + ((size_t) split * (size_t) w->conv->out_c + (size_t) o) * patch;
    for (size_t i = 0; i < patch; i++)
      sum[i] += part[i];
  }
}

static int
partial_sums (const KdConv *conv)
{
  return conv->out_c * kd_conv_patch (conv) <= SMALL_WEIGHTS ? MIN (PARTIALS, conv->n * conv->out_h)
                                                             : 1;
}

void
kd_panels_backward_weights (const KdWide *wide,
                            KdPool *pool,
                            const KdConv *conv,
                            const kd_real *x,
                            const kd_real *dy,
                            kd_real *dweight,
                            void *workspace)
{
  const int all_rows = conv->n * conv->out_h;
  Weights w = { .wide = wide,
                .conv = conv,
                .x = x,
                .dy = dy,
                .partials = workspace,
                .rows = rows_per_panel (conv),
                .dweight = dweight };
  w.split_rows = divide_up (all_rows, partial_sums (conv));
  w.splits = divide_up (all_rows, w.split_rows);
  w.blocks = channel_blocks (w.splits, conv->out_c);
  w.channels = divide_up (conv->out_c, w.blocks);
  w.blocks = divide_up (conv->out_c, w.channels);
  kd_parallel_for (pool, w.splits * w.blocks, weights_chunk, &w);
  kd_parallel_for (pool, conv->out_c, reduce_chunk, &w);
}

/* ---- sizes ---------------------------------------------------------------------------------------------- */

static size_t
panel_bytes (const KdConv *conv)
{
  return sizeof (kd_real) * (size_t) rows_per_panel (conv) * (size_t) conv->out_w *
         (size_t) kd_wide_pad (kd_conv_patch (conv));
}

size_t
kd_panels_scratch_size (const KdConv *conv)
{
  const KdConv back = turned (conv);
  return MAX (panel_bytes (conv), can_turn (conv) ? panel_bytes (&back) : 0);
}

size_t
kd_panels_prepared_size (const KdConv *conv)
{
  return sizeof (kd_real) * (size_t) kd_conv_patch (conv) * (size_t) kd_wide_pad (conv->out_c);
}

size_t
kd_panels_turned_size (const KdConv *conv)
{
  const size_t taps = (size_t) (conv->kernel * conv->kernel);
  const size_t row = can_turn (conv) ? taps * (size_t) kd_wide_pad (conv->in_c)
                                     : (size_t) kd_wide_pad (kd_conv_patch (conv));
  return sizeof (kd_real) * (size_t) conv->out_c * row;
}

size_t
kd_panels_workspace_size (const KdConv *conv)
{
  const size_t weights = (size_t) conv->out_c * (size_t) kd_conv_patch (conv);
  return MAX (sizeof (kd_real) * (size_t) partial_sums (conv) * weights,
              kd_panels_turned_size (conv));
}
