/* SPDX-License-Identifier: MIT */
#include "engine/render/render.h"

#define N_SERIES 12

/*
 * One for each of the runs there can be. The first three are after Okabe and Ito's colour-blind-safe set; the others were searched for
 * so that any two are far apart (CIE 1976: 36 for all, 18 as people without long or middle cones see them) and each stands out from
 * white, or from the dark style's grey, by 3:1 (WCAG 2.1, graphical objects). Dashes tell apart what colour vision does not.
 */
static const uint32_t light_colors[N_SERIES] = {
  0x6b6b6b, 0x0072b2, 0xd55e00, 0x43a460, 0x951b87, 0x774a13,
  0x3516dd, 0x92033b, 0xe72dfd, 0x2f124f, 0x022e10, 0x0945b8,
};
static const uint32_t dark_colors[N_SERIES] = {
  0xa8a8a8, 0x56b4e9, 0xff8a3d, 0x09fc74, 0xcc06ad, 0xffde3f,
  0x616ef7, 0xe41c08, 0xa55685, 0xfb4a72, 0x0b8453, 0x57f0f5,
};

typedef struct {
  int n;
  double lengths[6];
} Dash;

static const Dash dashes[] = {
  { 0, { 0 } },          { 2, { 8, 3 } },        { 2, { 2, 2 } },
  { 4, { 8, 3, 2, 3 } }, { 2, { 14, 4 } },       { 6, { 8, 3, 2, 3, 2, 3 } },
  { 2, { 4, 4 } },       { 4, { 14, 3, 4, 3 } },
};

static KdColor
color_from_hex (uint32_t hex)
{
  return (KdColor){ (hex >> 16 & 0xff) / 255.0, (hex >> 8 & 0xff) / 255.0, (hex & 0xff) / 255.0 };
}

/* 0 stays the twin's; the others repeat after eleven. */
static int
series_slot (int index)
{
  return index <= 0 ? 0 : 1 + (index - 1) % (N_SERIES - 1);
}

KdColor
kd_series_color (int index, bool dark)
{
  return color_from_hex ((dark ? dark_colors : light_colors)[series_slot (index)]);
}

const double *
kd_series_dash (int index, int *n_dashes)
{
  /* The twin and the first method are solid: with one student beside its twin, colour is enough. */
  const Dash *dash = &dashes[index <= 1 ? 0 : (index - 1) % (int) G_N_ELEMENTS (dashes)];
  *n_dashes = dash->n;
  return dash->n ? dash->lengths : NULL;
}

KdColor
kd_truth_color (void)
{
  return color_from_hex (0x33d17a);
}

KdColor
kd_teacher_color (void)
{
  return color_from_hex (0xe66100);
}

KdColor
kd_student_color (void)
{
  return color_from_hex (0x2190f0);
}
