/* SPDX-License-Identifier: MIT */

/*
 * `kdscope-cli train`, `compare`, `sweep`, `teacher`, `eval` and `bench` as scripts use them: files, JSON, exit codes.
 *
 * usage: test-app-train KDSCOPE_CLI
 */
#include "tests/session-fixture.h"

#include <json-glib/json-glib.h>
#include <string.h>

static const char *program;

typedef struct {
  int code;
  char *out, *err;
} Result;

static void
clear_result (Result *result)
{
  g_free (result->out);
  g_free (result->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, clear_result)

/* Run with the words of the formatted line. */
static Result G_GNUC_PRINTF (1, 2) run (const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *command = g_strconcat (program, " ", line, NULL);
  g_auto (GStrv) argv = NULL;
  Result result = { 0 };
  int status;
  g_shell_parse_argv (command, NULL, &argv, &error);
  g_assert_no_error (error);
  g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out, &result.err, &status,
                &error);
  g_assert_no_error (error);
  result.code = g_spawn_check_wait_status (status, &error) ? 0 : error->code;
  g_test_message ("%s: %d\n%s", line, result.code, result.err);
  return result;
}

/* Exit code 2: the request is wrong; 1: the world is. */
static void
assert_refused (int code, const char *line, const char *text)
{
  g_auto (Result) result = run ("%s", line);
  g_assert_cmpint (result.code, ==, code);
  g_assert_nonnull (strstr (result.err, text));
  g_assert_true (g_str_has_prefix (result.err, "kdscope-cli: "));
  g_assert_cmpstr (result.out, ==, "");
}

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (text, &error);
  g_assert_no_error (error);
  return json_object_ref (json_node_get_object (root));
}

/* A small session of none and fgd, twelve steps. */
#define SMALL "--student tiny --size 64 --batch 4 --threads 2 --eval-every 0 --final-images 10"

/* The scale is in the folder before the first step, and said; a run without terms is passed over. */
static void
test_balance (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *out = fixture_path (&fixture, "out");
  g_auto (Result) result =
      run ("train --methods none,fgd --teacher %s " SMALL
           " --steps 3 --set run.ramp=0 --set run.scale=0.3 --balance 2 --out %s",
           fixture.teacher, out);
  g_assert_cmpint (result.code, ==, 0);
  const char *said = strstr (result.err, "fgd: run.scale 0.3 -> ");
  g_assert_nonnull (said);
  g_assert_null (strstr (result.err, "none: run.scale"));
  g_autoptr (GError) error = NULL;
  KdSavedConfig *saved = kd_config_load (out, &error);
  g_assert_no_error (error);
  const KdConfig *config = kd_saved_config_get (saved);
  g_assert_cmpfloat_with_epsilon (kd_knobs_get (config->runs[1].knobs, "run.scale"),
                                  g_ascii_strtod (said + strlen ("fgd: run.scale 0.3 -> "), NULL),
                                  1e-9);
  g_assert_cmpfloat (kd_knobs_get (config->runs[0].knobs, "run.scale"), ==, 0.3);
  kd_saved_config_free (saved);
  fixture_clear (&fixture);
}

/* --set tells two runs of one method apart, and reaches both by the method's name. */
static void
test_two_runs_of_a_method (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *out = fixture_path (&fixture, "out");
  g_auto (Result) result =
      run ("train --methods fgd,fgd,fgd-7 --teacher %s " SMALL " --steps 1 --set run.scale=0.7 "
           "--set fgd.alpha=0.005 --set fgd-2.run.scale=3 --set fgd-7.alpha=0.007 --out %s",
           fixture.teacher, out);
  g_assert_cmpint (result.code, ==, 0);
  g_autoptr (GError) error = NULL;
  KdSavedConfig *saved = kd_config_load (out, &error);
  g_assert_no_error (error);
  const KdConfig *config = kd_saved_config_get (saved);
  static const struct {
    const char *id;
    double alpha, scale;
  } expected[] = { { "fgd", 0.005, 0.7 }, { "fgd-2", 0.005, 3 }, { "fgd-7", 0.007, 0.7 } };
  g_assert_cmpint (config->n_runs, ==, 3);
  for (int r = 0; r < 3; r++) {
    const KdKnobs *knobs = config->runs[r].knobs;
    g_assert_cmpstr (config->runs[r].id, ==, expected[r].id);
    g_assert_cmpfloat (kd_knobs_get (knobs, "alpha"), ==, expected[r].alpha);
    g_assert_cmpfloat (kd_knobs_get (knobs, "run.scale"), ==, expected[r].scale);
  }
  kd_saved_config_free (saved);
  fixture_clear (&fixture);
}

