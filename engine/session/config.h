/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: a configuration that owns its strings, and its form in session.json and run.json. */
#include "engine/session/json.h"
#include "engine/session/session.h"

G_BEGIN_DECLS

/* A deep copy; run ids are filled in and made unique. */
KdSavedConfig *kd_saved_config_new (const KdConfig *config);
/* What can be refused before anything is loaded. */
bool kd_config_check (const KdConfig *config, GError **error);

/* The error for a session's folder where one run's is needed: it lists the runs'. */
void kd_config_refuse_session (const KdConfig *config, const char *folder, GError **error);

/* A knob's value as kd_knobs_set () reads it, without loss of a bit. Owned by the caller. */
char *kd_knob_text (const KdKnobs *knobs, const char *id);

/* From the object of session.json, run.json or a recording's header; @path for messages. */
KdSavedConfig *kd_config_read (JsonObject *object, const char *path, GError **error);
/* Adds the members of @config to the object being built; @run >= 0: only that run is listed. */
void kd_config_write (const KdConfig *config, int run, JsonBuilder *builder);
/* Check that @config continues what its folder began: all but steps, threads and intervals of files must agree. Knobs become the
 * folder's: they may have been turned on the way. */
bool kd_saved_config_resume (KdSavedConfig *config, GError **error);

G_END_DECLS
