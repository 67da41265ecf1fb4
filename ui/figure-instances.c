/* SPDX-License-Identifier: MIT */

/* GID: from the gaps of scores to candidates, over NMS step by step to instances, and their distances on both sides. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

/* Columns of the list "gi_candidates", as its help says. */
enum { IMAGE, BOX, SCORE = BOX + 4, FROM_TEACHER, DROPPED_BY, IOU };
enum { KEPT = -1, ENOUGH = -2 };
enum { TEACHER, STUDENT, DIFFERENCE, N_RELATIONS };
enum { FIRST_ROW, SECOND_ROW, THIRD_ROW };

/* A dropped box fades away while NMS goes on, step by step. */
#define FADE_FIRST 0.25
#define FADE_STEP 0.15
#define FADE_MOST 0.85
#define FADE_OF_CANDIDATES 0.4
#define FADE_OF_UNRELATED 0.6 /* while two are lit by their relation */

static const char *const kinds[] = { N_ ("on an object"), N_ ("a part of an object"),
                                     N_ ("background"), N_ ("between part and background") };
static const KdColor source_colors[] = { { 0.35, 0.75, 1 },
                                         { 1, 0.68, 0.1 } }; /* by from_teacher */
static const char *const sources[] = { N_ ("the student's box"), N_ ("the teacher's box") };
static const char source_signs[] = "ST";

static const struct {
  const char *probe, *title, *lead;
} relations[] = {
  { "relation_teacher", N_ ("Relations, teacher"), NULL },
  { "relation_student", N_ ("Relations, student"), "−" },
  { "relation_diff", N_ ("Difference"), "=" },
};

typedef struct {
  KdFigureMap candidates, boxes, scores, images, from_teacher, kinds, levels;
  KdFigureMap relations[N_RELATIONS];
  int first, n;    /* this image's candidates */
  int n_looked_at; /* by NMS before it had enough */
  int lit[2];      /* instances of the batch; -1: none */
} Lists;

static double
column (const Lists *lists, int place, int which)
{
  return (double)
      lists->candidates.values[(lists->first + place) * lists->candidates.width + which];
}

static KdBox
candidate_box (const Lists *lists, int place)
{
  return (KdBox){ column (lists, place, BOX), column (lists, place, BOX + 1),
                  column (lists, place, BOX + 2), column (lists, place, BOX + 3) };
}

static KdBox
instance_box (const Lists *lists, int i)
{
  const float *at = lists->boxes.values + 4 * i;
  return (KdBox){ (double) at[0], (double) at[1], (double) at[2], (double) at[3] };
}

static bool
read_lists (KdFigureBuilder *b, Lists *lists)
{
  *lists = (Lists){ .lit = { -1, -1 } };
  if (!kd_figure_read (b, "gi_candidates", -1, &lists->candidates) ||
      !kd_figure_read (b, "gi_boxes", -1, &lists->boxes) ||
      !kd_figure_read (b, "gi_box_score", -1, &lists->scores) ||
      !kd_figure_read (b, "gi_image", -1, &lists->images) ||
      !kd_figure_read (b, "gi_from_teacher", -1, &lists->from_teacher) ||
      !kd_figure_read (b, "gi_kind", -1, &lists->kinds) ||
      !kd_figure_read (b, "gi_level", -1, &lists->levels))
    return false;
  for (int i = 0; i < lists->candidates.height; i++) {
    const int image = (int) lists->candidates.values[i * lists->candidates.width + IMAGE];
    lists->first += image < kd_figure_image (b);
    lists->n += image == kd_figure_image (b);
  }
  while (lists->n_looked_at < lists->n &&
         (int) column (lists, lists->n_looked_at, DROPPED_BY) != ENOUGH)
    lists->n_looked_at++;
  for (int i = 0; i < N_RELATIONS; i++)
    kd_figure_read (b, relations[i].probe, -1, &lists->relations[i]);
  return true;
}

/* ---- gaps ------------------------------------------------------------------------------------------------ */

