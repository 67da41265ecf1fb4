/* SPDX-License-Identifier: MIT */
#include "tests/array-bytes.h"

#include <math.h>

static char *folder;

/* A .npz of one array "x" with @header and @items. */
static GByteArray *
npz_of (int version, const char *header, const void *items, size_t n_items)
{
  Zip zip;
  zip_init (&zip);
  zip_add (&zip, "x.npy", npy_bytes (version, header, items, n_items));
  return zip_end (&zip);
}

static const KdArray *
find (const KdArrays *arrays, const char *name, KdDType dtype, const char *shape)
{
  const KdArray *array = kd_arrays_find (arrays, name);
  g_assert_nonnull (array);
  g_assert_cmpint (array->dtype, ==, dtype);
  g_autofree char *found = kd_array_shape_to_string (array);
  g_assert_cmpstr (found, ==, shape);
  return array;
}

static void
assert_values (const KdArray *array, const double *values, size_t n)
{
  g_assert_cmpuint (kd_array_count (array), ==, n);
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat (kd_array_get (array, i), ==, values[i]);
}

static void
assert_text (const KdArrays *arrays, const char *name, const char *text)
{
  const KdArray *array = kd_arrays_find (arrays, name);
  g_assert_nonnull (array);
  g_assert_cmpint (array->dtype, ==, KD_DTYPE_U8);
  g_assert_cmpmem (array->data, kd_array_count (array), text, strlen (text));
}

static KdArrays *
load_good (GByteArray *bytes)
{
  GError *error = NULL;
  KdArrays *arrays = load_bytes (folder, bytes, &error);
  g_assert_no_error (error);
  g_byte_array_unref (bytes);
  return arrays;
}

/*
 * tests/data/numpy-*.npz were written by numpy 1.24: savez and savez_compressed of the same arrays.
 */
static void
test_numpy (const void *data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", data, NULL);
  GError *error = NULL;
  g_autoptr (KdArrays) a = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_arrays_count (a), ==, 17);
  assert_values (find (a, "f4", KD_DTYPE_F32, "[2,3]"), (double[]){ -2.5, -1.5, -.5, .5, 1.5, 2.5 },
                 6);
  const KdArray *fortran = find (a, "fortran", KD_DTYPE_F64, "[2,3,4]");
  for (size_t i = 0; i < 24; i++)
    g_assert_cmpfloat (kd_array_get (fortran, i), ==, (double) i);
  assert_values (find (a, "f2", KD_DTYPE_F32, "[5]"), (double[]){ 1, -2, 65504, 0x1p-24, INFINITY },
                 5);
  assert_values (find (a, "bools", KD_DTYPE_U8, "[3]"), (double[]){ 1, 0, 1 }, 3);
  assert_values (find (a, "i1", KD_DTYPE_I32, "[2]"), (double[]){ -128, 127 }, 2);
  assert_values (find (a, "i2", KD_DTYPE_I32, "[1]"), (double[]){ -5 }, 1);
  assert_values (find (a, "u2", KD_DTYPE_I32, "[1]"), (double[]){ 65535 }, 1);
  assert_values (find (a, "i4", KD_DTYPE_I32, "[1,1]"), (double[]){ -7 }, 1);
  assert_values (find (a, "u4", KD_DTYPE_I64, "[1]"), (double[]){ 4294967295 }, 1);
  assert_values (find (a, "i8", KD_DTYPE_I64, "[1]"), (double[]){ -0x1p62 }, 1);
  g_assert_cmpint (*(int64_t *) find (a, "u8", KD_DTYPE_I64, "[1]")->data, ==, G_MAXINT64);
  assert_values (find (a, "u1", KD_DTYPE_U8, "[1]"), (double[]){ 200 }, 1);
  assert_values (find (a, "scalar", KD_DTYPE_F32, "[]"), (double[]){ 3.5 }, 1);
  find (a, "empty", KD_DTYPE_F32, "[0,4]");
  assert_text (a, "names", "cat\nżółw\n");
  assert_text (a, "bytes", "cat\ndog");
  assert_text (a, "lines", "cat\ndog");
}

