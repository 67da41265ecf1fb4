/* SPDX-License-Identifier: MIT */

/* kdscope-cli as a script sees it: what it prints, where, and its exit codes. usage: test-app-cli PROGRAM CASES */
#include <glib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/wait.h>

static char *program, *cases;

typedef struct {
  int code;
  char *out, *err;
} Result;

/* Runs kdscope-cli with the arguments, NULL-terminated. */
static Result
run (const char *first, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_ptr_array_add (argv, program);
  va_list args;
  va_start (args, first);
  for (const char *argument = first; argument; argument = va_arg (args, const char *))
    g_ptr_array_add (argv, (char *) argument);
  va_end (args);
  g_ptr_array_add (argv, NULL);

  Result result = { 0 };
  int status;
  GError *error = NULL;
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out,
                &result.err, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  result.code = WEXITSTATUS (status);
  return result;
}

static void
result_clear (Result *result)
{
  g_free (result->out);
  g_free (result->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

/* Exit code 2, nothing on stdout, and exactly this sentence on stderr. */
static void
assert_refused (const Result *result, const char *sentence)
{
  g_autofree char *line = g_strdup_printf ("kdscope-cli: %s\n", sentence);
  g_assert_cmpstr (result->err, ==, line);
  g_assert_cmpstr (result->out, ==, "");
  g_assert_cmpint (result->code, ==, 2);
}

static void
test_usage (void)
{
  g_auto (Result) help = run ("--help", NULL);
  g_assert_cmpint (help.code, ==, 0);
  g_assert_cmpstr (help.err, ==, "");
  static const char *const commands[] = { "methods", "train",  "teacher", "eval",
                                          "inspect", "render", "bench",   "coco-eval" };
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autofree char *line = g_strdup_printf ("\n  %-10s ", commands[i]);
    g_assert_nonnull (strstr (help.out, line));
    g_auto (Result) command = run (commands[i], "--help", NULL);
    g_assert_cmpint (command.code, ==, 0);
    g_autofree char *usage = g_strdup_printf ("kdscope-cli %s", commands[i]);
    g_assert_nonnull (strstr (command.out, usage));
  }
  g_auto (Result) version = run ("--version", NULL);
  g_assert_cmpint (version.code, ==, 0);
  g_assert_true (g_str_has_prefix (version.out, "kdscope-cli "));

  g_auto (Result) nothing = run (NULL, NULL);
  g_assert_cmpint (nothing.code, ==, 2);
  g_assert_cmpstr (nothing.err, ==, help.out);
  g_auto (Result) unknown = run ("fly", NULL);
  assert_refused (&unknown, "unknown command \"fly\"; kdscope-cli --help lists them");
  g_auto (Result) option = run ("methods", "--fly", NULL);
  assert_refused (&option, "Unknown option --fly");
}

/* What could not be written is a failure, not a success with half an output. */
static void
test_full_disk (void)
{
  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS)) {
    g_test_skip ("there is no /dev/full");
    return;
  }
  g_autofree char *quoted = g_shell_quote (program);
  g_autofree char *command = g_strdup_printf ("%s methods > /dev/full", quoted);
  char *argv[] = { (char *) "/bin/sh", (char *) "-c", command, NULL };
  g_autofree char *err = NULL;
  int status;
  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &err, &status, NULL));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_true (g_str_has_prefix (err, "kdscope-cli: cannot write to standard output: "));
}

/* ---- methods ---- */

static JsonNode *
parse (const char *text)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  GError *error = NULL;
  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_parser_steal_root (parser);
}

static JsonObject *
find_by_id (JsonArray *array, const char *id)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *object = json_array_get_object_element (array, i);
    if (g_str_equal (json_object_get_string_member (object, "id"), id))
      return object;
  }
  g_error ("no object of id %s", id);
}

