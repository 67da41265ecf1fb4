/* SPDX-License-Identifier: MIT */

/*
 * `kdscope-cli inspect` and `render` on dumps, as scripts use them: what is written, what is said, exit codes.
 *
 * usage: test-app-dump KDSCOPE_CLI CASES
 */
#include "engine/data/data.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static const char *program, *cases;

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

/* Run with the arguments of @line, split as a shell would. */
static Result
run (const char *line)
{
  g_autoptr (GError) error = NULL;
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
  return result;
}

/* One line on stderr that holds @text, and exit code 2. */
static void
assert_refused (const char *line, const char *text)
{
  g_auto (Result) result = run (line);
  if (result.code != 2 || !strstr (result.err, text))
    g_error ("%s: exit code %d, said: %s", line, result.code, result.err);
  g_assert_true (g_str_has_prefix (result.err, "kdscope-cli: "));
  g_assert_true (strchr (result.err, '\n') == result.err + strlen (result.err) - 1);
  g_assert_cmpstr (result.out, ==, "");
}

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("kdscope-XXXXXX", &error);
  g_assert_no_error (error);
  return folder;
}

static void
remove_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
test_inspect_writes_arrays (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *line = g_strdup_printf (
      "inspect %s/fgd/two_stage_preset.in.npz --method fgd --preset two-stage --out %s/out.npz",
      cases, folder);
  g_auto (Result) result = run (line);
  g_assert_cmpstr (result.err, ==, "");
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "attention"));
  g_assert_nonnull (strstr (result.out, "100.00 %"));

  g_autoptr (GError) error = NULL;
  g_autofree char *out = g_build_filename (folder, "out.npz", NULL);
  g_autofree char *expected_path =
      g_build_filename (cases, "fgd", "two_stage_preset.out.npz", NULL);
  g_autoptr (KdArrays) arrays = kd_arrays_load (out, &error);
  g_assert_no_error (error);
  g_autoptr (KdArrays) expected = kd_arrays_load (expected_path, &error);
  g_assert_no_error (error);
  const double total = kd_array_get (kd_arrays_find (arrays, "loss.total"), 0);
  const double wanted = kd_array_get (kd_arrays_find (expected, "loss.total"), 0);
  g_assert_cmpfloat (fabs (total - wanted), <=, 1e-5 * wanted);
  g_assert_nonnull (kd_arrays_find (arrays, "map.error.2"));
  g_assert_nonnull (kd_arrays_find (arrays, "map.pull.0"));
  g_assert_nonnull (kd_arrays_find (arrays, "grad.param.gc_t.1.up.bias"));
  remove_file (folder, "out.npz");
  g_rmdir (folder);
}

/* --set on the command line is what a preset is: the same bytes. */
static void
test_a_preset_is_its_knobs (void)
{
  g_autofree char *preset_line = g_strdup_printf (
      "inspect %s/fgd/two_stage_preset.in.npz --method fgd --preset two-stage", cases);
  g_autofree char *set_line = g_strdup_printf (
      "inspect %s/fgd/two_stage_preset.in.npz --method fgd --set alpha=5e-5 --set beta=2.5e-5 "
      "--set gamma=5e-5 --set lambda=5e-7 --set levels=4",
      cases);
  g_auto (Result) preset = run (preset_line);
  g_auto (Result) set = run (set_line);
  g_assert_cmpint (preset.code, ==, 0);
  g_assert_cmpstr (preset.out, ==, set.out);
}

static void
test_walls_are_pictures (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *inspect =
      g_strdup_printf ("inspect %s/fgd/defaults.in.npz --method fgd --pictures %s", cases, folder);
  g_autofree char *render = g_strdup_printf (
      "render %s/fgd/defaults.in.npz --method fgd --image 1 --out %s/wall.png", cases, folder);
  g_auto (Result) inspected = run (inspect);
  g_auto (Result) rendered = run (render);
  g_assert_cmpint (inspected.code, ==, 0);
  g_assert_cmpint (rendered.code, ==, 0);

  /* both commands draw the second image with the same bytes */
  g_autofree char *one_path = g_build_filename (folder, "fgd-1.png", NULL);
  g_autofree char *other_path = g_build_filename (folder, "wall.png", NULL);
  g_autofree char *one = NULL, *other = NULL;
  size_t n_one, n_other;
  g_assert_true (g_file_get_contents (one_path, &one, &n_one, NULL));
  g_assert_true (g_file_get_contents (other_path, &other, &n_other, NULL));
  g_assert_cmpmem (one, n_one, other, n_other);

  g_autoptr (GError) error = NULL;
  KdSize size;
  g_autofree uint8_t *pixels = kd_png_read (one_path, &size, &error);
  g_assert_no_error (error);
  g_assert_nonnull (pixels);
  g_assert_cmpint (size.width, >, 400);
  g_assert_cmpint (size.height, >, 1000);
  remove_file (folder, "fgd-0.png");
  remove_file (folder, "fgd-1.png");
  remove_file (folder, "wall.png");
  g_rmdir (folder);
}

