/* SPDX-License-Identifier: MIT */

/* What is on disk: run directories, checkpoints, and going on from them to the bit, however the program ended. */
#include "tests/session-fixture.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *cli; /* path of kdscope-cli */

static char *
run_file (const char *out, const char *run, const char *name)
{
  return g_build_filename (out, run, name, NULL);
}

static char *
read_text (const char *path)
{
  GError *error = NULL;
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* Curves as written, and weights with moments of the last step. */
static void
assert_same_run (const char *a, const char *b, const char *run)
{
  char *csv_a = run_file (a, run, "series.csv"), *csv_b = run_file (b, run, "series.csv");
  fixture_assert_same_file (csv_a, csv_b);
  char *folder_a = g_build_filename (a, run, NULL), *folder_b = g_build_filename (b, run, NULL);
  char *last_a = kd_checkpoint_find (folder_a, NULL), *last_b = kd_checkpoint_find (folder_b, NULL);
  char *name_a = g_path_get_basename (last_a), *name_b = g_path_get_basename (last_b);
  g_assert_cmpstr (name_a, ==, name_b);
  fixture_assert_same_file (last_a, last_b);
  g_free (csv_a);
  g_free (csv_b);
  g_free (folder_a);
  g_free (folder_b);
  g_free (last_a);
  g_free (last_b);
  g_free (name_a);
  g_free (name_b);
}

/* ---- files ---- */

static void
test_csv (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  KdSession *session = fixture_run (&fixture.config);
  char *path = run_file (out, "fgd", "series.csv");
  char *text = read_text (path);
  char **lines = g_strsplit (text, "\n", -1);
  g_assert_cmpstr (
      lines[0], ==,
      "step,loss.total,loss.cls,loss.reg,loss.fgd.fg,loss.fgd.bg,loss.fgd.attention,"
      "loss.fgd.relation,grad_norm,lr,ap,ap50,ap_small,ap_medium,ap_large,"
      "ratio.fgd.fg,ratio.fgd.bg,ratio.fgd.attention,ratio.fgd.relation,ratio.fgd.total");
  g_assert_cmpuint (g_strv_length (lines), ==,
                    14); /* header, 12 rows, the end after the last newline */
  GArray *loss = fixture_series (session, 1, "loss.total");
  GArray *norm = fixture_series (session, 1, "grad_norm");
  for (int row = 1; row <= 12; row++) {
    char **cells = g_strsplit (lines[row], ",", -1);
    g_assert_cmpuint (g_strv_length (cells), ==, 20);
    g_assert_cmpint (g_ascii_strtoll (cells[0], NULL, 10), ==, row);
    /* Nine digits name a float exactly. */
    g_assert_cmpfloat ((float) g_ascii_strtod (cells[1], NULL), ==,
                       (float) g_array_index (loss, KdPoint, row - 1).value);
    g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[8], NULL),
                                    g_array_index (norm, KdPoint, row - 1).value, 1e-6);
    const bool measured = row == 5 || row == 10 || row == 12;
    g_assert_cmpint (*cells[10] != 0, ==, measured);
    g_assert_cmpint (*cells[11] != 0, ==, measured);
    g_strfreev (cells);
  }
  g_array_unref (loss);
  g_array_unref (norm);
  g_strfreev (lines);
  g_free (text);
  g_free (path);
  g_free (out);
  kd_session_free (session);
  fixture_clear (&fixture);
}

