/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"
#include "engine/data/json-stream.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <yajl/yajl_gen.h>

/* The format's own limit; a header of a thousand tensors has 100 kB. */
#define MAX_HEADER_BYTES ((uint64_t) 100000000)

/* One tensor as the header describes it. */
typedef struct {
  char *name;
  bool has_dtype, has_shape, has_offsets;
  KdRawArray raw;
  int n_offsets;
  uint64_t offsets[2]; /* in the data behind the header */
} Tensor;

/* The header: tensors in file order and the __metadata__. */
typedef struct {
  GPtrArray *tensors;   /* Tensor */
  GHashTable *metadata; /* string -> string */
  uint64_t data_size;
} Header;

static void
tensor_free (void *data)
{
  Tensor *tensor = data;
  g_free (tensor->name);
  g_free (tensor);
}

static void
header_clear (Header *header)
{
  g_clear_pointer (&header->tensors, g_ptr_array_unref);
  g_clear_pointer (&header->metadata, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Header, header_clear)

static const struct {
  const char *name;
  KdRawType type;
} dtypes[] = {
  { "F32", KD_RAW_F32 },   { "F64", KD_RAW_F64 }, { "F16", KD_RAW_F16 }, { "BF16", KD_RAW_BF16 },
  { "I64", KD_RAW_I64 },   { "I32", KD_RAW_I32 }, { "I16", KD_RAW_I16 }, { "I8", KD_RAW_I8 },
  { "U8", KD_RAW_U8 },     { "U16", KD_RAW_U16 }, { "U32", KD_RAW_U32 }, { "U64", KD_RAW_U64 },
  { "BOOL", KD_RAW_BOOL },
};

static bool
read_dtype (KdJson *json, const KdJsonValue *value, Tensor *tensor)
{
  if (value->kind != KD_JSON_STRING)
    return kd_json_fail (json, _ ("expected a type such as \"F32\", found %s"),
                         kd_json_kind_text (value->kind));
  for (size_t i = 0; i < G_N_ELEMENTS (dtypes); i++) {
    if (strcmp (value->string, dtypes[i].name) == 0) {
      tensor->raw.type = dtypes[i].type;
      tensor->has_dtype = true;
      return true;
    }
  }
  return kd_json_fail (
      json, _ ("expected F32, F64, F16, BF16, I64, I32, I16, I8, U8 or BOOL, found \"%.20s\""),
      value->string);
}

static bool
read_field (KdJson *json, const KdJsonValue *value, Tensor *tensor)
{
  const char *field = kd_json_name (json, 1);
  if (strcmp (field, "dtype") == 0)
    return read_dtype (json, value, tensor);
  bool *has = strcmp (field, "shape") == 0          ? &tensor->has_shape
              : strcmp (field, "data_offsets") == 0 ? &tensor->has_offsets
                                                    : NULL;
  if (!has)
    return kd_json_fail (json, _ ("expected dtype, shape and data_offsets, found another field"));
  if (value->kind != KD_JSON_BEGIN_ARRAY && value->kind != KD_JSON_END_ARRAY)
    return kd_json_fail (json, _ ("expected a list of integers, found %s"),
                         kd_json_kind_text (value->kind));
  *has = true;
  return true;
}

/* A number in shape or data_offsets. */
static bool
read_number (KdJson *json, const KdJsonValue *value, Tensor *tensor)
{
  if (value->kind != KD_JSON_INT || value->integer < 0)
    return kd_json_fail (json, _ ("expected an integer of 0 or more, found %s"),
                         value->kind == KD_JSON_INT ? _ ("a negative one")
                                                    : kd_json_kind_text (value->kind));
  if (strcmp (kd_json_name (json, 1), "shape") == 0) {
    if (tensor->raw.rank == KD_ARRAY_MAX_RANK)
      return kd_json_fail (json, _ ("expected at most %d sides, found more"), KD_ARRAY_MAX_RANK);
    tensor->raw.dims[tensor->raw.rank++] = value->integer;
    return true;
  }
  if (tensor->n_offsets == 2)
    return kd_json_fail (json, _ ("expected two offsets, found more"));
  tensor->offsets[tensor->n_offsets++] = (uint64_t) value->integer;
  return true;
}

static bool
read_metadata (KdJson *json, const KdJsonValue *value, Header *header)
{
  if (kd_json_depth (json) == 1) {
    if (value->kind == KD_JSON_BEGIN_OBJECT || value->kind == KD_JSON_END_OBJECT)
      return true;
    return kd_json_fail (json, _ ("expected an object of strings, found %s"),
                         kd_json_kind_text (value->kind));
  }
  if (value->kind != KD_JSON_STRING)
    return kd_json_fail (json, _ ("expected a string, found %s"), kd_json_kind_text (value->kind));
  g_hash_table_insert (header->metadata, g_strdup (kd_json_name (json, 1)),
                       g_strdup (value->string));
  return true;
}

/* All that the header says of a tensor is there and agrees with itself. */
static bool
finish_tensor (KdJson *json, const Tensor *tensor, uint64_t data_size)
{
  if (!tensor->has_dtype || !tensor->has_shape || tensor->n_offsets != 2)
    return kd_json_fail (json, _ ("expected dtype, shape and two data_offsets, found %s missing"),
                         !tensor->has_dtype   ? "dtype"
                         : !tensor->has_shape ? "shape"
                                              : "data_offsets");
  const uint64_t begin = tensor->offsets[0], end = tensor->offsets[1];
  if (begin > end || end > data_size)
    return kd_json_fail (json,
                         _ ("expected data_offsets within the file's %" PRIu64
                            " bytes of data, found [%" PRIu64 ",%" PRIu64 "]"),
                         data_size, begin, end);
  size_t n_bytes;
  if (!kd_raw_n_bytes (&tensor->raw, &n_bytes))
    return kd_json_fail (json, _ ("expected a shape with sides up to 2^31 - 1, found more"));
  if (n_bytes != end - begin)
    return kd_json_fail (json,
                         _ ("expected %zu bytes of data by its dtype and shape, found %" PRIu64
                            " between its offsets"),
                         n_bytes, end - begin);
  return true;
}

static void
begin_tensor (KdJson *json, Header *header)
{
  Tensor *tensor = g_new0 (Tensor, 1);
  tensor->name = g_strdup (kd_json_name (json, 0));
  g_ptr_array_add (header->tensors, tensor);
}

static bool
read_value (KdJson *json, const KdJsonValue *value, void *data)
{
  Header *header = data;
  const int depth = kd_json_depth (json);
  if (depth == 0) {
    if (value->kind == KD_JSON_BEGIN_OBJECT || value->kind == KD_JSON_END_OBJECT)
      return true;
    return kd_json_fail (json, _ ("expected a header that is an object, found %s"),
                         kd_json_kind_text (value->kind));
  }
  if (strcmp (kd_json_name (json, 0), "__metadata__") == 0)
    return read_metadata (json, value, header);
  if (depth == 1 && value->kind == KD_JSON_BEGIN_OBJECT) {
    begin_tensor (json, header);
    return true;
  }
  if (depth == 1 && value->kind != KD_JSON_END_OBJECT)
    return kd_json_fail (json, _ ("expected an object, found %s"), kd_json_kind_text (value->kind));
  Tensor *tensor = g_ptr_array_index (header->tensors, header->tensors->len - 1);
  if (depth == 1)
    return finish_tensor (json, tensor, header->data_size);
  return depth == 2 ? read_field (json, value, tensor) : read_number (json, value, tensor);
}

static int
compare_offsets (const void *a, const void *b)
{
  const Tensor *left = *(Tensor *const *) a, *right = *(Tensor *const *) b;
  for (int i = 0; i < 2; i++)
    if (left->offsets[i] != right->offsets[i])
      return left->offsets[i] < right->offsets[i] ? -1 : 1;
  return 0;
}

/* The tensors cover the data, each byte once: nothing hides between them and no byte is copied twice. */
static bool
check_tiles (const char *path, const Header *header, GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_sized_new (header->tensors->len);
  for (guint i = 0; i < header->tensors->len; i++)
    g_ptr_array_add (sorted, g_ptr_array_index (header->tensors, i));
  g_ptr_array_sort (sorted, compare_offsets);
  uint64_t covered = 0;
  for (guint i = 0; i < sorted->len; i++) {
    const Tensor *tensor = g_ptr_array_index (sorted, i);
    if (tensor->offsets[0] != covered)
      return kd_data_fail (error, KD_ERROR_FORMAT,
                           _ ("%s: %s: expected its data at byte %" PRIu64
                              " where the tensor before ends, found it at %" PRIu64),
                           path, tensor->name, covered, tensor->offsets[0]);
    covered = tensor->offsets[1];
  }
  if (covered != header->data_size)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: expected %" PRIu64 " bytes of data by its header, found %" PRIu64),
                         path, covered, header->data_size);
  return true;
}

