/* SPDX-License-Identifier: MIT */
#include "ui/compare-layout.h"

#include "ui/color-bar.h"

#define PADDING 30     /* px, around everything, with a scroll bar */
#define HEAD_HEIGHT 44 /* px, of the students' names over their colours */
#define MAX_BLOCKS 3
/* Beyond it a panel shows its cells no better. */
#define LARGE_PX 320
/* From here on a panel is large enough to give up size for seeing every row. */
#define ROOMY_PX 90

static int
row_height (int side)
{
  return side + KD_COMPARE_CAPTION_HEIGHT + KD_COMPARE_GAP;
}

/* What a block takes besides its panels. */
static int
frame_width (void)
{
  return KD_COMPARE_TITLE_WIDTH + KD_COLOR_BAR_WIDTH + 2 * KD_COMPARE_GAP;
}

static int
lines_of_blocks (const KdCompareLayout *layout)
{
  const int rows = layout->aside ? layout->n_rows - 1 : layout->n_rows;
  const int blocks = layout->aside ? 1 : layout->n_blocks;
  return (rows + blocks - 1) / blocks;
}

KdCompareSpot
kd_compare_layout_spot (const KdCompareLayout *layout, int row)
{
  const int lines = lines_of_blocks (layout);
  if (layout->aside && row == layout->n_rows - 1)
    return (KdCompareSpot){ 1, 0 };
  return (KdCompareSpot){ row / lines, row % lines };
}

bool
kd_compare_layout_same_places (const KdCompareLayout *a, const KdCompareLayout *b)
{
  return a->n_columns == b->n_columns && a->n_rows == b->n_rows && a->n_blocks == b->n_blocks &&
         a->aside == b->aside;
}

/* Large panels, and before all many of them in sight. */
static int
worth (const KdCompareLayout *layout, int height)
{
  const int lines = MAX ((height - HEAD_HEIGHT) / row_height (layout->side), 1);
  int rows = 0;
  for (int r = 0; r < layout->n_rows; r++)
    rows += kd_compare_layout_spot (layout, r).line < lines;
  const int value = rows * rows * MIN (layout->side, LARGE_PX);
  return rows == layout->n_rows && layout->side >= ROOMY_PX ? value * 5 / 4 : value;
}

KdCompareLayout
kd_compare_layout_fit (int width, int height, int n_columns, bool consensus)
{
  const int n_rows = 1 + KD_N_COMPARE_ROWS + (consensus ? 1 : 0);
  KdCompareLayout best = { .side = 0 };
  int most = -1;
  for (int blocks = 1; blocks <= MAX_BLOCKS; blocks++) {
    for (int aside = 0; aside <= (consensus && blocks == 2 ? 1 : 0); aside++) {
      KdCompareLayout layout = {
        .n_columns = MAX (n_columns, 1), .n_rows = n_rows, .n_blocks = blocks, .aside = aside
      };
      const int panels = aside ? layout.n_columns + 1 : blocks * layout.n_columns;
      const int widest = (width - PADDING - blocks * frame_width ()) / panels - KD_COMPARE_GAP;
      /* What fills the height with one line, with two, ...: a line that is cut in half shows nothing. */
      for (int lines = 1; lines <= lines_of_blocks (&layout); lines++) {
        const int tallest = (height - HEAD_HEIGHT) / lines - row_height (0);
        layout.side = MAX (MIN (widest, tallest), KD_COMPARE_SMALLEST);
        const bool fits = blocks == 1 || widest >= KD_COMPARE_SMALLEST;
        const int value = worth (&layout, height);
        if (fits && value > most) {
          most = value;
          best = layout;
        }
      }
    }
  }
  return best;
}
