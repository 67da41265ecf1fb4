/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: a configuration that owns its strings, and its JSON form in session.json and run.json. */
#include "engine/session/session.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A deep copy; run ids are filled in and made unique. */
KdSavedConfig *kd_saved_config_new (const KdConfig *config);
/* What can be refused before anything is loaded. */
bool kd_config_check (const KdConfig *config, GError **error);

/* A knob's value as kd_knobs_set () reads it, without loss of a bit. Owned by the caller. */
char *kd_knob_text (const KdKnobs *knobs, const char *id);

/* Adds the members of @config to the object being built; @run >= 0: only that run is listed. */
void kd_config_write (const KdConfig *config, int run, JsonBuilder *builder);
/* Check that @config continues what its folder began: all but steps, threads and intervals of files must agree. Knobs become the
 * folder's: they may have been turned on the way. */
bool kd_saved_config_resume (KdSavedConfig *config, GError **error);

/* The root object of a JSON file of ours; @path in the message. */
JsonObject *kd_json_load (const char *path, GError **error);
bool kd_json_save (JsonBuilder *builder, const char *path, GError **error); /* atomic */
/* A member's value, or @fallback where it is absent or of another type. */
double kd_json_number (JsonObject *object, const char *name, double fallback);
int64_t kd_json_integer (JsonObject *object, const char *name, int64_t fallback);
const char *kd_json_text (JsonObject *object, const char *name); /* NULL if absent or null */

/* Reads back as the same number: 15 digits where they are enough. Owned by the caller. */
char *kd_number_text (double value);

G_END_DECLS