static bool
check_names (const char *path, const Header *header, GError **error)
{
  for (guint i = 0; i < header->tensors->len; i++)
    if (!kd_array_name_check (path, ((Tensor *) g_ptr_array_index (header->tensors, i))->name,
                              error))
      return false;
  return true;
}

/* Reads the header; @file then stands at the data. */
static bool
read_header (FILE *file, const char *path, Header *header, GError **error)
{
  uint64_t length;
  struct stat status;
  if (fstat (fileno (file), &status) != 0 || fread (&length, sizeof length, 1, file) != 1)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: expected a safetensors header, found the end"), path);
  const uint64_t rest = (uint64_t) status.st_size - sizeof length;
  if (length > MAX_HEADER_BYTES || length > rest)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: expected a header within the file's %" PRIu64
                            " bytes (at most %" PRIu64 "), found a length of %" PRIu64
                            "; the file is cut off or not safetensors"),
                         path, rest, MAX_HEADER_BYTES, length);
  header->data_size = rest - length;
  header->tensors = g_ptr_array_new_with_free_func (tensor_free);
  header->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return kd_json_parse (file, length, path, read_value, header, error) &&
         check_names (path, header, error) && check_tiles (path, header, error);
}

static FILE *
open_file (const char *path, GError **error)
{
  FILE *file = fopen (path, "rbe");
  if (!file)
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: cannot open: %s"), path, g_strerror (errno));
  return file;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FILE, fclose)