static void
add_gaps (KdFigureBuilder *b)
{
  const KdScale scale = kd_figure_scale (b, "gi_score", NULL, false);
  KdFigureMap map;
  for (int l = 0; l < KD_MAX_LEVELS; l++) {
    if (!kd_figure_shows (b, "gi_score", l) || !kd_figure_read (b, "gi_score", l, &map))
      continue;
    KdPanel panel = kd_figure_map_panel (
        b, FIRST_ROW, kd_figure_text (b, _ ("%s score gap"), kd_figure_level_name (b, l)), &map);
    panel.scale = (KdScale){ .low = 0, .high = scale.high };
    panel.small = true;
    if (kd_figure_at_spot (b) && panel.lit >= 0)
      b->plot.readout = kd_figure_text (b, _ ("%s: largest score gap of its anchors %s"),
                                        kd_figure_cell_name (b, l, &map, panel.lit),
                                        kd_figure_number (b, (double) map.values[panel.lit]));
    kd_figure_add (b, &panel);
  }
}

/* ---- candidates and NMS ------------------------------------------------------------------------------------- */

static const char *
candidate_text (KdFigureBuilder *b, const Lists *lists, int place)
{
  const int by = (int) column (lists, place, DROPPED_BY);
  const char *fate = by == KEPT ? _ ("kept")
                     : by == ENOUGH
                         ? _ ("not looked at: enough were kept before")
                         : kd_figure_text (b, _ ("dropped by candidate %d, IoU %s"), by + 1,
                                           kd_figure_number (b, column (lists, place, IOU)));
  return kd_figure_text (b, _ ("candidate %d, %s: score gap %s, %s"), place + 1,
                         kd_translated (sources[column (lists, place, FROM_TEACHER) > 0]),
                         kd_figure_number (b, column (lists, place, SCORE)), fate);
}

static void
add_candidates (KdFigureBuilder *b, const Lists *lists)
{
  const int item = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, lists->n + 1));
  for (int i = 0; i < lists->n; i++)
    boxes[i] = (KdSheetBox){
      .box = candidate_box (lists, i),
      .color = source_colors[column (lists, i, FROM_TEACHER) > 0],
      .line_width = i == item ? 3.5 : 1,
      .fade = i == item ? 0 : FADE_OF_CANDIDATES,
      .label = i == item ? kd_figure_text (b, "%d", i + 1) : NULL,
    };
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .row = SECOND_ROW,
    .title = _ ("Candidates"),
    .caption = kd_figure_text (b, _ ("the best %d"), lists->n),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = lists->n,
    .n_pickable = lists->n,
  };
  if (item >= 0 && item < lists->n)
    b->plot.readout = candidate_text (b, lists, item);
  kd_figure_add (b, &panel);
}

static KdSheetLink
link_between (KdBox from, KdBox to)
{
  return (KdSheetLink){ (from.x1 + from.x2) / 2, (from.y1 + from.y2) / 2, (to.x1 + to.x2) / 2,
                        (to.y1 + to.y2) / 2 };
}

/* What NMS has seen after so many candidates: kept ones strong, dropped ones fading, the last one with a line to what dropped it. */
static void
add_nms (KdFigureBuilder *b, const Lists *lists)
{
  const int at = b->plot.slider_at, item = kd_figure_at_spot (b) ? b->state->spot.item : -1;
  const bool stepping = b->state->slider >= 0;
  const int told = item >= 0 && item < at ? item : (stepping ? at - 1 : -1);
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, at + 1));
  KdSheetLink *links = kd_figure_keep (b, g_new0 (KdSheetLink, 1));
  int n_kept = 0, n_links = 0;
  for (int i = 0; i < at; i++) {
    const int by = (int) column (lists, i, DROPPED_BY);
    n_kept += by == KEPT;
    boxes[i] = (KdSheetBox){
      .box = candidate_box (lists, i),
      .color =
          i == told ? (KdColor){ 1, 1, 1 } : source_colors[column (lists, i, FROM_TEACHER) > 0],
      .line_width = i == told ? 2.5 : (by == KEPT ? 2 : 1),
      .fade =
          by == KEPT || i == told
              ? 0
              : (stepping ? fmin (FADE_FIRST + FADE_STEP * (at - 2 - i), FADE_MOST) : FADE_MOST),
      .dashed = by != KEPT,
      .label = i == told || by == KEPT ? kd_figure_text (b, "%d", i + 1) : NULL,
    };
    if (i == told && by >= 0) {
      boxes[by].line_width = 3.5;
      links[n_links++] = link_between (boxes[i].box, boxes[by].box);
    }
  }
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .row = SECOND_ROW,
    .lead = "→",
    .title = _ ("NMS"),
    .caption = kd_figure_text (b, _ ("%d kept, %d dropped"), n_kept, at - n_kept),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = at,
    .n_pickable = at,
    .links = links,
    .n_links = n_links,
  };
  if (item >= 0 && item < at)
    b->plot.readout = candidate_text (b, lists, item);
  kd_figure_add (b, &panel);
}

