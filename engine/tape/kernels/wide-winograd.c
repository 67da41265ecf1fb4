/* SPDX-License-Identifier: MIT */
#include "engine/tape/kernels/vector.h"

/*
 * Winograd's minimal filtering F(m x m, 3 x 3) for m = 2 and 4 (Lavin and Gray 2016; points 0, 1, -1, (2, -2,) infinity):
 *   y = A^T [(G g G^T) (B^T d B)] A,   dg = G^T [(A dy A^T) (B^T d B)] G
 * Channels are the vectors' lanes. @m is a constant wherever these templates are used.
 */
#define MAX_SIDE 6

/* Constants of G; the compiler may not turn a division into a product. */
#define HALF ((kd_real) 0.5)
#define QUARTER ((kd_real) 0.25)
#define SIXTH ((kd_real) (1.0 / 6))
#define TWELFTH ((kd_real) (1.0 / 12))
#define TWENTY_FOURTH ((kd_real) (1.0 / 24))

/* ---- in one dimension: @s and @os are the distances between elements --------------------------------- */

/* o = B^T d */
KD_INLINE void
data_line (const int m, const KdVector *d, int s, KdVector *o, int os)
{
  if (m == 2) {
    o[0] = d[0] - d[2 * s];
    o[os] = d[s] + d[2 * s];
    o[2 * os] = d[2 * s] - d[s];
    o[3 * os] = d[s] - d[3 * s];
    return;
  }
  const KdVector even = d[4 * s] - 4 * d[2 * s], odd = d[3 * s] - 4 * d[s];
  const KdVector even2 = d[4 * s] - d[2 * s], odd2 = 2 * (d[3 * s] - d[s]);
  o[0] = 4 * d[0] - 5 * d[2 * s] + d[4 * s];
  o[os] = even + odd;
  o[2 * os] = even - odd;
  o[3 * os] = even2 + odd2;
  o[4 * os] = even2 - odd2;
  o[5 * os] = 4 * d[s] - 5 * d[3 * s] + d[5 * s];
}

/* o = A^T p */
KD_INLINE void
output_line (const int m, const KdVector *p, int s, KdVector *o, int os)
{
  const KdVector sum = p[s] + p[2 * s], difference = p[s] - p[2 * s];
  if (m == 2) {
    o[0] = p[0] + sum;
    o[os] = difference - p[3 * s];
    return;
  }
  const KdVector sum2 = p[3 * s] + p[4 * s], difference2 = p[3 * s] - p[4 * s];
  o[0] = p[0] + sum + sum2;
  o[os] = difference + 2 * difference2;
  o[2 * os] = sum + 4 * sum2;
  o[3 * os] = difference + 8 * difference2 + p[5 * s];
}

/* o = A y */
KD_INLINE void
pull_line (const int m, const KdVector *y, int s, KdVector *o, int os)
{
  if (m == 2) {
    o[0] = y[0];
    o[os] = y[0] + y[s];
    o[2 * os] = y[0] - y[s];
    o[3 * os] = -y[s];
    return;
  }
  const KdVector even = y[0] + y[2 * s], odd = y[s] + y[3 * s];
  const KdVector even2 = y[0] + 4 * y[2 * s], odd2 = 2 * y[s] + 8 * y[3 * s];
  o[0] = y[0];
  o[os] = even + odd;
  o[2 * os] = even - odd;
  o[3 * os] = even2 + odd2;
  o[4 * os] = even2 - odd2;
  o[5 * os] = y[3 * s];
}

/* o = G g */
KD_INLINE void
filter_line (const int m, const KdVector *g, int s, KdVector *o, int os)
{
  const KdVector ends = g[0] + g[2 * s];
  if (m == 2) {
    o[0] = g[0];
    o[os] = HALF * (ends + g[s]);
    o[2 * os] = HALF * (ends - g[s]);
    o[3 * os] = g[2 * s];
    return;
  }
  const KdVector ends2 = TWENTY_FOURTH * g[0] + SIXTH * g[2 * s], middle2 = TWELFTH * g[s];
  o[0] = QUARTER * g[0];
  o[os] = -SIXTH * (ends + g[s]);
  o[2 * os] = -SIXTH * (ends - g[s]);
  o[3 * os] = ends2 + middle2;
  o[4 * os] = ends2 - middle2;
  o[5 * os] = g[2 * s];
}

