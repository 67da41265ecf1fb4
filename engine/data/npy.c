/* SPDX-License-Identifier: MIT */
#include "engine/data/npy.h"

#include "engine/base/i18n.h"

#include <string.h>

/* A reader of the few Python literals that a header holds. */
typedef struct {
  const char *at, *end;
} Literal;

static void
skip_spaces (Literal *l)
{
  while (l->at < l->end && strchr (" \t\r\n", *l->at) && *l->at)
    l->at++;
}

static bool
take (Literal *l, const char *token)
{
  skip_spaces (l);
  const size_t n = strlen (token);
  if ((size_t) (l->end - l->at) < n || memcmp (l->at, token, n) != 0)
    return false;
  l->at += n;
  return true;
}

/* A quoted string without escapes, at most 31 bytes. */
static bool
take_string (Literal *l, char text[32])
{
  skip_spaces (l);
  if (l->at == l->end || (*l->at != '\'' && *l->at != '"'))
    return false;
  const char quote = *l->at++;
  size_t n = 0;
  while (l->at < l->end && *l->at != quote) {
    if (n == 31 || *l->at == '\\' || g_ascii_iscntrl (*l->at))
      return false;
    text[n++] = *l->at++;
  }
  text[n] = '\0';
  return l->at++ < l->end;
}

static bool
take_size (Literal *l, int64_t *size)
{
  skip_spaces (l);
  if (l->at == l->end || !g_ascii_isdigit (*l->at))
    return false;
  *size = 0;
  while (l->at < l->end && g_ascii_isdigit (*l->at)) {
    if (__builtin_mul_overflow (*size, 10, size) ||
        __builtin_add_overflow (*size, *l->at - '0', size))
      *size = G_MAXINT64; /* refused later as too large a side; the digits still have to be read */
    l->at++;
  }
  take (l, "L"); /* Python 2 wrote (2L, 3L) */
  return true;
}

/* (), (3,), (3, 4), (3, 4,) */
static bool
take_shape (Literal *l, KdRawArray *raw)
{
  raw->rank = 0;
  if (!take (l, "("))
    return false;
  while (!take (l, ")")) {
    if (raw->rank == KD_ARRAY_MAX_RANK || !take_size (l, &raw->dims[raw->rank++]))
      return false;
    if (!take (l, ","))
      return raw->rank > 1 && take (l, ")"); /* (3) is a number, not a shape */
  }
  return true;
}

/* '<f4' and so on. */
static bool
parse_type (
    const char *path, const char *name, const char *descr, KdNpyHeader *header, GError **error)
{
  static const struct {
    const char *descr;
    KdRawType type;
  } types[] = {
    { "<f2", KD_RAW_F16 }, { "<f4", KD_RAW_F32 }, { "<f8", KD_RAW_F64 },  { "|i1", KD_RAW_I8 },
    { "<i2", KD_RAW_I16 }, { "<i4", KD_RAW_I32 }, { "<i8", KD_RAW_I64 },  { "|u1", KD_RAW_U8 },
    { "<u2", KD_RAW_U16 }, { "<u4", KD_RAW_U32 }, { "<u8", KD_RAW_U64 },  { "|b1", KD_RAW_BOOL },
    { "<i1", KD_RAW_I8 },  { "<u1", KD_RAW_U8 },  { "<b1", KD_RAW_BOOL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (types); i++) {
    if (strcmp (descr, types[i].descr) == 0) {
      header->raw.type = types[i].type;
      return true;
    }
  }
  if (descr[0] == '>')
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected little-endian numbers, found big-endian %s; save it with "
           ".astype('<%s')"),
        path, name, descr, descr + 1);
  char *rest = NULL;
  const uint64_t length =
      descr[0] ? g_ascii_strtoull (descr + MIN (strlen (descr), 2), &rest, 10) : 0;
  const bool is_text = g_str_has_prefix (descr, "<U") || g_str_has_prefix (descr, "|S");
  if (is_text && g_ascii_isdigit (descr[2]) && *rest == '\0' && length >= 1 &&
      length <= G_MAXINT32) {
    header->text_length = (int) length;
    header->text_is_bytes = descr[1] == 'S';
    header->raw.type = header->text_is_bytes ? KD_RAW_U8 : KD_RAW_U32;
    return true;
  }
  return kd_data_fail (
      error, KD_ERROR_FORMAT,
      _ ("%s: %s: expected floats, integers, bool or text, found numpy type '%s'; convert "
         "it with .astype"),
      path, name, descr);
}