/* So often does who waits learn how far it is, and is asked whether to go on. */
#define BLOCK_BYTES ((size_t) 1 << 20)

static bool
read_bytes (FILE *file, KdReading *reading, uint8_t *bytes, size_t n_bytes, GError **error)
{
  for (size_t done = 0; done < n_bytes;) {
    const size_t n = fread (bytes + done, 1, MIN (n_bytes - done, BLOCK_BYTES), file);
    done += n;
    if (n == 0)
      return kd_data_fail (error, KD_ERROR_FILE, _ ("cannot read its data"));
    if (!kd_reading_advance (reading, n, error))
      return false;
  }
  return true;
}

/* NULL without an error: it is not wanted. */
static KdArray *
read_tensor (FILE *file,
             const char *path,
             uint64_t data_start,
             const Tensor *tensor,
             const KdArrayWish *wish,
             GError **error)
{
  size_t n_bytes = (size_t) (tensor->offsets[1] - tensor->offsets[0]);
  KdRawArray raw = tensor->raw;
  const KdWant want = wish->want ? wish->want (tensor->name, &raw, wish->data) : KD_WANT_ALL;
  if (want == KD_WANT_NOTHING)
    return NULL;
  if (want == KD_WANT_FIRST_ROW && raw.rank > 1 && raw.dims[0] > 1) {
    n_bytes /= (size_t) raw.dims[0];
    raw.dims[0] = 1;
  }
  g_autofree uint8_t *bytes = g_try_malloc (MAX (n_bytes, 1));
  if (!bytes) {
    kd_data_fail (error, KD_ERROR_SYSTEM, _ ("%s: %s: no memory for its %zu bytes"), path,
                  tensor->name, n_bytes);
    return NULL;
  }
  if (fseeko (file, (off_t) (data_start + tensor->offsets[0]), SEEK_SET) != 0) {
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: %s: cannot read its data"), path, tensor->name);
    return NULL;
  }
  if (!read_bytes (file, wish->reading, bytes, n_bytes, error)) {
    g_prefix_error (error, "%s: %s: ", path, tensor->name);
    return NULL;
  }
  return kd_raw_take (path, tensor->name, &raw, g_steal_pointer (&bytes), error);
}