/* o = G^T u */
KD_INLINE void
filter_gradient_line (const int m, const KdVector *u, int s, KdVector *o, int os)
{
  const KdVector sum = u[s] + u[2 * s], difference = u[s] - u[2 * s];
  if (m == 2) {
    o[0] = u[0] + HALF * sum;
    o[os] = HALF * difference;
    o[2 * os] = HALF * sum + u[3 * s];
    return;
  }
  const KdVector sum2 = u[3 * s] + u[4 * s], difference2 = u[3 * s] - u[4 * s];
  o[0] = QUARTER * u[0] - SIXTH * sum + TWENTY_FOURTH * sum2;
  o[os] = TWELFTH * difference2 - SIXTH * difference;
  o[2 * os] = SIXTH * (sum2 - sum) + u[5 * s];
}

/* ---- in two dimensions: columns, then rows; arrays have rows of MAX_SIDE ------------------------------ */

#define DEFINE_SQUARE(name, from_side, to_side)                                                    \
  KD_INLINE void name##_square (const int m, const KdVector *in, KdVector *out)                    \
  {                                                                                                \
    KdVector half[MAX_SIDE * MAX_SIDE];                                                            \
    for (int j = 0; j < (from_side); j++)                                                          \
      name##_line (m, in + j, MAX_SIDE, half + j, MAX_SIDE);                                       \
    for (int i = 0; i < (to_side); i++)                                                            \
      name##_line (m, half + i * MAX_SIDE, 1, out + i * MAX_SIDE, 1);                              \
  }

DEFINE_SQUARE (data, m + 2, m + 2)
DEFINE_SQUARE (output, m + 2, m)
DEFINE_SQUARE (pull, m, m + 2)
DEFINE_SQUARE (filter, 3, m + 2)
DEFINE_SQUARE (filter_gradient, m + 2, 3)

/* Position (i,j) of t x t to matrix i*t + j, and back. */
KD_INLINE void
store_positions (const int m, const KdVector *v, kd_real *to, size_t step)
{
  for (int i = 0; i < m + 2; i++)
    for (int j = 0; j < m + 2; j++, to += step)
      kd_store (to, v[i * MAX_SIDE + j]);
}

KD_INLINE void
load_positions (const int m, const kd_real *from, size_t step, KdVector *v)
{
  for (int i = 0; i < m + 2; i++)
    for (int j = 0; j < m + 2; j++, from += step)
      v[i * MAX_SIDE + j] = kd_load (from);
}

/* ---- tiles --------------------------------------------------------------------------------------------- */

/* Which image, and the tile's first output. */
typedef struct {
  int n, y, x;
} Corner;

KD_INLINE Corner
corner_of (const int m, const KdWideTiles *map, int tile)
{
  const int in_image = tile % (map->rows * map->columns);
  return (Corner){ tile / (map->rows * map->columns), in_image / map->columns * m,
                   in_image % map->columns * m };
}

/* @side x @side pixels from (y,x) of an image [h,w,c], zeros outside; @channels of them from @image on are left. */
KD_INLINE void
load_pixels (const int side,
             const kd_real *image,
             int h,
             int w,
             int c,
             int y,
             int x,
             int channels,
             KdVector *d)
{
  if (channels >= KD_LANES && y >= 0 && x >= 0 && y + side <= h && x + side <= w) {
    for (int i = 0; i < side; i++)
      for (int j = 0; j < side; j++)
        d[i * MAX_SIDE + j] = kd_load (image + ((ptrdiff_t) (y + i) * w + x + j) * c);
    return;
  }
  for (int i = 0; i < side; i++)
    for (int j = 0; j < side; j++) {
      const bool inside = y + i >= 0 && y + i < h && x + j >= 0 && x + j < w;
      d[i * MAX_SIDE + j] =
          inside ? kd_load_some (image + ((ptrdiff_t) (y + i) * w + x + j) * c, channels)
                 : (KdVector){ 0 };
    }
}

