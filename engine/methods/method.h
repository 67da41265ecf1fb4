/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * methods: distillation methods, one file per paper, all through one contract. A method is a table of constants and one
 * function that builds its terms out of tape ops from what a context offers. The same build serves training, the live view, dumps,
 * headless runs and the reference tests; adding a method touches its file, registry.c, meson.build and its test data.
 */
#include "engine/detector/detector.h"
#include "engine/tape/tape.h"

G_BEGIN_DECLS

/* ---- knobs: a method's hyperparameters ------------------------------------------------------------- */

typedef enum { KD_KNOB_REAL, KD_KNOB_INT, KD_KNOB_SWITCH, KD_KNOB_CHOICE } KdKnobType;

typedef struct {
  const char *
      preset; /* "demo", "anchor-free", "fcos", "two-stage", ...; the paper's value is the default */
  double value;
} KdKnobPreset;

#define KD_KNOB_MAX_PRESETS 8

typedef struct {
  const char *id;    /* the specification's name: "temp", "alpha" */
  const char *label; /* for people: "Temperature" */
  const char *help;  /* one line: what turning it up shows */
  KdKnobType type;
  double value; /* default: the paper's (official code's) */
  double min, max;
  const char *const *choices; /* KD_KNOB_CHOICE: NULL-terminated names, value = index */
  bool log;                   /* slider is logarithmic */
  bool zero;                  /* 0 is allowed although min > 0 (log sliders) */
  bool structural;            /* changing it rebuilds the graph; otherwise live */
  bool learning;              /* belongs to the first of two phases: turning it learns anew */
  bool hidden;                /* for dumps and tests only: the window offers no row for it */
  const char *at_zero;        /* what 0 and less stand for: "all"; NULL: the number itself */
  KdKnobPreset presets[KD_KNOB_MAX_PRESETS];
} KdKnob;

/*
 * Structural knobs that kd_cx_adapter () obeys in a method that has them: "adapter_start" and "adapter_kernel", both choices. From a
 * uniform start a feature loss pulls the student along the directions of a random matrix until the adapter has learned; short runs do not
 * get over that (see the measurements at the methods' demo presets).
 */
extern const char *const kd_adapter_starts[]; /* "uniform", "small" */
enum { KD_ADAPTER_UNIFORM, KD_ADAPTER_SMALL };
extern const char *const kd_adapter_kernels[]; /* "1x1", "3x3" */
enum { KD_ADAPTER_1X1, KD_ADAPTER_3X3 };

/* A run's values of all knobs of its method. */
typedef struct _KdKnobs KdKnobs;

/* ---- needs ------------------------------------------------------------------------------------------- */

typedef enum {
  KD_NEEDS_NOTHING = 0,
  KD_NEEDS_TEACHER_FEATURE = 1 << 0,
  KD_NEEDS_STUDENT_FEATURE = 1 << 1,
  KD_NEEDS_TEACHER_CLS = 1 << 2,
  KD_NEEDS_STUDENT_CLS = 1 << 3,
  KD_NEEDS_TEACHER_REG = 1 << 4,
  KD_NEEDS_STUDENT_REG = 1 << 5,
  KD_NEEDS_ANCHORS = 1 << 6,
  KD_NEEDS_BOXES = 1 << 7,  /* gt_boxes, gt_image */
  KD_NEEDS_LABELS = 1 << 8, /* gt_labels */
  KD_NEEDS_IMAGE_SIZE = 1 << 9,
  KD_NEEDS_STRIDES = 1 << 10,
} KdNeeds;
/* Array names of a needs mask ("teacher_feat", "gt_boxes", ...), NULL-terminated; owned by the caller (g_free the vector only). */
const char **kd_needs_names (KdNeeds needs);

typedef enum { KD_TEACHER, KD_STUDENT } KdSide;

/* ---- what a method is given: nodes, whoever computes them --------------------------------------------- */