/* ---- instances and relations --------------------------------------------------------------------------------- */

static const char *
instance_text (KdFigureBuilder *b, const Lists *lists, int i)
{
  const KdBox box = instance_box (lists, i);
  return kd_figure_text (b, _ ("instance %d, %s, %s: score gap %s, %.0f × %.0f px, pooled from %s"),
                         i + 1, kd_translated (sources[lists->from_teacher.values[i] > 0]),
                         kd_translated (kinds[CLAMP ((int) lists->kinds.values[i], 0, 3)]),
                         kd_figure_number (b, (double) lists->scores.values[i]), box.x2 - box.x1,
                         box.y2 - box.y1, kd_figure_level_name (b, (int) lists->levels.values[i]));
}

/* An instance of the batch that is on the picture's image. */
static bool
is_here (const KdFigureBuilder *b, const Lists *lists, int i)
{
  return i >= 0 && i < lists->images.height && (int) lists->images.values[i] == kd_figure_image (b);
}

static void
add_instances (KdFigureBuilder *b, const Lists *lists)
{
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, lists->boxes.height + 1));
  int n = 0, n_matched = 0, n_kept = 0;
  const bool related = is_here (b, lists, lists->lit[0]) && is_here (b, lists, lists->lit[1]);
  for (int i = 0; i < lists->n; i++)
    n_kept += (int) column (lists, i, DROPPED_BY) == KEPT;
  for (int i = 0; i < lists->boxes.height; i++) {
    if ((int) lists->images.values[i] != kd_figure_image (b))
      continue;
    const bool teachers = lists->from_teacher.values[i] > 0, matched = lists->kinds.values[i] == 0;
    const bool pointed = kd_figure_at_spot (b) && b->state->spot.item == n;
    const bool lit = pointed || i == lists->lit[0] || i == lists->lit[1];
    boxes[n++] = (KdSheetBox){
      .box = instance_box (lists, i),
      .color = source_colors[teachers],
      .line_width = lit ? 4 : 1.8,
      .dashed = !matched,
      .fade = related && !lit ? FADE_OF_UNRELATED : 0,
      .label = kd_figure_text (b, "%d%c", i + 1, source_signs[teachers]),
    };
    n_matched += matched;
    if (pointed)
      b->plot.readout = instance_text (b, lists, i);
  }
  KdSheetLink *link = kd_figure_keep (b, g_new0 (KdSheetLink, 1));
  if (related)
    *link = link_between (instance_box (lists, lists->lit[0]), instance_box (lists, lists->lit[1]));
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .row = THIRD_ROW, /* beside the relations, whose cells light its boxes */
    .lead = "→",
    .title = _ ("Instances"),
    .caption = kd_figure_text (b, _ ("%d, of which %d match an object"), n, n_matched),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = n,
    .n_pickable = n,
    .links = link,
    .n_links = related,
  };
  kd_figure_add (b, &panel);
  g_string_append_printf (
      b->summary,
      n_kept < n
          ? _ ("NMS looked at more than %d candidates: %d instances, %d of them match an object.")
          : _ ("NMS looked at %d candidates: %d instances, %d of them match an object."),
      lists->n_looked_at, n, n_matched);
}

static double
relation (const Lists *lists, int which, int cell)
{
  return (double) lists->relations[which].values[cell];
}

/* Relations are of the whole batch's instances: which of them are in this image. */
static const char *
own_instances (KdFigureBuilder *b, const Lists *lists)
{
  int first = -1, last = -1;
  for (int i = 0; i < lists->images.height; i++)
    if ((int) lists->images.values[i] == kd_figure_image (b)) {
      first = first < 0 ? i : first;
      last = i;
    }
  return first < 0 || last - first + 1 == lists->images.height
             ? _ ("distance / mean distance")
             : kd_figure_text (b, _ ("this image: %d to %d"), first + 1, last + 1);
}

/* One of another image of the batch says so: it has no box here. */
static const char *
instance_name (KdFigureBuilder *b, const Lists *lists, int i)
{
  return i >= lists->images.height || is_here (b, lists, i)
             ? kd_figure_text (b, "%d", i + 1)
             : kd_figure_text (b, _ ("%d (on image %d)"), i + 1, (int) lists->images.values[i] + 1);
}

