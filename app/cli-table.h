/* SPDX-License-Identifier: MIT */
#pragma once

/* A comparison for people and for programs: text, CSV and a picture. @config: of any of its sessions. */
#include "engine/session/session.h"

/* Aligned, AP in percent. Owned by the caller. */
char *cli_table_text (const KdComparison *comparison, const KdConfig *config);
/* One line a run, AP from 0 to 1, each seed's AP, AP50 and difference too; empty: unknown. Owned by the caller. */
char *cli_table_csv (const KdComparison *comparison);
/* PNG: differences to the twin with their intervals. */
bool cli_table_picture (const KdComparison *comparison,
                        const KdConfig *config,
                        const char *path,
                        GError **error);
