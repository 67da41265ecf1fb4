/* SPDX-License-Identifier: MIT */
#include "engine/render/curve.h"

#include <math.h>
#include <string.h>

/* Sub-columns of a pixel while a curve has fewer points than this many to a column: sloping lines need them to be smooth, noise does not. */
#define SPARSE_POINTS 2
#define SUB_COLUMNS 4

double
kd_axis_to_px (const KdAxis *axis, double value)
{
  if (!axis->log)
    return axis->origin + (value - axis->low) / (axis->high - axis->low) * axis->extent;
  /* What a log axis cannot show lies on its low end. */
  const double shown = MAX (value, axis->low);
  return axis->origin + log (shown / axis->low) / log (axis->high / axis->low) * axis->extent;
}

double
kd_axis_to_value (const KdAxis *axis, double px)
{
  const double position = (px - axis->origin) / axis->extent;
  return axis->log ? axis->low * pow (axis->high / axis->low, position)
                   : axis->low + (axis->high - axis->low) * position;
}

/* ---- spans: what a curve covers in each column ------------------------------------------------------------------ */

/* Spans in px (low = upper end on screen) of @n columns, each @width px wide from x->origin on. */
typedef struct {
  KdSpan *spans;
  int n;
  double width;
} Columns;

/* The line's height where it crosses data @x between points i-1 and i; NAN in a gap or beyond the ends. */
static double
crossing (const KdCurve *curve,
          const KdPyramid *values,
          const KdAxis *x_axis,
          const KdAxis *y_axis,
          size_t i,
          double px)
{
  if (i == 0 || i == values->n || !isfinite (values->values[i - 1]) ||
      !isfinite (values->values[i]))
    return NAN;
  const double left = kd_axis_to_px (x_axis, curve->x[i - 1]);
  const double right = kd_axis_to_px (x_axis, curve->x[i]);
  const double from = kd_axis_to_px (y_axis, values->values[i - 1]);
  const double to = kd_axis_to_px (y_axis, values->values[i]);
  return right > left ? from + (to - from) * (px - left) / (right - left) : to;
}

/* The first point at or beyond data @x. Steps are mostly even, so it is about as far on as the last time. */
static size_t
next_column (const KdCurve *curve, double x, size_t from, size_t guess)
{
  const size_t at = from + guess - 2;
  return guess > 2 && at < curve->raw.n && curve->x[at] < x ? kd_curve_search (curve, x, at)
                                                            : kd_curve_search (curve, x, from);
}

static KdSpan
column_span (const KdPyramid *values, const KdAxis *y_axis, size_t first, size_t last)
{
  const KdSpan range = kd_pyramid_range (values, first, last);
  if (range.low > range.high)
    return KD_EMPTY_SPAN;
  /* Upwards on screen is towards smaller px. */
  return (KdSpan){ kd_axis_to_px (y_axis, range.high), kd_axis_to_px (y_axis, range.low) };
}

/* @sparse: lines between points are measured where they cross the columns' edges; else neighbouring columns only have to touch. */
static void
measure (const KdCurve *curve,
         const KdPyramid *values,
         const KdAxis *x_axis,
         const KdAxis *y_axis,
         bool sparse,
         Columns *columns)
{
  /* The last column holds its right end, too: the newest point is there. */
  const size_t end = kd_curve_search (curve, nextafter (x_axis->high, INFINITY), 0);
  size_t i = kd_curve_search (curve, x_axis->low, 0), n_last = 0;
  double edge = sparse ? crossing (curve, values, x_axis, y_axis, i, x_axis->origin) : (double) NAN;
  KdSpan before = KD_EMPTY_SPAN;
  for (int c = 0; c < columns->n; c++) {
    const double right = x_axis->origin + (c + 1) * columns->width;
    const size_t next =
        c + 1 == columns->n
            ? end
            : MIN (next_column (curve, kd_axis_to_value (x_axis, right), i, n_last), end);
    KdSpan span = next > i ? column_span (values, y_axis, i, next) : KD_EMPTY_SPAN;
    if (sparse) {
      kd_span_include (&span, edge);
      edge = crossing (curve, values, x_axis, y_axis, next, right);
      kd_span_include (&span, edge);
    } else if (span.low <= span.high && before.low <= before.high) {
      span.low = MIN (span.low, before.high);
      span.high = MAX (span.high, before.low);
    }
    columns->spans[c] = before = span;
    n_last = next - i;
    i = next;
  }
}

/*
 * A pen of @width runs along the line: a span grows by the pen's vertical cut through a line of that slope, but never beyond what a
 * square pen would touch around it, or steep lines would get spikes at their ends.
 */
