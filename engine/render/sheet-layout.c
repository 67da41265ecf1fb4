/* SPDX-License-Identifier: MIT */

/* Where a sheet's panels are: rows one under another, or side by side where that lets them be larger. */
#include "engine/render/sheet-private.h"

#include <math.h>
#include <string.h>

#define ROW_GAP_PX 8.0
#define BESIDE_PX 36.0    /* between two rows of one line */
#define MAP_MOST_PX 230.0 /* rows of maps alone are not higher */
#define SMALL_MOST_PX 140.0
#define PLOT_MOST_PX 330.0
#define SMALLEST_PX 24.0
#define TITLED_PX 108.0    /* where the width allows, a title fits */
#define GROWTH_MOST 3.0    /* of all these where there is room */
#define GROWTH_LEAST 0.45  /* where there is not */
#define GROWTH_TO_READ 0.7 /* where all of it does not fit, anyway */
#define ASPECT_SLACK 0.01
#define GROWTH_STEP 0.05
#define BARS_WORTH 0.2      /* of the area of a picture */
#define BLOCK_STEP 1.06     /* of one block alone */
#define GROWTH_OF_PAGES 1.0 /* more would only be longer */
#define WORTH_GROWING 1.03  /* so much fuller a page must be to be longer */
#define BAR_PX 34.0         /* a bar with its number */
#define NAMED_BAR_PX 72.0