static void
test_wrong_requests_are_refused (void)
{
  g_autofree char *dump = g_build_filename (cases, "fgd", "one_level.in.npz", NULL);
  const struct {
    const char *format, *says;
  } requests[] = {
    { "inspect %s", "the method is missing, choose one of: none, " },
    { "inspect %s --method fgx", "there is no method \"fgx\"" },
    { "inspect %s --method fgd --set alpha", "--set: expected name=value, found \"alpha\"" },
    { "inspect %s --method fgd --set alfa=1", "choose one of: temp, alpha, " },
    { "inspect %s --method fgd --set temp=9", "temp: expected a number from 0.1 to 2, found 9" },
    { "inspect %s --method fgd --preset best", "fgd has no preset \"best\"" },
    { "inspect %s --method fgd --colour", "--colour" },
    { "inspect %s more --method fgd", "expected one dump, found 2 arguments" },
    { "inspect %s.npz --method fgd", "one_level.in.npz.npz" },
    { "render %s --method fgd", "--out FILE" },
    { "render %s --method fgd --out wall.png --image 1", "has images 0 to 0, found 1" },
    { "render %s --method fgd --out wall.png --channels all", "expected mean-abs, l2, mean" },
    { "render %s --method fgd --out wall.png --scale pull=1", "expected ROW=LOW:HIGH" },
    { "render %s --method fgd --out wall.png --order pull,P9", "found \"P9\"" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (requests); i++) {
    g_auto (GStrv) around = g_strsplit (requests[i].format, "%s", 2);
    g_autofree char *line = g_strconcat (around[0], dump, around[1], NULL);
    assert_refused (line, requests[i].says);
  }
}

/* The numbers of a panel are those of the same map of `inspect`, as a file of numpy's and as lines of text. */
static void
test_numbers_are_the_maps (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = make_folder ();
  g_autofree char *inspect = g_strdup_printf (
      "inspect %s/fgd/defaults.in.npz --method fgd --out %s/out.npz", cases, folder);
  g_auto (Result) inspected = run (inspect);
  g_assert_cmpint (inspected.code, ==, 0);
  static const char *const endings[] = { "npy", "csv" };
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++) {
    g_autofree char *render =
        g_strdup_printf ("render %s/fgd/defaults.in.npz --method fgd --image 1 --panel "
                         "spatial_attention_teacher:1 --out %s/map.%s",
                         cases, folder, endings[i]);
    g_auto (Result) rendered = run (render);
    g_assert_cmpstr (rendered.err, ==, "");
    g_assert_cmpint (rendered.code, ==, 0);
  }
  g_autofree char *out = g_build_filename (folder, "out.npz", NULL);
  g_autofree char *npy_path = g_build_filename (folder, "map.npy", NULL);
  g_autofree char *csv_path = g_build_filename (folder, "map.csv", NULL);
  g_autoptr (KdArrays) arrays = kd_arrays_load (out, &error);
  g_assert_no_error (error);
  const KdArray *map = kd_arrays_find (arrays, "map.spatial_attention_teacher.1");
  g_assert_nonnull (map);
  const size_t cells = kd_array_count (map) / (size_t) map->dims[0]; /* one image's */
  const float *values = (const float *) map->data + cells;

  g_autofree char *npy = NULL, *csv = NULL;
  size_t n_npy;
  g_assert_true (g_file_get_contents (npy_path, &npy, &n_npy, NULL));
  g_assert_cmpmem (npy, 6, "\x93NUMPY", 6);
  g_assert_nonnull (strstr (npy + 10, "'descr': '<f4'"));
  g_assert_cmpmem (npy + n_npy - 4 * cells, 4 * cells, values, 4 * cells);

  g_assert_true (g_file_get_contents (csv_path, &csv, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  g_assert_cmpstr (lines[0], ==, "map,level,channels,y,x,value");
  g_assert_cmpuint (g_strv_length (lines), ==,
                    cells + 2); /* a head, and the end of the last line */
  const size_t width = (size_t) map->dims[map->rank - 1];
  for (size_t i = 0; i < cells; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i + 1], ",", -1);
    g_assert_cmpstr (fields[0], ==, "spatial_attention_teacher");
    g_assert_cmpint (atoi (fields[3]), ==, i / width);
    g_assert_cmpint (atoi (fields[4]), ==, i % width);
    g_assert_true ((float) g_ascii_strtod (fields[5], NULL) == values[i]);
  }
  remove_file (folder, "out.npz");
  remove_file (folder, "map.npy");
  remove_file (folder, "map.csv");
  g_rmdir (folder);
}