static void
thicken (Columns *columns, double width)
{
  const double radius = width / 2;
  const int reach = (int) ceil (radius / columns->width);
  KdSpan *spans = g_new (KdSpan, columns->n);
  for (int c = 0; c < columns->n; c++) {
    KdSpan around = KD_EMPTY_SPAN, span = columns->spans[c];
    for (int near = MAX (c - reach, 0); near <= MIN (c + reach, columns->n - 1); near++) {
      around.low = MIN (around.low, columns->spans[near].low);
      around.high = MAX (around.high, columns->spans[near].high);
    }
    if (span.low <= span.high) {
      const double cut = radius * hypot (1, (span.high - span.low) / columns->width);
      span.low = MAX (span.low - cut, around.low - radius);
      span.high = MIN (span.high + cut, around.high + radius);
    }
    spans[c] = span;
  }
  g_free (columns->spans);
  columns->spans = spans;
}

static void
thicken_dense (Columns *columns, double width)
{
  for (int c = 0; c < columns->n; c++)
    if (columns->spans[c].low <= columns->spans[c].high) {
      columns->spans[c].low -= width / 2;
      columns->spans[c].high += width / 2;
    }
}

/* Empties the columns that a dash leaves out, measured along the line. */
static void
cut_dashes (Columns *columns, const KdPen *pen, double pixels_per_px)
{
  double position = 0, last = NAN, period = 0;
  for (int i = 0; i < pen->n_dashes; i++)
    period += pen->dash[i];
  for (int c = 0; c < columns->n; c++) {
    KdSpan *span = &columns->spans[c];
    const double middle = (span->low + span->high) / 2;
    const double rise = isnan (last) || !isfinite (middle) ? 0 : middle - last;
    position = fmod (position + hypot (columns->width, rise) / pixels_per_px, period);
    last = middle;
    double end = 0;
    int dash = 0;
    while (dash < pen->n_dashes - 1 && position >= (end += pen->dash[dash]))
      dash++;
    if (dash % 2 == 1)
      *span = KD_EMPTY_SPAN;
  }
}

/* ---- pixels -------------------------------------------------------------------------------------------------- */

/* The part of an image surface that may be drawn on, in device px. */
typedef struct {
  cairo_surface_t *surface;
  unsigned char *data;
  int stride, left, top, right, bottom;
} Canvas;

/* Turns the axes' user px into whole device px. False: not an image of 32 bits, or turned; then a path must do. */
static bool
canvas_init (Canvas *canvas, cairo_t *cr, KdAxis *x, KdAxis *y)
{
  cairo_surface_t *surface = cairo_get_group_target (cr);
  if (cairo_surface_get_type (surface) != CAIRO_SURFACE_TYPE_IMAGE)
    return false;
  const cairo_format_t format = cairo_image_surface_get_format (surface);
  cairo_matrix_t matrix;
  cairo_get_matrix (cr, &matrix);
  if ((format != CAIRO_FORMAT_ARGB32 && format != CAIRO_FORMAT_RGB24) || matrix.xy != 0 ||
      matrix.yx != 0 || matrix.xx <= 0 || matrix.yy <= 0)
    return false;

  double scale_x, scale_y, offset_x, offset_y, left, top, right, bottom;
  cairo_surface_get_device_scale (surface, &scale_x, &scale_y);
  cairo_surface_get_device_offset (surface, &offset_x, &offset_y);
  cairo_clip_extents (cr, &left, &top, &right, &bottom);
  const double xx = matrix.xx * scale_x, yy = matrix.yy * scale_y;
  const double x0 = matrix.x0 * scale_x + offset_x, y0 = matrix.y0 * scale_y + offset_y;
  const double x_end = round ((x->origin + x->extent) * xx + x0);
  const double y_end = round ((y->origin + y->extent) * yy + y0);
  x->origin = round (x->origin * xx + x0);
  y->origin = round (y->origin * yy + y0);
  x->extent = x_end - x->origin;
  y->extent = y_end - y->origin;
  cairo_surface_flush (surface);
  *canvas = (Canvas){
    .surface = surface,
    .data = cairo_image_surface_get_data (surface),
    .stride = cairo_image_surface_get_stride (surface),
    .left = (int) MAX (MAX (floor (left * xx + x0), x->origin), 0),
    .top = (int) MAX (MAX (floor (top * yy + y0), y_end), 0),
    .right =
        (int) MIN (MIN (ceil (right * xx + x0), x_end), cairo_image_surface_get_width (surface)),
    .bottom = (int) MIN (MIN (ceil (bottom * yy + y0), y->origin),
                         cairo_image_surface_get_height (surface)),
  };
  return true;
}

/* The pen's colour, premultiplied, for each coverage. */
static void
fill_inks (const KdPen *pen, uint32_t inks[256])
{
  for (int coverage = 0; coverage < 256; coverage++) {
    const double alpha = coverage * pen->opacity;
    inks[coverage] = (uint32_t) lround (alpha) << 24 |
                     (uint32_t) lround (alpha * pen->color.red) << 16 |
                     (uint32_t) lround (alpha * pen->color.green) << 8 |
                     (uint32_t) lround (alpha * pen->color.blue);
  }
}