static double
aspect (const KdSheet *sheet, const KdPanel *panel)
{
  switch (panel->kind) {
  case KD_PANEL_MAP:
  case KD_PANEL_CLASSES:
    return panel->height > 0 ? (double) panel->width / panel->height : 1;
  case KD_PANEL_IMAGE:
    return sheet->image.height > 0 ? (double) sheet->image.width / sheet->image.height : 1;
  case KD_PANEL_MATRIX:
  case KD_PANEL_BARS:
    return 1;
  default:
    return 1.15;
  }
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

typedef struct {
  int first, end, n_bars;
  double aspects; /* of all its panels */
  double beside;  /* width of what is between them */
  double side;    /* height of its pictures */
  double spare;   /* width for each of its bar panels to widen by */
  bool captions, rules;
} Row;

static Row
measure_row (const KdSheet *sheet, int first, double width, double growth)
{
  Row row = { .first = first, .end = first };
  double most = MAP_MOST_PX;
  for (; row.end < sheet->n_panels && sheet->panels[row.end].row == sheet->panels[first].row;
       row.end++) {
    const KdPanel *panel = &sheet->panels[row.end];
    row.aspects += aspect (sheet, panel);
    row.beside += (row.end > first ? KD_SHEET_GAP_PX : 0) + (panel->lead ? KD_SHEET_LEAD_PX : 0);
    row.captions = row.captions || panel->caption;
    row.rules = row.rules || panel->ruled;
    row.n_bars += panel->kind == KD_PANEL_BARS;
    const bool plot = panel->kind == KD_PANEL_IMAGE || panel->kind > KD_PANEL_BARS;
    if (panel->small)
      most = MIN (most, plot ? MAP_MOST_PX : SMALL_MOST_PX);
    else if (plot)
      most = PLOT_MOST_PX;
  }
  row.side = CLAMP (floor ((width - row.beside) / row.aspects), SMALLEST_PX,
                    floor (fmax (most * growth, TITLED_PX)));
  return row;
}

/* Without wider bars. */
static double
row_width (const Row *row)
{
  return row->beside + row->side * row->aspects;
}

static double
row_height (const Row *row)
{
  return KD_SHEET_TITLE_PX + row->side + (row->rules ? KD_SHEET_RULE_PX : 0) +
         (row->captions ? KD_SHEET_CAPTION_PX : 0);
}

/* Bars take what their row leaves, up to what shows every number. */
static double
panel_width (const KdSheet *sheet, const KdPanel *panel, const Row *row)
{
  const double least = floor (row->side * aspect (sheet, panel));
  if (panel->kind != KD_PANEL_BARS)
    return least;
  const double wanted = panel->width * (panel->names ? NAMED_BAR_PX : BAR_PX);
  return MAX (least, MIN (wanted, least + row->spare));
}

static void
place_row (const KdSheet *sheet, const Row *row, double x, double y, KdRect *plots)
{
  for (int i = row->first; i < row->end; i++) {
    const KdPanel *panel = &sheet->panels[i];
    x += panel->lead ? KD_SHEET_LEAD_PX : 0;
    plots[i] = (KdRect){ x, y + KD_SHEET_TITLE_PX, panel_width (sheet, panel, row), row->side };
    x += plots[i].width + KD_SHEET_GAP_PX;
  }
}

/* ---- blocks: rows whose columns belong together ---------------------------------------------------------- */

typedef struct {
  int first, end, n_rows;
  double growth;
  bool inlined; /* its rows stand side by side */
  double x, y, width, height, spare;
} Block;

/* The same kinds of pictures in the same shapes: each stands under its like. */
static bool
are_alike (const KdSheet *sheet, const Row *above, const Row *below)
{
  if (below->end - below->first != above->end - above->first || below->n_bars)
    return false;
  for (int i = 0; i < below->end - below->first; i++) {
    const KdPanel *a = &sheet->panels[above->first + i], *b = &sheet->panels[below->first + i];
    const bool maps = a->kind <= KD_PANEL_CLASSES && b->kind <= KD_PANEL_CLASSES;
    if ((a->kind != b->kind && !maps) || a->small != b->small || !a->lead != !b->lead ||
        fabs (aspect (sheet, a) - aspect (sheet, b)) > ASPECT_SLACK)
      return false;
  }
  return true;
}

static Block
measure_block (const KdSheet *sheet, int first, double width, double growth, bool inlined)
{
  Row row = measure_row (sheet, first, width, growth);
  Block block = {
    .first = first, .end = row.end, .n_rows = 1, .growth = growth, .width = row_width (&row)
  };
  block.height = row_height (&row);
  double across = block.width, highest = block.height;
  while (block.end < sheet->n_panels) {
    const Row next = measure_row (sheet, block.end, width, growth);
    if (!are_alike (sheet, &row, &next))
      break;
    block.height += ROW_GAP_PX + row_height (&next);
    across += BESIDE_PX + row_width (&next);
    highest = fmax (highest, row_height (&next));
    block.end = next.end;
    block.n_rows++;
    row = next;
  }
  block.inlined = inlined && block.n_rows > 1 && across <= width;
  if (block.inlined) {
    block.width = across;
    block.height = highest;
  }
  return block;
}

static void
place_block (const KdSheet *sheet, const Block *block, double width, KdRect *plots)
{
  double x = block->x, y = block->y;
  for (int i = block->first; i < block->end;) {
    Row row = measure_row (sheet, i, width, block->growth);
    row.spare = row.n_bars ? block->spare / row.n_bars : 0;
    place_row (sheet, &row, x, y, plots);
    if (block->inlined)
      x += row_width (&row) + BESIDE_PX;
    else
      y += row_height (&row) + ROW_GAP_PX;
    i = row.end;
  }
}

/* ---- packing --------------------------------------------------------------------------------------------- */

static bool
is_free (const Block *blocks, int n, const Block *block)
{
  for (int i = 0; i < n; i++)
    if (block->x < blocks[i].x + blocks[i].width + BESIDE_PX &&
        blocks[i].x < block->x + block->width + BESIDE_PX &&
        block->y < blocks[i].y + blocks[i].height + ROW_GAP_PX &&
        blocks[i].y < block->y + block->height + ROW_GAP_PX)
      return false;
  return true;
}

/* As high as it may stand, and there as far left: at the edges, or beside and under the blocks before it. */
static void
find_place (const Block *blocks, int n, double width, Block *block)
{
  Block best = { .y = INFINITY };
  for (int across = -1; across < n; across++)
    for (int down = -1; down < n; down++) {
      Block tried = *block;
      tried.x = across < 0 ? 0 : blocks[across].x + blocks[across].width + BESIDE_PX;
      tried.y = down < 0 ? 0 : blocks[down].y + blocks[down].height + ROW_GAP_PX;
      const bool better = tried.y < best.y || (tried.y <= best.y && tried.x < best.x);
      if (better && (tried.x <= 0 || tried.x + tried.width <= width) && is_free (blocks, n, &tried))
        best = tried;
    }
  *block = best;
}

/* What is free at the block's right, for its bars. */
static double
room_beside (const Block *blocks, int n, const Block *block, double width)
{
  double end = width;
  for (int i = 0; i < n; i++)
    if (blocks[i].x > block->x && blocks[i].y < block->y + block->height + ROW_GAP_PX &&
        block->y < blocks[i].y + blocks[i].height + ROW_GAP_PX)
      end = fmin (end, blocks[i].x - BESIDE_PX);
  return fmax (end - block->x - block->width, 0);
}

typedef enum { PACK_LINES, PACK_SIDE_BY_SIDE, PACK_INLINE, N_PACKINGS } Packing;

/* How everything is packed: @growths are the blocks' own. */
typedef struct {
  Packing packing;
  double *growths; /* [n_panels]: as many as there may be blocks */
} Plan;

/* Returns the height of all. Lines are one block under another. */
static double
pack (const KdSheet *sheet, double width, const Plan *plan, KdRect *plots, int *n_blocks)
{
  g_autofree Block *blocks = g_new (Block, MAX (sheet->n_panels, 1));
  double height = 0;
  int n = 0;
  for (int i = 0; i < sheet->n_panels; i = blocks[n - 1].end) {
    Block block = measure_block (sheet, i, width, plan->growths[n], plan->packing == PACK_INLINE);
    if (plan->packing == PACK_LINES)
      block.y = n ? height + ROW_GAP_PX : 0;
    else
      find_place (blocks, n, width, &block);
    blocks[n++] = block;
    height = fmax (height, block.y + block.height);
  }
  for (int i = 0; i < n; i++) {
    blocks[i].spare = room_beside (blocks, n, &blocks[i], width);
    place_block (sheet, &blocks[i], width, plots);
  }
  *n_blocks = n;
  return height + (n ? ROW_GAP_PX : 0);
}

static double
pack_evenly (const KdSheet *sheet, double width, double growth, Plan *plan, KdRect *plots)
{
  int n_blocks;
  for (int i = 0; i < sheet->n_panels; i++)
    plan->growths[i] = growth;
  return pack (sheet, width, plan, plots, &n_blocks);
}

/* What is worth being large: bars say the same when they are low. */
static double
area (const KdSheet *sheet, const KdRect *plots)
{
  double sum = 0;
  for (int i = 0; i < sheet->n_panels; i++)
    sum += (sheet->panels[i].kind == KD_PANEL_BARS ? BARS_WORTH : 1) * plots[i].width *
           plots[i].height;
  return sum;
}

/* All alike, @growth or more, as low as may be; returns the height. */
static double
pack_low (const KdSheet *sheet, double width, double growth, KdRect *plots)
{
  g_autofree double *growths = g_new (double, MAX (sheet->n_panels, 1));
  Plan plan = { .growths = growths };
  Packing best = PACK_LINES;
  double least = INFINITY, grown = growth;
  for (; growth <= GROWTH_OF_PAGES + GROWTH_STEP / 2; growth += GROWTH_STEP)
    for (plan.packing = PACK_LINES; plan.packing < N_PACKINGS; plan.packing++) {
      const double height = pack_evenly (sheet, width, growth, &plan, plots);
      if (height <= least) {
        least = height;
        grown = growth;
        best = plan.packing;
      }
    }
  plan.packing = best;
  return pack_evenly (sheet, width, grown, &plan, plots);
}

/* What is left over goes to the blocks that can still grow, one after another. */
static void
grow_blocks (const KdSheet *sheet, double width, double room, Plan *plan, KdRect *plots)
{
  int n_blocks;
  bool grew = true;
  double largest = 0;
  if (pack (sheet, width, plan, plots, &n_blocks) <= room)
    largest = area (sheet, plots);
  while (grew) {
    grew = false;
    for (int i = 0; i < n_blocks; i++) {
      const double before = plan->growths[i];
      plan->growths[i] = before * BLOCK_STEP;
      int n;
      if (plan->growths[i] <= GROWTH_MOST && pack (sheet, width, plan, plots, &n) <= room &&
          area (sheet, plots) > largest) {
        largest = area (sheet, plots);
        grew = true;
      } else {
        plan->growths[i] = before;
      }
    }
  }
}

double
kd_sheet_place (const KdSheet *sheet, double width, double room, KdRect *plots)
{
  g_autofree double *growths = g_new (double, MAX (sheet->n_panels, 1));
  g_autofree double *best = g_new (double, MAX (sheet->n_panels, 1));
  Plan plan = { .growths = growths }, chosen = { N_PACKINGS, best };
  double largest = 0;
  for (plan.packing = PACK_LINES; plan.packing < N_PACKINGS; plan.packing++) {
    double even = 0, covered = 0;
    for (double growth = GROWTH_LEAST; growth <= GROWTH_MOST; growth += GROWTH_STEP)
      if (pack_evenly (sheet, width, growth, &plan, plots) <= room &&
          area (sheet, plots) > covered) {
        covered = area (sheet, plots);
        even = growth;
      }
    if (!(even > 0))
      continue;
    pack_evenly (sheet, width, even, &plan, plots);
    grow_blocks (sheet, width, room, &plan, plots);
    int n_blocks;
    pack (sheet, width, &plan, plots, &n_blocks);
    if (area (sheet, plots) > largest) {
      largest = area (sheet, plots);
      chosen.packing = plan.packing;
      memcpy (best, growths, sizeof *best * (size_t) sheet->n_panels);
    }
  }
  int n_blocks;
  return chosen.packing == N_PACKINGS ? pack_low (sheet, width, GROWTH_LEAST, plots)
                                      : pack (sheet, width, &chosen, plots, &n_blocks);
}

double
kd_sheet_readable (const KdSheet *sheet, double width)
{
  g_autofree KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  return pack_low (sheet, width, GROWTH_TO_READ, plots);
}

double
kd_sheet_fullest (const KdSheet *sheet, double width)
{
  g_autofree KdRect *plots = g_new (KdRect, MAX (sheet->n_panels, 1));
  g_autofree double *growths = g_new (double, MAX (sheet->n_panels, 1));
  Plan plan = { .growths = growths };
  double best = 0, fullest = 0;
  for (double growth = GROWTH_TO_READ; growth <= GROWTH_OF_PAGES + GROWTH_STEP / 2;
       growth += GROWTH_STEP)
    for (plan.packing = PACK_LINES; plan.packing < N_PACKINGS; plan.packing++) {
      const double height = pack_evenly (sheet, width, growth, &plan, plots);
      const double full = area (sheet, plots) / (width * height);
      if (full > fullest * (fullest > 0 ? WORTH_GROWING : 1)) {
        fullest = full;
        best = height;
      }
    }
  return best;
}