/* FGD's table: defaults and needs from its specification, a bound that json-glib 1.6 itself writes wrongly. */
static void
test_methods (void)
{
  g_auto (Result) result = run ("methods", "--json", NULL);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  g_assert_null (strstr (result.out, "e-08.0"));
  g_autoptr (JsonNode) root = parse (result.out);
  JsonArray *methods = json_node_get_array (root);
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (methods, 0), "id"),
                   ==, "none");
  JsonObject *fgd = find_by_id (methods, "fgd");
  g_assert_cmpstr (json_object_get_string_member (fgd, "title"), ==, "FGD");
  g_assert_cmpstr (json_object_get_string_member (fgd, "venue"), ==, "CVPR 2022");
  g_assert_nonnull (strstr (json_object_get_string_member (fgd, "paper"), "Focal and Global"));
  JsonArray *needs = json_object_get_array_member (fgd, "needs");
  g_assert_cmpstr (json_array_get_string_element (needs, 0), ==, "teacher_feat");

  JsonArray *knobs = json_object_get_array_member (fgd, "knobs");
  JsonObject *temp = find_by_id (knobs, "temp");
  g_assert_cmpstr (json_object_get_string_member (temp, "type"), ==, "real");
  g_assert_cmpfloat (json_object_get_double_member (temp, "default"), ==, 0.5);
  g_assert_cmpfloat (json_object_get_double_member (temp, "min"), <, 0.5);
  g_assert_cmpfloat (json_object_get_double_member (temp, "max"), >, 0.5);
  g_assert_cmpint (json_array_get_length (json_object_get_array_member (temp, "choices")), ==, 0);
  JsonObject *presets = json_object_get_object_member (temp, "presets");
  g_assert_cmpfloat (json_object_get_double_member (presets, "fcos"), ==, 0.8);
  g_assert_cmpuint (strlen (json_object_get_string_member (temp, "help")), >, 10);
  JsonObject *alpha = find_by_id (knobs, "alpha");
  g_assert_cmpfloat (json_object_get_double_member (alpha, "default"), ==, 0.001);
  g_assert_true (json_object_get_boolean_member (alpha, "zero"));
  g_assert_false (json_object_get_boolean_member (temp, "zero"));
  JsonObject *lambda = find_by_id (knobs, "lambda");
  g_assert_cmpfloat (json_object_get_double_member (lambda, "default"), ==, 5e-6);
  JsonObject *per_pixel = find_by_id (knobs, "per_pixel");
  g_assert_cmpstr (json_object_get_string_member (per_pixel, "type"), ==, "switch");
  g_assert_false (json_object_get_boolean_member (per_pixel, "default"));
  g_assert_true (json_object_get_null_member (per_pixel, "min"));
  g_assert_false (json_object_get_boolean_member (per_pixel, "hidden"));
  JsonArray *frs = json_object_get_array_member (find_by_id (methods, "frs"), "knobs");
  g_assert_true (json_object_get_boolean_member (find_by_id (frs, "step"), "hidden"));
}

static void
test_one_method (void)
{
  g_auto (Result) text = run ("methods", "fgd", NULL);
  g_assert_cmpint (text.code, ==, 0);
  g_assert_true (g_str_has_prefix (text.out, "fgd: FGD, CVPR 2022\n"));
  g_assert_nonnull (strstr (text.out, "\n    alpha "));
  g_auto (Result) unknown = run ("methods", "fgdd", NULL);
  g_assert_true (g_str_has_prefix (
      unknown.err, "kdscope-cli: there is no method \"fgdd\", choose one of: none, "));
  g_assert_cmpstr (unknown.out, ==, "");
  g_assert_cmpint (unknown.code, ==, 2);
  g_auto (Result) stray = run ("bench", "fgd", NULL);
  assert_refused (&stray,
                  "expected options only, found \"fgd\"; kdscope-cli bench --help lists them");
}

/* ---- coco-eval ---- */

/* The cases' expected numbers are pycocotools'. */
static void
test_coco_eval (const void *name)
{
  g_autofree char *truths = g_build_filename (cases, "coco-eval", name, "gt.json", NULL);
  g_autofree char *detections = g_build_filename (cases, "coco-eval", name, "dt.json", NULL);
  g_autofree char *expected_path =
      g_build_filename (cases, "coco-eval", name, "expected.json", NULL);
  g_autofree char *expected_text = NULL;
  g_assert_true (g_file_get_contents (expected_path, &expected_text, NULL, NULL));
  g_autoptr (JsonNode) expected_root = parse (expected_text);
  JsonObject *expected = json_node_get_object (expected_root);

  g_auto (Result) result =
      run ("coco-eval", "--annotations", truths, "--detections", detections, "--json", NULL);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  g_autoptr (JsonNode) root = parse (result.out);
  JsonObject *numbers = json_node_get_object (root);
  g_assert_cmpuint (json_object_get_size (expected), ==, 12);
  g_assert_cmpuint (json_object_get_size (numbers), ==, 12);
  g_autoptr (GList) names = json_object_get_members (expected);
  for (GList *l = names; l; l = l->next) {
    g_assert_true (json_object_has_member (numbers, l->data));
    g_assert_cmpfloat_with_epsilon (json_object_get_double_member (numbers, l->data),
                                    json_object_get_double_member (expected, l->data), 1e-6);
  }
}

