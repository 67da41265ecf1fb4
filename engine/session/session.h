/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * session: any number of students trained in lock-step under one teacher on the same batches, on an engine thread, and
 * the doors through which a window or a command line looks at it: commands in, series (lossless) and snapshots
 * (latest wins) out. This header is all that ui/ includes of the engine, next to render.h.
 *
 * Functions are for the main thread unless said otherwise; none waits for a training step except kd_session_free () and
 * kd_session_wait ().
 */
#include "engine/data/data.h"
#include "engine/methods/method.h"

G_BEGIN_DECLS

#define KD_MAX_RUNS 12

/* Held-out scenes are the same for every training seed, so that AP can be compared between sessions. */
#define KD_HELD_OUT_SEED 1

/* ---- configuration ------------------------------------------------------------------------------------ */

typedef struct {
  const char *
      id; /* names the run's directory and series; NULL: the method's id (made unique: fgd, fgd-2) */
  const KdKnobs *knobs; /* the method and its values; copied */
} KdRunConfig;

/* Start from kd_config_default (); strings are copied by kd_session_new (). */
typedef struct {
  const char
      *teacher; /* safetensors file; NULL: the bundled one; "": none (only runs of method "none") */
  const char *student; /* a KdDetectorKind id: "small" */
  KdSceneConfig scenes;
  uint64_t seed; /* of students' initial values and the training split: 1 */
  int batch;     /* 8 */
  int64_t steps; /* 3000 */
  int threads;   /* workers, the engine thread included; 0: all cores */
  double rate;   /* peak learning rate: 2e-3 */
  int warmup;    /* linear warm-up steps, then cosine to 0 at @steps: 100 */
  KdOptimizer optimizer;
  int eval_every;        /* steps between measurements of AP: 100; 0: only at the end */
  int eval_images;       /* held-out scenes of each: 100 */
  int final_eval_images; /* at the end: 1000 */
  int checkpoint_every;  /* steps; 0: only at the end and on request: 500 */
  int keyframe_every;    /* steps between recorded keyframes of the pinned image: 25; 0: none */
  bool maps_only;        /* keyframes hold no weights: nothing can be branched from them */
  const char *out;       /* folder for run directories, one per run; NULL: nothing is written */
  bool
      resume; /* continue what @out holds, to the bit; config must agree except steps' end, threads and out */
  const char *
      cache; /* folder of what first phases learned (MasKD's tokens); NULL: the user's; "": nothing is kept or reused */
  bool paused;    /* start paused at step 0 */
  bool gives_way; /* the engine's threads have a lower priority than the caller's, who paints */
  const KdRunConfig *runs;
  int n_runs;
} KdConfig;
KdConfig kd_config_default (void);

/* The bundled teacher file: KDSCOPE_RESOURCES, beside the program's sources, or the install's data folder. NULL with an error if absent. */
char *kd_teacher_find (GError **error);
/* A folder's configuration as it was written (run.json / session.json). Strings owned by the result; free with kd_config_free (). */
typedef struct _KdSavedConfig KdSavedConfig;
KdSavedConfig *kd_config_load (const char *folder, GError **error);
const KdConfig *kd_saved_config_get (const KdSavedConfig *saved);
void kd_saved_config_free (KdSavedConfig *saved);

/* ---- life ------------------------------------------------------------------------------------------------ */

typedef struct _KdSession KdSession;

/* Checks the configuration, starts the engine thread and returns; loading goes on there (state LOADING). */
KdSession *kd_session_new (const KdConfig *config, GError **error);
/* Stops, joins the engine thread, frees. A forward pass ends at the next node; a backward pass, a file or a scene being made is finished. */
void kd_session_free (KdSession *session);
/* What the session was made with: constant, borrowed. Knobs as they are now: kd_session_run_knobs (). */
const KdConfig *kd_session_config (KdSession *session);
/* @wake is called on the ENGINE thread when something is new (snapshot, series, event), at most once until the next take: post to your loop. What came before it was set is not announced: take once yourself. */
void kd_session_set_wake (KdSession *session, void (*wake) (void *data), void *data);
/* Block until DONE, BAD_NUMBERS or FAILED, or @timeout_s passed (< 0: for ever). For command lines. Returns true if it ended. */
bool kd_session_wait (KdSession *session, double timeout_s);