static void
add_relations (KdFigureBuilder *b, const Lists *lists, int first_panel)
{
  const int I = lists->relations[DIFFERENCE].width, n = I * lists->relations[DIFFERENCE].height;
  double most = 0, apart = 0;
  for (int i = 0; i < n; i++) {
    most = fmax (most, fmax (relation (lists, TEACHER, i), relation (lists, STUDENT, i)));
    apart = fmax (apart, fabs (relation (lists, DIFFERENCE, i)));
  }
  most = most > 0 ? most : 1;
  apart = apart > 0 ? apart : 1;
  const KdSheetSpot *spot = &b->state->spot;
  const bool pointed = spot->panel >= first_panel && spot->panel < first_panel + N_RELATIONS;
  for (int r = 0; r < N_RELATIONS; r++) {
    const KdPanel panel = {
      .kind = KD_PANEL_MATRIX,
      .row = THIRD_ROW,
      .lead = relations[r].lead,
      .title = kd_translated (relations[r].title),
      .caption = own_instances (b, lists),
      .values = lists->relations[r].values,
      .width = I,
      .height = I,
      .scale = { .low = r == DIFFERENCE ? -apart : 0, .high = r == DIFFERENCE ? apart : most },
      .colormap = r == DIFFERENCE ? KD_COLORMAP_DIVERGING : KD_COLORMAP_VIRIDIS,
      .ruled = true,
      .lit = pointed ? spot->item : -1,
      .names = kd_figure_numbers (b, I),
      .columns = kd_figure_numbers (b, I),
    };
    kd_figure_add (b, &panel);
  }
  if (pointed && spot->item >= 0 && spot->item < n)
    b->plot.readout = kd_figure_text (
        b,
        _ ("instances %s and %s: distance over the mean, teacher %s, student %s, "
           "difference %s"),
        instance_name (b, lists, spot->item / I), instance_name (b, lists, spot->item % I),
        kd_figure_number (b, relation (lists, TEACHER, spot->item)),
        kd_figure_number (b, relation (lists, STUDENT, spot->item)),
        kd_figure_number (b, relation (lists, DIFFERENCE, spot->item)));
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

void
kd_figure_build_instances (KdFigureBuilder *b)
{
  Lists lists;
  if (!read_lists (b, &lists))
    return;
  b->plot.slider_most = lists.n_looked_at;
  b->plot.slider_at =
      b->state->slider < 0 ? lists.n_looked_at : MIN (b->state->slider, lists.n_looked_at);
  b->plot.plays = true;
  b->plot.slider =
      b->plot.slider_at > 0 && b->state->slider >= 0
          ? kd_figure_text (b, _ ("NMS step %d of %d: %s"), b->plot.slider_at, lists.n_looked_at,
                            candidate_text (b, &lists, b->plot.slider_at - 1))
          : kd_figure_text (b, _ ("NMS step %d of %d"), b->plot.slider_at, lists.n_looked_at);
  add_gaps (b);
  const KdFigureMap *difference = &lists.relations[DIFFERENCE];
  const bool related = lists.relations[TEACHER].values && lists.relations[STUDENT].values &&
                       difference->values && difference->width > 0 && difference->height > 0;
  const int first_relation = (int) b->panels->len + 3, item = b->state->spot.item;
  if (related && b->state->spot.panel >= first_relation && item >= 0 &&
      item < difference->width * difference->height) {
    lists.lit[0] = item / difference->width;
    lists.lit[1] = item % difference->width;
  }
  add_candidates (b, &lists);
  add_nms (b, &lists);
  add_instances (b, &lists);
  if (related)
    add_relations (b, &lists, first_relation);
  kd_figure_add_class (b, _ ("teacher's box, T"), NULL, source_colors[1], KD_PATTERN_PLAIN);
  kd_figure_add_class (b, _ ("student's box, S"), NULL, source_colors[0], KD_PATTERN_PLAIN);
  kd_figure_add_legend (b, _ ("instances: solid on an object, dashed where no object matches"));
  kd_figure_add_legend (
      b, _ ("NMS: dropped ones fade; a line leads from the last one to what dropped it"));
  if (related)
    kd_figure_add_legend (
        b, _ ("relations: distance of two instances' features over the mean distance"));
}