KdArrays *
kd_safetensors_read (const char *path, const KdArrayWish *wish, GError **error)
{
  g_auto (Header) header = { 0 };
  g_autoptr (FILE) file = open_file (path, error);
  if (!file || !read_header (file, path, &header, error))
    return NULL;
  if (wish->reading && !wish->want)
    atomic_fetch_add (&wish->reading->total, (size_t) header.data_size);
  const off_t data_start = ftello (file);
  g_autoptr (KdArrays) arrays = kd_arrays_new ();
  for (guint i = 0; i < header.tensors->len; i++) {
    const Tensor *tensor = g_ptr_array_index (header.tensors, i);
    GError *problem = NULL;
    KdArray *array = read_tensor (file, path, (uint64_t) data_start, tensor, wish, &problem);
    if (problem && !kd_array_wish_refuse (wish, path, tensor->name, &problem)) {
      g_propagate_error (error, problem);
      return NULL;
    }
    if (array) /* the JSON reader has refused names that come twice */
      kd_arrays_add (arrays, array);
  }
  return g_steal_pointer (&arrays);
}

char *
kd_safetensors_metadata (const char *path, const char *key, GError **error)
{
  g_auto (Header) header = { 0 };
  g_autoptr (FILE) file = open_file (path, error);
  if (!file || !read_header (file, path, &header, error))
    return NULL;
  return g_strdup (g_hash_table_lookup (header.metadata, key));
}

/* ---- writing ---- */

static void
put_string (yajl_gen json, const char *text)
{
  yajl_gen_string (json, (const unsigned char *) text, strlen (text));
}

static void
put_metadata (yajl_gen json, const char *const *metadata)
{
  put_string (json, "__metadata__");
  yajl_gen_map_open (json);
  for (; metadata[0]; metadata += 2) {
    put_string (json, metadata[0]);
    put_string (json, metadata[1]);
  }
  yajl_gen_map_close (json);
}

static void
put_tensor (yajl_gen json, const KdArray *array, uint64_t offset, uint64_t n_bytes)
{
  static const char *const names[] = { "F32", "F64", "I32", "I64", "U8" };
  put_string (json, array->name);
  yajl_gen_map_open (json);
  put_string (json, "dtype");
  put_string (json, names[array->dtype]);
  put_string (json, "shape");
  yajl_gen_array_open (json);
  for (int i = 0; i < array->rank; i++)
    yajl_gen_integer (json, array->dims[i]);
  yajl_gen_array_close (json);
  put_string (json, "data_offsets");
  yajl_gen_array_open (json);
  yajl_gen_integer (json, (long long) offset);
  yajl_gen_integer (json, (long long) (offset + n_bytes));
  yajl_gen_array_close (json);
  yajl_gen_map_close (json);
}

GByteArray *
kd_safetensors_encode (const KdArrays *arrays, const char *const *metadata)
{
  yajl_gen json = yajl_gen_alloc (NULL);
  yajl_gen_map_open (json);
  if (metadata)
    put_metadata (json, metadata);
  uint64_t offset = 0;
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    const uint64_t n_bytes = kd_array_count (array) * kd_dtype_size (array->dtype);
    put_tensor (json, array, offset, n_bytes);
    offset += n_bytes;
  }
  yajl_gen_map_close (json);

  const unsigned char *text;
  size_t length;
  yajl_gen_get_buf (json, &text, &length);
  const uint64_t padded = (length + 7) / 8 * 8; /* data aligned for readers that map the file */
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const uint8_t *) &padded, sizeof padded);
  g_byte_array_append (bytes, text, (guint) length);
  g_byte_array_append (bytes, (const uint8_t *) "       ", (guint) (padded - length));
  yajl_gen_free (json);
  for (int i = 0; i < kd_arrays_count (arrays); i++) {
    const KdArray *array = kd_arrays_at (arrays, i);
    g_byte_array_append (bytes, array->data,
                         (guint) (kd_array_count (array) * kd_dtype_size (array->dtype)));
  }
  return bytes;
}
