/* SPDX-License-Identifier: MIT */
#pragma once

/* Files that the window and the command line write of the same state, compared. */
#include <glib.h>
#include <stdbool.h>

void exported_assert_same_bytes (const char *one, const char *other);
/* SVG and PDF: what is drawn is the same, down to the last digit of a coordinate. */
bool exported_same_drawing (const char *one, const char *other);
/* The one or the other, by the files' ending. */
void exported_assert_same (const char *one, const char *other);
/* `@program render @arguments --out @out`: it says nothing and leaves a file. */
void exported_render (const char *program, const char *arguments, const char *out);
