/* SPDX-License-Identifier: MIT */

/* RM: one object's anchors, in the teacher's order at the left and in the student's at the right. */
#include "ui/figure-builder.h"

#include "engine/base/i18n.h"

/* An anchor of the object that is shown. */
typedef struct {
  double teacher, student;
  KdBox box;
  int place[2]; /* 0: the best */
} Anchor;

typedef struct {
  Anchor *anchors;
  int n;
  double divergence;
} Object;

/* The best of each side first; the first of equals first, as the lists are. */
static void
rank (Object *object, int side)
{
  for (int i = 0; i < object->n; i++) {
    Anchor *anchor = &object->anchors[i];
    const double value = side ? anchor->student : anchor->teacher;
    anchor->place[side] = 0;
    for (int k = 0; k < object->n; k++) {
      const double other = side ? object->anchors[k].student : object->anchors[k].teacher;
      anchor->place[side] += other > value || (other == value && k < i);
    }
  }
}

static bool
in_other_order (const Anchor *a, const Anchor *b)
{
  return (a->place[0] < b->place[0]) != (a->place[1] < b->place[1]);
}

static bool
read_object (KdFigureBuilder *b, int truth, Object *object)
{
  KdFigureMap owners, teacher, student, boxes, divergence;
  if (!kd_figure_read (b, "rank_list_gt", -1, &owners) ||
      !kd_figure_read (b, "rank_list_teacher", -1, &teacher) ||
      !kd_figure_read (b, "rank_list_student", -1, &student) ||
      !kd_figure_read (b, "rank_list_box", -1, &boxes) ||
      !kd_figure_read (b, "rank_kl", -1, &divergence))
    return false;
  *object = (Object){ kd_figure_keep (b, g_new0 (Anchor, owners.height + 1)), 0, 0 };
  const int row = kd_picture_truth_row (b->picture, truth);
  for (int i = 0; i < owners.height; i++) {
    if ((int) owners.values[i] != row)
      continue;
    const float *box = boxes.values + 4 * i;
    object->anchors[object->n++] = (Anchor){
      .teacher = (double) teacher.values[i],
      .student = (double) student.values[i],
      .box = { (double) box[0], (double) box[1], (double) box[2], (double) box[3] },
    };
  }
  object->divergence = row < divergence.height ? (double) divergence.values[row] : NAN;
  rank (object, 0);
  rank (object, 1);
  return true;
}

/* The chosen object, or the one whose order differs most. */
static int
choose_object (KdFigureBuilder *b, Object *object)
{
  if (b->state->object >= 0 && b->state->object < b->info->n_truths)
    return read_object (b, b->state->object, object) ? b->state->object : -1;
  int chosen = -1;
  for (int i = 0; i < b->info->n_truths; i++) {
    Object other;
    if (read_object (b, i, &other) && (chosen < 0 || other.divergence > object->divergence)) {
      chosen = i;
      *object = other;
    }
  }
  return chosen;
}

/* ---- panels --------------------------------------------------------------------------------------------- */

static const char *
anchor_text (KdFigureBuilder *b, const Anchor *a)
{
  return kd_figure_text (b,
                         _ ("anchor at (%.0f, %.0f), %.0f × %.0f px: teacher's place %d with share "
                            "%s, student's %d with %s"),
                         (a->box.x1 + a->box.x2) / 2, (a->box.y1 + a->box.y2) / 2,
                         a->box.x2 - a->box.x1, a->box.y2 - a->box.y1, a->place[0] + 1,
                         kd_figure_number (b, a->teacher), a->place[1] + 1,
                         kd_figure_number (b, a->student));
}

static KdSheetBox *
add_anchor (KdSheetBox *to, const Anchor *anchor, KdColor color, double width, const char *label)
{
  *to = (KdSheetBox){
    .box = anchor->box,
    .color = color,
    .line_width = width,
    .dashed = true,
    .label = label,
    .corner = KD_CORNER_LOWER_LEFT,
  };
  return to + 1;
}

/* As a sentence begins. */
static const char *
capitalised (KdFigureBuilder *b, const char *text)
{
  char first[7] = "";
  g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (text)), first);
  return kd_figure_text (b, "%s%s", first, g_utf8_next_char (text));
}