/* Ink over a pixel, both premultiplied, two channels at a time; x/255 as (x + 128 + (x + 128)/256)/256. */
static inline uint32_t
ink_over (uint32_t ink, uint32_t below)
{
  const uint32_t keep = 255 - (ink >> 24);
  uint32_t even = (below & 0xff00ff) * keep + 0x800080;
  uint32_t odd = (below >> 8 & 0xff00ff) * keep + 0x800080;
  even = (even + (even >> 8 & 0xff00ff)) >> 8 & 0xff00ff;
  odd = (odd + (odd >> 8 & 0xff00ff)) & 0xff00ff00;
  return ink + (even | odd);
}

static inline void
blend_pixel (unsigned char *pixel, uint32_t ink)
{
  uint32_t *below = (uint32_t *) (void *) pixel;
  *below = ink >> 24 == 255 ? ink : ink_over (ink, *below);
}

/* One span in a pixel column: a part of the first pixel, all of those between, a part of the last. */
static void
blend_span (const Canvas *canvas, KdSpan span, int x, const uint32_t inks[256])
{
  const double low = MAX (span.low, canvas->top), high = MIN (span.high, canvas->bottom);
  if (!(low < high))
    return;
  const int first = (int) low, last = (int) high;
  unsigned char *pixel = canvas->data + (size_t) first * (size_t) canvas->stride + (size_t) x * 4;
  if (first == last) {
    blend_pixel (pixel, inks[(int) ((high - low) * 255 + 0.5)]);
    return;
  }
  blend_pixel (pixel, inks[(int) ((first + 1 - low) * 255 + 0.5)]);
  pixel += canvas->stride;
  for (int y = first + 1; y < last; y++, pixel += canvas->stride)
    blend_pixel (pixel, inks[255]);
  if (last < canvas->bottom)
    blend_pixel (pixel, inks[(int) ((high - last) * 255 + 0.5)]);
}

/* Adds to a column's changes of coverage what begins at @at: a part of the pixel it is in, all of those below. */
static inline void
add_edge (float *changes, float at, float weight)
{
  const int whole = (int) at;
  const float part = at - (float) whole;
  changes[whole] += weight * (1 - part);
  changes[whole + 1] += weight * part;
}

/* One pixel column: sums the spans of its sub-columns to coverages and blends those. @changes: zeros, left as zeros. */
static void
blend_column (const Canvas *canvas,
              const KdSpan *spans,
              int n_spans,
              int x,
              const uint32_t inks[256],
              float *changes)
{
  const float height = (float) (canvas->bottom - canvas->top), weight = 255.0f / (float) n_spans;
  int first = canvas->bottom - canvas->top, last = 0;
  for (int s = 0; s < n_spans; s++) {
    const float low = CLAMP ((float) (spans[s].low - canvas->top), 0, height);
    const float high = CLAMP ((float) (spans[s].high - canvas->top), 0, height);
    if (!(low < high))
      continue;
    add_edge (changes, low, weight);
    add_edge (changes, high, -weight);
    first = MIN (first, (int) low);
    last = MAX (last, (int) high + 1);
  }
  last = MIN (last, canvas->bottom - canvas->top);
  unsigned char *pixel =
      canvas->data + (size_t) (canvas->top + first) * (size_t) canvas->stride + (size_t) x * 4;
  float coverage = 0.5f;
  for (int y = first; y < last; y++, pixel += canvas->stride) {
    coverage += changes[y];
    changes[y] = 0;
    blend_pixel (pixel, inks[CLAMP ((int) coverage, 0, 255)]);
  }
  if (first <= last)
    changes[last] = changes[last + 1] = 0;
}

static void
blend (const Canvas *canvas, const Columns *columns, int origin, int sub_columns, const KdPen *pen)
{
  uint32_t inks[256];
  fill_inks (pen, inks);
  g_autofree float *changes = g_new0 (float, canvas->bottom - canvas->top + 3);
  for (int x = canvas->left; x < canvas->right; x++) {
    const KdSpan *spans = columns->spans + (x - origin) * sub_columns;
    if (sub_columns == 1)
      blend_span (canvas, *spans, x, inks);
    else
      blend_column (canvas, spans, sub_columns, x, inks, changes);
  }
  cairo_surface_mark_dirty_rectangle (canvas->surface, canvas->left, canvas->top,
                                      canvas->right - canvas->left, canvas->bottom - canvas->top);
}

/* ---- paths --------------------------------------------------------------------------------------------------- */

