/* SPDX-License-Identifier: MIT */

/* DeFeat: the same maps left of the wipe for objects, right of it for background, and what either part adds to the loss. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

enum { WEIGHT, DIFFERENCE, LOSS, N_MAPS };
enum { FG, BG, N_PARTS };

static const struct {
  const char *probe, *title, *lead;
  bool log;
} maps[] = {
  { "weight", N_ ("weight"), NULL, true },
  { "diff", N_ ("difference²"), "×", false },
  { "contrib", N_ ("loss"), "=", false },
};
static const KdColor part_colors[] = { { 0.99, 0.62, 0.1 }, { 0.3, 0.6, 0.9 } };
static const char *const part_names[] = { N_ ("objects"), N_ ("background") };

typedef struct {
  double cells[N_PARTS], loss[N_PARTS];
} Shares;

/* ---- the neck ------------------------------------------------------------------------------------------ */

static double
share_of (const double parts[N_PARTS])
{
  const double sum = parts[FG] + parts[BG];
  return sum > 0 ? 100 * parts[FG] / sum : 0;
}

/* Over the levels that are shown. */
static Shares
add_up (KdFigureBuilder *b)
{
  Shares shares = { { 0 }, { 0 } };
  KdFigureMap fg, loss;
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, "fg", l) && kd_figure_read (b, "fg", l, &fg) &&
        kd_figure_read (b, "contrib", l, &loss))
      for (int i = 0; i < fg.width * fg.height; i++) {
        const int part = fg.values[i] > 0 ? FG : BG;
        shares.cells[part] += 1;
        shares.loss[part] += (double) loss.values[i];
      }
  return shares;
}

static void
add_shares (KdFigureBuilder *b, const char *title, const double parts[N_PARTS], const char *told)
{
  float *values = kd_figure_keep (b, g_new (float, N_PARTS));
  for (int i = 0; i < N_PARTS; i++)
    values[i] = (float) parts[i];
  const char **names = kd_figure_keep (b, g_new (const char *, N_PARTS));
  for (int i = 0; i < N_PARTS; i++)
    names[i] = kd_translated (part_names[i]);
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .title = title,
    .caption = kd_figure_text (b, _ ("%.1f %% by objects"), share_of (parts)),
    .values = values,
    .width = N_PARTS,
    .height = 1,
    .colors = part_colors,
    .names = names,
    .small = true, /* the maps beneath have the wipe */
    .lit = kd_figure_at_spot (b) ? b->state->spot.item : -1,
  };
  if (panel.lit >= 0 && panel.lit < N_PARTS)
    b->plot.readout = kd_figure_text (b, told, names[panel.lit],
                                      kd_figure_number (b, (double) values[panel.lit]));
  kd_figure_add (b, &panel);
}

static void
add_image (KdFigureBuilder *b)
{
  KdFigureMap levels;
  const bool known = kd_figure_read (b, "box_level", -1, &levels);
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, b->info->n_truths + 1));
  for (int i = 0; i < b->info->n_truths; i++) {
    const int row = kd_picture_truth_row (b->picture, i);
    const int level = known && row < levels.height ? (int) levels.values[row] : -1;
    const char *name = level < 0 ? _ ("dropped") : kd_figure_level_name (b, level);
    const bool lit = kd_figure_at_spot (b) && b->state->spot.item == i;
    boxes[i] = (KdSheetBox){
      .box = b->info->truths[i].box,
      .color = kd_truth_color (),
      .line_width = lit ? 3 : 1.5,
      .dashed = level < 0,
      .label = kd_figure_text (b, "%d %s", i + 1, name),
    };
    if (lit)
      b->plot.readout =
          level < 0 ? kd_figure_text (b, _ ("%s counts nowhere"), kd_figure_object_name (b, i))
                    : kd_figure_text (b, _ ("%s is foreground on %s alone, background elsewhere"),
                                      kd_figure_object_name (b, i), name);
  }
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .title = _ ("Object levels"),
    .small = true,
    .lit = -1,
    .boxes = boxes,
    .n_boxes = b->info->n_truths,
    .n_pickable = b->info->n_truths,
  };
  kd_figure_add (b, &panel);
}

