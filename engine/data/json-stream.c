/* SPDX-License-Identifier: MIT */
#include "engine/data/json-stream.h"

#include "engine/base/i18n.h"
#include "engine/data/array-file.h"

#include <string.h>
#include <yajl/yajl_parse.h>

/* An open container. Frames are reused, so a file of a million small objects does not make a million tables. */
typedef struct {
  GString *name;     /* object: the name last read */
  int64_t index;     /* array: the next value's index; object: -1 */
  GHashTable *names; /* object: names seen, owned */
} Frame;

struct _KdJson {
  const char *path;
  KdJsonFunc func;
  void *data;
  Frame frames[KD_JSON_MAX_DEPTH];
  int depth;
  GError *error;
};

int
kd_json_depth (const KdJson *json)
{
  return json->depth;
}

const char *
kd_json_name (const KdJson *json, int depth)
{
  g_assert (depth < json->depth);
  return json->frames[depth].index < 0 ? json->frames[depth].name->str : "";
}

const char *
kd_json_kind_text (KdJsonKind kind)
{
  static const char *const texts[] = {
    "null",           N_ ("true or false"), N_ ("an integer"), N_ ("a number"), N_ ("a string"),
    N_ ("an object"), N_ ("an object"),     N_ ("an array"),   N_ ("an array"),
  };
  return kd_translated (texts[kind]);
}

/* "annotations[3].bbox"; empty at the top. */
static char *
place (const KdJson *json)
{
  GString *text = g_string_new (NULL);
  for (int i = 0; i < json->depth; i++) {
    const Frame *frame = &json->frames[i];
    if (frame->index >= 0)
      g_string_append_printf (text, "[%" PRIi64 "]", frame->index);
    else if (frame->name->len > 0)
      g_string_append_printf (text, "%s%.80s", text->len ? "." : "", frame->name->str);
  }
  return g_string_free (text, FALSE);
}

bool
kd_json_fail (KdJson *json, const char *format, ...)
{
  g_autofree char *at = place (json);
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (&json->error);
  g_set_error (&json->error, KD_ERROR, KD_ERROR_FORMAT, "%s: %s%s%s", json->path, at,
               *at ? ": " : "", message);
  return false;
}

static int
value (KdJson *json, const KdJsonValue *v)
{
  if (!json->func (json, v, json->data))
    return 0;
  const bool done = v->kind != KD_JSON_BEGIN_OBJECT && v->kind != KD_JSON_BEGIN_ARRAY;
  if (done && json->depth > 0 && json->frames[json->depth - 1].index >= 0)
    json->frames[json->depth - 1].index++;
  return 1;
}

static int
open_container (KdJson *json, bool is_object)
{
  if (json->depth == KD_JSON_MAX_DEPTH)
    return kd_json_fail (json, _ ("expected at most %d levels of nesting, found more"),
                         KD_JSON_MAX_DEPTH);
  if (!value (json,
              &(KdJsonValue){ .kind = is_object ? KD_JSON_BEGIN_OBJECT : KD_JSON_BEGIN_ARRAY }))
    return 0;
  Frame *frame = &json->frames[json->depth++];
  if (!frame->name) {
    frame->name = g_string_new (NULL);
    frame->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  }
  g_string_truncate (frame->name, 0);
  g_hash_table_remove_all (frame->names);
  frame->index = is_object ? -1 : 0;
  return 1;
}

static int
close_container (KdJson *json, KdJsonKind kind)
{
  json->depth--;
  return value (json, &(KdJsonValue){ .kind = kind });
}

static int
on_null (void *json)
{
  return value (json, &(KdJsonValue){ .kind = KD_JSON_NULL });
}

static int
on_boolean (void *json, int is_true)
{
  return value (json, &(KdJsonValue){ .kind = KD_JSON_BOOL, .integer = is_true != 0 });
}

static int
on_integer (void *json, long long integer)
{
  return value (json, &(KdJsonValue){ KD_JSON_INT, integer, (double) integer, NULL });
}

static int
on_double (void *json, double real)
{
  return value (json, &(KdJsonValue){ .kind = KD_JSON_REAL, .real = real });
}