/* Every array format version, keys in any order, Python 2's long sides, either quote. */
static void
test_headers (void)
{
  static const char *const headers[] = {
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }          \n",
    "{\"shape\": (2L, 3L), \"fortran_order\": False, \"descr\": \"<f4\"}",
    "{'fortran_order':False,'shape':(2,3,),'descr':'<f4'}\n",
  };
  const float items[] = { 1, 2, 3, 4, 5, 6 };
  for (int version = 1; version <= 3; version++) {
    for (size_t i = 0; i < G_N_ELEMENTS (headers); i++) {
      g_autoptr (KdArrays) arrays = load_good (npz_of (version, headers[i], items, sizeof items));
      assert_values (find (arrays, "x", KD_DTYPE_F32, "[2,3]"), (double[]){ 1, 2, 3, 4, 5, 6 }, 6);
    }
  }
}

static void
test_fortran_order (void)
{
  /* [[1,2,3],[4,5,6]] column by column */
  const int16_t columns[] = { 1, 4, 2, 5, 3, 6 };
  g_autoptr (KdArrays) arrays = load_good (npz_of (
      1, "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", columns, sizeof columns));
  assert_values (find (arrays, "x", KD_DTYPE_I32, "[2,3]"), (double[]){ 1, 2, 3, 4, 5, 6 }, 6);
}