enum { KEY_DESCR = 1, KEY_ORDER = 2, KEY_SHAPE = 4, KEY_ALL = 7 };

/* One "key: value" of the dict; the key's bit, 0 if it cannot be read. */
static int
take_entry (Literal *l, char descr[32], KdNpyHeader *header)
{
  char key[32];
  if (!take_string (l, key) || !take (l, ":"))
    return 0;
  if (strcmp (key, "descr") == 0)
    return take_string (l, descr) ? KEY_DESCR : 0;
  if (strcmp (key, "fortran_order") == 0) {
    header->raw.fortran_order = take (l, "True");
    return header->raw.fortran_order || take (l, "False") ? KEY_ORDER : 0;
  }
  if (strcmp (key, "shape") == 0)
    return take_shape (l, &header->raw) ? KEY_SHAPE : 0;
  return 0;
}

static bool
take_dict (Literal *l, char descr[32], KdNpyHeader *header)
{
  int seen = 0;
  if (!take (l, "{"))
    return false;
  while (!take (l, "}")) {
    const int key = take_entry (l, descr, header);
    if (key == 0 || (seen & key))
      return false;
    seen |= key;
    if (!take (l, ",")) {
      if (!take (l, "}"))
        return false;
      break;
    }
  }
  skip_spaces (l);
  return seen == KEY_ALL && l->at == l->end;
}

/* A text array's items are single letters to KdRawArray: append the letters as a last axis. */
static bool
check_size (KdNpyHeader *header)
{
  KdRawArray raw = header->raw;
  if (header->text_length > 0) {
    if (raw.rank > 1)
      return false;
    raw.dims[raw.rank++] = header->text_length;
  }
  return kd_raw_n_bytes (&raw, &header->n_bytes);
}

bool
kd_npy_parse (const char *path,
              const char *name,
              const uint8_t *start,
              size_t size,
              KdNpyHeader *header,
              GError **error)
{
  *header = (KdNpyHeader){ 0 };
  if (size < 12 || memcmp (start, "\x93NUMPY", 6) != 0)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: %s: expected a .npy array, found other bytes"), path, name);
  if (start[6] < 1 || start[6] > 3 || start[7] != 0)
    return kd_data_fail (error, KD_ERROR_FORMAT,
                         _ ("%s: %s: expected .npy version 1.0 to 3.0, found %d.%d"), path, name,
                         start[6], start[7]);
  const size_t preamble = start[6] == 1 ? 10 : 12;
  size_t length = (size_t) start[8] | (size_t) start[9] << 8;
  if (start[6] > 1)
    length |= (size_t) start[10] << 16 | (size_t) start[11] << 24;
  if (length > KD_NPY_MAX_HEADER - preamble || length > size - preamble)
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected a .npy header within the array's %zu bytes (at most %d), found "
           "one of %zu"),
        path, name, size, KD_NPY_MAX_HEADER, length);

  char descr[32] = "";
  Literal literal = { (const char *) start + preamble, (const char *) start + preamble + length };
  if (!take_dict (&literal, descr, header))
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected a .npy header with descr, fortran_order and a shape of at most %d "
           "sides, found none that can be read (arrays of records are not supported)"),
        path, name, KD_ARRAY_MAX_RANK);
  if (!parse_type (path, name, descr, header, error))
    return false;
  if (!check_size (header))
    return kd_data_fail (
        error, KD_ERROR_FORMAT,
        _ ("%s: %s: expected a shape with sides up to 2^31 - 1 (text: one side), found more"), path,
        name);
  header->data_offset = preamble + length;
  return true;
}