/* Sixty keyframes on the way, here one a step. */
static void
test_record (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *out = fixture_path (&fixture, "out");
  g_autofree char *file = fixture_path (&fixture, "out.kdrun");
  g_auto (Result) result =
      run ("train --methods none,fgd --teacher %s " SMALL " --steps 7 --out %s --record %s",
           fixture.teacher, out, file);
  g_assert_cmpint (result.code, ==, 0);
  g_autoptr (GError) error = NULL;
  KdSession *shown = kd_session_new_for_recording (file, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_session_keyframes (shown, NULL, 0), ==, 8);
  g_assert_cmpstr (kd_session_run_id (shown, 1), ==, "fgd");
  kd_session_free (shown);
  fixture_clear (&fixture);
}

static void
test_train_and_eval (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *out = fixture_path (&fixture, "out");
  {
    g_auto (Result) result =
        run ("train --methods none,fgd --teacher %s " SMALL
             " --steps 12 --seed 3 --set fgd.alpha=0.005 --set run.scale=0.5 --out %s",
             fixture.teacher, out);
    g_assert_cmpint (result.code, ==, 0);
    g_assert_nonnull (strstr (result.out, "none: step 12, AP "));
    g_assert_nonnull (strstr (result.out, "fgd: step 12, AP "));
  }
  g_autoptr (GError) error = NULL;
  KdSavedConfig *saved = kd_config_load (out, &error);
  g_assert_no_error (error);
  const KdConfig *config = kd_saved_config_get (saved);
  g_assert_cmpuint (config->seed, ==, 3);
  g_assert_cmpfloat (kd_knobs_get (config->runs[1].knobs, "alpha"), ==, 0.005);
  g_assert_cmpfloat (kd_knobs_get (config->runs[1].knobs, "run.scale"), ==, 0.5);
  kd_saved_config_free (saved);
  /* Further, in the same folder. */
  {
    g_auto (Result) result = run ("train --resume %s --steps 14", out);
    g_assert_cmpint (result.code, ==, 0);
    g_assert_nonnull (strstr (result.out, "fgd: step 14, AP "));
  }
  /* A training that could not begin has no result. */
  {
    g_auto (Result) result = run ("train --teacher %s " SMALL " --steps 12 --out %s/none/run.json",
                                  fixture.teacher, out);
    g_assert_cmpint (result.code, ==, 1);
    g_assert_cmpstr (result.out, ==, "");
  }
  /* One sentence for a folder that is taken, and nothing about steps that were not made. */
  g_autofree char *again = g_strdup_printf ("train --methods none " SMALL " --out %s", out);
  g_autofree char *taken = g_strdup_printf (
      "kdscope-cli: %s: holds a session already; resume it or choose another folder\n", out);
  assert_refused (2, again, taken);
  g_autofree char *inside = g_strdup_printf ("train --methods none " SMALL " --out %s/none", out);
  assert_refused (2, inside, "is a run's folder; choose another");
  g_autofree char *session = g_strdup_printf ("eval %s", out);
  assert_refused (2, session, "holds 2 runs, choose one of: ");
  /* A run and its checkpoint file give the same twelve numbers. */
  g_autofree char *folder = g_build_filename (out, "fgd", NULL);
  g_autofree char *checkpoint = kd_checkpoint_find (folder, &error);
  g_assert_no_error (error);
  g_auto (Result) of_run = run ("eval %s --json --images 12", folder);
  g_auto (Result) of_file = run ("eval %s --json --images 12 --threads 1", checkpoint);
  g_assert_cmpint (of_run.code, ==, 0);
  g_assert_cmpstr (of_run.out, ==, of_file.out);
  JsonObject *numbers = parse (of_run.out);
  g_assert_cmpuint (json_object_get_size (numbers), ==, KD_COCO_NUMBERS);
  for (int i = 0; i < KD_COCO_NUMBERS; i++)
    g_assert_true (json_object_has_member (numbers, kd_coco_number_names[i]));
  json_object_unref (numbers);
  fixture_clear (&fixture);
}

