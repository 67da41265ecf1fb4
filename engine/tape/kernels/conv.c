/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv.h"

#include "engine/tape/kernels/gemm.h"

#include <string.h>

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

/* Patches of output rows @from..@to-1 as rows of a matrix [pixels, k k I]; zeros outside the map. */
static void
gather_patches (const KdConv *conv, const kd_real *x, int from, int to, kd_real *panel)
{
  const int k = conv->kernel, c = conv->in_c;
  const size_t row_values = (size_t) conv->in_w * (size_t) c;
  for (int row = from; row < to; row++) {
    const int n = row / conv->out_h, oy = row % conv->out_h;
    const kd_real *image = x + (size_t) n * (size_t) conv->in_h * row_values;
    for (int ox = 0; ox < conv->out_w; ox++) {
      const int x0 = ox * conv->stride - conv->padding;
      const int left = CLAMP (-x0, 0, k), right = CLAMP (conv->in_w - x0, left, k);
      for (int ky = 0; ky < k; ky++) {
        const int y = oy * conv->stride - conv->padding + ky;
        if (y < 0 || y >= conv->in_h || left == right) {
          memset (panel, 0, sizeof (kd_real) * (size_t) (k * c));
        } else {
          memset (panel, 0, sizeof (kd_real) * (size_t) (left * c));
          memcpy (panel + left * c, image + (size_t) y * row_values + (ptrdiff_t) (x0 + left) * c,
                  sizeof (kd_real) * (size_t) ((right - left) * c));
          memset (panel + right * c, 0, sizeof (kd_real) * (size_t) ((k - right) * c));
        }
        panel += k * c;
      }
    }
  }
}

/* ---- forward ------------------------------------------------------------------------------------ */

typedef struct {
  const KdConv *conv;
  const kd_real *x, *weight, *bias;
  kd_real *y;
  bool add; /* y += instead of y = */
  int rows, channels, blocks;
} Forward;

static void
forward_chunk (void *data, int chunk, void *scratch)
{
  const Forward *f = data;
  const KdConv *conv = f->conv;
  const int patch = kd_conv_patch (conv), out_c = conv->out_c;
  const int from = chunk / f->blocks * f->rows;
  const int to = MIN (from + f->rows, conv->n * conv->out_h);
  const int first = chunk % f->blocks * f->channels;
  const int channels = MIN (f->channels, out_c - first);
  const int pixels = (to - from) * conv->out_w;
  const size_t pixel = (size_t) from * (size_t) conv->out_w;

  const kd_real *panel;
  if (is_pointwise (conv)) {
    panel = f->x + pixel * (size_t) patch;
  } else {
    gather_patches (conv, f->x, from, to, scratch);
    panel = scratch;
  }
  kd_real *y = f->y + pixel * (size_t) out_c + first;
  if (f->bias) {
    for (int p = 0; p < pixels; p++)
      memcpy (y + (size_t) p * (size_t) out_c, f->bias + first,
              sizeof (kd_real) * (size_t) channels);
  }
  kd_gemm (false, true, pixels, channels, patch, panel, patch,
           f->weight + (size_t) first * (size_t) patch, patch, f->bias || f->add, y, out_c);
}

static void
run_forward (KdPool *pool, Forward *f)
{
  const KdConv *conv = f->conv;
  f->rows = rows_per_panel (conv);
  const int panels = divide_up (conv->n * conv->out_h, f->rows);
  f->blocks = channel_blocks (panels, conv->out_c);
  f->channels = divide_up (conv->out_c, f->blocks);
  f->blocks = divide_up (conv->out_c, f->channels);
  kd_parallel_for (pool, panels * f->blocks, forward_chunk, f);
}