/* The letters of one U item up to its zero padding, as UTF-8. */
static bool
append_unicode (GString *text, const uint8_t *item, int length)
{
  for (int i = 0; i < length; i++) {
    uint32_t letter;
    memcpy (&letter, item + 4 * (size_t) i, sizeof letter);
    if (letter == 0)
      return true;
    if (!g_unichar_validate (letter))
      return false;
    g_string_append_unichar (text, letter);
  }
  return true;
}

static bool
append_bytes (GString *text, const uint8_t *item, int length)
{
  const char *letters = (const char *) item;
  const size_t n = strnlen (letters, (size_t) length);
  g_string_append_len (text, letters, (gssize) n);
  return g_utf8_validate (letters, (gssize) n, NULL);
}

static KdArray *
decode_text (const char *path,
             const char *name,
             const KdNpyHeader *header,
             const uint8_t *items,
             GError **error)
{
  const int64_t count = header->raw.rank == 0 ? 1 : header->raw.dims[0];
  const size_t step = (size_t) header->text_length * (header->text_is_bytes ? 1 : 4);
  g_autoptr (GString) text = g_string_new (NULL);
  for (int64_t i = 0; i < count; i++, items += step) {
    if (i > 0)
      g_string_append_c (text, '\n');
    const size_t start = text->len;
    const bool is_text = header->text_is_bytes ? append_bytes (text, items, header->text_length)
                                               : append_unicode (text, items, header->text_length);
    /* A lone item may hold all lines; among others a line break would shift those after it. */
    if (!is_text || (header->raw.rank > 0 && strchr (text->str + start, '\n'))) {
      kd_data_fail (
          error, KD_ERROR_FORMAT,
          _ ("%s: %s: expected text without line breaks, found something else in item %" PRIi64),
          path, name, i);
      return NULL;
    }
  }
  KdArray *array = kd_array_new (name, KD_DTYPE_U8, 1, (int64_t[]){ (int64_t) text->len });
  memcpy (array->data, text->str, text->len);
  return array;
}

KdArray *
kd_npy_take (
    const char *path, const char *name, const KdNpyHeader *header, uint8_t *items, GError **error)
{
  if (header->text_length == 0)
    return kd_raw_take (path, name, &header->raw, items, error);
  KdArray *text = decode_text (path, name, header, items, error);
  g_free (items);
  return text;
}

GByteArray *
kd_npy_encode (const KdArray *array)
{
  static const char *const descrs[] = { "<f4", "<f8", "<i8", "<i8", "|u1" };
  g_autoptr (GString) header = g_string_new (NULL);
  g_string_printf (header, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                   descrs[array->dtype]);
  for (int i = 0; i < array->rank; i++)
    g_string_append_printf (header, "%s%" PRIi64 "%s", i ? " " : "", array->dims[i],
                            i + 1 < array->rank || array->rank == 1 ? "," : "");
  g_string_append (header, "), }");
  while ((10 + header->len + 1) % 64 != 0) /* numpy's alignment of the items */
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');

  const uint8_t preamble[10] = {
    0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t) (header->len & 255), (uint8_t) (header->len >> 8)
  };
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_append (bytes, preamble, sizeof preamble);
  g_byte_array_append (bytes, (const uint8_t *) header->str, (guint) header->len);
  const size_t count = kd_array_count (array);
  if (array->dtype == KD_DTYPE_I32) {
    for (size_t i = 0; i < count; i++) {
      const int64_t value = ((const int32_t *) array->data)[i];
      g_byte_array_append (bytes, (const uint8_t *) &value, sizeof value);
    }
  } else {
    g_byte_array_append (bytes, array->data, (guint) (count * kd_dtype_size (array->dtype)));
  }
  return bytes;
}
