/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a lesson waits for, and what it does: two small typed languages, checked against the methods' tables when they are read. They know
 * nothing of windows: quantities are measured, and acts are done, by whoever has one.
 *
 * A condition is a quantity, for most a comparison (<, <=, >, >=, =) and a number:
 *   step >= 50                      updates made            image = 3         on the wall: a held-out scene, or the dump's
 *   trained >= 50                   of them since the card came up; all of them at the end of training
 *   learned >= 100                  % of a method's first phase; 100 without one
 *   pins >= 1                       pinned places           overlay > 0       opacity over the photo
 *   level = 0                       the only one shown      playing, paused   alone: training or not
 *   selected frs                    alone: the run on the wall
 *   figure pipeline                 alone: this picture of the method; "maps": the wall
 *   scale row                       alone: which panels share a scale (row, group, panel, all, fixed)
 *   chart ratios                    alone: one of the charts is this one
 *   earlier                         alone: a recorded keyframe is shown, not what is new
 *   view inspect                    alone: live, compare or inspect
 *   dump, inspected frs             alone: a dump is open in Inspect; this method's maps are shown there
 *   knob fgd.temp < 0.3             or a choice's name: knob mimic.source = gt
 *   share fgd.fg > 0.5              a term's part of its method's sum on this image, 0 to 1
 *   term fgd.fg > 0                 its value           ratio fgd.fg > 0.1    its pull over the detection loss's
 *   cells PROBE LEVEL < 20          cells that carry half of a map's sum
 *   marked PROBE LEVEL > 20         cells above 0
 *   mean PROBE LEVEL > 0, max       of a map or vector; level 0 is the finest, "all" takes all of them together
 *   ap fgd > 5, ap50 fgd > 5        %, as measured last; false until then
 *
 * An act:
 *   play, pause, step               training              select fgd        a run on the wall
 *   knob fgd.temp 0.2               turn a knob           preset fgd demo   all of a method's
 *   balance fgd                     its scale, as the button does
 *   image 3, level 0, level all     what is shown         figure pipeline, figure maps
 *   scale row|group|panel|all|fixed which panels share a scale
 *   overlay 0.6                     maps over the photo   pin 0.5 0.5, unpin   places as fractions of the image
 *   chart ratios                    in the last chart     first, live       the first keyframe; what is new
 *   view inspect                    another view          example           the bundled dump, in Inspect
 *   inspect frs                     a method, in Inspect
 */
#include "ui/chart-kind.h"

G_BEGIN_DECLS

typedef enum {
  KD_LESSON_STEP,
  KD_LESSON_TRAINED,
  KD_LESSON_LEARNED,
  KD_LESSON_PINS,
  KD_LESSON_IMAGE,
  KD_LESSON_LEVEL,
  KD_LESSON_OVERLAY,
  KD_LESSON_PLAYING,
  KD_LESSON_PAUSED,
  KD_LESSON_SELECTED,
  KD_LESSON_FIGURE,
  KD_LESSON_SCALE,
  KD_LESSON_CHART,
  KD_LESSON_EARLIER,
  KD_LESSON_VIEW,
  KD_LESSON_DUMP,
  KD_LESSON_INSPECTED,
  KD_LESSON_KNOB,
  KD_LESSON_SHARE,
  KD_LESSON_TERM,
  KD_LESSON_RATIO,
  KD_LESSON_CELLS,
  KD_LESSON_MARKED,
  KD_LESSON_MEAN,
  KD_LESSON_MAX,
  KD_LESSON_AP,
  KD_LESSON_AP50,
  KD_N_LESSON_QUANTITIES,
} KdLessonQuantity;

typedef enum { KD_BELOW, KD_AT_MOST, KD_ABOVE, KD_AT_LEAST, KD_EQUAL } KdComparing;

typedef struct {
  KdLessonQuantity quantity;
  const KdMethod *method; /* knob, share, term, ratio, selected, inspected, ap; else NULL */
  char *name; /* of a knob, a term, a probe, a view, or a figure ("": the maps); owned */
  int level;  /* of a probe, -1: all; a KdShare or a KdChartKind */
  KdComparing comparing;
  double value;
} KdLessonCondition;

/* The quantity of @condition as it is now; false: it cannot be told. Those that stand alone are 1 or 0. */
typedef bool (*KdLessonMeasure) (void *data, const KdLessonCondition *condition, double *value);

/* False: @expected says in a few words what should be there (owned by the caller). */
bool kd_lesson_condition_parse (const char *text, KdLessonCondition *condition, char **expected);
void kd_lesson_condition_clear (KdLessonCondition *condition);
bool
kd_lesson_condition_holds (const KdLessonCondition *condition, KdLessonMeasure measure, void *data);
/* Whether it comes true by training alone: the learner has to wait. */
bool kd_lesson_condition_is_training (const KdLessonCondition *condition);
/* Where it stands, for people: "32 of 50 steps", "35 cells"; NULL: there is nothing to say. Owned by the caller. */
char *kd_lesson_condition_tell (const KdLessonCondition *condition, double now);
/* The run's own, such as run.scale, included. */
bool kd_lesson_has_knob (const KdMethod *method, const char *id);
/* How many of the largest values make up half of the sum of @n values; negative ones and those that are not finite count as 0. */
int kd_lesson_half_cells (const float *values, size_t n);

typedef enum {
  KD_LESSON_DO_PLAY,
  KD_LESSON_DO_PAUSE,
  KD_LESSON_DO_STEP,
  KD_LESSON_DO_SELECT,
  KD_LESSON_DO_KNOB,
  KD_LESSON_DO_PRESET,
  KD_LESSON_DO_BALANCE,
  KD_LESSON_DO_IMAGE,
  KD_LESSON_DO_LEVEL,
  KD_LESSON_DO_FIGURE,
  KD_LESSON_DO_SCALE,
  KD_LESSON_DO_OVERLAY,
  KD_LESSON_DO_PIN,
  KD_LESSON_DO_UNPIN,
  KD_LESSON_DO_CHART,
  KD_LESSON_DO_FIRST,
  KD_LESSON_DO_LIVE,
  KD_LESSON_DO_VIEW,
  KD_LESSON_DO_EXAMPLE,
  KD_LESSON_DO_INSPECT,
  KD_N_LESSON_ACTS,
} KdLessonActKind;

typedef struct {
  KdLessonActKind kind;
  const KdMethod *method; /* select, knob, preset, balance, inspect */
  char *name;             /* of a knob, a preset, a figure ("": the maps) or a view; owned */
  char *text;             /* a knob's value as it was written; owned */
  double x, y; /* numbers: image, level (-1: all), overlay, a KdShare, a KdChartKind; pin: both */
} KdLessonAct;

bool kd_lesson_act_parse (const char *text, KdLessonAct *act, char **expected);
void kd_lesson_act_clear (KdLessonAct *act);

G_END_DECLS
