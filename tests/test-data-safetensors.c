/* SPDX-License-Identifier: MIT */
#include "tests/array-bytes.h"

#include <math.h>

static char *folder;

static KdArrays *
load_good (GByteArray *bytes)
{
  GError *error = NULL;
  KdArrays *arrays = load_bytes (folder, bytes, &error);
  g_assert_no_error (error);
  g_byte_array_unref (bytes);
  return arrays;
}

static void
assert_array (const KdArrays *arrays,
              const char *name,
              KdDType dtype,
              const char *shape,
              const double *values)
{
  const KdArray *array = kd_arrays_find (arrays, name);
  g_assert_nonnull (array);
  g_assert_cmpint (array->dtype, ==, dtype);
  g_autofree char *found = kd_array_shape_to_string (array);
  g_assert_cmpstr (found, ==, shape);
  for (size_t i = 0; i < kd_array_count (array); i++)
    g_assert_cmpfloat (kd_array_get (array, i), ==, values[i]);
}

/* Every type of the format, written as bytes; the order of tensors in the header is not that of the data. */
static void
test_types (void)
{
  static const char header[] =
      "{\"__metadata__\":{\"step\":\"12\"},"
      "\"f64\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,16]},"
      "\"f32\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
      "\"f16\":{\"shape\":[2],\"dtype\":\"F16\",\"data_offsets\":[16,20]},"
      "\"bf16\":{\"data_offsets\":[20,24],\"dtype\":\"BF16\",\"shape\":[2]},"
      "\"i64\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[24,32]},"
      "\"i32\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[32,36]},"
      "\"i16\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[36,38]},"
      "\"i8\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[38,39]},"
      "\"u8\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[39,40]},"
      "\"bool\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[40,42]},"
      "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[42,42]}}   ";
  static const uint8_t data[] = {
    0,    0,    0x80, 0x3f, 0,    0,    0x20, 0xc0, /* 1, -2.5 */
    0,    0,    0,    0,    0,    0,    0xf8, 0x3f, /* 1.5 */
    0x00, 0x3c, 0x01, 0x00,                         /* 1, 2^-24 */
    0x80, 0x3f, 0x49, 0xc0,                         /* 1, -3.140625 */
    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* -2 */
    0x00, 0x00, 0x00, 0x80,                         /* -2^31 */
    0x00, 0x80,                                     /* -2^15 */
    0x80,                                           /* -128 */
    0xff,                                           /* 255 */
    0x00, 0x01,                                     /* false, true */
  };
  g_autoptr (KdArrays) a = load_good (safetensors_bytes (header, data, sizeof data));
  g_assert_cmpint (kd_arrays_count (a), ==, 11);
  assert_array (a, "f32", KD_DTYPE_F32, "[2,1]", (double[]){ 1, -2.5 });
  assert_array (a, "f64", KD_DTYPE_F64, "[1]", (double[]){ 1.5 });
  assert_array (a, "f16", KD_DTYPE_F32, "[2]", (double[]){ 1, 0x1p-24 });
  assert_array (a, "bf16", KD_DTYPE_F32, "[2]", (double[]){ 1, -3.140625 });
  assert_array (a, "i64", KD_DTYPE_I64, "[]", (double[]){ -2 });
  assert_array (a, "i32", KD_DTYPE_I32, "[1]", (double[]){ -0x1p31 });
  assert_array (a, "i16", KD_DTYPE_I32, "[1]", (double[]){ -0x1p15 });
  assert_array (a, "i8", KD_DTYPE_I32, "[1]", (double[]){ -128 });
  assert_array (a, "u8", KD_DTYPE_U8, "[1]", (double[]){ 255 });
  assert_array (a, "bool", KD_DTYPE_U8, "[2]", (double[]){ 0, 1 });
  assert_array (a, "none", KD_DTYPE_F32, "[0,3]", NULL);
}

/* bfloat16 is the upper half of a float: all 65,536 of them. */
static void
test_bfloat (void)
{
  uint16_t *data = g_new (uint16_t, 65536);
  for (int i = 0; i < 65536; i++)
    data[i] = (uint16_t) i;
  g_autoptr (KdArrays) a = load_good (safetensors_bytes (
      "{\"x\":{\"dtype\":\"BF16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", data, 131072));
  const float *values = kd_arrays_find (a, "x")->data;
  for (uint32_t i = 0; i < 65536; i++) {
    uint32_t bits;
    memcpy (&bits, &values[i], sizeof bits);
    g_assert_cmphex (bits, ==, i << 16);
  }
  g_free (data);
}