/* Filled by the session from running networks or by an inspection from a dump's arrays. NULL: absent. */
typedef struct {
  int n_images, n_levels;
  KdSize image;
  int strides[KD_MAX_LEVELS];
  KdNode *feature[2][KD_MAX_LEVELS]; /* [side][level] [N,C,H,W] */
  KdNode *cls[2][KD_MAX_LEVELS];     /* [N,A*K,H,W] */
  KdNode *reg[2][KD_MAX_LEVELS];     /* [N,A*4,H,W] */
  KdNode *clsfeat[2][KD_MAX_LEVELS], *regfeat[2][KD_MAX_LEVELS];
  KdNode *anchors[KD_MAX_LEVELS]; /* [Hl*Wl*A,4] xyxy px */
  KdTargets targets;
  int n_classes;                        /* 0: unknown */
  KdNode *proposals, *proposal_image;   /* [P,4], int32 [P] */
  KdNode *roi_cls[2], *roi_reg[2];      /* [P,K+1], [P,4] */
  KdNode *task_gradient[KD_MAX_LEVELS]; /* a dump's task_grad.l */
  KdNode *
      matched; /* live training only, else NULL: the detection loss's, see kd_detection_loss_build () */
  /* Live training only, else NULL: the detector behind a side, so that MasKD can send masked features through the teacher's head. */
  KdParams *detector_params[2];
  const char *detector_prefix[2];
  const KdDetectorConfig *detector_config[2];
} KdMethodInputs;

/* ---- what a method gives back: terms and pictures ------------------------------------------------------- */

#define KD_MAX_TERMS 16   /* of one method */
#define KD_MAX_MEASURES 4 /* of one method's first phase */

typedef struct {
  const char *id; /* "fg": reported as loss.<id> in dumps, loss.<method>.<id> in series */
  KdNode *value;  /* scalar, weighted and scaled by run.scale */
  KdNode *cells[KD_MAX_LEVELS]; /* [N,1,H,W] summands per level, or NULL */
  KdNode *placeless; /* scalar: the part without a place; NULL: value - sum of cells is 0 */
} KdTerm;

typedef enum {
  KD_PROBE_MAP,     /* [N,H,W] */
  KD_PROBE_FEATURE, /* [N,C,H,W] */
  KD_PROBE_VECTOR,  /* [N,C] bars */
  KD_PROBE_MATRIX,  /* [R,C] or [N,M,M] */
  KD_PROBE_LIST,    /* [R] or [R,C] rows of the whole batch */
  KD_PROBE_BOXES,   /* [R,4] xyxy px */
} KdProbeKind;

typedef enum {
  KD_STYLE_SEQUENTIAL,
  KD_STYLE_DIVERGING, /* signed: a zero-centred colour map */
  KD_STYLE_BINARY,
  KD_STYLE_LOG, /* sequential, drawn on a log scale */
} KdProbeStyle;

typedef struct {
  const char
      *name; /* the array's name in dumps without "map." and level: "spatial_attention_teacher" */
  const char *title; /* for people: "Attention, teacher" */
  const char *help;  /* one line: what the learner must notice */
  KdProbeKind kind;
  KdProbeStyle style;
  KdAxes axes;       /* in a file */
  int level;         /* -1: none */
  const char *group; /* maps of one group share a scale: "attention"; NULL: alone */
  const char *unit;  /* "", "%", "px", "1/cells" */
  bool
      in_dump; /* false: a picture for the screen only (e.g. a difference), not written by inspect */
  bool bare;   /* written without "map." before its name: MasKD's masked_feat.l */
  bool square;    /* a matrix of live rows by as many live columns: relations of instances */
  bool untrained; /* set by kd_method_build (): depends on parameters that a dump lacks */
  KdNode *node;
} KdProbe;

/* A number worth a curve that is no part of the loss. */
typedef struct {
  const char *id;
  KdNode *value; /* scalar */
} KdMeasure;

