/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/conv.h"

/* y[n,oy,ox,o] = bias[o] + sum_{ky,kx,i} x[n, oy s - p + ky, ox s - p + kx, i] w[o,ky,kx,i] */

typedef void (*Visit) (void *data, size_t y_index, size_t x_index, size_t w_index);

/* Every product of the sum once, in a fixed order. */
static void
visit_products (const KdConv *conv, Visit visit, void *data)
{
  for (int n = 0; n < conv->n; n++)
    for (int oy = 0; oy < conv->out_h; oy++)
      for (int ox = 0; ox < conv->out_w; ox++)
        for (int ky = 0; ky < conv->kernel; ky++)
          for (int kx = 0; kx < conv->kernel; kx++) {
            const int y = oy * conv->stride - conv->padding + ky;
            const int x = ox * conv->stride - conv->padding + kx;
            if (y < 0 || y >= conv->in_h || x < 0 || x >= conv->in_w)
              continue;
            for (int o = 0; o < conv->out_c; o++)
              for (int i = 0; i < conv->in_c; i++)
                visit (data,
                       (((size_t) n * (size_t) conv->out_h + (size_t) oy) * (size_t) conv->out_w +
                        (size_t) ox) *
                               (size_t) conv->out_c +
                           (size_t) o,
                       (((size_t) n * (size_t) conv->in_h + (size_t) y) * (size_t) conv->in_w +
                        (size_t) x) *
                               (size_t) conv->in_c +
                           (size_t) i,
                       (((size_t) o * (size_t) conv->kernel + (size_t) ky) * (size_t) conv->kernel +
                        (size_t) kx) *
                               (size_t) conv->in_c +
                           (size_t) i);
          }
}

typedef struct {
  const kd_real *a, *b;
  kd_real *out;
} Plain;

static void
visit_forward (void *data, size_t y, size_t x, size_t w)
{
  Plain *p = data;
  p->out[y] += p->a[x] * p->b[w];
}

static void
visit_data (void *data, size_t y, size_t x, size_t w)
{
  Plain *p = data;
  p->out[x] += p->a[y] * p->b[w];
}

static void
visit_weights (void *data, size_t y, size_t x, size_t w)
{
  Plain *p = data;
  p->out[w] += p->a[y] * p->b[x];
}

void
kd_conv_forward_plain (
    const KdConv *conv, const kd_real *x, const kd_real *weight, const kd_real *bias, kd_real *y)
{
  const size_t pixels = (size_t) conv->n * (size_t) conv->out_h * (size_t) conv->out_w;
  for (size_t p = 0; p < pixels; p++)
    for (int o = 0; o < conv->out_c; o++)
      y[p * (size_t) conv->out_c + (size_t) o] = bias ? bias[o] : 0;
  visit_products (conv, visit_forward, &(Plain){ x, weight, y });
}

void
kd_conv_backward_data_plain (const KdConv *conv,
                             const kd_real *dy,
                             const kd_real *weight,
                             kd_real *dx)
{
  visit_products (conv, visit_data, &(Plain){ dy, weight, dx });
}

void
kd_conv_backward_weights_plain (const KdConv *conv,
                                const kd_real *x,
                                const kd_real *dy,
                                kd_real *dweight)
{
  visit_products (conv, visit_weights, &(Plain){ dy, x, dweight });
}