/* A single step by phase, in order; the first three are the graph's KdPhase. */
typedef enum {
  KD_STEP_FORWARD,
  KD_STEP_SELECT,
  KD_STEP_LOSS,
  KD_STEP_BACKWARD,
  KD_STEP_UPDATE,
  KD_N_STEP_PHASES,
} KdStepPhase;

typedef enum {
  KD_STATE_LOADING,
  KD_STATE_PAUSED,
  KD_STATE_RUNNING,
  KD_STATE_LEARNING,    /* a method's first phase (MasKD's tokens); all runs wait at their step */
  KD_STATE_EVALUATING,  /* AP on held-out scenes */
  KD_STATE_DONE,        /* all steps made; views still answer */
  KD_STATE_BAD_NUMBERS, /* a NaN or infinity: stopped before the update */
  KD_STATE_FAILED,      /* could not load or write; see the event */
} KdState;

typedef struct {
  KdState state;
  int64_t step;  /* updates made */
  int64_t steps; /* planned */
  int learning;  /* the run whose method is learning first, or will when played; -1: none */
  int64_t learned, to_learn; /* its steps */
  double steps_per_s;        /* over the last second or so; 0 if unknown */
  double eta_s;              /* < 0: unknown */
  int threads;
  size_t bytes;           /* graphs, parameters, snapshots, history */
  KdStepPhase next_phase; /* what a phase step will do next */
} KdStatus;
KdStatus kd_session_status (KdSession *session);

typedef enum {
  KD_EVENT_STATE,  /* state changed */
  KD_EVENT_PROBES, /* probes were made or rebuilt: ask again */
  KD_EVENT_KNOB, /* a knob changed at @step: a flag on the timeline; text "fgd.temp 0.5 -> 0.8", "run.scale 1 -> 2" */
  KD_EVENT_BAD_NUMBERS, /* text names run, first bad tensor and cell */
  KD_EVENT_CHECKPOINT,  /* text: folder */
  KD_EVENT_NOTE,        /* text: one sentence worth knowing, of a run; nothing has failed */
  KD_EVENT_ERROR, /* text: one sentence; of a run: its method refused a knob, which is as before */
} KdEventKind;

typedef struct {
  KdEventKind kind;
  int64_t step;
  int run; /* -1: all */
  bool
      refused; /* KD_EVENT_ERROR: what was asked for cannot be used, as opposed to a failure of the world */
  char text[480];
} KdEvent;
bool kd_session_next_event (KdSession *session,
                            KdEvent *event); /* oldest first; false: none left */

/* ---- commands: queued, applied between steps ------------------------------------------------------------------ */

void kd_session_play (KdSession *session);
void kd_session_pause (KdSession *session);
void kd_session_step_once (KdSession *session);
void kd_session_step_phase (KdSession *session); /* forward, select, loss, backward, update */
void kd_session_set_speed (KdSession *session, double steps_per_s); /* 0: as fast as it goes */
/* Live knobs: from the next step; while paused the view is computed anew at once. Structural: rebuilt between steps. Checked here. */
bool
kd_session_set_knob (KdSession *session, int run, const char *id, const char *text, GError **error);
void kd_session_pin_image (KdSession *session,
                           uint64_t held_out_index); /* the scene that views show: 0 at first */
void kd_session_watch (KdSession *session,
                       const int *probe_ids,
                       int n_ids); /* what is on screen; snapshots hold these */
void kd_session_want_snapshot (
    KdSession *session); /* ready to draw: make the next one; not queued, one flag */
void kd_session_checkpoint (KdSession *session);
/*
 * Set run.scale so that the norm of the method's gradient at the student's features is @ratio (> 0; 1: equal, 0.1 to 1 worked well)
 * times the detection loss's, both averaged over the next KD_BALANCE_BATCHES training batches, without the ramp. KD_EVENT_KNOB says what
 * it was, for undo; KD_EVENT_ERROR why it cannot be done: the method has no gradient there.
 */
#define KD_BALANCE_BATCHES 4
void kd_session_balance (KdSession *session, int run, double ratio);

/* ---- what there is to see ---------------------------------------------------------------------------------------- */