/* Something that readers must be told when it happens: @when is a scalar, the text is shown while it is not 0. */
typedef struct {
  KdNode *when;
  const char *text;
} KdWarning;

/* ---- the context -------------------------------------------------------------------------------------------- */

typedef struct _KdMethodCx KdMethodCx;

KdGraph *kd_cx_graph (KdMethodCx *cx);
const KdMethodInputs *kd_cx_inputs (KdMethodCx *cx);
int kd_cx_images (KdMethodCx *cx);
int kd_cx_levels (KdMethodCx *cx);

KdNode *kd_cx_feature (KdMethodCx *cx, KdSide side, int level);
int kd_cx_channels (KdMethodCx *cx, KdSide side); /* of the neck */

/* A live knob as a scalar leaf; changing it needs no rebuild. */
KdNode *kd_cx_knob (KdMethodCx *cx, const char *id);
/* A structural knob's number (asserted to be declared structural). */
double kd_cx_structural (KdMethodCx *cx, const char *id);
/* The training step as a scalar leaf (a dump's: the method's "step" knob or 0). */
KdNode *kd_cx_step (KdMethodCx *cx);
/* 0: first phase (MasKD's learning stage), 1: distillation; methods with one phase never ask. */
int kd_cx_stage (KdMethodCx *cx);
/* Whether the inputs are a dump's arrays: there an absent adapter may be the identity where training always has one. */
bool kd_cx_is_dump (KdMethodCx *cx);

/* A parameter of the method, named "param.<name>" in files and dumps; bound to the dump's array when it has one. */
KdNode *kd_cx_param (
    KdMethodCx *cx, const char *name, KdShape shape, KdAxes axes, KdInit init, KdParamFlags flags);
/* A dump's array param.@name, for what only it can say (kernel size, number of tokens); NULL in training or if absent. */
const KdArray *kd_cx_given (KdMethodCx *cx, const char *name);
/**
 * kd_cx_adapter:
 * @name: "adapt.0" -> param.adapt.0.weight [Ct,Cs,k,k], param.adapt.0.bias [Ct]
 * @kernel: 1 or 3, stride 1, zero padding (kernel-1)/2; a dump's own kernel size wins
 * @always: build it even if Cs = Ct and the dump has none; otherwise identity then
 *
 * Built before the method moves on to phase SELECT, so that it runs in FORWARD. Initial values uniform +-1/sqrt(kernel^2 Cs) unless @weight_init is given (bias always uniform).
 */
KdNode *kd_cx_adapter (KdMethodCx *cx,
                       const char *name,
                       KdNode *x,
                       int out_channels,
                       int kernel,
                       bool always,
                       const KdInit *weight_init);

/* The student's feature of @level in the teacher's channels: "adapt.<level>", then ReLU if the structural knob "adapt_relu" is on.
 * Always a convolution in training; a dump without one, its channels equal, is taken as it is, without ReLU. */
KdNode *kd_cx_adapted (KdMethodCx *cx, int level, int kernel, const KdInit *weight_init);

/**
 * kd_cx_term:
 * @value: scalar, or NULL: the sum of @cells and @placeless
 * @cells: n_levels nodes [N,1,H,W] whose sum is the part with a place, or NULL
 * @placeless: scalar with the rest, or NULL
 *
 * Declare one term of the paper. run.scale multiplies all three here, so methods write the paper's weights only.
 */
void
kd_cx_term (KdMethodCx *cx, const char *id, KdNode *value, KdNode *const *cells, KdNode *placeless);

/* A curve of the first phase beside its terms: scalar, static string. */
void kd_cx_measure (KdMethodCx *cx, const char *id, KdNode *value);

/* Name a picture (static strings); axes and style default by kind; returns the probe so that optional fields can be set. Level -1: none. */
KdProbe *kd_cx_probe (
    KdMethodCx *cx, KdProbeKind kind, const char *name, const char *title, int level, KdNode *node);

