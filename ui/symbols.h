/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The symbols of a method's formula: their colours and numbers. A term has the colour of its curve, and the probes that the formula names go on from
 * there; knobs have none. Plain C, no widgets.
 */
#include "ui/picture.h"

G_BEGIN_DECLS

/* As kd_series_color () counts; -1: no colour. */
int kd_symbol_series (const KdMethod *method, int index);
/* The symbol that a probe's maps draw: its index; -1: none. */
int kd_symbol_of_probe (const KdMethod *method, const char *probe);
/* Pango markup, all symbols with a colour in it. Readable on the style's background: light styles darken. Owned by the caller. */
char *kd_symbol_markup (const KdMethod *method, int index, bool dark);
/* What paper and code read differently is underlined. */
char *kd_symbol_formula (const KdMethod *method, bool dark);
/* What a departure is about, as it stands in the formula; "" where the formula does not show it. */
char *kd_symbol_departure (const KdMethod *method, int index, bool dark);
/* "0.0123, 45 % of FGD, 0.4 × the task": what the symbol is now, of a picture and the run's knobs (either NULL: unknown). "" without a number. Owned
 * by the caller. */
char *kd_symbol_value (const KdMethod *method, int index, KdPicture *picture, const KdKnobs *knobs);
/* A term's status in a picture; NULL: it is not in it. */
const KdTermStatus *kd_picture_term (KdPicture *picture, const char *id);
/* Its part of the sum of all terms by size, 0..1; NAN: all are 0. */
double kd_picture_term_share (KdPicture *picture, const KdTermStatus *term);
/* Statistics of a probe's maps over all levels; false: none is in the picture. */
bool kd_picture_probe_stats (KdPicture *picture, const char *probe, KdMapStats *stats);

G_END_DECLS
