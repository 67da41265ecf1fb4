/* SPDX-License-Identifier: MIT */

/* Selections that several papers share: plain C from boxes to cells, without gradient. */
#include "engine/methods/method.h"

#include <math.h>

/* ---- numbers and boxes ----------------------------------------------------------------------------- */

double
kd_select_number (const KdNode *knob)
{
  /* six decimals: 0.3f is 0.300000012, and back to 0.3 */
  return round (kd_node_scalar (knob) * 1e6) / 1e6;
}

KdBox
kd_select_box (const KdNode *boxes, int row)
{
  const kd_real *corner = kd_node_value (boxes) + 4 * (size_t) row;
  return (KdBox){ (double) corner[0], (double) corner[1], (double) corner[2], (double) corner[3] };
}

bool
kd_select_box_is_usable (KdBox box, KdSize image)
{
  return isfinite (box.x1) && isfinite (box.y1) && isfinite (box.x2) && isfinite (box.y2) &&
         box.x2 >= box.x1 && box.y2 >= box.y1 && box.x1 < image.width && box.y1 < image.height &&
         box.x2 >= 0 && box.y2 >= 0;
}

int
kd_select_box_level (double width, double height, double base, int n_levels)
{
  const double side = sqrt (fmax (width, 0) * fmax (height, 0));
  return (int) CLAMP (floor (log2 (side / base + 1e-6)), 0, n_levels - 1);
}

/* ---- boxes to cells ----------------------------------------------------------------------------- */

typedef struct {
  KdSize image;
  int n_images, height, width; /* of the map */
} BoxCells;

/* A rectangle of cells, both ends included, before it is cut to the map. */
typedef struct {
  double row0, row1, column0, column1;
} CellRect;

/* The cells that a box touches; false if it is to be ignored: not finite, or nothing left inside the image. */
static bool
box_to_cells (const kd_real *corner, const BoxCells *p, CellRect *cells)
{
  double at[4];
  for (int i = 0; i < 4; i++) {
    if (!isfinite (corner[i]))
      return false;
    const double end = i % 2 ? p->image.height : p->image.width;
    at[i] = CLAMP ((double) corner[i], 0, end);
  }
  if (at[2] <= at[0] || at[3] <= at[1])
    return false;
  /* Multiplied before divided, so that an edge on a cell's border stays there. */
  *cells = (CellRect){
    .row0 = floor (at[1] * p->height / p->image.height),
    .row1 = ceil (at[3] * p->height / p->image.height),
    .column0 = floor (at[0] * p->width / p->image.width),
    .column1 = ceil (at[2] * p->width / p->image.width),
  };
  return true;
}

/* Background of one image: even over the cells without an object. Returns the number of cells with one. */
static int
fill_background (const kd_real *count, kd_real *bg, int n_cells)
{
  int n_objects = 0;
  for (int i = 0; i < n_cells; i++)
    n_objects += count[i] > 0;
  const int n_free = n_cells - n_objects;
  for (int i = 0; i < n_cells; i++)
    bg[i] = count[i] > 0 ? 0 : (kd_real) (1.0 / n_free);
  return n_objects;
}

typedef struct {
  kd_real *fg, *count; /* one image's maps */
} BoxMaps;

/* Mark a box's cells; returns its weight times the number of them. */
static double
paint_box (const CellRect *cells, const BoxCells *p, const BoxMaps *maps)
{
  const double weight =
      1 / ((cells->row1 + 1 - cells->row0) * (cells->column1 + 1 - cells->column0));
  const int row1 = (int) fmin (cells->row1, p->height - 1);
  const int column1 = (int) fmin (cells->column1, p->width - 1);
  double mass = 0;
  for (int y = (int) cells->row0; y <= row1; y++)
    for (int x = (int) cells->column0; x <= column1; x++) {
      const int i = y * p->width + x;
      maps->fg[i] = (kd_real) fmax ((double) maps->fg[i], weight);
      maps->count[i] += 1;
      mass += weight;
    }
  return mass;
}

static void
select_box_cells (const KdHostCall *call, const void *data)
{
  const BoxCells *p = data;
  const kd_real *boxes = kd_node_value (call->inputs[0]);
  const int32_t *images = kd_node_ints (call->inputs[1]);
  const int n_boxes = kd_node_live_rows (call->inputs[0]);
  const int n_cells = p->height * p->width;

  call->live[KD_BOX_CELLS_MASS] = n_boxes;
  for (int n = 0; n < p->n_images; n++) {
    const BoxMaps maps = { call->values[KD_BOX_CELLS_FG] + (size_t) n * (size_t) n_cells,
                           call->values[KD_BOX_CELLS_COUNT] + (size_t) n * (size_t) n_cells };
    bool has_box = false;
    for (int g = 0; g < n_boxes; g++) {
      CellRect cells;
      if (images[g] != n || !box_to_cells (boxes + 4 * g, p, &cells))
        continue;
      has_box = true;
      call->values[KD_BOX_CELLS_MASS][g] = (kd_real) paint_box (&cells, p, &maps);
    }
    kd_real *bg = call->values[KD_BOX_CELLS_BG] + (size_t) n * (size_t) n_cells;
    if (!fill_background (maps.count, bg, n_cells) && has_box)
      call->values[KD_BOX_CELLS_LOST][0] += 1;
  }
}

KdNode *
kd_select_box_cells (
    KdGraph *g, KdNode *boxes, KdNode *images, KdSize image, int n_images, int height, int width)
{
  const BoxCells data = { image, n_images, height, width };
  const KdShape map = kd_shape (n_images, 1, height, width);
  const KdHostOutput outputs[KD_N_BOX_CELLS] = {
    [KD_BOX_CELLS_FG] = { .shape = map },
    [KD_BOX_CELLS_BG] = { .shape = map },
    [KD_BOX_CELLS_COUNT] = { .shape = map },
    [KD_BOX_CELLS_MASS] = { .shape = kd_shape (kd_node_shape (boxes).n, 1, 1, 1), .live = true },
    [KD_BOX_CELLS_LOST] = { .shape = KD_SCALAR_SHAPE },
  };
  KdNode *const inputs[] = { boxes, images };
  return kd_host (g, "box_cells", outputs, KD_N_BOX_CELLS, select_box_cells, &data, sizeof data,
                  inputs, G_N_ELEMENTS (inputs));
}