int kd_session_runs (KdSession *session);
const char *kd_session_run_id (KdSession *session, int run);
const KdMethod *kd_session_run_method (KdSession *session, int run);
KdKnobs *kd_session_run_knobs (KdSession *session, int run); /* a copy: kd_knobs_free () */
/* The same as they were when step @step was made: what was turned since is taken back. */
KdKnobs *kd_session_run_knobs_at (KdSession *session, int run, int64_t step);

/* Common to all methods (run >= 0): student_feat, loss_density, pull; run -1: teacher_feat. The rest are the method's own. */
typedef struct {
  int id;  /* index into the list; stable until KD_EVENT_PROBES */
  int run; /* -1: the teacher's */
  const char *name, *title, *help, *group, *unit; /* valid until the session is freed */
  KdProbeKind kind;
  KdProbeStyle style;
  int level;           /* -1: none */
  int stride;          /* px per cell; 0: not a map */
  KdStepPhase made_in; /* the phase of a step that computes it; meaningless without training */
} KdProbeInfo;
/* Valid until KD_EVENT_PROBES is taken with kd_session_next_event (). Empty while loading. */
const KdProbeInfo *kd_session_probes (KdSession *session, int *n_probes);
int kd_session_find_probe (KdSession *session, int run, const char *name, int level); /* -1: none */

/* Numbers of values: of the student's own network, and of each of the method's parts, in the table's order. */
#define KD_MAX_PARTS 4
typedef struct {
  size_t student, parts[KD_MAX_PARTS];
} KdPartCounts;
/* As a run with these knobs has them. Builds both networks once, untrained: some milliseconds. Any thread. False: the method needs
 * something that they do not have. */
bool kd_parts_count (const KdKnobs *knobs,
                     const KdDetectorKind *student,
                     const KdDetectorKind *teacher,
                     KdPartCounts *counts);

/* ---- snapshots: one image, one instant ------------------------------------------------------------------------------ */

typedef struct _KdSnapshot KdSnapshot;
/* The newest, if one came since the last call; else NULL. Immutable; unref when drawn. */
KdSnapshot *kd_session_take_snapshot (KdSession *session);
KdSnapshot *kd_snapshot_ref (KdSnapshot *snapshot);
void kd_snapshot_unref (KdSnapshot *snapshot);

int64_t kd_snapshot_step (const KdSnapshot *snapshot);
const uint8_t *kd_snapshot_rgb (const KdSnapshot *snapshot, KdSize *size); /* [H,W,3] */
uint64_t kd_snapshot_image (const KdSnapshot *snapshot);                   /* held-out index */
bool
kd_snapshot_map (const KdSnapshot *snapshot, int probe_id, KdMap *map); /* false: was not watched */
const KdDetection *kd_snapshot_truths (const KdSnapshot *snapshot, int *n);
const KdDetection *kd_snapshot_detections (const KdSnapshot *snapshot,
                                           int run,
                                           int *n); /* run -1: teacher's; score >= 0.05 */

typedef struct {
  const char *id;       /* of the term; "cls", "reg" are not listed */
  double value;         /* on this image alone */
  double gradient_norm; /* at the student's features; NAN if not computed */
  double task_ratio;    /* gradient_norm / that of the detection loss; NAN if not computed */
  bool lit; /* the lamp: its gradient at the student's features is not 0 (as last computed) */
  char
      reason[160]; /* while out: why, one sentence without a full stop; "" if lit or not computed */
} KdTermStatus;
int kd_snapshot_terms (const KdSnapshot *snapshot, int run, const KdTermStatus **terms);
/* Sum over cells of loss density plus the placeless part; equals the sum of the terms. */
double kd_snapshot_total (const KdSnapshot *snapshot, int run, double *placeless);

/*
 * Recorded keyframes, thinned by halving the older half. One answers all that a live snapshot does, for all probes of all runs; its maps
 * are float16 with a power-of-two scale each: within 2^-11 of a value, nothing below 2^-38 of the map's largest one. A keyframe
 * belongs to an image: these are the ones of the image pinned last, and another's come back when it is pinned again.
 */
int kd_session_keyframes (KdSession *session,
                          int64_t *steps,
                          int max); /* ascending; returns how many there are */