/* What options say of the look is in the picture: other pixels, and words in the file. */
static void
test_the_look_is_an_option (void)
{
  static const char *const looks[] = {
    "",
    "--channels l2",
    "--channel 3",
    "--colormap grey",
    "--level 1",
    "--share panel",
    "--no-boxes",
    "--overlay 0.5",
    "--smooth",
    "--panel teacher_feat",
    "--difference student_feat-teacher_feat",
    "--scale teacher_feat=0:9",
    "--order student_feat,teacher_feat",
    "--order P4,P3",
  };
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "wall.png", NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (looks); i++) {
    g_autofree char *line = g_strdup_printf (
        "render %s/frs/defaults.in.npz --method frs %s --out %s", cases, looks[i], path);
    g_auto (Result) result = run (line);
    g_assert_cmpstr (result.err, ==, "");
    g_autoptr (GError) error = NULL;
    KdSize size;
    g_autofree uint8_t *pixels = kd_png_read (path, &size, &error);
    g_assert_no_error (error);
    g_assert_true (g_hash_table_add (
        seen, g_compute_checksum_for_data (G_CHECKSUM_SHA256, pixels,
                                           3 * (size_t) size.width * (size_t) size.height)));
  }
  remove_file (folder, "wall.png");
  g_rmdir (folder);
}

/* The list says which methods can run; asking each of them must give the same answer and sentence. */
static void
test_checklist_names_what_is_missing (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *from = g_build_filename (cases, "fgd", "one_level.in.npz", NULL);
  g_autofree char *path = g_build_filename (folder, "less.npz", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (KdArrays) arrays = kd_arrays_load (from, &error);
  g_assert_no_error (error);
  kd_arrays_remove (arrays, "teacher_cls.0");
  g_assert_true (kd_arrays_save (arrays, path, NULL, &error));

  g_autofree char *line = g_strdup_printf ("inspect %s --check", path);
  g_auto (Result) result = run (line);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (
      strstr (result.out, "teacher_cls.0              missing       add [N,A*K,H,W]"));
  g_auto (GStrv) halves = g_strsplit (result.out, "\n\n", 2);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (halves[1]), "\n", -1);
  int n_off = 0;
  for (char **row = lines; *row; row++) {
    g_auto (GStrv) words = g_strsplit (*row, " ", 2);
    const char *answer = g_strchug (words[1]);
    g_autofree char *one = g_strdup_printf ("inspect %s --method %s", path, words[0]);
    g_auto (Result) alone = run (one);
    const bool can_run = strcmp (answer, "can run") == 0;
    g_assert_cmpint (alone.code == 0, ==, can_run);
    g_assert_true (can_run || strstr (alone.err, answer));
    g_assert_true (can_run || strstr (answer, "teacher_cls.0"));
    n_off += !can_run;
  }
  g_assert_cmpint (n_off, >=, 1);
  remove_file (folder, "less.npz");
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  cases = argv[2];
  g_test_add_func ("/app/inspect/writes-arrays", test_inspect_writes_arrays);
  g_test_add_func ("/app/inspect/a-preset-is-its-knobs", test_a_preset_is_its_knobs);
  g_test_add_func ("/app/inspect/check-names-what-is-missing",
                   test_checklist_names_what_is_missing);
  g_test_add_func ("/app/render/walls-are-pictures", test_walls_are_pictures);
  g_test_add_func ("/app/render/numbers-are-the-maps", test_numbers_are_the_maps);
  g_test_add_func ("/app/render/the-look-is-an-option", test_the_look_is_an_option);
  g_test_add_func ("/app/wrong-requests-are-refused", test_wrong_requests_are_refused);
  return g_test_run ();
}
