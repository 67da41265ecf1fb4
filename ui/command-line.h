/* SPDX-License-Identifier: MIT */
#pragma once

/* What is on screen as a line for a shell: the kdscope-cli command that computes the same. Plain C. Owned by the caller. */
#include "engine/session/session.h"

G_BEGIN_DECLS

/* Train the session's runs with their knobs as they are now. Knobs that were turned on the way count from step 0 there. */
char *kd_command_of_session (KdSession *session);
/* Inspect a dump with these values. */
char *kd_command_of_dump (const char *path, const KdKnobs *knobs);

G_END_DECLS
