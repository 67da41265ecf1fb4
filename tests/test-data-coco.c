/* SPDX-License-Identifier: MIT */
#include "tests/array-bytes.h"

static char *folder;

/* One image, one object, one detection. */
static const char good_annotations[] =
    "{\"info\":{\"deep\":[[[{}]]]},\"images\":[{\"id\":7,\"width\":64}],"
    "\"categories\":[{\"id\":3,\"name\":\"cat\"},{\"id\":1}],"
    "\"annotations\":[{\"id\":1,\"image_id\":7,\"category_id\":3,\"bbox\":[1,2.5,3,4],\"area\":11,"
    "\"iscrowd\":1,\"segmentation\":[[1,2],[3]]}]}";
static const char good_detections[] =
    "[{\"image_id\":7,\"category_id\":3,\"bbox\":[1,2,3,4e0],\"score\":0.5}]";

static char *
write_file (const char *name, const char *text)
{
  char *path = g_build_filename (folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static KdCocoFiles *
load (const char *annotations, const char *detections, GError **error)
{
  g_autofree char *gt = write_file ("gt.json", annotations);
  g_autofree char *dt = write_file ("dt.json", detections);
  KdCocoFiles *files = kd_coco_load (gt, dt, error);
  g_unlink (gt);
  g_unlink (dt);
  return files;
}

static void
refused (const char *annotations, const char *detections, const char *sentence)
{
  GError *error = NULL;
  g_assert_null (load (annotations, detections, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FORMAT);
  g_autofree char *expected = g_strdup_printf ("%s/%s", folder, sentence);
  g_assert_cmpstr (error->message, ==, expected);
  g_error_free (error);
}

static void
test_rows (void)
{
  GError *error = NULL;
  KdCocoFiles *files = load (good_annotations, good_detections, &error);
  g_assert_no_error (error);
  g_assert_cmpint (files->n_images, ==, 1);
  g_assert_cmpint (files->image_ids[0], ==, 7);
  g_assert_cmpint (files->n_categories, ==, 2);
  g_assert_cmpint (files->category_ids[0], ==, 1);
  g_assert_cmpint (files->category_ids[1], ==, 3);
  g_assert_cmpint (files->n_truths, ==, 1);
  const KdCocoRow *truth = &files->truths[0];
  g_assert_cmpint (truth->image_id, ==, 7);
  g_assert_cmpint (truth->category_id, ==, 3);
  g_assert_cmpfloat (truth->bbox[1], ==, 2.5);
  g_assert_cmpfloat (truth->bbox[3], ==, 4);
  g_assert_cmpfloat (truth->area, ==, 11);
  g_assert_true (truth->crowd);
  g_assert_cmpint (files->n_detections, ==, 1);
  g_assert_cmpfloat (files->detections[0].score, ==, 0.5);
  g_assert_cmpfloat (files->detections[0].bbox[3], ==, 4);
  kd_coco_files_free (files);
}

/* A repeated id counts once; iscrowd may be left out or a truth value; an empty list is a list. */
static void
test_lenience (void)
{
  GError *error = NULL;
  KdCocoFiles *files =
      load ("{\"images\":[{\"id\":9},{\"id\":-2},{\"id\":9}],\"categories\":[],\"annotations\":["
            "{\"image_id\":9,\"category_id\":1,\"bbox\":[0,0,1,1],\"area\":1},"
            "{\"image_id\":9,\"category_id\":1,\"bbox\":[0,0,1,1],\"area\":1,\"iscrowd\":true}]}",
            "[]", &error);
  g_assert_no_error (error);
  g_assert_cmpint (files->n_images, ==, 2);
  g_assert_cmpint (files->image_ids[0], ==, -2);
  g_assert_cmpint (files->image_ids[1], ==, 9);
  g_assert_cmpint (files->n_categories, ==, 0);
  g_assert_false (files->truths[0].crowd);
  g_assert_true (files->truths[1].crowd);
  g_assert_cmpint (files->n_detections, ==, 0);
  kd_coco_files_free (files);
}

#define OBJECT(fields)                                                                             \
  "{\"images\":[{\"id\":7}],\"categories\":[],\"annotations\":[{\"image_id\":7,\"category_id\":3," \
  "\"bbox\":[1,2,3,4],\"area\":1},{" fields "}]}"
#define IMAGE "\"image_id\":7,"
#define CATEGORY "\"category_id\":3,"
#define BOX "\"bbox\":[1,2,3,4],"

static void
test_bad_annotations (void)
{
  static const struct {
    const char *text, *sentence;
  } bad[] = {
    { OBJECT (CATEGORY BOX "\"area\":1"), "annotations[1]: image_id is missing" },
    { OBJECT (IMAGE BOX "\"area\":1"), "annotations[1]: category_id is missing" },
    { OBJECT (IMAGE CATEGORY "\"area\":1"), "annotations[1]: bbox is missing" },
    { OBJECT (IMAGE CATEGORY "\"bbox\":[1,2,3,4]"), "annotations[1]: area is missing" },
    { OBJECT (IMAGE CATEGORY "\"bbox\":[1,2,3],\"area\":1"),
      "annotations[1]: expected four numbers x, y, w, h in bbox, found 3" },
    { OBJECT (IMAGE CATEGORY "\"bbox\":[1,2,3,4,5],\"area\":1"),
      "annotations[1].bbox[4]: expected four numbers x, y, w, h, found more" },
    { OBJECT (IMAGE CATEGORY "\"bbox\":[1,[2],3,4],\"area\":1"),
      "annotations[1].bbox[1]: expected a number, found an array" },
    { OBJECT (IMAGE CATEGORY "\"bbox\":\"1 2 3 4\",\"area\":1"),
      "annotations[1].bbox: expected a list [x, y, w, h], found a string" },
    { OBJECT (IMAGE CATEGORY BOX "\"area\":null"),
      "annotations[1].area: expected a number, found null" },
    { OBJECT (IMAGE CATEGORY BOX "\"area\":1,\"iscrowd\":2"),
      "annotations[1].iscrowd: expected 0 or 1, found another integer" },
    { OBJECT ("\"image_id\":7.5,"),
      "annotations[1].image_id: expected an integer, found a number" },
    { OBJECT ("\"image_id\":\"7\","),
      "annotations[1].image_id: expected an integer, found a string" },
    { OBJECT (IMAGE IMAGE), "annotations[1]: expected each name once, found \"image_id\" twice" },
    { "{\"im\\nages\":{\"a\":1,\"a\":2}}", "im ages: expected each name once, found \"a\" twice" },
    { "[]", "expected an object with images, annotations and categories, found an array" },
    { "{\"images\":{}}", "images: expected a list of objects, found an object" },
    { "{\"images\":[7]}", "images[0]: expected an object, found an integer" },
    { "{\"images\":[{}]}", "images[0]: id is missing" },
    { "{\"annotations\":[],\"categories\":[]}", "expected a list of images, found none" },
    { "{\"images\":[],\"categories\":[]}", "expected a list of annotations, found none" },
    { "{\"images\":[],\"annotations\":[]}", "expected a list of categories, found none" },
    { "{\"images\":[NaN]}",
      "expected JSON, found a lexical error: invalid char in json text. near byte 12" },
    { "", "expected JSON, found a parse error: premature EOF near byte 0" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *sentence = g_strconcat ("gt.json: ", bad[i].sentence, NULL);
    refused (bad[i].text, good_detections, sentence);
  }
}

static void
test_bad_detections (void)
{
  refused (good_annotations, "{}", "dt.json: expected a list of objects, found an object");
  refused (good_annotations, "[{" IMAGE CATEGORY "\"bbox\":[1,2,3,4]}]",
           "dt.json: [0]: score is missing");
  refused (good_annotations, "[{" IMAGE CATEGORY "\"score\":1}]", "dt.json: [0]: bbox is missing");
  refused (good_annotations, "[{\"image_id\":8," CATEGORY BOX "\"score\":1}]",
           "dt.json: [0].image_id: expected an image of the annotations, found 8");
  refused (good_annotations, "[{" IMAGE CATEGORY BOX "\"score\":1e999}]",
           "dt.json: expected JSON, found a parse error: numeric (floating point) overflow near "
           "byte 56");
}

static void
test_depth (void)
{
  g_autoptr (GString) deep = g_string_new ("{\"info\":");
  for (int i = 0; i < 1000000; i++)
    g_string_append_c (deep, '[');
  GError *error = NULL;
  g_assert_null (load (deep->str, good_detections, &error));
  g_assert_true (
      g_str_has_suffix (error->message, "expected at most 64 levels of nesting, found more"));
  g_assert_cmpuint (strlen (error->message), <, 1000);
  g_error_free (error);
}

static void
test_no_file (void)
{
  GError *error = NULL;
  g_assert_null (kd_coco_load ("/nowhere/gt.json", "/nowhere/dt.json", &error));
  g_assert_cmpstr (error->message, ==, "/nowhere/gt.json: cannot open: No such file or directory");
  g_clear_error (&error);
  g_assert_null (kd_coco_load (folder, folder, &error));
  g_assert_true (g_str_has_suffix (error->message, ": expected a file, found a folder"));
  g_clear_error (&error);
}

static void
test_mutations (void)
{
  g_autoptr (GByteArray) annotations = g_byte_array_new ();
  g_autoptr (GByteArray) detections = g_byte_array_new ();
  put (annotations, good_annotations, strlen (good_annotations));
  put (detections, good_detections, strlen (good_detections));
  KdRandom random = kd_random (5, kd_hash_string ("mutations"));
  int n_loaded = 0;
  for (int i = 0; i < 3000; i++) {
    g_autoptr (GByteArray) gt =
        i % 2 ? mutated (annotations, &random) : g_byte_array_ref (annotations);
    g_autoptr (GByteArray) dt =
        i % 2 ? g_byte_array_ref (detections) : mutated (detections, &random);
    g_autofree char *gt_text = g_strndup ((const char *) gt->data, gt->len);
    g_autofree char *dt_text = g_strndup ((const char *) dt->data, dt->len);
    GError *error = NULL;
    KdCocoFiles *files = load (gt_text, dt_text, &error);
    g_assert_true ((files == NULL) == (error != NULL));
    n_loaded += files != NULL;
    kd_coco_files_free (files);
    g_clear_error (&error);
  }
  g_assert_cmpint (n_loaded, >, 10);
  g_assert_cmpint (n_loaded, <, 2000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limit_memory ();
  folder = test_folder ();
  g_test_add_func ("/data/coco/rows", test_rows);
  g_test_add_func ("/data/coco/what-may-vary", test_lenience);
  g_test_add_func ("/data/coco/refuses-annotations", test_bad_annotations);
  g_test_add_func ("/data/coco/refuses-detections", test_bad_detections);
  g_test_add_func ("/data/coco/refuses-depth", test_depth);
  g_test_add_func ("/data/coco/refuses-what-is-not-there", test_no_file);
  g_test_add_func ("/data/coco/survives-mutations", test_mutations);
  const int result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