KdSnapshot *kd_session_keyframe (KdSession *session, int64_t step); /* NULL if thinned away */

/* Whether training can go on from there: weights and moments of the newest keyframes are kept in memory (24 MB, the newest always), of older
 * ones in an unnamed file in the session's folder or the user's cache (1 GB, then thinned). They belong to a step, not to an image. */
bool kd_session_keyframe_has_weights (KdSession *session, int64_t step);
/**
 * kd_session_branch:
 * @step: a keyframe with weights
 * @run: the run to have twice, its copy last, named "<id>-2" or the next free number (of another method: its id); -1: none
 * @knobs: of the copy, and its method, even another; what was learned stays where names and shapes agree. NULL: as that run's were at @step
 * @out: folder to write to, with the curves up to @step; NULL: none
 *
 * "Branch here": a new session, paused at @step, all else as it was then: weights, moments, knobs, curves, the batches to come. Runs that
 * are not changed continue to the bit. @session goes on and may be freed. Errors: no weights, no room for a run, files.
 */
KdSession *kd_session_branch (KdSession *session,
                              int64_t step,
                              int run,
                              const KdKnobs *knobs,
                              const char *out,
                              GError **error);
/* The same without a copy, without files and, if @clip_norm is not 0, with this as the largest norm of the gradient from there on. */
KdSession *kd_session_rewind (KdSession *session, int64_t step, double clip_norm, GError **error);

/* ---- series: curves, nothing lost ---------------------------------------------------------------------------------------- */

typedef struct {
  int id, run;
  const char *
      name; /* "loss.total", "loss.cls", "loss.reg", "loss.fgd.fg", "grad_norm", "lr"; "ap", "ap50", "ap_small", "ap_medium", "ap_large" when
             * measured and there are such objects; "ratio.fgd.fg", "ratio.fgd.total" at step 1 and every KD_RATIO_EVERY: norm of d term / d
             * student features over that of d detection loss, on the training batch; "tokens.task", "tokens.dice", "tokens.task_plain",
             * "tokens.entropy" of a first phase, by its own steps */
} KdSeriesInfo;
const KdSeriesInfo *kd_session_series (KdSession *session,
                                       int *n_series); /* fixed once loaded; empty while loading */
#define KD_RATIO_EVERY 50
typedef struct {
  int64_t step; /* 1-based: of the update that used these numbers */
  double value;
} KdPoint;
/* Copies up to @max points from index @from; returns how many. Any thread. */
size_t
kd_session_read_series (KdSession *session, int series, size_t from, KdPoint *points, size_t max);

/* ---- recordings: the keyframes of a session as one file --------------------------------------------------------------------- */

/* The keyframes of the pinned image as they are kept, the curves, methods and knobs, as a .kdrun file (a zip of npy arrays with a JSON
 * header). Waits for the file. Errors: no keyframes; files. */
bool kd_session_save_recording (KdSession *session, const char *path, GError **error);
/*
 * A session that only shows: status, runs, knobs, probes, series, keyframes and snapshots answer from the file, paused on the
 * first keyframe; kd_session_step_once () goes to the next one, all other commands do nothing, and kd_session_set_knob () is an error. There is
 * no engine thread: events and snapshots are there at once. Errors: a file that is not a recording, or damaged.
 */
KdSession *kd_session_new_for_recording (const char *path, GError **error);
bool kd_session_is_recording (KdSession *session);
/* A recording goes to its keyframe of @step, and on from there; false: it has none. */
bool kd_session_seek (KdSession *session, int64_t step);
/* The bundled one, found like the teacher. NULL with an error if absent. */
char *kd_recording_find (GError **error);

/* ---- inspection: a method on a dump, without training ----------------------------------------------------------------------- */

typedef struct {
  KdArrays *outputs; /* loss.*, map.*, grad.* as the dump format says */
  bool untrained;    /* initial adapters or blocks stood in for missing ones */
  char *note;        /* "untrained adapter: param.adapt.0.weight is not in the dump"; NULL: none */
  double placeless;  /* the part of loss.total that no cell of map.loss_density holds */
  /* Lit: something of the student's is pulled at, be it features or logits. Norms are at its features; a dump has no detection loss,
   * so that ratios are NAN. None without any array of the student's. */
  KdTermStatus *terms;
  int n_terms;
  /* The pictures, for readers that draw: same order as the method's probes; map data in @outputs' order is [N,..]. */
  KdProbeInfo *probes;
  int n_probes;
} KdInspection;