static void
test_config_comes_back (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.seed = 12345678901234567ULL;
  fixture.config.rate = 0.1 + 0.2; /* a number that takes 17 digits */
  g_assert_true (kd_knobs_set (fixture.fgd, "alpha", "0.0012345678901234567", &error));
  kd_session_free (fixture_run (&fixture.config));
  KdSavedConfig *saved = kd_config_load (out, &error);
  g_assert_no_error (error);
  const KdConfig *config = kd_saved_config_get (saved);
  g_assert_cmpuint (config->seed, ==, fixture.config.seed);
  g_assert_cmpfloat (config->rate, ==, fixture.config.rate);
  g_assert_cmpfloat (config->optimizer.epsilon, ==, 1e-8);
  g_assert_cmpint (config->scenes.size.width, ==, 64);
  g_assert_cmpstr (config->teacher, ==, fixture.teacher);
  g_assert_cmpint (config->n_runs, ==, 2);
  g_assert_cmpstr (config->runs[1].id, ==, "fgd");
  g_assert_cmpfloat (kd_knobs_get (config->runs[1].knobs, "alpha"), ==,
                     kd_knobs_get (fixture.fgd, "alpha"));
  kd_saved_config_free (saved);
  /* A run's own folder knows itself. */
  char *run = g_build_filename (out, "fgd", NULL);
  saved = kd_config_load (run, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_saved_config_get (saved)->n_runs, ==, 1);
  kd_saved_config_free (saved);
  g_assert_null (kd_config_load (fixture.folder, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FILE);
  g_clear_error (&error);
  g_free (run);
  g_free (out);
  fixture_clear (&fixture);
}

static void
test_old_checkpoints_go (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.checkpoint_every = 2;
  kd_session_free (fixture_run (&fixture.config));
  char *folder = run_file (out, "none", "checkpoints");
  GDir *dir = g_dir_open (folder, 0, NULL);
  int n = 0;
  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  g_assert_cmpint (n, ==, 2);
  g_free (folder);
  g_free (out);
  fixture_clear (&fixture);
}

/* ---- going on ---- */

static void
test_stopped_and_resumed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *straight = fixture_path (&fixture, "straight"), *broken = fixture_path (&fixture, "broken");
  fixture.config.steps = 30;
  fixture.config.checkpoint_every = 7;
  fixture.config.out = straight;
  KdSession *whole = fixture_run (&fixture.config);
  fixture.config.out = broken;
  KdSession *first = fixture_start (&fixture.config);
  fixture_wait_step (first, 15);
  kd_session_free (first);
  fixture.config.resume = true;
  fixture.config.threads = 3; /* how fast may differ */
  KdSession *second = fixture_run (&fixture.config);
  for (int run = 0; run < 2; run++) {
    /* Curves of the first life are read from the file, at its nine digits. */
    GArray *a = fixture_series (whole, run, "loss.total"),
           *b = fixture_series (second, run, "loss.total");
    g_assert_cmpuint (a->len, ==, b->len);
    for (guint i = 0; i < a->len; i++)
      g_assert_cmpfloat ((float) g_array_index (a, KdPoint, i).value, ==,
                         (float) g_array_index (b, KdPoint, i).value);
    g_array_unref (a);
    g_array_unref (b);
  }
  assert_same_run (straight, broken, "none");
  assert_same_run (straight, broken, "fgd");
  kd_session_free (whole);
  kd_session_free (second);
  /* Once more: there is nothing left to do, and nothing is undone. */
  kd_session_free (fixture_run (&fixture.config));
  assert_same_run (straight, broken, "fgd");
  g_free (straight);
  g_free (broken);
  fixture_clear (&fixture);
}

