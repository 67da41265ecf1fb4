/* SPDX-License-Identifier: MIT */
#include "app/cli-json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

yajl_gen
cli_json_new (void)
{
  yajl_gen json = yajl_gen_alloc (NULL);
  yajl_gen_config (json, yajl_gen_beautify, 1);
  yajl_gen_config (json, yajl_gen_indent_string, "  ");
  return json;
}

void
cli_json_string (yajl_gen json, const char *text)
{
  yajl_gen_string (json, (const unsigned char *) text, strlen (text));
}

void
cli_json_number (yajl_gen json, double number)
{
  if (!isfinite (number)) {
    yajl_gen_null (json);
    return;
  }
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_ascii_formatd (text, sizeof text, formats[i], number);
    const double back = g_ascii_strtod (text, NULL);
    if (memcmp (&back, &number, sizeof back) == 0)
      break;
  }
  yajl_gen_number (json, text, strlen (text));
}

void
cli_json_print (yajl_gen json)
{
  const unsigned char *text;
  size_t length;
  yajl_gen_get_buf (json, &text, &length);
  fwrite (text, 1, length, stdout);
  yajl_gen_free (json);
}