KD_INLINE void
data_tiles (const int m,
            const KdWideTiles *map,
            const kd_real *x,
            int from,
            int to,
            kd_real *v,
            size_t step)
{
  const int channels = kd_wide_pad (map->in_c);
  for (int tile = from; tile < to; tile++, v += channels) {
    const Corner at = corner_of (m, map, tile);
    const kd_real *image = x + (ptrdiff_t) at.n * map->in_h * map->in_w * map->in_c;
    for (int c = 0; c < channels; c += KD_LANES) {
      KdVector d[MAX_SIDE * MAX_SIDE], out[MAX_SIDE * MAX_SIDE];
      load_pixels (m + 2, image + c, map->in_h, map->in_w, map->in_c, at.y - map->padding,
                   at.x - map->padding, map->in_c - c, d);
      data_square (m, d, out);
      store_positions (m, out, v + c, step);
    }
  }
}

KD_INLINE void
pull_tiles (const int m,
            const KdWideTiles *map,
            const kd_real *dy,
            int from,
            int to,
            kd_real *e,
            size_t step)
{
  const int channels = kd_wide_pad (map->out_c);
  for (int tile = from; tile < to; tile++, e += channels) {
    const Corner at = corner_of (m, map, tile);
    const kd_real *image = dy + (ptrdiff_t) at.n * map->out_h * map->out_w * map->out_c;
    for (int c = 0; c < channels; c += KD_LANES) {
      KdVector d[MAX_SIDE * MAX_SIDE], out[MAX_SIDE * MAX_SIDE];
      load_pixels (m, image + c, map->out_h, map->out_w, map->out_c, at.y, at.x, map->out_c - c, d);
      pull_square (m, d, out);
      store_positions (m, out, e + c, step);
    }
  }
}

KD_INLINE void
output_tiles (const int m,
              const KdWideTiles *map,
              const kd_real *products,
              size_t step,
              int from,
              int to,
              const kd_real *bias,
              bool add,
              kd_real *y)
{
  const int channels = kd_wide_pad (map->out_c);
  for (int tile = from; tile < to; tile++, products += channels) {
    const Corner at = corner_of (m, map, tile);
    const int rows = MIN (m, map->out_h - at.y), columns = MIN (m, map->out_w - at.x);
    for (int c = 0; c < map->out_c; c += KD_LANES) {
      KdVector p[MAX_SIDE * MAX_SIDE], out[MAX_SIDE * MAX_SIDE];
      load_positions (m, products + c, step, p);
      output_square (m, p, out);
      const int left = map->out_c - c;
      const KdVector more = bias ? kd_load_some (bias + c, left) : (KdVector){ 0 };
      for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
          kd_real *pixel =
              y +
              (((ptrdiff_t) at.n * map->out_h + at.y + i) * map->out_w + at.x + j) * map->out_c + c;
          const KdVector base = add ? kd_load_some (pixel, left) : more;
          kd_store_some (pixel, left, base + out[i * MAX_SIDE + j]);
        }
    }
  }
}

/* ---- filters --------------------------------------------------------------------------------------------- */

/* Lanes are outputs, whose filters lie far apart: gathered number by number. */
KD_INLINE void
filter_rows (const int m,
             int out_c,
             int in_c,
             const kd_real *weight,
             int from,
             int to,
             kd_real *u,
             size_t step)
{
  const int columns = kd_wide_pad (out_c);
  for (int o = 0; o < columns; o += KD_LANES)
    for (int i = from; i < to; i++) {
      KdVector g[3 * MAX_SIDE], out[MAX_SIDE * MAX_SIDE];
      for (int tap = 0; tap < 9; tap++) {
        const kd_real *first = weight + ((ptrdiff_t) o * 9 + tap) * in_c + i;
        kd_real values[KD_LANES] = { 0 };
        for (int lane = 0; lane < MIN (KD_LANES, out_c - o); lane++)
          values[lane] = first[(ptrdiff_t) lane * 9 * in_c];
        g[tap / 3 * MAX_SIDE + tap % 3] = kd_load (values);
      }
      filter_square (m, g, out);
      store_positions (m, out, u + (ptrdiff_t) i * columns + o, step);
    }
}