/* Show @text (static) while scalar @when is not 0: an empty mask, a flat richness map, collapsed tokens. */
void kd_cx_warn (KdMethodCx *cx, KdNode *when, const char *text);
/* Say once what was decided while building: "both branches use the neck's features". Static. */
void kd_cx_note (KdMethodCx *cx, const char *text);

/* ---- a method -------------------------------------------------------------------------------------------------- */

/* What a parameter is for, shown to people: trained when, thrown away when. */
typedef struct {
  const char *name,
      *role; /* "adapters": "1x1 convolution to the teacher's channels, trained with the student, dropped at inference" */
  const char *prefix; /* of its parameters' names after "param." */
} KdPart;

/* One symbol of the formula, and what gives its number while a run trains: a term, a probe's maps, a knob; or nothing. Those of terms come
 * first, in the order in which build () declares them, so that a symbol has the colour of its curve. */
typedef struct {
  const char *markup;  /* Pango, as it stands in the formula */
  const char *meaning; /* a few words */
  const char *term, *probe, *knob;
} KdSymbol;

/* Where the paper and its official code differ. */
typedef struct {
  const char *paper, *code;
  const char *knob; /* switches between them; NULL: @code says what is followed */
  /* The knob's values, as kd_knobs_set () reads them; both NULL: it moves between the readings, and neither is a value of it. */
  const char *paper_value, *code_value;
  const char *mark; /* of the formula's markup: what differs; NULL: the formula does not show it */
  const char
      *other; /* whose code, where there is no official one: "Public port"; NULL: it is official */
} KdDeparture;

/* One row of the method's wall of maps, drawn over the levels: probe names, and what to call the row. */
typedef struct {
  const char *title; /* "Spatial attention" */
  const char
      *probes[3]; /* side by side in the row's cells or the only one, NULL-terminated if shorter */
} KdWallRow;

/* A method's own picture, drawn of its probes by the reader that knows the kind. */
typedef enum {
  KD_FIGURE_RICHNESS, /* a soft mask against the boxes: richness, inside_boxes, scores_teacher */
  KD_FIGURE_PIPELINE, /* from features to loss, stage by stage, and where contexts are pooled */
  KD_FIGURE_RANKS,    /* one object's anchors in the teacher's order and in the student's */
  KD_FIGURE_GAPS,     /* prediction gap times feature gap, cell by cell */
  KD_FIGURE_PICKS,    /* numbered picks of each object on all levels, and their Gaussians */
  KD_FIGURE_TOKENS,   /* soft masks of tokens, the strongest one, their overlaps and weights */
  KD_FIGURE_ANCHORS,  /* one object's IoU with each anchor shape, and the union above a threshold */
  KD_FIGURE_REGIONS,  /* regions of the image, how they cover cells, and pairs of pooled tiles */
  KD_FIGURE_SPLIT, /* objects and background of the same maps, and what either adds to the loss */
  KD_FIGURE_INSTANCES,  /* from gaps of scores over NMS to instances, and their relations */
  KD_FIGURE_ASSIGNMENT, /* which anchors learn which object, on which level, and by which overlap */
  KD_FIGURE_SCORES, /* both networks' highest scores, their divergence and the teacher's doubt */
} KdFigureKind;

#define KD_FIGURE_MAX_PROBES 12
#define KD_FIGURE_MAX_KNOBS 2
typedef struct {
  KdFigureKind kind;
  const char *id, *title;                   /* "picks", "Picks": unique within the method */
  const char *help;                         /* what the learner must notice */
  const char *probes[KD_FIGURE_MAX_PROBES]; /* all that it reads, NULL-terminated if fewer */
  const char *knobs[KD_FIGURE_MAX_KNOBS];   /* whose effect it shows, NULL-terminated if fewer */
} KdFigure;