void
kd_conv_forward (KdPool *pool,
                 const KdConv *conv,
                 const kd_real *x,
                 const kd_real *weight,
                 const kd_real *bias,
                 kd_real *y)
{
  Forward f = { .conv = conv, .x = x, .weight = weight, .bias = bias, .y = y };
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

static void
turn_weights (const KdConv *conv, const kd_real *weight, kd_real *out)
{
  const int taps = conv->kernel * conv->kernel;
  for (int i = 0; i < conv->in_c; i++)
    for (int t = 0; t < taps; t++)
      for (int o = 0; o < conv->out_c; o++)
        out[((size_t) i * (size_t) taps + (size_t) t) * (size_t) conv->out_c + (size_t) o] =
            weight[((size_t) o * (size_t) taps + (size_t) (taps - 1 - t)) * (size_t) conv->in_c +
                   (size_t) i];
}

typedef struct {
  const KdConv *conv;
  const kd_real *dy, *weight;
  kd_real *dx;
  int rows;
} Scatter;

/* Add patches back to where they were gathered from. */
static void
scatter_patches (const KdConv *conv, const kd_real *panel, int n, int from, int to, kd_real *dx)
{
  const int k = conv->kernel, c = conv->in_c;
  kd_real *image = dx + (size_t) n * (size_t) conv->in_h * (size_t) conv->in_w * (size_t) c;
  for (int oy = from; oy < to; oy++)
    for (int ox = 0; ox < conv->out_w; ox++)
      for (int ky = 0; ky < k; ky++, panel += k * c) {
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
  const int patch = kd_conv_patch (conv);
  for (int from = 0; from < conv->out_h; from += s->rows) {
    const int to = MIN (from + s->rows, conv->out_h);
    const size_t pixel = ((size_t) n * (size_t) conv->out_h + (size_t) from) * (size_t) conv->out_w;
    kd_gemm (false, false, (to - from) * conv->out_w, patch, conv->out_c,
             s->dy + pixel * (size_t) conv->out_c, conv->out_c, s->weight, patch, 0, scratch,
             patch);
    scatter_patches (conv, scratch, n, from, to, s->dx);
  }
}

static bool
can_turn (const KdConv *conv)
{
  return conv->stride == 1 && conv->padding <= conv->kernel - 1;
}

void
kd_conv_backward_data (KdPool *pool,
                       const KdConv *conv,
                       const kd_real *dy,
                       const kd_real *weight,
                       kd_real *dx,
                       void *workspace)
{
  if (can_turn (conv)) {
    const KdConv back = turned (conv);
    turn_weights (conv, weight, workspace);
    Forward f = { .conv = &back, .x = dy, .weight = workspace, .y = dx, .add = true };
    run_forward (pool, &f);
    return;
  }
  Scatter s = { .conv = conv, .dy = dy, .weight = weight, .dx = dx, .rows = rows_per_panel (conv) };
  kd_parallel_for (pool, conv->n, scatter_chunk, &s);
}

/* ---- backward to the weights ------------------------------------------------------------------------- */

typedef struct {
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
    const kd_real *panel;
    if (is_pointwise (conv)) {
      panel = w->x + pixel * (size_t) patch;
    } else {
      gather_patches (conv, w->x, from, to, scratch);
      panel = scratch;
    }
    kd_gemm (true, false, channels, patch, (to - from) * conv->out_w,
             w->dy + pixel * (size_t) out_c + first, out_c, panel, patch, from > begin, out, patch);
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
kd_conv_backward_weights (KdPool *pool,
                          const KdConv *conv,
                          const kd_real *x,
                          const kd_real *dy,
                          kd_real *dweight,
                          void *workspace)
{
  const int all_rows = conv->n * conv->out_h;
  Weights w = { .conv = conv,
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
         (size_t) kd_conv_patch (conv);
}

size_t
kd_conv_scratch_size (const KdConv *conv)
{
  const KdConv back = turned (conv);
  return MAX (panel_bytes (conv), can_turn (conv) ? panel_bytes (&back) : 0);
}

size_t
kd_conv_workspace_size (const KdConv *conv)
{
  return sizeof (kd_real) * (size_t) partial_sums (conv) * (size_t) conv->out_c *
         (size_t) kd_conv_patch (conv);
}