/* Why @method cannot run on @dump with its paper's values, naming the arrays; NULL: it can. @dump: validated, or a check's. Owned by the
 * caller. Any thread. */
char *kd_inspect_obstacle (const KdDump *dump, const KdMethod *method);
/* The same of a checked file: arrays that are there but wrong are called so, instead of lacking. */
char *kd_inspect_why_off (const KdDumpCheck *check, const KdMethod *method);
/* The methods that cannot run for want of @item of the list, missing or wrong: "FRS, PGD"; NULL: none. Owned by the caller. Any thread. */
char *kd_inspect_switched_off (const KdDumpCheck *check, const char *item);
/* Any thread. @dump must outlive the inspection. Errors: a missing array (method off), a knob, a wrong shape. */
KdInspection *kd_inspect (const KdDump *dump, const KdKnobs *knobs, int threads, GError **error);
void kd_inspection_free (KdInspection *inspection);
/*
 * The same for a person who turns knobs: the graph and what it was fed with stay between runs; only what a knob changes is computed again. Another
 * method, or a knob that is structural, builds it anew. One thread at a time, any. @dump is borrowed and must outlive it.
 */
typedef struct _KdInspector KdInspector;
KdInspector *kd_inspector_new (const KdDump *dump, int threads);
void kd_inspector_free (KdInspector *inspector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KdInspector, kd_inspector_free)
/* Build what kd_inspector_run () would, so that it has only to compute. */
bool kd_inspector_prepare (KdInspector *inspector, const KdKnobs *knobs, GError **error);
/* As kd_inspect (), without the outputs' grad.*; the inspection may outlive the inspector. @cancel: NULL, or looked at from time to time: KD_ERROR_CANCELLED. */
KdInspection *kd_inspector_run (KdInspector *inspector,
                                const KdKnobs *knobs,
                                const atomic_bool *cancel,
                                GError **error);
/* NULL: none has been run. */
const KdMethod *kd_inspector_method (const KdInspector *inspector);
/* One image's view of probe @index; the data lives as long as the inspection. */
bool kd_inspection_map (const KdInspection *inspection, int index, int image, KdMap *map);

/* ---- a run's folder, looked at without touching it -------------------------------------------------------------------------- */

typedef struct {
  const char *run; /* its id */
  const KdMethod *method;
  const KdKnobs *knobs;
  const KdProbeInfo *probes; /* of run 0 and the teacher */
  int n_probes;
  KdSnapshot *snapshot; /* holds all of them */
} KdRunPictures;

/* The newest checkpoint of a run's @folder on one held-out scene. Any thread. @threads 0: all cores. */
KdRunPictures *
kd_run_pictures_open (const char *folder, uint64_t held_out_index, int threads, GError **error);
void kd_run_pictures_free (KdRunPictures *pictures);

/*
 * What a run's newest checkpoint and its teacher compute on @n_images held-out scenes from @first on, as a feature dump: .npz or
 * .safetensors by the ending. With the method's trained parameters. Any thread. @threads 0: all cores. Errors: files; a session's folder.
 */
bool kd_run_write_dump (const char *folder,
                        uint64_t first,
                        int n_images,
                        const char *path,
                        int threads,
                        GError **error);

/* The bundled dump, found like the teacher. NULL with an error if absent. Owned by the caller. */
char *kd_example_find (GError **error);

/* The curves and the configuration of a run's folder, as they were written. */
typedef struct {
  KdSavedConfig *saved;
  const KdConfig *config; /* of @saved: one run */
  int64_t step;           /* of the last row; 0: none */
  double steps_per_s;     /* before the last checkpoint, of the whole session; NAN: not known */
  int n_series;
  char **names;    /* [n_series] as KdSeriesInfo.name; NULL-terminated */
  GArray **points; /* [n_series] KdPoint */
} KdRunLog;