static void
test_coco_eval_table (void)
{
  g_autofree char *truths = g_build_filename (cases, "coco-eval", "one-image", "gt.json", NULL);
  g_autofree char *detections = g_build_filename (cases, "coco-eval", "one-image", "dt.json", NULL);
  g_auto (Result) result =
      run ("coco-eval", "--annotations", truths, "--detections", detections, NULL);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "AP50 "));
  g_assert_nonnull (strstr (result.out, " 0.8053\n"));
}

static void
test_coco_eval_refuses (void)
{
  g_autofree char *truths = g_build_filename (cases, "coco-eval", "one-image", "gt.json", NULL);
  g_auto (Result) nothing = run ("coco-eval", NULL);
  assert_refused (&nothing,
                  "coco-eval: expected --annotations FILE and --detections FILE and nothing else");
  g_auto (Result) absent =
      run ("coco-eval", "--annotations", "/nowhere/gt.json", "--detections", truths, NULL);
  assert_refused (&absent, "/nowhere/gt.json: cannot open: No such file or directory");
  g_auto (Result) swapped =
      run ("coco-eval", "--annotations", truths, "--detections", truths, NULL);
  g_autofree char *sentence =
      g_strdup_printf ("%s: expected a list of objects, found an object", truths);
  assert_refused (&swapped, sentence);
}

/* Help and what is wrong with a file are for people; names, options and exit codes stay. */
static void
test_german (void)
{
  g_autofree char *app = g_path_get_dirname (program), *build = g_path_get_dirname (app);
  g_autofree char *words =
      g_build_filename (build, "resources", "po", "de", "LC_MESSAGES", "kdscope.mo", NULL);
  if (!g_file_test (words, G_FILE_TEST_EXISTS)) {
    g_test_skip ("built without Debian's gettext");
    return;
  }
  g_autofree char *locales = g_build_filename (build, "resources", "po", NULL);
  g_setenv ("KDSCOPE_LOCALES", locales, TRUE);
  g_setenv ("LANGUAGE", "de", TRUE);
  g_auto (Result) help = run ("--help", NULL), options = run ("inspect", "--help", NULL);
  g_auto (Result) unknown = run ("tarin", NULL);
  g_autofree char *bad = g_build_filename (g_get_tmp_dir (), "kdscope-empty.npz", NULL);
  g_assert_true (g_file_set_contents (bad, "", 0, NULL));
  g_auto (Result) refused = run ("inspect", "--check", bad, NULL);
  g_auto (Result) json = run ("methods", "--json", NULL);
  g_setenv ("LANGUAGE", "C", TRUE);
  g_auto (Result) english = run ("methods", "--json", NULL);
  g_unlink (bad);
  g_assert_true (g_str_has_prefix (help.out, "Aufruf: kdscope-cli COMMAND"));
  g_assert_nonnull (strstr (help.out, "einen Lehrer trainieren und seine Gewichte schreiben"));
  g_assert_nonnull (strstr (options.out, "--threads=T           Rechenthreads (alle Kerne)"));
  assert_refused (&unknown, "unbekannter Befehl „tarin“; kdscope-cli --help zählt sie auf");
  g_autofree char *sentence = g_strdup_printf (
      "%s: eine Datei .npz oder .safetensors erwartet, eine leere gefunden: was sie "
      "schreibt, ist nicht fertig oder gescheitert",
      bad);
  assert_refused (&refused, sentence);
  g_assert_cmpstr (json.out, ==, english.out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  program = argv[1];
  cases = argv[2];
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_add_func ("/app/cli/usage", test_usage);
  g_test_add_func ("/app/cli/full-disk", test_full_disk);
  g_test_add_func ("/app/methods/json", test_methods);
  g_test_add_func ("/app/methods/text", test_one_method);
  static const char *const names[] = { "one-image", "plain", "ties-and-crowds", "many-detections" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_strconcat ("/app/coco-eval/agrees-with-pycocotools/", names[i], NULL);
    g_test_add_data_func (path, names[i], test_coco_eval);
  }
  g_test_add_func ("/app/coco-eval/table", test_coco_eval_table);
  g_test_add_func ("/app/coco-eval/refuses", test_coco_eval_refuses);
  g_test_add_func ("/app/cli/speaks-german", test_german);
  return g_test_run ();
}
