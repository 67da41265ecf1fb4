/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"

#include <string.h>

#if G_BYTE_ORDER != G_LITTLE_ENDIAN
#error "array files are little-endian and are read and written as they lie in memory"
#endif

/* File type -> what it takes in the file, and what it becomes. */
static const struct {
  size_t size;
  KdDType dtype;
} raw_types[] = {
  [KD_RAW_F16] = { 2, KD_DTYPE_F32 }, [KD_RAW_BF16] = { 2, KD_DTYPE_F32 },
  [KD_RAW_F32] = { 4, KD_DTYPE_F32 }, [KD_RAW_F64] = { 8, KD_DTYPE_F64 },
  [KD_RAW_I8] = { 1, KD_DTYPE_I32 },  [KD_RAW_I16] = { 2, KD_DTYPE_I32 },
  [KD_RAW_I32] = { 4, KD_DTYPE_I32 }, [KD_RAW_I64] = { 8, KD_DTYPE_I64 },
  [KD_RAW_U8] = { 1, KD_DTYPE_U8 },   [KD_RAW_U16] = { 2, KD_DTYPE_I32 },
  [KD_RAW_U32] = { 4, KD_DTYPE_I64 }, [KD_RAW_U64] = { 8, KD_DTYPE_I64 },
  [KD_RAW_BOOL] = { 1, KD_DTYPE_U8 },
};

bool
kd_data_fail (GError **error, KdError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (KD_ERROR, (int) code, format, args));
  va_end (args);
  kd_error_tidy (error);
  return false;
}

size_t
kd_raw_size (KdRawType type)
{
  return raw_types[type].size;
}

bool
kd_raw_n_bytes (const KdRawArray *raw, size_t *n_bytes)
{
  size_t product = kd_raw_size (raw->type);
  bool fits = true, empty = false;
  for (int i = 0; i < raw->rank; i++) {
    if (raw->dims[i] < 0 || raw->dims[i] > G_MAXINT32)
      return false;
    empty |= raw->dims[i] == 0;
    fits &= !__builtin_mul_overflow (product, (size_t) raw->dims[i], &product);
  }
  *n_bytes = empty ? 0 : product;
  return empty || fits;
}

