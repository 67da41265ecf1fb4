/* SPDX-License-Identifier: MIT */
#include "engine/render/colormap-tables.h"

static const char *const names[KD_N_COLORMAPS] = {
  [KD_COLORMAP_VIRIDIS] = "viridis",     [KD_COLORMAP_CIVIDIS] = "cividis",
  [KD_COLORMAP_MAGMA] = "magma",         [KD_COLORMAP_GREY] = "grey",
  [KD_COLORMAP_DIVERGING] = "diverging",
};

const char *
kd_colormap_name (KdColormap colormap)
{
  return names[colormap];
}

bool
kd_colormap_find (const char *name, KdColormap *colormap)
{
  for (int i = 0; i < KD_N_COLORMAPS; i++)
    if (g_str_equal (name, names[i])) {
      *colormap = (KdColormap) i;
      return true;
    }
  return false;
}

const uint32_t *
kd_colormap_table (KdColormap colormap)
{
  return colormap_tables[colormap];
}