static void
add_level (KdFigureBuilder *b, int level, const KdScale scales[N_MAPS])
{
  KdFigureMap fg, values[N_MAPS];
  if (!kd_figure_read (b, "fg", level, &fg))
    return;
  for (int m = 0; m < N_MAPS; m++)
    if (!kd_figure_read (b, maps[m].probe, level, &values[m]))
      return;
  const int n = fg.width * fg.height;
  uint8_t *sides = kd_figure_keep (b, g_malloc0 ((size_t) n));
  double cells[N_PARTS] = { 0 }, loss[N_PARTS] = { 0 };
  for (int i = 0; i < n; i++) {
    sides[i] = fg.values[i] > 0;
    cells[sides[i] ? FG : BG] += 1;
    loss[sides[i] ? FG : BG] += (double) values[LOSS].values[i];
  }
  for (int m = 0; m < N_MAPS; m++) {
    KdPanel panel = kd_figure_map_panel (
        b, 1 + level,
        kd_figure_text (b, "%s %s", kd_figure_level_name (b, level), kd_translated (maps[m].title)),
        &values[m]);
    panel.lead = maps[m].lead;
    panel.scale = scales[m];
    panel.sides = sides;
    panel.wipe = b->plot.slider_at / 100.0;
    if (m == WEIGHT)
      panel.caption = kd_figure_text (b, _ ("%.0f object, %.0f other cells"), cells[FG], cells[BG]);
    else if (m == LOSS)
      panel.caption = kd_figure_text (b, _ ("%.0f %% by objects"), share_of (loss));
    if (kd_figure_at_spot (b) && panel.lit >= 0)
      b->plot.readout =
          kd_figure_text (b, _ ("%s, %s: weight %s × summed difference², %s a channel = loss %s"),
                          kd_figure_cell_name (b, level, &fg, panel.lit),
                          sides[panel.lit] ? _ ("object") : _ ("background"),
                          kd_figure_number (b, (double) values[WEIGHT].values[panel.lit]),
                          kd_figure_number (b, (double) values[DIFFERENCE].values[panel.lit]),
                          kd_figure_number (b, (double) values[LOSS].values[panel.lit]));
    kd_figure_add (b, &panel);
  }
}

/* ---- proposals of a two-stage detector -------------------------------------------------------------------- */

typedef struct {
  KdFigureMap boxes, positive, iou, divergence, softmax[2];
  int n, *rows; /* of this image */
  int shown;    /* place among rows: pointed at, or the largest divergence */
} Proposals;

static bool
read_proposals (KdFigureBuilder *b, Proposals *p)
{
  KdFigureMap images;
  *p = (Proposals){ .shown = 0 };
  if (!kd_figure_read (b, "roi_boxes", -1, &p->boxes) ||
      !kd_figure_read (b, "roi_image", -1, &images) ||
      !kd_figure_read (b, "roi_pos", -1, &p->positive) ||
      !kd_figure_read (b, "roi_iou", -1, &p->iou) ||
      !kd_figure_read (b, "roi_kl", -1, &p->divergence) ||
      !kd_figure_read (b, "roi_softmax_teacher", -1, &p->softmax[KD_TEACHER]) ||
      !kd_figure_read (b, "roi_softmax_student", -1, &p->softmax[KD_STUDENT]))
    return false;
  p->rows = kd_figure_keep (b, g_new (int, images.height + 1));
  for (int i = 0; i < images.height; i++)
    if ((int) images.values[i] == kd_figure_image (b))
      p->rows[p->n++] = i;
  for (int i = 1; i < p->n; i++)
    if (p->divergence.values[p->rows[i]] > p->divergence.values[p->rows[p->shown]])
      p->shown = i;
  const int item = b->state->spot.item;
  if (kd_figure_at_spot (b) && item >= 0 && item < p->n)
    p->shown = item;
  return p->n > 0;
}