static void
stroke (cairo_t *cr, const KdPen *pen)
{
  cairo_set_line_width (cr, pen->width);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, pen->dash, pen->dash ? pen->n_dashes : 0, 0);
  cairo_stroke (cr);
}

/* Few points: the line itself. */
static void
stroke_points (const KdCurve *curve,
               const KdPyramid *values,
               cairo_t *cr,
               const KdAxis *x,
               const KdAxis *y,
               const KdPen *pen)
{
  const size_t first = kd_curve_search (curve, x->low, 0);
  for (size_t i = first > 0 ? first - 1 : 0; i < values->n; i++) {
    if (isfinite (values->values[i]))
      cairo_line_to (cr, kd_axis_to_px (x, curve->x[i]), kd_axis_to_px (y, values->values[i]));
    else
      cairo_new_sub_path (cr);
    if (curve->x[i] > x->high)
      break;
  }
  stroke (cr, pen);
}

/* Many: a rectangle a column. */
static void
fill_columns (cairo_t *cr, const Columns *columns, double origin)
{
  for (int c = 0; c < columns->n; c++) {
    const KdSpan span = columns->spans[c];
    if (span.low < span.high)
      cairo_rectangle (cr, origin + c * columns->width, span.low, columns->width,
                       span.high - span.low);
  }
  cairo_fill (cr);
}

/* Many points of a mean: a line through the columns' middles. */
static void
stroke_columns (cairo_t *cr, const Columns *columns, double origin, const KdPen *pen)
{
  for (int c = 0; c < columns->n; c++) {
    const KdSpan span = columns->spans[c];
    if (span.low <= span.high)
      cairo_line_to (cr, origin + (c + 0.5) * columns->width, (span.low + span.high) / 2);
    else
      cairo_new_sub_path (cr);
  }
  stroke (cr, pen);
}

static void
draw_path (const KdCurve *curve,
           double smoothing,
           size_t n_points,
           cairo_t *cr,
           const KdAxis *x,
           const KdAxis *y,
           const KdPen *pen)
{
  const KdPyramid *values = kd_curve_values (curve, smoothing);
  Columns columns = { .n = (int) round (x->extent), .width = 1 };
  columns.spans = g_new (KdSpan, columns.n);
  cairo_save (cr);
  cairo_rectangle (cr, x->origin, y->origin + y->extent, x->extent, -y->extent);
  cairo_clip (cr);
  cairo_set_source_rgba (cr, pen->color.red, pen->color.green, pen->color.blue, pen->opacity);
  measure (curve, values, x, y, false, &columns);
  if (n_points <= SPARSE_POINTS * x->extent) {
    stroke_points (curve, values, cr, x, y, pen);
  } else if (smoothing > 1) {
    stroke_columns (cr, &columns, x->origin, pen);
  } else {
    thicken_dense (&columns, pen->width);
    fill_columns (cr, &columns, x->origin);
  }
  cairo_restore (cr);
  g_free (columns.spans);
}

static void
draw_pixels (const KdCurve *curve,
             double smoothing,
             size_t n_points,
             const Canvas *canvas,
             const KdAxis *x,
             const KdAxis *y,
             const KdPen *pen,
             double pixels_per_px)
{
  const bool sparse = n_points <= SPARSE_POINTS * x->extent;
  const int sub_columns = sparse ? SUB_COLUMNS : 1;
  Columns columns = { .n = (int) x->extent * sub_columns, .width = 1.0 / sub_columns };
  columns.spans = g_new (KdSpan, columns.n);
  measure (curve, kd_curve_values (curve, smoothing), x, y, sparse, &columns);
  if (!sparse && smoothing <= 1) {
    thicken_dense (&columns, pen->width * pixels_per_px);
  } else {
    /* Noise is a band, not a line: dashes would only cut it in strips. */
    if (pen->dash)
      cut_dashes (&columns, pen, pixels_per_px);
    thicken (&columns, pen->width * pixels_per_px);
  }
  blend (canvas, &columns, (int) x->origin, sub_columns, pen);
  g_free (columns.spans);
}

void
kd_curve_draw (const KdCurve *curve,
               double smoothing,
               cairo_t *cr,
               const KdAxis *x,
               const KdAxis *y,
               const KdPen *pen)
{
  Canvas canvas;
  KdAxis device_x = *x, device_y = *y;
  const size_t first = kd_curve_search (curve, x->low, 0);
  const size_t n_points = kd_curve_search (curve, x->high, first) - first;
  if (curve->raw.n == 0)
    return;
  if (!canvas_init (&canvas, cr, &device_x, &device_y))
    draw_path (curve, smoothing, n_points, cr, x, y, pen);
  else if (canvas.right > canvas.left && canvas.bottom > canvas.top)
    draw_pixels (curve, smoothing, n_points, &canvas, &device_x, &device_y, pen,
                 device_x.extent / x->extent);
}