/* A knob turned before the checkpoint holds after it, and its line in events.jsonl stays; a later one never was. */
static void
test_knobs_survive (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  kd_session_step_once (session);
  fixture_wait_step (session, 1);
  g_assert_true (kd_session_set_knob (session, 1, "temp", "0.75", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  kd_session_checkpoint (session);
  fixture_wait_event (session, KD_EVENT_CHECKPOINT);
  g_assert_true (kd_session_set_knob (session, 1, "temp", "1.5", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  kd_session_free (session);
  /* What a program killed while writing leaves. */
  g_autofree char *half = run_file (out, "fgd", "checkpoints/step-00000001.safetensors.XY12Z3");
  g_assert_true (g_file_set_contents (half, "half", -1, NULL));
  /* The run's own folder knows it too. */
  char *run = g_build_filename (out, "fgd", NULL);
  KdSavedConfig *saved = kd_config_load (run, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (kd_knobs_get (kd_saved_config_get (saved)->runs[0].knobs, "temp"), ==, 0.75);
  kd_saved_config_free (saved);
  g_free (run);

  fixture.config.resume = true;
  session = fixture_start (&fixture.config);
  fixture_wait_state (session, KD_STATE_PAUSED);
  g_assert_cmpint (kd_session_status (session).step, ==, 1);
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
  KdKnobs *knobs = kd_session_run_knobs (session, 1);
  g_assert_cmpfloat (kd_knobs_get (knobs, "temp"), ==, 0.75);
  kd_knobs_free (knobs);
  kd_session_free (session);
  char *path = run_file (out, "fgd", "events.jsonl");
  char *text = read_text (path);
  g_assert_nonnull (strstr (text, "0.75"));
  g_assert_null (strstr (text, "1.5"));
  g_free (text);
  g_free (path);
  g_free (out);
  fixture_clear (&fixture);
}

static int
count_probes (const KdRunPictures *pictures, const char *name)
{
  int n = 0;
  for (int i = 0; i < pictures->n_probes; i++)
    n += strcmp (pictures->probes[i].name, name) == 0;
  return n;
}

/* A run's folder can be looked at as it was at its last checkpoint, and says what it lacks. */
static void
test_pictures (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  GError *error = NULL;
  char *out = fixture_path (&fixture, "out"), *run = g_build_filename (out, "fgd", NULL);
  fixture.config.out = out;
  fixture.config.paused = true;
  KdSession *session = fixture_start (&fixture.config);
  kd_session_step_once (session);
  fixture_wait_step (session, 1);
  g_assert_true (kd_session_set_knob (session, 1, "levels", "1", &error));
  fixture_wait_event (session, KD_EVENT_KNOB);
  kd_session_checkpoint (session);
  fixture_wait_event (session, KD_EVENT_CHECKPOINT);
  kd_session_free (session);

  KdRunPictures *pictures = kd_run_pictures_open (run, 3, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_snapshot_step (pictures->snapshot), ==, 1);
  g_assert_cmpuint (kd_snapshot_image (pictures->snapshot), ==, 3);
  g_assert_cmpint (count_probes (pictures, "student_feat"), ==, 3);
  g_assert_cmpint (count_probes (pictures, "fg_mask"), ==, 1); /* the knob as it was turned */
  kd_run_pictures_free (pictures);

  char *checkpoint = kd_checkpoint_find (run, NULL);
  KdArrays *arrays = kd_arrays_load (checkpoint, &error);
  kd_arrays_save (arrays, checkpoint, NULL, &error);
  g_assert_no_error (error);
  kd_arrays_free (arrays);
  g_assert_null (kd_run_pictures_open (run, 3, 1, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "metadata step"));
  g_clear_error (&error);
  g_free (checkpoint);
  g_free (run);
  g_free (out);
  fixture_clear (&fixture);
}

static void
assert_refused (const KdConfig *config, const char *word)
{
  GError *error = NULL;
  KdSession *session = kd_session_new (config, &error);
  KdEvent event;
  if (session) { /* found out while loading */
    g_assert_true (kd_session_wait (session, 60));
    g_assert_cmpint (kd_session_status (session).state, ==, KD_STATE_FAILED);
    event = fixture_wait_event (session, KD_EVENT_ERROR);
    kd_session_free (session);
  } else {
    g_assert_nonnull (error);
    g_strlcpy (event.text, error->message, sizeof event.text);
    g_error_free (error);
  }
  g_test_message ("%s", event.text);
  g_assert_nonnull (strstr (event.text, word));
}

/* As long as it was, with @n_rows rows that are well formed. */
static void
damage_rows (const char *csv, const char *text, int n_rows)
{
  GString *damaged = g_string_new_len (text, strchr (text, '\n') + 1 - text);
  for (int row = 1; row <= n_rows; row++)
    g_string_append_printf (damaged, "%d,1,1,,,,,,,,\n", row);
  while (damaged->len < strlen (text))
    g_string_append_c (damaged, '\n');
  g_assert_true (g_file_set_contents (csv, damaged->str, -1, NULL));
  g_string_free (damaged, TRUE);
}

/* Runs whose session.json is gone are not written over. */
static void
test_orphaned_runs (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  kd_session_free (fixture_run (&fixture.config));
  char *session = g_build_filename (out, "session.json", NULL);
  char *csv = run_file (out, "fgd", "series.csv");
  char *before = read_text (csv);
  g_assert_cmpint (remove (session), ==, 0);
  assert_refused (&fixture.config, "no session.json to resume");
  char *after = read_text (csv);
  g_assert_cmpstr (before, ==, after);
  g_free (before);
  g_free (after);
  g_free (csv);
  g_free (session);
  g_free (out);
  fixture_clear (&fixture);
}

/* Killed between the first files and session.json, the same command begins again: what lies there is not in the way. */
static void
test_killed_beginning (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *straight = fixture_path (&fixture, "straight"), *out = fixture_path (&fixture, "out");
  fixture.config.out = straight;
  kd_session_free (fixture_run (&fixture.config));
  fixture.config.out = out;
  kd_session_free (fixture_run (&fixture.config));
  char *session = g_build_filename (out, "session.json", NULL);
  char *mark = g_build_filename (out, ".beginning", NULL);
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  g_assert_cmpint (remove (session), ==, 0);
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));
  kd_session_free (fixture_run (&fixture.config));
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  assert_same_run (straight, out, "none");
  assert_same_run (straight, out, "fgd");
  g_free (mark);
  g_free (session);
  g_free (out);
  g_free (straight);
  fixture_clear (&fixture);
}

static void
test_refusals (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.resume = true;
  assert_refused (&fixture.config, "no session to resume");
  fixture.config.resume = false;
  kd_session_free (fixture_run (&fixture.config));
  assert_refused (&fixture.config, "holds a session already");
  fixture.config.resume = true;
  KdConfig other = fixture.config;
  other.seed = 2;
  assert_refused (&other, "seed");
  other = fixture.config;
  other.n_runs = 1;
  assert_refused (&other, "runs");
  other = fixture.config;
  other.steps = 6;
  assert_refused (&other, "beyond");
  /* Damage: less in the log than the checkpoint knew; a checkpoint that is cut; another teacher. */
  char *csv = run_file (out, "none", "series.csv");
  char *text = read_text (csv);
  g_assert_cmpint (truncate (csv, 100), ==, 0);
  assert_refused (&fixture.config, "series.csv");
  damage_rows (csv, text, 5);
  assert_refused (&fixture.config, "row 6");
  damage_rows (csv, text, 1000);
  assert_refused (&fixture.config, "row 13");
  g_assert_true (g_file_set_contents (csv, text, -1, NULL));
  char *run = g_build_filename (out, "fgd", NULL);
  char *checkpoint = kd_checkpoint_find (run, NULL);
  g_assert_cmpint (truncate (checkpoint, 5000), ==, 0);
  assert_refused (&fixture.config, "step-");
  g_assert_cmpint (truncate (fixture.teacher, 3000), ==, 0);
  assert_refused (&fixture.config, "teacher.safetensors");
  g_free (checkpoint);
  g_free (run);
  g_free (text);
  g_free (csv);
  g_free (out);
  fixture_clear (&fixture);
}

/* ---- bad numbers ---- */

/* Poison one weight of a checkpoint and go on from there. */
static void
poison (const char *checkpoint, const char *name)
{
  GError *error = NULL;
  static const char *const keys[] = { "detector", "image_height", "image_width", "step" };
  const char *metadata[2 * G_N_ELEMENTS (keys) + 1] = { NULL };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    metadata[2 * i] = keys[i];
    metadata[2 * i + 1] = kd_safetensors_metadata (checkpoint, keys[i], &error);
    g_assert_no_error (error);
  }
  KdArrays *arrays = kd_arrays_load (checkpoint, &error);
  g_assert_no_error (error);
  const KdArray *weight = kd_arrays_find (arrays, name);
  ((float *) weight->data)[0] = NAN;
  kd_arrays_save (arrays, checkpoint, metadata, &error);
  g_assert_no_error (error);
  kd_arrays_free (arrays);
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    g_free ((char *) metadata[2 * i + 1]);
}

static void
test_bad_numbers (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *out = fixture_path (&fixture, "out");
  fixture.config.out = out;
  fixture.config.steps = 5;
  kd_session_free (fixture_run (&fixture.config));
  char *run = g_build_filename (out, "fgd", NULL);
  char *checkpoint = kd_checkpoint_find (run, NULL);
  poison (checkpoint, "stem.weight");
  fixture.config.steps = 10;
  fixture.config.resume = true;
  KdSession *session = fixture_start (&fixture.config);
  g_assert_true (kd_session_wait (session, 60));
  KdStatus status = kd_session_status (session);
  g_assert_cmpint (status.state, ==, KD_STATE_BAD_NUMBERS);
  g_assert_cmpint (status.step, ==, 5); /* before the update */
  const KdEvent event = fixture_wait_event (session, KD_EVENT_BAD_NUMBERS);
  g_test_message ("%s", event.text);
  g_assert_cmpint (event.run, ==, 1);
  g_assert_true (g_str_has_prefix (event.text, "fgd: "));
  g_assert_nonnull (strstr (event.text, "nan"));
  g_assert_nonnull (strstr (event.text, "stem.weight"));
  g_assert_nonnull (strstr (event.text, "[0,0,0,0]"));
  GArray *loss = fixture_series (session, 0, "loss.total");
  g_assert_cmpuint (loss->len, ==, 5);
  g_array_unref (loss);
  /* Views still answer, and playing on meets the same again. */
  kd_snapshot_unref (fixture_wait_snapshot (session, 5));
  kd_session_play (session);
  fixture_wait_event (session, KD_EVENT_BAD_NUMBERS);
  g_assert_cmpint (kd_session_status (session).step, ==, 5);
  kd_session_free (session);
  char *path = run_file (out, "fgd", "events.jsonl");
  char *text = read_text (path);
  g_assert_nonnull (strstr (text, "bad numbers"));
  g_free (text);
  g_free (path);
  g_free (checkpoint);
  g_free (run);
  g_free (out);
  fixture_clear (&fixture);
}

/* ---- killed ---- */

static pid_t
spawn (const char *const *argv)
{
  const pid_t pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0) {
    if (!freopen ("/dev/null", "w", stderr) || !freopen ("/dev/null", "w", stdout))
      _exit (99);
    execv (argv[0], (char *const *) argv);
    _exit (98);
  }
  return pid;
}

#define KILL_STEPS "60"

static pid_t
spawn_training (const Fixture *fixture, const char *out, const char *resume)
{
  const char *const fresh[] = {
    cli,
    "train",
    "--methods",
    "none,fgd",
    "--teacher",
    fixture->teacher,
    "--student",
    "tiny",
    "--size",
    "64",
    "--batch",
    "4",
    "--steps",
    KILL_STEPS,
    "--eval-every",
    "20",
    "--eval-images",
    "8",
    "--final-images",
    "8",
    "--threads",
    "2",
    "--checkpoint-every",
    "6",
    "--out",
    out,
    NULL,
  };
  const char *const again[] = { cli, "train", "--resume", resume, NULL };
  return spawn (resume ? again : fresh);
}

static int
wait_for (pid_t pid)
{
  int status = 0;
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

/* Killed at any moment, again and again, it ends with the same bytes as one that was left alone. */
static void
test_killed (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *straight = fixture_path (&fixture, "straight"), *killed = fixture_path (&fixture, "killed");
  const double began_s = kd_now_s ();
  int status = wait_for (spawn_training (&fixture, straight, NULL));
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  const double whole_s = kd_now_s () - began_s;

  char *session_file = g_build_filename (killed, "session.json", NULL);
  int kills = 0;
  for (int life = 0;; life++) {
    const bool begun = g_file_test (session_file, G_FILE_TEST_EXISTS);
    const pid_t pid = spawn_training (&fixture, killed, begun ? killed : NULL);
    if (life < 12) {
      g_usleep ((gulong) (1e6 * whole_s * g_test_rand_double_range (0.02, 0.6)));
      kill (pid, SIGKILL);
    }
    status = wait_for (pid);
    if (WIFEXITED (status)) {
      g_assert_cmpint (WEXITSTATUS (status), ==, 0);
      break;
    }
    kills++;
  }
  g_test_message ("killed %d times", kills);
  g_assert_cmpint (kills, >, 0);
  assert_same_run (straight, killed, "none");
  assert_same_run (straight, killed, "fgd");
  g_free (session_file);
  g_free (straight);
  g_free (killed);
  fixture_clear (&fixture);
}

/* Interrupted, it writes a checkpoint of where it is and says so with its exit code. */
static void
test_interrupted (void)
{
  Fixture fixture;
  fixture_init (&fixture);
  char *straight = fixture_path (&fixture, "straight"),
       *stopped = fixture_path (&fixture, "stopped");
  g_assert_cmpint (wait_for (spawn_training (&fixture, straight, NULL)), ==, 0);
  pid_t pid = spawn_training (&fixture, stopped, NULL);
  char *session_file = g_build_filename (stopped, "session.json", NULL);
  while (!g_file_test (session_file, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  kill (pid, SIGINT);
  int status = wait_for (pid);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) != 0) /* else it was faster than the signal */
    g_assert_cmpint (WEXITSTATUS (status), ==, 130);
  g_assert_cmpint (wait_for (spawn_training (&fixture, stopped, stopped)), ==, 0);
  assert_same_run (straight, stopped, "none");
  assert_same_run (straight, stopped, "fgd");
  g_free (session_file);
  g_free (straight);
  g_free (stopped);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  g_test_add_func ("/session/folder/does-not-write-over-runs", test_orphaned_runs);
  g_test_add_func ("/session/resume/begins-again-when-killed-beginning", test_killed_beginning);
  g_test_add_func ("/session/directory/series-csv", test_csv);
  g_test_add_func ("/session/directory/configuration-comes-back", test_config_comes_back);
  g_test_add_func ("/session/directory/old-checkpoints-go", test_old_checkpoints_go);
  g_test_add_func ("/session/resume/after-a-stop-to-the-bit", test_stopped_and_resumed);
  g_test_add_func ("/session/resume/knobs-survive", test_knobs_survive);
  g_test_add_func ("/session/directory/pictures-of-a-checkpoint", test_pictures);
  g_test_add_func ("/session/resume/refusals-say-why", test_refusals);
  g_test_add_func ("/session/bad-numbers/stop-before-the-update", test_bad_numbers);
  g_test_add_func ("/session/resume/after-sigkill-to-the-bit", test_killed);
  g_test_add_func ("/session/resume/interrupted-with-a-checkpoint", test_interrupted);
  return g_test_run ();
}