static void
add_softmax (KdFigureBuilder *b, const Proposals *p, KdSide side)
{
  static const char *const titles[] = { N_ ("softmax, teacher"), N_ ("softmax, student") };
  const KdFigureMap *list = &p->softmax[side];
  const int row = p->rows[p->shown];
  const char **names = kd_figure_keep (b, g_new0 (const char *, list->width + 1));
  for (int k = 0; k < list->width; k++) {
    const char *class = kd_figure_class_name (b, k);
    names[k] = k + 1 == list->width ? C_ ("class", "none")
                                    : (class ? class : kd_figure_text (b, "%d", k + 1));
  }
  const KdPanel panel = {
    .kind = KD_PANEL_BARS,
    .row = 1 + KD_MAX_LEVELS,
    .title = kd_figure_text (b, _ ("Proposal %d %s"), p->shown + 1, kd_translated (titles[side])),
    .values = list->values + row * list->width,
    .width = list->width,
    .height = 1,
    .scale = { .low = 0, .high = 1 },
    .names = names,
    .lit = kd_figure_at_spot (b) ? b->state->spot.item : -1,
  };
  if (panel.lit >= 0 && panel.lit < list->width)
    b->plot.readout = kd_figure_text (
        b, _ ("proposal %d, class %s: teacher %s, student %s"), p->shown + 1, names[panel.lit],
        kd_figure_number (b, (double) p->softmax[KD_TEACHER].values[row * list->width + panel.lit]),
        kd_figure_number (b,
                          (double) p->softmax[KD_STUDENT].values[row * list->width + panel.lit]));
  kd_figure_add (b, &panel);
}

static void
add_proposals (KdFigureBuilder *b)
{
  Proposals p;
  if (!read_proposals (b, &p))
    return;
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, p.n + 1));
  int n_positive = 0;
  for (int i = 0; i < p.n; i++) {
    const float *at = p.boxes.values + 4 * p.rows[i];
    const bool positive = p.positive.values[p.rows[i]] > 0;
    n_positive += positive;
    boxes[i] = (KdSheetBox){
      .box = { (double) at[0], (double) at[1], (double) at[2], (double) at[3] },
      .color = part_colors[positive ? FG : BG],
      .line_width = i == p.shown ? 3.5 : 1.2,
      .dashed = !positive,
      .label = i == p.shown ? kd_figure_text (b, "%d", i + 1) : NULL,
    };
  }
  const int row = p.rows[p.shown];
  if (kd_figure_at_spot (b) && b->state->spot.item >= 0)
    b->plot.readout =
        kd_figure_text (b, _ ("proposal %d, %s: best IoU %s, divergence %s"), p.shown + 1,
                        p.positive.values[row] > 0 ? _ ("on an object") : _ ("on background"),
                        kd_figure_number (b, (double) p.iou.values[row]),
                        kd_figure_number (b, (double) p.divergence.values[row]));
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .row = 1 + KD_MAX_LEVELS,
    .title = _ ("Proposals"),
    .caption =
        kd_figure_text (b, _ ("%d on objects, %d on background"), n_positive, p.n - n_positive),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = p.n,
    .n_pickable = p.n,
  };
  kd_figure_add (b, &panel);
  add_softmax (b, &p, KD_TEACHER);
  add_softmax (b, &p, KD_STUDENT);
  kd_figure_add_legend (b, _ ("proposals: solid on objects, dashed on background"));
}

/* ---- the whole ---------------------------------------------------------------------------------------------- */

void
kd_figure_build_split (KdFigureBuilder *b)
{
  KdScale scales[N_MAPS];
  if (kd_picture_find (b->picture, "fg", b->state->level < 0 ? 0 : b->state->level) < 0)
    return;
  b->plot.slider_most = 100;
  b->plot.slider_at = b->state->slider < 0 ? 50 : MIN (b->state->slider, 100);
  b->plot.slider = kd_figure_text (
      b, _ ("Wipe at %d %%: objects left of it, background right of it"), b->plot.slider_at);
  for (int m = 0; m < N_MAPS; m++)
    scales[m] = kd_figure_scale (b, maps[m].probe, NULL, maps[m].log);
  const Shares shares = add_up (b);
  g_string_append_printf (
      b->summary,
      _ ("Objects hold %.1f %% of the cells and give %.1f %% of the neck's loss; "
         "background the rest."),
      share_of (shares.cells), share_of (shares.loss));
  add_image (b);
  add_shares (b, _ ("Cells"), shares.cells, _ ("%s: %s cells"));
  add_shares (b, _ ("Loss of the neck"), shares.loss, _ ("%s: %s of loss"));
  for (int l = 0; l < KD_MAX_LEVELS; l++)
    if (kd_figure_shows (b, "fg", l))
      add_level (b, l, scales);
  add_proposals (b);
  kd_figure_add_legend (
      b, _ ("left of the white line: object cells only; right of it: background only"));
  kd_figure_add_legend (b, _ ("one scale a map, over all levels"));
}