static float
float_of_bits (uint32_t bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* IEEE half: 1 sign, 5 exponent (bias 15), 10 fraction. */
static float
float_of_half (uint16_t half)
{
  const uint32_t sign = (uint32_t) (half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 31)
    return float_of_bits (sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) { /* zero or subnormal: fraction * 2^-24, exact in single precision */
    const float magnitude = (float) fraction * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return float_of_bits (sign | (exponent + 112) << 23 | fraction << 13);
}

/* Item @from at @out[i]; false: a number that does not fit. */
static bool
decode_item (KdRawType type, const uint8_t *from, void *out, size_t i)
{
  union {
    int8_t i8;
    int16_t i16;
    uint16_t u16;
    uint32_t u32;
    int64_t i64;
  } item;
  memcpy (&item, from, kd_raw_size (type));
  switch (type) {
  case KD_RAW_F16:
    ((float *) out)[i] = float_of_half (item.u16);
    return true;
  case KD_RAW_BF16:
    ((float *) out)[i] = float_of_bits ((uint32_t) item.u16 << 16);
    return true;
  case KD_RAW_I8:
    ((int32_t *) out)[i] = item.i8;
    return true;
  case KD_RAW_I16:
    ((int32_t *) out)[i] = item.i16;
    return true;
  case KD_RAW_U16:
    ((int32_t *) out)[i] = item.u16;
    return true;
  case KD_RAW_F32:
  case KD_RAW_I32:
    ((uint32_t *) out)[i] = item.u32;
    return true;
  case KD_RAW_U32:
    ((int64_t *) out)[i] = item.u32;
    return true;
  case KD_RAW_F64:
  case KD_RAW_I64:
    ((int64_t *) out)[i] = item.i64;
    return true;
  case KD_RAW_U64: /* above 2^63 - 1 it looks negative */
    ((int64_t *) out)[i] = item.i64;
    return item.i64 >= 0;
  case KD_RAW_U8:
    ((uint8_t *) out)[i] = *from;
    return true;
  case KD_RAW_BOOL:
    ((uint8_t *) out)[i] = *from != 0;
    return true;
  default:
    g_assert_not_reached ();
  }
}

/* Whether the items in the file are already the array. */
static bool
is_plain (const KdRawArray *raw)
{
  const bool same = raw->type == KD_RAW_F32 || raw->type == KD_RAW_F64 || raw->type == KD_RAW_I32 ||
                    raw->type == KD_RAW_I64 || raw->type == KD_RAW_U8;
  return same && (!raw->fortran_order || raw->rank < 2);
}

static bool
decode_items (const KdRawArray *raw, const uint8_t *bytes, size_t count, void *out)
{
  size_t strides[KD_ARRAY_MAX_RANK], stride = kd_raw_size (raw->type);
  for (int k = 0; k < raw->rank; k++) {
    const int axis = raw->fortran_order ? k : raw->rank - 1 - k;
    strides[axis] = stride;
    stride *= (size_t) raw->dims[axis];
  }
  int64_t index[KD_ARRAY_MAX_RANK] = { 0 };
  size_t offset = 0;
  for (size_t i = 0; i < count; i++) {
    if (!decode_item (raw->type, bytes + offset, out, i))
      return false;
    for (int axis = raw->rank - 1; axis >= 0; axis--) { /* an odometer, last index fastest */
      offset += strides[axis];
      if (++index[axis] < raw->dims[axis])
        break;
      offset -= strides[axis] * (size_t) raw->dims[axis];
      index[axis] = 0;
    }
  }
  return true;
}

/* Items in the file's order, one after the other. */
static bool
decode_run (const KdRawArray *raw, const uint8_t *bytes, size_t count, void *out)
{
  const size_t size = kd_raw_size (raw->type);
  for (size_t i = 0; i < count; i++)
    if (!decode_item (raw->type, bytes + i * size, out, i))
      return false;
  return true;
}

/* What the items become, owned by the caller; NULL: an error. */
static void *
decode (const char *path,
        const char *name,
        const KdRawArray *raw,
        const uint8_t *bytes,
        size_t count,
        GError **error)
{
  /* Sizes from outside may be more than there is: kd_array_new () would abort. */
  void *data = g_try_malloc_n (MAX (count, 1), kd_dtype_size (raw_types[raw->type].dtype));
  if (!data) {
    kd_data_fail (error, KD_ERROR_SYSTEM, _ ("%s: %s: no memory for %zu items"), path, name, count);
    return NULL;
  }
  const bool in_order = !raw->fortran_order || raw->rank < 2;
  if (in_order ? decode_run (raw, bytes, count, data) : decode_items (raw, bytes, count, data))
    return data;
  g_free (data);
  kd_data_fail (
      error, KD_ERROR_FORMAT,
      _ ("%s: %s: expected numbers up to 2^63 - 1, found a larger uint64; save it as int64"), path,
      name);
  return NULL;
}

KdArray *
kd_raw_take (
    const char *path, const char *name, const KdRawArray *raw, uint8_t *bytes, GError **error)
{
  size_t n_bytes;
  const bool fits = kd_raw_n_bytes (raw, &n_bytes);
  g_assert (fits);
  void *data = bytes;
  if (!is_plain (raw)) {
    data = decode (path, name, raw, bytes, n_bytes / kd_raw_size (raw->type), error);
    g_free (bytes);
  }
  if (!data)
    return NULL;
  KdArray *array = g_new0 (KdArray, 1);
  array->name = g_strdup (name);
  array->dtype = raw_types[raw->type].dtype;
  array->rank = raw->rank;
  memcpy (array->dims, raw->dims, sizeof array->dims);
  array->data = data;
  return array;
}