/* Bit patterns from IEEE 754's table of half precision. */
static void
test_half (void)
{
  static const struct {
    uint16_t bits;
    double value;
  } known[] = {
    { 0x0000, 0 },        { 0x8000, -0.0 },       { 0x0001, 0x1p-24 },  { 0x03ff, 0x3ffp-24 },
    { 0x0400, 0x1p-14 },  { 0x3555, 0x1.554p-2 }, { 0x3c00, 1 },        { 0x3c01, 1 + 0x1p-10 },
    { 0xc000, -2 },       { 0x7bff, 65504 },      { 0x7c00, INFINITY }, { 0xfc00, -INFINITY },
    { 0x8001, -0x1p-24 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (known); i++) {
    g_autoptr (KdArrays) arrays = load_good (
        npz_of (1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", &known[i].bits, 2));
    const double value = kd_array_get (kd_arrays_find (arrays, "x"), 0);
    g_assert_cmpfloat (value, ==, known[i].value);
    g_assert_true (signbit (value) == signbit (known[i].value));
  }
  g_autoptr (KdArrays) nan = load_good (npz_of (
      1, "{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", &(uint16_t){ 0x7e00 }, 2));
  g_assert_true (isnan (kd_array_get (kd_arrays_find (nan, "x"), 0)));
}

static void
refused (GByteArray *bytes, const char *sentence)
{
  assert_refused (folder, bytes, KD_ERROR_FORMAT, sentence);
}

static void
test_bad_types (void)
{
#define OF(descr)                                                                                  \
  npz_of (1, "{'descr': '" descr "', 'fortran_order': False, 'shape': (2,), }", "12345678", 8)
  refused (OF (">f4"),
           "x: expected little-endian numbers, found big-endian >f4; save it with .astype('<f4')");
  refused (OF ("<c4"), "x: expected floats, integers, bool or text, found numpy type '<c4'; "
                       "convert it with .astype");
  refused (
      OF ("|O"),
      "x: expected floats, integers, bool or text, found numpy type '|O'; convert it with .astype");
  refused (OF ("<U0"), "x: expected floats, integers, bool or text, found numpy type '<U0'; "
                       "convert it with .astype");
  refused (
      OF (""),
      "x: expected floats, integers, bool or text, found numpy type ''; convert it with .astype");
  refused (OF ("\xb2i4"),
           "x: expected floats, integers, bool or text, found numpy type '\uFFFDi4'; "
           "convert it with .astype");
#undef OF
  refused (npz_of (1, "{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }",
                   "\0\0\0\0\0\0\0\x80", 8),
           "x: expected numbers up to 2^63 - 1, found a larger uint64; save it as int64");
  refused (npz_of (1, "{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }",
                   "a\0\0\0\xff\xff\xff\x7f", 8),
           "x: expected text without line breaks, found something else in item 1");
  refused (npz_of (1, "{'descr': '|S2', 'fortran_order': False, 'shape': (2,), }", "a\nbc", 4),
           "x: expected text without line breaks, found something else in item 0");
}

static void
test_bad_headers (void)
{
  static const char *const headers[] = {
    "",
    "{}",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } and more",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2), }",
    "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
    "{'descr': '<f4",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (headers); i++)
    refused (npz_of (1, headers[i], "12345678", 8),
             "x: expected a .npy header with descr, fortran_order and a shape of at most 8 sides, "
             "found none "
             "that can be read (arrays of records are not supported)");
  refused (npz_of (4, "{}", "12345678", 8), "x: expected .npy version 1.0 to 3.0, found 4.0");
  GByteArray *npy = npy_bytes (2, "{}", "12345678", 8);
  memset (npy->data + 8, 0xff, 4);
  Zip zip;
  zip_init (&zip);
  zip_add (&zip, "x.npy", npy);
  refused (zip_end (&zip),
           "x: expected a .npy header within the array's 22 bytes (at most 65536), found one of "
           "4294967295");
}

/* Headers that claim more than there is: 2^60 elements, products that wrap around, sides that do. */
static void
test_lying_headers (void)
{
#define OF(shape)                                                                                  \
  npz_of (1, "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }", "12345678", 8)
  refused (OF ("(3,)"), "x: expected 12 bytes of items by its header, found 8 in the container");
  refused (OF ("(1,)"), "x: expected 4 bytes of items by its header, found 8 in the container");
  refused (
      OF ("(1073741824, 1073741824)"),
      "x: expected 4611686018427387904 bytes of items by its header, found 8 in the container");
  static const char too_large[] =
      "x: expected a shape with sides up to 2^31 - 1 (text: one side), found more";
  refused (OF ("(1152921504606846976,)"), too_large);
  refused (OF ("(99999999999999999999999999,)"), too_large);
  refused (OF ("(2147483647, 2147483647, 2147483647)"), too_large);
  refused (OF ("(65536, 65536, 65536, 65536, 2)"), too_large);
  refused (OF ("(0, 2147483648)"), too_large);
#undef OF
}

static void
test_bad_containers (void)
{
  static const char header[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  static const char member[] = "x: the container says %s";
  Zip zip;
  g_autofree char *sentence = NULL;

  zip_init (&zip);
  zip_add_as (&zip, "x.npy", npy_bytes (1, header, "12345678", 8), 0, 0x12345678, 75);
  refused (zip_end (&zip), "x: the member is damaged: CRC error");

  zip_init (&zip); /* a bomb by its own words */
  zip_add_as (&zip, "x.npy", npy_bytes (1, header, "12345678", 8), 8, 0, 0xfffffffe);
  sentence = g_strdup_printf (member, "4294967294 bytes, which 75 compressed bytes cannot hold");
  refused (zip_end (&zip), sentence);

  zip_init (&zip);
  zip_add_as (&zip, "x.npy", npy_bytes (1, header, "12345678", 8), 0, 0, 76);
  refused (zip_end (&zip), "x: the container says 76 bytes, which 75 compressed bytes cannot hold");

  zip_init (&zip);
  zip_add_as (&zip, "x.npy", npy_bytes (1, header, "12345678", 8), 12, 0, 75);
  refused (zip_end (&zip), "x: expected a stored or deflated member, found compression method 12");

  zip_init (&zip);
  zip_add (&zip, "x.txt", npy_bytes (1, header, "12345678", 8));
  refused (zip_end (&zip),
           "expected only .npy members as numpy.savez writes them, found \"x.txt\"");

  zip_init (&zip);
  zip_add (&zip, "x.npy", npy_bytes (1, header, "12345678", 8));
  zip_add (&zip, "x.npy", npy_bytes (1, header, "12345678", 8));
  refused (zip_end (&zip), "x: expected each name once, found it twice");

  zip_init (&zip);
  zip_add (&zip, "x.npy", g_byte_array_new ());
  refused (zip_end (&zip), "x: expected a .npy array, found other bytes");
}

/* One stored member listed again and again: each claim is possible, all together are not. */
static void
test_shared_bytes (void)
{
  static const uint8_t items[3000];
  Zip zip;
  zip_init (&zip);
  zip_add (&zip, "x.npy",
           npy_bytes (1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3000,), }", items,
                      sizeof items));
  const guint entry = zip.directory->len;
  g_autofree uint8_t *copy = g_memdup2 (zip.directory->data, entry);
  put (zip.directory, copy, entry);
  zip.directory->data[entry + 46] = 'y';
  zip.n_members++;
  refused (zip_end (&zip), "the container's members claim more bytes than the file has");
}

static void
test_path_like_names (void)
{
  static const char *const names[] = { "../x", "/x",  "a/x",  "a\\x",     "..",
                                       ".x",   "c:x", "a..b", "tab\there" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *member = g_strconcat (names[i], ".npy", NULL);
    Zip zip;
    zip_init (&zip);
    zip_add (&zip, member,
             npy_bytes (1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "1", 1));
    g_autofree char *shown = g_strescape (names[i], NULL);
    g_autofree char *sentence = g_strdup_printf (
        "expected a plain array name such as teacher_feat.0, found \"%s\"; rename it", shown);
    refused (zip_end (&zip), sentence);
  }
}

/* Cut off after any number of bytes: an error each time. */
static void
test_truncation (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "numpy-deflated.npz", NULL);
  g_autofree char *contents = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  for (gsize n = 0; n < size; n += 7) {
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    put (bytes, contents, n);
    GError *error = NULL;
    g_assert_null (load_bytes (folder, bytes, &error));
    g_assert_cmpuint (error->domain, ==, KD_ERROR);
    g_clear_error (&error);
  }
}