static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* The twin comes by itself; text, CSV and picture; a second call trains nothing and writes the same. */
static void
test_compare (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autofree char *out = fixture_path (&fixture, "out");
  g_autofree char *line =
      g_strdup_printf ("compare --seeds 3,8 --methods fgd,kd --teacher %s --student tiny --size 64 "
                       "--batch 4 --threads 2 --final-images 10 --steps 4 --out %s",
                       fixture.teacher, out);
  g_auto (Result) result = run ("%s", line);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.err, "seed 8: training in "));
  g_assert_nonnull (strstr (result.out, "4 steps, seeds 3 8, AP on 10 held-out scenes\n"));
  g_autofree char *text = read_text (out, "comparison.txt");
  g_assert_cmpstr (result.out, ==, text);
  g_autofree char *csv = read_text (out, "comparison.csv");
  g_auto (GStrv) rows = g_strsplit (csv, "\n", -1);
  g_assert_cmpuint (g_strv_length (rows), ==, 5);
  g_assert_true (g_str_has_prefix (rows[1], "none,none,2,"));
  g_assert_true (g_str_has_prefix (rows[2], "fgd,fgd,2,"));
  g_assert_true (g_str_has_prefix (rows[3], "kd,kd,2,"));
  g_auto (GStrv) names = g_strsplit (rows[0], ",", -1);
  for (int r = 1; r <= 3; r++) {
    g_auto (GStrv) cells = g_strsplit (rows[r], ",", -1);
    g_assert_cmpuint (g_strv_length (cells), ==, g_strv_length (names));
  }
  g_autofree char *picture = read_text (out, "comparison.png");
  g_assert_true (g_str_has_prefix (picture, "\211PNG"));

  g_auto (Result) again = run ("%s", line);
  g_assert_cmpint (again.code, ==, 0);
  g_assert_null (strstr (again.err, "training in"));
  g_assert_nonnull (strstr (again.err, "seed 3: trained already, read from "));
  g_assert_cmpstr (again.out, ==, result.out);
  g_autofree char *other = g_strconcat (line, " --set kd.weight=2", NULL);
  assert_refused (2, other, "kd.weight 1, not 2");
  fixture_clear (&fixture);
}

