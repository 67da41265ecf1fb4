/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdMapView: one picture of the wall: a map, or the photo, with a one-line caption above it. Zoom and pan are those of the
 * shared KdViewPort; the position under the pointer is marked in every linked view. Ctrl+wheel and pinch zoom at the pointer, dragging moves,
 * pointer motion sets the port's hover, a click pins a place. Arrow keys move the hover cell by cell when focused. Role IMG; label = title, description = help.
 */
#include "engine/render/render.h"
#include "ui/view-port.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_MAP_VIEW (kd_map_view_get_type ())
G_DECLARE_FINAL_TYPE (KdMapView, kd_map_view, KD, MAP_VIEW, GtkWidget)

GtkWidget *kd_map_view_new (KdViewPort *port);

/* Side of the picture in px (the caption comes on top); the widget asks for this size. */
void kd_map_view_set_side (KdMapView *view, int side_px);
/* The caption: "P3  0.01 ... 1.3"; @help says all in the tooltip: what, level, min, mean, max. */
void kd_map_view_set_title (KdMapView *view, const char *title, const char *help);
/* The label of the caption, to be dragged; borrowed. */
GtkWidget *kd_map_view_get_caption (KdMapView *view);
/* Values [height*width], copied. NULL: an empty place with @width x @height ignored. */
void kd_map_view_set_map (KdMapView *view,
                          const float *values,
                          int width,
                          int height,
                          const KdScale *scale,
                          KdColormap colormap);
/* The photo [H,W,3], copied: alone when no map is set, beneath it at overlay opacity otherwise. */
void kd_map_view_set_photo (KdMapView *view, const uint8_t *rgb, KdSize size);
/* 0: the map alone, opaque; else the map at this opacity over the photo. */
void kd_map_view_set_overlay (KdMapView *view, double opacity);
/* The pyramid level that pointing at it chooses in the port; -1, as at first: none. */
void kd_map_view_set_level (KdMapView *view, int level);
/* While the port has a position: the cell there, and around it what the cell has seen, px of the photo. NULL: none. */
void kd_map_view_set_seen (KdMapView *view, const KdBox *cell, const KdBox *seen);
void kd_map_view_set_smooth (KdMapView *view, bool smooth);

/* Boxes over the picture, px of the image of @image size, copied; up to three sources. @names: class names, borrowed for ever. */
typedef enum { KD_BOXES_TRUTH, KD_BOXES_TEACHER, KD_BOXES_STUDENT, KD_N_BOX_SOURCES } KdBoxSource;
void kd_map_view_set_boxes (KdMapView *view,
                            KdBoxSource source,
                            const KdDetection *boxes,
                            int n,
                            KdSize image,
                            bool labels,
                            const char *const *names);
/* The pins as they were before the last click: it was the first half of a double click, which means something else. */
void kd_map_view_take_back_click (KdMapView *view);
/* The value of the map's cell at image fraction (x,y): false if there is no map. For probes and tests. */
bool
kd_map_view_value_at (KdMapView *view, double x, double y, int *cell_x, int *cell_y, float *value);

G_END_DECLS