typedef struct {
  const char *id, *title, *venue,
      *paper; /* "fgd", "FGD", "CVPR 2022", full title with authors and arXiv id */
  const char *bibtex;
  const char *idea;    /* a short paragraph for people, from the specification's section "Idea" */
  const char *formula; /* Pango markup, a few lines */
  const KdSymbol *symbols;
  int n_symbols;
  const KdDeparture *departures;
  int n_departures;
  KdNeeds needs;
  KdNeeds wants; /* what it can do without: training offers it, a dump may */
  const KdKnob *knobs;
  int n_knobs;
  /* 1; MasKD 2: stage 0 is built with the teacher's side and the targets alone and trains the parameters that stage 1 declares frozen,
   * by Adam with knobs "learn_steps", "learn_rate" (then cosine to 1e-6) and "learn_decay" (added to the gradient), each marked
   * learning. */
  int n_phases;
  const char
      *learns; /* what the first phase learns, for people and for its curves' names: "tokens" */
  const KdPart *parts;
  int n_parts;
  const KdWallRow *wall;
  int n_wall;
  const KdFigure *figures;
  int n_figures;
  double
      demo_scale; /* run.scale and run.ramp of the demo preset: brings the terms to a stated ratio to the detection loss */
  int demo_ramp;
  /* What @needs cannot say because it depends on knobs ("source" is proposals, but there are none): one sentence, owned by the
   * caller, or NULL if the method can run. May itself be NULL. */
  char *(*unfit) (const KdMethodInputs *inputs, const KdKnobs *knobs);
  void (*build) (KdMethodCx *cx);
} KdMethod;

const KdMethod *const *kd_methods (int *n_methods); /* registry.c; "none" first */
const KdMethod *kd_method_find (const char *id);    /* NULL if unknown */
/* The same for an id that a person wrote, or left out (NULL): the error lists what there is. */
const KdMethod *kd_method_choose (const char *id, GError **error);
const KdKnob *kd_method_knob (const KdMethod *method, const char *id);
/* All preset ids a method knows, "paper" first; NULL-terminated, owned by the caller (g_free the vector only). */
const char **kd_method_presets (const KdMethod *method);
/* Every array that @method needs and @inputs lack: "teacher_feat.2", "strides"; NULL-terminated, owned by the caller. */
char **kd_method_lacks (const KdMethod *method, const KdMethodInputs *inputs);
/* Every need that @inputs lacks, as one sentence naming the arrays; NULL if the method can run. Owned by the caller. */
char *kd_method_missing (const KdMethod *method, const KdMethodInputs *inputs);

/* ---- knob values of one run ---------------------------------------------------------------------------------------- */

/* Values of @preset ("paper" or NULL: defaults) plus run.scale and run.ramp (1 and 0; demo: the method's). */
KdKnobs *kd_knobs_new (const KdMethod *method, const char *preset, GError **error);
KdKnobs *kd_knobs_copy (const KdKnobs *knobs);
void kd_knobs_free (KdKnobs *knobs);
const KdMethod *kd_knobs_method (const KdKnobs *knobs);
double kd_knobs_get (const KdKnobs *knobs,
                     const char *id); /* asserted to exist; "run.scale", "run.ramp" included */
/* @text: a number, a choice's name, or 0/1/true/false. Errors list what exists, and the range. */
bool kd_knobs_set (KdKnobs *knobs, const char *id, const char *text, GError **error);
bool kd_knobs_is_structural (const KdKnobs *knobs, const char *id);
/* All knobs including the run's two. */
int kd_knobs_count (const KdKnobs *knobs);
const KdKnob *kd_knobs_knob (const KdKnobs *knobs, int index);
char *kd_knobs_format (const KdKnobs *knobs, const char *id); /* as @text above would read it */

/* ---- building: used by session/ only ---------------------------------------------------------------------------------- */

typedef struct {
  const KdMethod *method;
  const KdMethodInputs *inputs;
  const KdKnobs *knobs;  /* copied numbers; live ones are refilled by kd_built_set_knobs () */
  KdParams *params;      /* the run's: the method's parameters join the student's */
  const KdArrays *given; /* a dump's arrays, for param.*; NULL in training */
  int stage; /* as kd_cx_stage (); a dump's is what the method's "stage" knob says, if it has one */
} KdBuild;

