/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * JSON for scripts, with yajl's generator: json-glib 1.6 writes 1e-08 as "1e-08.0", which no reader takes.
 * Objects and lists are opened and closed with yajl_gen_map_open () and so on.
 */
#include <glib.h>
#include <yajl/yajl_gen.h>

yajl_gen cli_json_new (void);

void cli_json_string (yajl_gen json, const char *text);

/* The shortest digits that read back as the same double; null if it is not finite, as JSON has no other word. */
void cli_json_number (yajl_gen json, double number);

/* Prints what was put together and frees it. */
void cli_json_print (yajl_gen json);