static void
refused (const char *header, const char *sentence)
{
  assert_refused (folder, safetensors_bytes (header, "12345678", 8), KD_ERROR_FORMAT, sentence);
}

static void
test_bad_tensors (void)
{
#define X(rest) "{\"x\":{" rest "}}"
#define F32 "\"dtype\":\"F32\","
  refused (X (F32 "\"shape\":[3],\"data_offsets\":[0,8]"),
           "x: expected 12 bytes of data by its dtype and shape, found 8 between its offsets");
  refused (X (F32 "\"shape\":[3],\"data_offsets\":[0,12]"),
           "x: expected data_offsets within the file's 8 bytes of data, found [0,12]");
  refused (X (F32 "\"shape\":[2],\"data_offsets\":[8,0]"),
           "x: expected data_offsets within the file's 8 bytes of data, found [8,0]");
  refused (X (F32 "\"shape\":[1152921504606846976],\"data_offsets\":[0,8]"),
           "x: expected a shape with sides up to 2^31 - 1, found more");
  refused (X (F32 "\"shape\":[1073741824,1073741824,1073741824],\"data_offsets\":[0,8]"),
           "x: expected a shape with sides up to 2^31 - 1, found more");
  refused (X (F32 "\"shape\":[99999999999999999999],\"data_offsets\":[0,8]"),
           "expected JSON, found a parse error: integer overflow near byte 29");
  refused (X (F32 "\"shape\":[-2],\"data_offsets\":[0,8]"),
           "x.shape[0]: expected an integer of 0 or more, found a negative one");
  refused (X (F32 "\"shape\":[2.0],\"data_offsets\":[0,8]"),
           "x.shape[0]: expected an integer of 0 or more, found a number");
  refused (X (F32 "\"shape\":[[2]],\"data_offsets\":[0,8]"),
           "x.shape[0]: expected an integer of 0 or more, found an array");
  refused (X (F32 "\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]"),
           "x.shape[8]: expected at most 8 sides, found more");
  refused (X (F32 "\"shape\":2,\"data_offsets\":[0,8]"),
           "x.shape: expected a list of integers, found an integer");
  refused (X (F32 "\"shape\":[2],\"data_offsets\":[0,8,9]"),
           "x.data_offsets[2]: expected two offsets, found more");
  refused (X (F32 "\"shape\":[2],\"data_offsets\":[8]"),
           "x: expected dtype, shape and two data_offsets, found data_offsets missing");
  refused (X (F32 "\"data_offsets\":[0,8]"),
           "x: expected dtype, shape and two data_offsets, found shape missing");
  refused (X ("\"shape\":[2],\"data_offsets\":[0,8]"),
           "x: expected dtype, shape and two data_offsets, found dtype missing");
  refused (
      X ("\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]"),
      "x.dtype: expected F32, F64, F16, BF16, I64, I32, I16, I8, U8 or BOOL, found \"F8_E4M3\"");
  refused (X ("\"dtype\":4"), "x.dtype: expected a type such as \"F32\", found an integer");
  refused (X ("\"more\":4"), "x.more: expected dtype, shape and data_offsets, found another field");
#undef X
}

static void
test_bad_tiles (void)
{
  refused ("{\"x\":{" F32 "\"shape\":[1],\"data_offsets\":[0,4]}}",
           "expected 4 bytes of data by its header, found 8");
  refused ("{\"x\":{" F32 "\"shape\":[1],\"data_offsets\":[4,8]}}",
           "x: expected its data at byte 0 where the tensor before ends, found it at 4");
  refused ("{\"x\":{" F32 "\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{" F32
           "\"shape\":[1],\"data_offsets\":[4,8]}}",
           "y: expected its data at byte 8 where the tensor before ends, found it at 4");
}

static void
test_bad_headers (void)
{
  refused ("{\"x\":4}", "x: expected an object, found an integer");
  refused ("{\"x\":[]}", "x: expected an object, found an array");
  refused ("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
           "x: expected each name once, found \"dtype\" twice");
  refused ("{\"x\":{" F32 "\"shape\":[1],\"data_offsets\":[0,4]},\"x\":{}}",
           "expected each name once, found \"x\" twice");
  refused ("{\"__metadata__\":{\"a\":1}}", "__metadata__.a: expected a string, found an integer");
  refused ("{\"__metadata__\":[]}", "__metadata__: expected an object of strings, found an array");
  refused ("{} {}", "expected JSON, found a parse error: trailing garbage near byte 4");
  refused ("{\"x\":", "expected JSON, found a parse error: premature EOF near byte 5");
  refused ("{\"\\u0000\":{}}", "expected names without zero bytes, found one");
  refused ("{\"../x\":{" F32 "\"shape\":[2],\"data_offsets\":[0,8]}}",
           "expected a plain array name such as teacher_feat.0, found \"../x\"; rename it");
#undef F32
}