/* A student a factor of the preset's scale; AP is what `eval` measures of the same folder. */
static void
test_sweep (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *out = fixture_path (&fixture, "out");
  g_auto (Result) result =
      run ("sweep --method kd --factors 0.5,4 --teacher %s --student tiny --size 64 --batch 4 "
           "--threads 2 --final-images 10 --steps 3 --out %s",
           fixture.teacher, out);
  g_assert_cmpint (result.code, ==, 0);
  g_autofree char *csv = read_text (out, "sweep.csv");
  g_auto (GStrv) rows = g_strsplit (csv, "\n", -1);
  g_assert_cmpuint (g_strv_length (rows), ==, 5);
  KdKnobs *knobs = kd_knobs_new (kd_method_find ("kd"), "demo", &error);
  g_assert_no_error (error);
  const double scale = kd_knobs_get (knobs, "run.scale");
  kd_knobs_free (knobs);
  static const char *const runs[] = { "none", "kd", "kd-2" };
  static const double factors[] = { 0, 0.5, 4 };
  for (int r = 0; r < 3; r++) {
    g_auto (GStrv) cells = g_strsplit (rows[r + 1], ",", -1);
    g_assert_cmpuint (g_strv_length (cells), ==, 5);
    g_assert_cmpfloat (g_ascii_strtod (cells[0], NULL), ==, factors[r]);
    g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[1], NULL), factors[r] * scale, 1e-9);
    g_assert_true (r == 0 || g_ascii_strtod (cells[2], NULL) > 0);
    g_autofree char *folder = g_build_filename (out, runs[r], NULL);
    g_auto (Result) measured = run ("eval %s --json --images 10", folder);
    JsonObject *numbers = parse (measured.out);
    g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[3], NULL),
                                    json_object_get_double_member (numbers, "AP"), 1e-9);
    json_object_unref (numbers);
  }
  /* Eight times the scale pulls about eight times as hard, at first. */
  g_auto (GStrv) low = g_strsplit (rows[2], ",", -1), high = g_strsplit (rows[3], ",", -1);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (high[2], NULL) / g_ascii_strtod (low[2], NULL), 8,
                                  0.1);
  g_autofree char *picture = read_text (out, "sweep.png");
  g_assert_true (g_str_has_prefix (picture, "\211PNG"));
  fixture_clear (&fixture);
}

static void
test_teacher (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *file = fixture_path (&fixture, "new.safetensors");
  g_auto (Result) result =
      run ("teacher --steps 2 --seed 5 --batch 1 --images 8 --threads 2 --out %s", file);
  g_assert_cmpint (result.code, ==, 0);
  KdArrays *arrays = kd_arrays_load (file, &error);
  g_assert_no_error (error);
  /* Weights and nothing else, under 16 MB. */
  size_t bytes = 0;
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    g_assert_false (g_str_has_prefix (array->name, "moment"));
    bytes += kd_array_count (array) * kd_dtype_size (array->dtype);
  }
  g_assert_cmpuint (bytes, >, 1000000);
  g_assert_cmpuint (bytes, <, 16000000);
  kd_arrays_free (arrays);
  static const char *const said[][2] = {
    { "detector", "teacher" },  { "seed", "5" },  { "step", "2" },
    { "command", "--seed 5" },  { "AP50", "0." }, { "difficulty", "0." },
    { "held_out_images", "8" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (said); i++) {
    g_autofree char *text = kd_safetensors_metadata (file, said[i][0], &error);
    g_assert_no_error (error);
    g_assert_nonnull (strstr (text, said[i][1]));
  }
  fixture_clear (&fixture);
}

static void
test_bench (void)
{
  g_auto (Result) result = run ("bench --json --threads 2 --steps 2 --methods none");
  g_assert_cmpint (result.code, ==, 0);
  JsonObject *object = parse (result.out);
  g_assert_cmpfloat (json_object_get_double_member (object, "steps_per_s"), >, 0);
  g_assert_cmpfloat (json_object_get_double_member (object, "gflop_per_step"), >, 0);
  g_assert_cmpint (json_object_get_int_member (object, "threads"), ==, 2);
  JsonObject *phases = json_object_get_object_member (object, "phases");
  g_assert_cmpfloat (json_object_get_double_member (phases, "forward"), >, 0);
  g_assert_cmpfloat (json_object_get_double_member (phases, "backward"), >, 0);
  json_object_unref (object);
}