/* All anchors faint, both winners, and the one whose line is lit. */
static void
add_image (KdFigureBuilder *b, int truth, const Object *object, int lit)
{
  const KdSheetBox *truths = kd_figure_truth_boxes (b, truth);
  const int n_truths = b->info->n_truths;
  KdSheetBox *boxes = kd_figure_keep (b, g_new0 (KdSheetBox, n_truths + object->n + 3));
  KdSheetBox *to = boxes;
  for (int i = 0; i < object->n; i++)
    to = add_anchor (to, &object->anchors[i], (KdColor){ 0.75, 0.75, 0.75 }, 0.6, NULL);
  memcpy (to, truths, (size_t) n_truths * sizeof *to);
  to += n_truths;
  for (int i = 0; i < object->n; i++) {
    const Anchor *anchor = &object->anchors[i];
    if (anchor->place[0] == 0)
      to = add_anchor (to, anchor, kd_teacher_color (), 2, anchor->place[1] == 0 ? "T = S" : "T");
    else if (anchor->place[1] == 0) {
      to = add_anchor (to, anchor, kd_student_color (), 2, "S");
      to[-1].corner = KD_CORNER_LOWER_RIGHT;
    }
  }
  if (lit >= 0)
    to = add_anchor (to, &object->anchors[lit], (KdColor){ 1, 1, 1 }, 2.5,
                     kd_figure_text (b, "%d → %d", object->anchors[lit].place[0] + 1,
                                     object->anchors[lit].place[1] + 1));
  const KdPanel panel = {
    .kind = KD_PANEL_IMAGE,
    .title = _ ("Anchors on the image"),
    .caption = b->titled ? NULL : _ ("click a box to choose its object"),
    .lit = -1,
    .boxes = boxes,
    .n_boxes = (int) (to - boxes),
  };
  kd_figure_add (b, &panel);
}

void
kd_figure_build_ranks (KdFigureBuilder *b)
{
  Object object = { NULL, 0, 0 };
  b->plot.has_objects = true;
  if (!b->info->n_truths) {
    g_string_append (b->summary, _ ("No object in this image: there is nothing to rank."));
    return;
  }
  const int truth = choose_object (b, &object);
  if (truth < 0)
    return;
  b->plot.object = truth;
  KdSheetLine *lines = kd_figure_keep (b, g_new0 (KdSheetLine, object.n + 1));
  int swapped = 0, lit = -1;
  const int shown =
      b->state->spot.panel == 1 && b->state->spot.item >= 0 ? b->state->spot.item : b->state->kept;
  for (int i = 0; i < object.n; i++) {
    const Anchor *anchor = &object.anchors[i];
    lines[i] = (KdSheetLine){ .from = anchor->place[0],
                              .to = anchor->place[1],
                              .left = anchor->teacher,
                              .right = anchor->student,
                              .lit = shown == i };
    for (int k = 0; k < object.n; k++)
      if (in_other_order (anchor, &object.anchors[k])) {
        lines[i].crossing = true;
        swapped += k < i;
      }
    if (lines[i].lit)
      lit = i;
  }
  add_image (b, truth, &object, lit);
  const int pairs = object.n * (object.n - 1) / 2;
  const KdPanel slopes = {
    .kind = KD_PANEL_SLOPES,
    .title = kd_figure_text (b, _ ("Anchors of %s"), kd_figure_object_name (b, truth)),
    .caption =
        b->titled || b->state->kept >= 0
            ? kd_figure_text (b, _ ("share of each anchor; %d of %d pairs cross"), swapped, pairs)
            : kd_figure_text (b, _ ("%d of %d pairs cross; click a line to keep its anchor"),
                              swapped, pairs),
    .lit = -1,
    .lines = lines,
    .n_lines = object.n,
    .x_label = _ ("teacher"),
    .y_label = _ ("student"),
  };
  kd_figure_add (b, &slopes);
  if (lit >= 0)
    b->plot.readout = anchor_text (b, &object.anchors[lit]);
  int same = 0;
  for (int i = 0; i < object.n; i++)
    same |= object.anchors[i].place[0] == 0 && object.anchors[i].place[1] == 0;
  const char *told =
      !object.n ? _ ("%s: %d anchors; %d of %d pairs stand in another order, divergence %s.")
      : same    ? _ ("%s: %d anchors; %d of %d pairs stand in another order, divergence %s; both "
                        "prefer the same anchor.")
                : _ ("%s: %d anchors; %d of %d pairs stand in another order, divergence %s; they "
                        "prefer different anchors.");
  g_string_append_printf (b->summary, told, capitalised (b, kd_figure_object_name (b, truth)),
                          object.n, swapped, pairs, kd_figure_number (b, object.divergence));
  kd_figure_add_legend (b, _ ("dashed red: crosses another line"));
  kd_figure_add_legend (b,
                        _ ("T, orange: the teacher's best anchor; S, blue: the student's; green: "
                           "the truths with their numbers"));
}