typedef struct {
  KdNode *total; /* sum of the terms; NULL if there are none */
  const KdTerm *terms;
  int n_terms;
  KdProbe *const *probes;
  int n_probes;
  KdNode *loss_density[KD_MAX_LEVELS]; /* [N,1,H,W] sum of all terms' cells; NULL without terms */
  KdNode *placeless;                   /* scalar, NULL: none */
  const KdMeasure *measures;
  int n_measures;
  const KdWarning *warnings;
  int n_warnings;
  bool
      untrained; /* a dump lacked param.*: initial values were taken; so for the total and the density */
  const char *note; /* what was decided or lacking, one sentence; NULL: nothing */
} KdBuiltOutputs;

typedef struct _KdBuilt KdBuilt;
/*
 * Adds the method's nodes to the inputs' graph. Errors: an array that is missing, a level whose sides differ in size, a dump's
 * param.* of a wrong shape. Every term's value and the total may be roots of kd_graph_backward (): for gradient norms per term
 * stop at inputs->feature[KD_STUDENT]. Cells, probes and warnings cost nothing unless they are compiled as keeps.
 */
KdBuilt *kd_method_build (KdGraph *g, const KdBuild *build, GError **error);
/* Copy a dump's param.* over the initial values: after compile and kd_params_init (). */
void kd_built_load_given (KdBuilt *built);
void kd_built_free (KdBuilt *built); /* before the graph */
const KdBuiltOutputs *kd_built_outputs (const KdBuilt *built);
/* The leaf of a live knob, "run.scale" included; NULL: the method does not read it. */
KdNode *kd_built_knob (const KdBuilt *built, const char *id);
/*
 * Refill live knobs and the step; run.scale is ramped over run.ramp steps: scale * min (1, (step + 1) / ramp). Before a run, after
 * compile. @step < 0: a dump, which has no step: no ramp, and the method's own "step" knob if it has one.
 */
void kd_built_set_knobs (KdBuilt *built, const KdKnobs *knobs, int64_t step);

/* ---- select.c: what several papers share ------------------------------------------------------------------------------- */

/* A live knob's number inside a host node: leaves hold kd_real, and a threshold must be the decimal number that people typed. */
double kd_select_number (const KdNode *knob);

/* Row @row of [R,4] boxes. */
KdBox kd_select_box (const KdNode *boxes, int row);
/* Finite, not reversed, and not wholly outside the image: the rule of FGFI, DeFeat and Mimic. */
bool kd_select_box_is_usable (KdBox box, KdSize image);
/* FPN's rule: floor (log2 (sqrt (width height) / base + 1e-6)), cut to 0..n_levels-1. Sizes below 0 count as 0. */
int kd_select_box_level (double width, double height, double base, int n_levels);

/**
 * kd_select_box_cells:
 * @boxes: [G,4] xyxy px, live rows   @images: int32 [G]
 *
 * FGD's scale mask and background of one level: host node, outputs KD_BOX_CELLS_*. Boxes are clipped to the
 * image first; one with a non-finite corner or nothing left is ignored. A box covers the cells from floor of its near edge to ceil
 * of its far edge, both included, and weighs 1/(their number before the cut to the map); the smallest box wins an overlap.
 */
enum {
  KD_BOX_CELLS_FG,    /* [N,1,H,W] weight of the smallest box that covers the cell, 0: none */
  KD_BOX_CELLS_BG,    /* [N,1,H,W] 1 where none, divided by the image's sum */
  KD_BOX_CELLS_COUNT, /* [N,1,H,W] number of boxes that cover the cell */
  KD_BOX_CELLS_MASS, /* [G] live rows: sum of a box's weight over its cells; 1 for a lone one inside the map */
  KD_BOX_CELLS_LOST, /* scalar: images that have boxes but an empty fg; anything but 0 is a defect */
  KD_N_BOX_CELLS,
};
KdNode *kd_select_box_cells (
    KdGraph *g, KdNode *boxes, KdNode *images, KdSize image, int n_images, int height, int width);