static void
test_not_arrays (void)
{
  static const char neither[] =
      "expected a .npz or .safetensors file, found neither; save arrays with numpy.savez";
  GByteArray *bytes = g_byte_array_new ();
  put (bytes, "hello, world", 12);
  refused (bytes, neither);
  refused (g_byte_array_new (),
           "expected a .npz or .safetensors file, found an empty one: what writes it has not "
           "finished, or failed");
  refused (
      npy_bytes (1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", "1", 1),
      "expected a .npz or .safetensors file, found a single .npy array; save it with numpy.savez");
  GError *error = NULL;
  g_assert_null (kd_arrays_load (folder, &error));
  g_autofree char *sentence = g_strdup_printf ("%s: expected a file, found a folder", folder);
  g_assert_cmpstr (error->message, ==, sentence);
  g_clear_error (&error);
  g_assert_null (kd_arrays_load ("/nowhere/x.npz", &error));
  g_assert_cmpstr (error->message, ==, "/nowhere/x.npz: cannot open: No such file or directory");
  g_clear_error (&error);
}

static void
test_mutations (const void *data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", data, NULL);
  g_autofree char *contents = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_autoptr (GByteArray) good = g_byte_array_new ();
  put (good, contents, size);
  KdRandom random = kd_random (1, kd_hash_string ("mutations"));
  for (int i = 0; i < 3000; i++)
    survives (folder, mutated (good, &random));
}

/* The same inside the container, where no checksum stands in the way. */
static void
test_header_mutations (void)
{
  static const char header[] = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 12), }";
  static const float items[24];
  g_autoptr (GByteArray) good = npy_bytes (1, header, items, sizeof items);
  KdRandom random = kd_random (2, kd_hash_string ("mutations"));
  int n_loaded = 0;
  for (int i = 0; i < 5000; i++) {
    Zip zip;
    zip_init (&zip);
    zip_add (&zip, "x.npy", mutated (good, &random));
    n_loaded += survives (folder, zip_end (&zip));
  }
  g_assert_cmpint (n_loaded, >,
                   500); /* those where only items changed: the loop does reach the readers */
  g_assert_cmpint (n_loaded, <, 4500);
}

static KdArrays *
sample_arrays (void)
{
  KdArrays *arrays = kd_arrays_new ();
  static const KdDType dtypes[] = { KD_DTYPE_F32, KD_DTYPE_F64, KD_DTYPE_I32, KD_DTYPE_I64,
                                    KD_DTYPE_U8 };
  for (int i = 0; i < 5; i++) {
    g_autofree char *name = g_strdup_printf ("array.%d", i);
    KdArray *array = kd_array_new (name, dtypes[i], i, (int64_t[]){ 2, 3, 1, 2 });
    uint8_t *bytes = array->data;
    for (size_t b = 0; b < kd_array_count (array) * kd_dtype_size (dtypes[i]); b++)
      bytes[b] = (uint8_t) (b * 37 + 11);
    kd_arrays_add (arrays, array);
  }
  kd_arrays_add (arrays, kd_array_new ("empty", KD_DTYPE_F32, 2, (int64_t[]){ 0, 4 }));
  return arrays;
}