static int
on_string (void *json, const unsigned char *string, size_t length)
{
  g_autofree char *text = g_strndup ((const char *) string, length);
  if (strlen (text) != length)
    return kd_json_fail (json, _ ("expected text without zero bytes, found one"));
  return value (json, &(KdJsonValue){ .kind = KD_JSON_STRING, .string = text });
}

static int
on_name (void *data, const unsigned char *name, size_t length)
{
  KdJson *json = data;
  Frame *frame = &json->frames[json->depth - 1];
  char *text = g_strndup ((const char *) name, length);
  const bool whole = strlen (text) == length;
  g_string_truncate (frame->name, 0);
  const bool is_new = g_hash_table_add (frame->names, text); /* takes the text */
  if (!whole)
    return kd_json_fail (json, _ ("expected names without zero bytes, found one"));
  if (!is_new)
    return kd_json_fail (json, _ ("expected each name once, found \"%.*s\" twice"),
                         (int) MIN (length, 80), (const char *) name);
  g_string_append_len (frame->name, (const char *) name, (gssize) length);
  return 1;
}

static int
on_begin_object (void *json)
{
  return open_container (json, true);
}

static int
on_end_object (void *json)
{
  return close_container (json, KD_JSON_END_OBJECT);
}

static int
on_begin_array (void *json)
{
  return open_container (json, false);
}

static int
on_end_array (void *json)
{
  return close_container (json, KD_JSON_END_ARRAY);
}

static const yajl_callbacks callbacks = {
  .yajl_null = on_null,
  .yajl_boolean = on_boolean,
  .yajl_integer = on_integer,
  .yajl_double = on_double,
  .yajl_string = on_string,
  .yajl_start_map = on_begin_object,
  .yajl_map_key = on_name,
  .yajl_end_map = on_end_object,
  .yajl_start_array = on_begin_array,
  .yajl_end_array = on_end_array,
};

/* The parser's own words ("lexical error: ..."), and where. */
static void
set_syntax_error (KdJson *json, yajl_handle parser, uint64_t offset)
{
  unsigned char *words = yajl_get_error (parser, 0, NULL, 0);
  g_autofree char *line = g_strdelimit (g_strchomp (g_strdup ((const char *) words)), "\n", ' ');
  g_set_error (&json->error, KD_ERROR, KD_ERROR_FORMAT,
               _ ("%s: expected JSON, found a %s near byte %" PRIu64), json->path, line, offset);
  yajl_free_error (parser, words);
}

static void
feed (KdJson *json, yajl_handle parser, FILE *file, uint64_t n_bytes)
{
  uint8_t chunk[1 << 14];
  uint64_t done = 0;
  yajl_status status = yajl_status_ok;
  while (status == yajl_status_ok && done < n_bytes) {
    const size_t n = fread (chunk, 1, (size_t) MIN (sizeof chunk, n_bytes - done), file);
    if (n == 0) {
      g_set_error (&json->error, KD_ERROR, KD_ERROR_FILE, _ ("%s: cannot be read to its end"),
                   json->path);
      return;
    }
    status = yajl_parse (parser, chunk, n);
    done += status == yajl_status_ok ? n : yajl_get_bytes_consumed (parser);
  }
  if (status == yajl_status_ok)
    status = yajl_complete_parse (parser);
  if (status != yajl_status_ok && !json->error)
    set_syntax_error (json, parser, done);
}

bool
kd_json_parse (
    FILE *file, uint64_t n_bytes, const char *path, KdJsonFunc func, void *data, GError **error)
{
  KdJson json = { .path = path, .func = func, .data = data };
  yajl_handle parser = yajl_alloc (&callbacks, NULL, &json);
  feed (&json, parser, file, n_bytes);
  yajl_free (parser);
  for (int i = 0; i < KD_JSON_MAX_DEPTH && json.frames[i].name; i++) {
    g_string_free (json.frames[i].name, TRUE);
    g_hash_table_unref (json.frames[i].names);
  }
  kd_error_tidy (&json.error); /* names of the file's own are in it */
  if (json.error)
    g_propagate_error (error, json.error);
  return json.error == NULL;
}