/* A run's folder itself, or those of all runs of a session's folder. NULL-terminated, owned by the caller. Any thread. */
char **kd_run_folders (const char *folder, GError **error);
/* Any thread. Errors: no such folder, a session's folder, a damaged row. */
KdRunLog *kd_run_log_open (const char *folder, GError **error);
void kd_run_log_free (KdRunLog *log);
const GArray *kd_run_log_find (const KdRunLog *log, const char *name); /* KdPoint; NULL: none */

/* ---- comparison: the same runs trained with several seeds, as one table --------------------------------------------------------- */

typedef enum {
  KD_TRAINED_NOT,    /* there is no session */
  KD_TRAINED_PARTLY, /* it can be resumed */
  KD_TRAINED_FULLY,  /* to its last step, AP measured */
} KdTrained;
/* How much of @config's training its folder @out holds. Error: it holds another training, with the first difference; a damaged file. */
bool kd_session_find_trained (const KdConfig *config, KdTrained *trained, GError **error);

typedef struct {
  char *id; /* of the run */
  const KdMethod *method;
  double *ap, *ap50;   /* [n_seeds] at the last step, 0..1 */
  double *differences; /* [n_seeds] of AP to the twin's with the same seed */
  double *
      shares; /* [n_seeds] distillation's part of the total loss, 0..1: median over the run's steps */
  double mean_ap, mean_ap50, difference, share; /* means over the seeds */
  double low, high; /* 95 % interval of @difference by Student's t; NAN with one seed */
  int wins;         /* seeds where the difference is above 0 */
} KdComparisonRow;

typedef struct {
  int n_seeds, n_rows;
  uint64_t *seeds;
  KdComparisonRow *rows; /* in the order of the runs */
  int twin;              /* the row of the first run of "none" */
} KdComparison;

/* Of @n_folders >= 1 sessions with the same runs, all trained to their ends. Any thread. Errors: a folder that is not. */
KdComparison *kd_comparison_load (const char *const *folders, int n_folders, GError **error);
void kd_comparison_free (KdComparison *comparison);

/* ---- measuring ------------------------------------------------------------------------------------------------------------------ */

/* The twelve COCO numbers of a checkpoint (safetensors with its detector kind in the metadata) on held-out scenes, by the code that measures a
 * session's students. @progress and @cancel may be NULL. Any thread. Errors: the file; KD_ERROR_CANCELLED. */
bool kd_evaluate (const char *checkpoint,
                  const KdSceneConfig *scenes,
                  uint64_t seed,
                  int n_images,
                  int threads,
                  void (*progress) (int done, int total, void *data),
                  void *data,
                  const atomic_bool *cancel,
                  double numbers[KD_COCO_NUMBERS],
                  GError **error);

/* The scenes that a checkpoint's weights were trained on, by its metadata; defaults where it says nothing. */
bool kd_checkpoint_scenes (const char *checkpoint, KdSceneConfig *scenes, GError **error);

/* A run directory's newest checkpoint, or the file itself. Owned by the caller. */
char *kd_checkpoint_find (const char *checkpoint_or_run, GError **error);

typedef struct {
  double steps_per_s, ms_per_step, gflop_per_step;
  int threads;
  int64_t steps;
  double data_ms, teacher_ms, forward_ms, select_ms, loss_ms, backward_ms, update_ms,
      snapshot_ms;                     /* per step, medians */
  size_t teacher_bytes, student_bytes; /* a student's: the largest run's */
  size_t pass_bytes;                   /* what the students' passes use in turns */
  size_t snapshot_bytes;               /* of the window's pictures: graphs and pinned inputs */
  size_t total_bytes;
  GArray *ops; /* KdOpTime, all graphs together, per @steps steps */
  KdKernels kernels;
  KdPeak peak; /* of a core, measured first */
  /* Fast kernels against plain ones, of nine first steps of an undistilled student: the largest difference of an array's gradients, of its largest. The
   * median, and the worst, where a value may have come to lie on the other side of a ReLU's corner; and in whose gradient. */
  double gradient_error, worst_gradient_error;
  char worst_array[64];
} KdBenchmark;
/* Train @steps steps after a warm-up and time them, with the kernels that are chosen. @one_batch: all on the same images, so that none are
 * drawn meanwhile. */
bool kd_benchmark (
    const KdConfig *config, int64_t steps, bool one_batch, KdBenchmark *result, GError **error);

G_END_DECLS
