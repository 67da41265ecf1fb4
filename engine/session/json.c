/* SPDX-License-Identifier: MIT */
#include "engine/session/json.h"

#include "engine/base/i18n.h"
#include "engine/data/data.h"

#include <string.h>

#define MAX_DEPTH 16

static JsonObject *
take_root (JsonParser *parser, const char *path, GError **error)
{
  JsonNode *root = json_parser_get_root (parser);
  if (!root || !JSON_NODE_HOLDS_OBJECT (root)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: expected a JSON object"), path);
    return NULL;
  }
  return json_object_ref (json_node_get_object (root));
}

/* json-glib follows any nesting down the stack. */
static bool
is_too_deep (const char *text, size_t size)
{
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < size && depth <= MAX_DEPTH; i++) {
    const char c = text[i];
    if (in_string && c == '\\')
      i++;
    else if (c == '"')
      in_string = !in_string;
    else if (!in_string && (c == '{' || c == '['))
      depth++;
    else if (!in_string && (c == '}' || c == ']'))
      depth--;
  }
  return depth > MAX_DEPTH;
}

/* @part: of the file at @path, for the message. */
static JsonObject *
read_text (const char *text, size_t size, const char *path, const char *part, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) problem = NULL;
  const bool plain = size <= G_MAXINT32 && g_utf8_validate (text, (gssize) size, NULL);
  if (!plain || is_too_deep (text, size)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: the %s is not JSON of ours"), path,
                 part);
    return NULL;
  }
  if (!json_parser_load_from_data (parser, text, (gssize) size, &problem)) {
    /* line:column: what, and it quotes the text */
    const char *what = problem->message;
    what += g_str_has_prefix (what, "<data>:") ? strlen ("<data>:") : 0;
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: the %s is damaged: %s"), path, part,
                 what);
    kd_error_tidy (error);
    return NULL;
  }
  return take_root (parser, path, error);
}

JsonObject *
kd_json_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  size_t size = 0;
  g_autoptr (GError) problem = NULL;
  if (!g_file_get_contents (path, &text, &size, &problem)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s: %s", path, problem->message);
    return NULL;
  }
  return read_text (text, size, path, _ ("file"), error);
}

JsonObject *
kd_json_read_text (const char *text, size_t size, const char *path, GError **error)
{
  return read_text (text, size, path, _ ("header"), error);
}

/* json-glib 1.6 writes 1e-08 as "1e-08.0", which is not JSON: take the end off again. */
static void
repair_exponents (char *text)
{
  bool in_string = false, in_exponent = false, escaped = false;
  char *to = text;
  for (const char *from = text; *from; from++) {
    if (*from == '"' && !escaped)
      in_string = !in_string;
    escaped = in_string && *from == '\\' && !escaped;
    if (!in_string && in_exponent && from[0] == '.' && from[1] == '0') {
      from++;
      continue;
    }
    if (!in_string && *from == 'e' && from > text && g_ascii_isdigit (from[-1]))
      in_exponent = true;
    else if (!g_ascii_isdigit (*from) && *from != '-' && *from != '+')
      in_exponent = false;
    *to++ = *from;
  }
  *to = 0;
}

char *
kd_json_format (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  json_generator_set_pretty (generator, TRUE);
  json_generator_set_root (generator, root);
  char *text = json_generator_to_data (generator, NULL);
  repair_exponents (text);
  return text;
}

bool
kd_json_save (JsonBuilder *builder, const char *path, GError **error)
{
  g_autofree char *text = kd_json_format (builder);
  return kd_file_write_atomic (path, text, strlen (text), error);
}

void
kd_json_add_integer (JsonBuilder *builder, const char *name, int64_t value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
kd_json_add_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

void
kd_json_add_text (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static JsonNode *
value_member (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  return node && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static bool
is_number (JsonNode *node)
{
  return node && (json_node_get_value_type (node) == G_TYPE_INT64 ||
                  json_node_get_value_type (node) == G_TYPE_DOUBLE);
}

double
kd_json_number (JsonObject *object, const char *name, double fallback)
{
  JsonNode *node = value_member (object, name);
  return is_number (node) ? json_node_get_double (node) : fallback;
}

int64_t
kd_json_integer (JsonObject *object, const char *name, int64_t fallback)
{
  JsonNode *node = value_member (object, name);
  return is_number (node) ? json_node_get_int (node) : fallback;
}

const char *
kd_json_text (JsonObject *object, const char *name)
{
  JsonNode *node = value_member (object, name);
  return node && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node)
                                                                  : NULL;
}

char *
kd_number_text (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  return g_strdup (text);
}