KD_INLINE void
turned_filter_rows (const int m,
                    int out_c,
                    int in_c,
                    const kd_real *weight,
                    int from,
                    int to,
                    kd_real *u,
                    size_t step)
{
  (void) out_c;
  const int columns = kd_wide_pad (in_c);
  for (int o = from; o < to; o++)
    for (int i = 0; i < columns; i += KD_LANES) {
      KdVector g[3 * MAX_SIDE], out[MAX_SIDE * MAX_SIDE];
      for (int tap = 0; tap < 9; tap++)
        g[tap / 3 * MAX_SIDE + tap % 3] =
            kd_load_some (weight + ((ptrdiff_t) o * 9 + 8 - tap) * in_c + i, in_c - i);
      filter_square (m, g, out);
      store_positions (m, out, u + (ptrdiff_t) o * columns + i, step);
    }
}

KD_INLINE void
filter_gradient_rows (const int m,
                      int out_c,
                      int in_c,
                      const kd_real *du,
                      size_t step,
                      int from,
                      int to,
                      kd_real *dweight)
{
  (void) out_c;
  const int columns = kd_wide_pad (in_c);
  for (int o = from; o < to; o++)
    for (int i = 0; i < in_c; i += KD_LANES) {
      KdVector u[MAX_SIDE * MAX_SIDE], g[3 * MAX_SIDE];
      load_positions (m, du + (ptrdiff_t) o * columns + i, step, u);
      filter_gradient_square (m, u, g);
      for (int tap = 0; tap < 9; tap++) {
        kd_real *to_tap = dweight + ((ptrdiff_t) o * 9 + tap) * in_c + i;
        kd_store_some (to_tap, in_c - i,
                       kd_load_some (to_tap, in_c - i) + g[tap / 3 * MAX_SIDE + tap % 3]);
      }
    }
}

/* ---- the templates for both sizes -------------------------------------------------------------------------- */

#define DEFINE_SIZE(M)                                                                             \
  static void data_##M (const KdWideTiles *map, const kd_real *x, int from, int to, kd_real *v,    \
                        size_t step)                                                               \
  {                                                                                                \
    data_tiles (M, map, x, from, to, v, step);                                                     \
  }                                                                                                \
  static void pull_##M (const KdWideTiles *map, const kd_real *dy, int from, int to, kd_real *e,   \
                        size_t step)                                                               \
  {                                                                                                \
    pull_tiles (M, map, dy, from, to, e, step);                                                    \
  }                                                                                                \
  static void output_##M (const KdWideTiles *map, const kd_real *products, size_t step, int from,  \
                          int to, const kd_real *bias, bool add, kd_real *y)                       \
  {                                                                                                \
    output_tiles (M, map, products, step, from, to, bias, add, y);                                 \
  }                                                                                                \
  static void filters_##M (int out_c, int in_c, const kd_real *weight, int from, int to,           \
                           kd_real *u, size_t step)                                                \
  {                                                                                                \
    filter_rows (M, out_c, in_c, weight, from, to, u, step);                                       \
  }                                                                                                \
  static void turned_filters_##M (int out_c, int in_c, const kd_real *weight, int from, int to,    \
                                  kd_real *u, size_t step)                                         \
  {                                                                                                \
    turned_filter_rows (M, out_c, in_c, weight, from, to, u, step);                                \
  }                                                                                                \
  static void filter_gradients_##M (int out_c, int in_c, const kd_real *du, size_t step, int from, \
                                    int to, kd_real *dweight)                                      \
  {                                                                                                \
    filter_gradient_rows (M, out_c, in_c, du, step, from, to, dweight);                            \
  }                                                                                                \
  const KdWideWinograd KD_WIDE_NAME (kd_wide_winograd_f##M) = {                                    \
    .m = M,                                                                                        \
    .data = data_##M,                                                                              \
    .output = output_##M,                                                                          \
    .pull = pull_##M,                                                                              \
    .filters = filters_##M,                                                                        \
    .turned_filters = turned_filters_##M,                                                          \
    .filter_gradients = filter_gradients_##M,                                                      \
  };

DEFINE_SIZE (2)
DEFINE_SIZE (4)
