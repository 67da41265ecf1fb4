/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdViewPort: the part of the image that all linked panels show, and the image position under the pointer, in any of
 * them. As fractions of the image, so that panels of all levels mark the same place. Emits "changed" (zoom, centre), "hover" and "pins".
 */
#include <glib-object.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define KD_TYPE_VIEW_PORT (kd_view_port_get_type ())
G_DECLARE_FINAL_TYPE (KdViewPort, kd_view_port, KD, VIEW_PORT, GObject)

KdViewPort *kd_view_port_new (void);
void kd_view_port_reset (KdViewPort *port); /* the whole image */

/* 1: the whole image fits the panel; at most 64. */
double kd_view_port_get_zoom (KdViewPort *port);
/* Centre of what is shown, as fractions 0..1 of the image's width and height. */
void kd_view_port_get_centre (KdViewPort *port, double *x, double *y);
/* Zoom by @factor so that image fraction (@x,@y) stays where it is. Kept inside the image. */
void kd_view_port_zoom_at (KdViewPort *port, double factor, double x, double y);
/* At the pointer, else in the middle: for keys. */
void kd_view_port_zoom (KdViewPort *port, double factor);
void kd_view_port_move (KdViewPort *port, double dx, double dy); /* fractions of the image */

/* Pointer as image fractions; false: over no panel. */
bool kd_view_port_get_hover (KdViewPort *port, double *x, double *y);
void kd_view_port_set_hover (KdViewPort *port, double x, double y);
void kd_view_port_clear_hover (KdViewPort *port);

/* The pyramid level of the map that was pointed at last: 0 at first. Emits "hover". */
int kd_view_port_get_level (KdViewPort *port);
void kd_view_port_set_level (KdViewPort *port, int level);

/* Places that stay marked, numbered from 1 in the order they were pinned. */
#define KD_MAX_PINS 4
typedef struct {
  double x, y;
} KdPin;
int kd_view_port_get_pins (KdViewPort *port, KdPin pins[KD_MAX_PINS]);
/* Pin this place, or let go of the pin that is there; a fifth replaces the first. */
void kd_view_port_toggle_pin (KdViewPort *port, double x, double y);
void kd_view_port_set_pins (KdViewPort *port, const KdPin *pins, int n_pins);
void kd_view_port_clear_pins (KdViewPort *port);

/* What a shortcut asks for: fit, zoom-in, zoom-out, unpin; false: not one of these. */
bool kd_view_port_act (KdViewPort *port, const char *name);

G_END_DECLS