/* ---- regions.c: boxes that dense heads propose, and errors of regions brought back to cells: Mimic, GID ------------------- */

/* Anchors of one image as candidates, and the boxes chosen among them. Arrays lie in a host node's own memory. */
typedef struct {
  int n;          /* anchors of an image, order level, y, x, a */
  double *scores; /* [n] set by the caller; -INFINITY: none */
  KdBox *boxes;   /* [n] set by the caller, not clipped */
  int n_ranked;   /* that reached NMS: anchors and clipped boxes, best first */
  int n_kept;
  int *kept;         /* [n_kept] anchors, best first */
  KdBox *kept_boxes; /* [n_kept] clipped */
  int *best;         /* [n_ranked] */
  int *chosen;       /* [n_kept] places among the ranked */
  int *order;        /* scratch */
  double *ranked_scores;
  KdBox *ranked_boxes; /* [n_ranked] */
} KdCandidates;

/* An output for kd_host () that holds @n candidates, and the candidates in it. */
KdHostOutput kd_candidates_output (int n);
KdCandidates kd_candidates_in (int32_t *memory, int n);

typedef struct {
  KdSize image;
  int pre_nms; /* best candidates that are looked at */
  double min_size;
  bool exceed; /* sides must exceed min_size, not only reach it */
  double nms_iou;
  int max;
} KdCandidateRule;
/* The pre_nms best; of these the finite ones, clipped, not too small; greedy NMS over all classes and levels. */
void kd_candidates_choose (KdCandidates *candidates, const KdCandidateRule *rule);

/* Anchors of all levels, and the box that @deltas [N,A*4,H,W] of a level make of anchor @p of @image; not finite if a delta is NaN. */
int kd_regions_anchors (const KdMethodInputs *inputs);
KdBox kd_regions_decode (
    const KdNode *anchors, const KdNode *deltas, int image, int p, double max_log, bool both_ends);

/**
 * kd_regions_to_cells:
 * @bins: [R,1,pool,pool] of regions sampled by kd_roi_align ()
 * @cells: [n_levels] written: [N,1,H,W]
 *
 * Each bin's number spread over the cells it was sampled from, by its weights, made to sum to 1. Host node, no gradient.
 */
void kd_regions_to_cells (KdMethodCx *cx,
                          KdNode *bins,
                          KdNode *boxes,
                          KdNode *images,
                          KdNode *levels,
                          int sampling,
                          KdNode **cells);

/* ---- owners.c: which object each anchor belongs to -------------------------------------------------------------------- */

typedef struct {
  KdNode *positive_iou, *minimum_iou, *tie_tol; /* scalars */
  bool
      first_only; /* of a box's best anchors within tie_tol only the first is kept, as the detector does */
} KdOwnersRule;

/**
 * kd_select_owners:
 *
 * Max-IoU assignment of every anchor of every image: host node. An anchor belongs to the box that it overlaps most (the first of
 * equals) if their IoU is >= positive_iou. Then each box in its order keeps all anchors whose IoU with it is within tie_tol of its best
 * one, if that is > 0 and >= minimum_iou: a later box takes them from an earlier one. Neither boxes nor anchors are clipped or filtered;
 * a box with a non-finite corner overlaps nothing. Needs anchors, boxes and the student's class logits (for the maps' sizes).
 */
enum {
  KD_OWNERS_POSITIVES, /* scalar: anchors that belong to some box */
  KD_OWNERS_LEVELS, /* + 2 l: int32 [N H W A] row of the boxes or -1; + 2 l + 1: [N,A,H,W] largest IoU */
};
KdNode *kd_select_owners (KdGraph *g, const KdMethodInputs *inputs, const KdOwnersRule *rule);

G_END_DECLS