/* A header of any length of its own claim, and of any depth. */
static void
test_lengths_and_depth (void)
{
  GByteArray *bytes = safetensors_bytes ("{}", "", 0);
  memset (bytes->data, 0xff, 8);
  assert_refused (
      folder, bytes, KD_ERROR_FORMAT,
      "expected a header within the file's 2 bytes (at most 100000000), found a length of "
      "18446744073709551615; the file is cut off or not safetensors");
  g_autoptr (GString) deep = g_string_new ("{\"__metadata__\":{\"a\":");
  for (int i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  refused (deep->str, "__metadata__.a: expected a string, found an array");

  g_autoptr (KdArrays) none = load_good (safetensors_bytes ("{}", "", 0));
  g_assert_cmpint (kd_arrays_count (none), ==, 0);
}

static void
test_mutations (void)
{
  static const char header[] =
      "{\"__metadata__\":{\"a\":\"b\"},"
      "\"x.0\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
      "\"y\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[16,24]},"
      "\"z\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[24,32]}}";
  g_autoptr (GByteArray) good = safetensors_bytes (header, "0123456789abcdef0123456789abcdef", 32);
  KdRandom random = kd_random (3, kd_hash_string ("mutations"));
  int n_loaded = 0;
  for (int i = 0; i < 8000; i++)
    n_loaded += survives (folder, mutated (good, &random));
  g_assert_cmpint (n_loaded, >, 100);
}

static void
test_round_trip (void)
{
  static const KdDType dtypes[] = { KD_DTYPE_F32, KD_DTYPE_F64, KD_DTYPE_I32, KD_DTYPE_I64,
                                    KD_DTYPE_U8 };
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (int i = 4; i >= 0; i--) {
    g_autofree char *name = g_strdup_printf ("żółw \"%d\"", i);
    KdArray *array = kd_array_new (name, dtypes[i], i, (int64_t[]){ 2, 3, 1, 2 });
    memset (array->data, 65 + i, kd_array_count (array) * kd_dtype_size (dtypes[i]));
    kd_arrays_add (arrays, array);
  }
  g_autofree char *path = g_build_filename (folder, "d.safetensors", NULL);
  const char *const metadata[] = { "seed", "7", "note", "a \"quoted\"\nline", NULL };
  GError *error = NULL;
  g_assert_true (kd_arrays_save (arrays, path, metadata, &error));
  g_autoptr (KdArrays) read = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_arrays_count (read), ==, 5);
  for (int i = 0; i < 5; i++) {
    const KdArray *a = kd_arrays_at (arrays, i), *b = kd_arrays_at (read, i);
    const size_t size = kd_array_count (a) * kd_dtype_size (a->dtype);
    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpint (a->dtype, ==, b->dtype);
    g_assert_cmpmem (a->dims, sizeof a->dims, b->dims, sizeof b->dims);
    g_assert_cmpmem (a->data, size, b->data, size);
  }
  g_autofree char *note = kd_safetensors_metadata (path, "note", &error);
  g_assert_cmpstr (note, ==, metadata[3]);
  g_assert_null (kd_safetensors_metadata (path, "absent", &error));
  g_assert_no_error (error);

  g_autofree char *bytes = NULL; /* the header ends where the data may be mapped */
  g_assert_true (g_file_get_contents (path, &bytes, NULL, NULL));
  g_assert_cmpint (bytes[0] % 8, ==, 0);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limit_memory ();
  folder = test_folder ();
  g_test_add_func ("/data/safetensors/types", test_types);
  g_test_add_func ("/data/safetensors/bfloat16", test_bfloat);
  g_test_add_func ("/data/safetensors/refuses-tensors", test_bad_tensors);
  g_test_add_func ("/data/safetensors/refuses-gaps-and-overlaps", test_bad_tiles);
  g_test_add_func ("/data/safetensors/refuses-headers", test_bad_headers);
  g_test_add_func ("/data/safetensors/refuses-lengths-and-depth", test_lengths_and_depth);
  g_test_add_func ("/data/safetensors/survives-mutations", test_mutations);
  g_test_add_func ("/data/safetensors/round-trip", test_round_trip);
  const int result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
