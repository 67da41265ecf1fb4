/* SPDX-License-Identifier: MIT */
#pragma once

/* Watching a session from a command line: progress with the time left, interruption, the exit code. */
#include "engine/session/session.h"

/* Until the session ends. Interrupted (SIGINT, SIGTERM): a checkpoint is written first. Problems are printed. Returns the exit code. */
int cli_follow (KdSession *session);

/* The last point of a run's curve; false, @value as it was, if it has none. */
bool cli_last_value (KdSession *session, int run, const char *name, double *value);