/* What is written is read back, value for value; int32 comes back as int64. The same arrays make the same bytes. */
static void
test_round_trip (void)
{
  g_autoptr (KdArrays) arrays = sample_arrays ();
  g_autofree char *path = g_build_filename (folder, "d.npz", NULL);
  g_autofree char *again = g_build_filename (folder, "e.npz", NULL);
  GError *error = NULL;
  g_assert_true (kd_arrays_save (arrays, path, NULL, &error));
  g_assert_true (kd_arrays_save (arrays, again, NULL, &error));
  g_autoptr (KdArrays) read = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_arrays_count (read), ==, kd_arrays_count (arrays));
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *a = kd_arrays_at (arrays, i), *b = kd_arrays_at (read, i);
    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpint (b->dtype, ==, a->dtype == KD_DTYPE_I32 ? KD_DTYPE_I64 : a->dtype);
    g_assert_cmpint (a->rank, ==, b->rank);
    g_assert_cmpmem (a->dims, sizeof a->dims, b->dims, sizeof b->dims);
    for (size_t k = 0; k < kd_array_count (a); k++)
      g_assert_cmpfloat (kd_array_get (a, k), ==, kd_array_get (b, k));
  }
  g_autofree char *first = NULL, *second = NULL;
  gsize first_size, second_size;
  g_assert_true (g_file_get_contents (path, &first, &first_size, NULL));
  g_assert_true (g_file_get_contents (again, &second, &second_size, NULL));
  g_assert_cmpmem (first, first_size, second, second_size);
  g_unlink (path);
  g_unlink (again);
}

static void
test_saving (void)
{
  g_autofree char *path = g_build_filename (folder, "d.npz", NULL);
  GError *error = NULL;
  g_autoptr (KdArrays) none = kd_arrays_new ();
  g_assert_true (kd_arrays_save (none, path, NULL, &error));
  g_autoptr (KdArrays) read = kd_arrays_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (kd_arrays_count (read), ==, 0);
  g_unlink (path);

  g_assert_false (kd_arrays_save (none, "d.zip", NULL, &error));
  g_assert_cmpstr (error->message, ==,
                   "d.zip: expected a name that ends in .npy, .npz or .safetensors");
  g_clear_error (&error);
  g_autoptr (KdArrays) bad = kd_arrays_new ();
  kd_arrays_add (bad, kd_array_new ("../x", KD_DTYPE_F32, 0, NULL));
  g_assert_false (kd_arrays_save (bad, path, NULL, &error));
  g_assert_error (error, KD_ERROR, KD_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  limit_memory ();
  folder = test_folder ();
  g_test_add_data_func ("/data/npz/numpy-stored", "numpy-stored.npz", test_numpy);
  g_test_add_data_func ("/data/npz/numpy-deflated", "numpy-deflated.npz", test_numpy);
  g_test_add_func ("/data/npz/headers-of-all-versions", test_headers);
  g_test_add_func ("/data/npz/fortran-order", test_fortran_order);
  g_test_add_func ("/data/npz/half-precision", test_half);
  g_test_add_func ("/data/npz/refuses-types", test_bad_types);
  g_test_add_func ("/data/npz/refuses-headers", test_bad_headers);
  g_test_add_func ("/data/npz/refuses-lying-headers", test_lying_headers);
  g_test_add_func ("/data/npz/refuses-containers", test_bad_containers);
  g_test_add_func ("/data/npz/refuses-shared-bytes", test_shared_bytes);
  g_test_add_func ("/data/npz/refuses-path-like-names", test_path_like_names);
  g_test_add_func ("/data/npz/refuses-truncation", test_truncation);
  g_test_add_func ("/data/npz/refuses-other-files", test_not_arrays);
  g_test_add_data_func ("/data/npz/survives-mutations-stored", "numpy-stored.npz", test_mutations);
  g_test_add_data_func ("/data/npz/survives-mutations-deflated", "numpy-deflated.npz",
                        test_mutations);
  g_test_add_func ("/data/npz/survives-mutations-of-headers", test_header_mutations);
  g_test_add_func ("/data/npz/round-trip", test_round_trip);
  g_test_add_func ("/data/npz/saving", test_saving);
  const int result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