static void
test_refusals (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  assert_refused (2, "train --methods none", "--out DIR is needed");
  assert_refused (2, "train --methods nonsense --out /nowhere", "there is no method \"nonsense\"");
  assert_refused (2, "train extra --out /nowhere", "expected options only, found \"extra\"");
  assert_refused (2, "train --methods none --out /nowhere --set fgd.alpha=1", "--set");
  assert_refused (2, "train --methods none,fgd --out /nowhere --set fgd.alhpa=1", "alhpa");
  assert_refused (2, "train --methods none,fgd-x --out /nowhere", "no method \"fgd-x\"");
  assert_refused (2, "train --methods none --student huge --out /nowhere", "student");
  assert_refused (2, "train --methods none --steps -1 --out /nowhere", "steps: expected 1 to");
  assert_refused (2, "train --methods none --rate nan --out /nowhere", "rate: expected 0 to");
  assert_refused (2, "train --methods none --clip=-2 --out /nowhere",
                  "gradient clip: expected 0 to");
  assert_refused (2, "train --methods none --seed -1 --out /nowhere", "--seed: expected 0 to");
  assert_refused (2, "train --methods fgd --balance much --out /nowhere", "a ratio such as 0.5");
  assert_refused (2, "train --methods fgd --balance=-1 --out /nowhere",
                  "--balance: expected 1e-06");
  assert_refused (2, "train --methods none --out /nowhere --record x.npz", "ends in .kdrun");
  assert_refused (2, "train --resume /nowhere --balance", "--resume goes with");
  assert_refused (2, "train --resume /nowhere", "/nowhere");
  assert_refused (2, "train --methods fgd --teacher /nowhere --out /nowhere",
                  "/nowhere: expected a teacher's");
  assert_refused (2, "train --resume /nowhere --seed 4", "--resume goes with");
  assert_refused (2, "train --methods none --steps many --out /nowhere", "many");
  assert_refused (2, "compare", "--out DIR is needed");
  assert_refused (2, "compare --seeds 1,two --out /nowhere", "found \"two\"");
  assert_refused (2, "compare --seeds 4,4 --out /nowhere", "--seeds: 4 is there twice");
  assert_refused (2, "compare --final-images 0 --out /nowhere", "--final-images: expected 1 to");
  assert_refused (2, "sweep --method fgd", "--method ID and --out DIR are needed");
  assert_refused (2, "sweep --method none --out /nowhere", "none has no terms");
  assert_refused (2, "sweep --method fgd --factors 1,x --out /nowhere", "found \"x\"");
  assert_refused (2, "compare --methods fgd,nonsense --out /nowhere", "\"nonsense\"");
  assert_refused (2, "teacher", "--out FILE is needed");
  assert_refused (2, "teacher --out teacher.npz",
                  "--out: expected a name that ends in .safetensors");
  assert_refused (2, "eval", "expected one checkpoint");
  assert_refused (2, "eval /nowhere --images 0", "--images: expected 1 to");
  assert_refused (2, "eval /nowhere --difficulty -3", "--difficulty: expected 0 to 1");
  assert_refused (2, "eval /nowhere --threads -1", "--threads: expected 0 to");
  assert_refused (2, "render /nowhere --out wall.png", "/nowhere: expected a run directory");
  assert_refused (2, "bench --methods fgd,nonsense", "nonsense");
  g_autofree char *line = g_strdup_printf ("eval %s/nothing", fixture.folder);
  assert_refused (2, line, "expected a .safetensors file or a run's folder");
  fixture_clear (&fixture);
}

static void
test_help (void)
{
  static const char *const commands[] = { "train", "compare", "sweep", "teacher", "eval", "bench" };
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_auto (Result) result = run ("%s --help", commands[i]);
    g_assert_cmpint (result.code, ==, 0);
    g_assert_nonnull (strstr (result.out, "--threads"));
    g_assert_cmpstr (result.err, ==, "");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];
  g_test_add_func ("/app/train/record", test_record);
  g_test_add_func ("/app/train/balance", test_balance);
  g_test_add_func ("/app/train/two-runs-of-a-method", test_two_runs_of_a_method);
  g_test_add_func ("/app/train/then-resume-and-eval", test_train_and_eval);
  g_test_add_func ("/app/compare/then-read-again", test_compare);
  g_test_add_func ("/app/sweep/a-student-a-factor", test_sweep);
  g_test_add_func ("/app/teacher/writes-weights-alone", test_teacher);
  g_test_add_func ("/app/bench/json", test_bench);
  g_test_add_func ("/app/refusals-say-why", test_refusals);
  g_test_add_func ("/app/help", test_help);
  return g_test_run ();
}
