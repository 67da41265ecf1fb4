/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: JSON files of ours, read and written with json-glib. */
#include "engine/base/base.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Members of the object being built. */
void kd_json_add_integer (JsonBuilder *builder, const char *name, int64_t value);
void kd_json_add_number (JsonBuilder *builder, const char *name, double value);
void kd_json_add_text (JsonBuilder *builder, const char *name, const char *value); /* NULL: null */

/* The root object of a JSON file of ours; @path in the message. */
JsonObject *kd_json_load (const char *path, GError **error);
/* The same of text from elsewhere, @size bytes: refused if it is nested deeper than ours ever is. */
JsonObject *kd_json_read_text (const char *text, size_t size, const char *path, GError **error);
char *kd_json_format (JsonBuilder *builder); /* owned by the caller */
bool kd_json_save (JsonBuilder *builder, const char *path, GError **error); /* atomic */
/* A member's value, or @fallback where it is absent or of another type. */
double kd_json_number (JsonObject *object, const char *name, double fallback);
int64_t kd_json_integer (JsonObject *object, const char *name, int64_t fallback);
const char *kd_json_text (JsonObject *object, const char *name); /* NULL if absent or null */

/* Reads back as the same number: 15 digits where they are enough. Owned by the caller. */
char *kd_number_text (double value);

G_END_DECLS
