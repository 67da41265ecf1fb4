/* SPDX-License-Identifier: MIT */
#pragma once

/* Pango text for one drawing call: one layout, set again for every string. Hinting is off, so that a picture has the same bytes on every screen. */
#include "engine/render/render.h"

#include <math.h>
#include <pango/pangocairo.h>

G_BEGIN_DECLS

typedef struct {
  cairo_t *cr;
  PangoLayout *layout;
} KdText;

typedef enum { KD_ALIGN_START, KD_ALIGN_MIDDLE, KD_ALIGN_END } KdAlign;

void kd_text_init (KdText *text, cairo_t *cr, double size_px);
void kd_text_clear (KdText *text);
void kd_text_set_size (KdText *text, double size_px, bool bold);
/* Longer strings end in "..."; over @lines lines. 0: as long as it is, one line. */
void kd_text_set_width (KdText *text, double width_px, int lines);

double kd_text_width (KdText *text, const char *string);
/* @x: where start, middle or end goes; @y: the middle of the line (of all lines). Uses the context's source. */
void kd_text_draw (KdText *text, const char *string, double x, double y, KdAlign align);

static inline void
kd_set_color (cairo_t *cr, KdColor color, double opacity)
{
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, opacity);
}

/* The nearest middle of a pixel, where a line of odd width is sharp. */
static inline double
kd_crisp (double position)
{
  return floor (position) + 0.5;
}

G_END_DECLS
