/* SPDX-License-Identifier: MIT */
#include "ui/view.h"

KdView
kd_view_default (void)
{
  return (KdView){
    .channels = KD_CHANNELS_MEAN_ABS,
    .colormap = KD_COLORMAP_VIRIDIS,
    .share = KD_SHARE_GROUP,
    .boxes = true,
    .level = -1,
    .panel_px = 92,
  };
}

const char *
kd_share_name (KdShare share)
{
  static const char *const names[KD_N_SHARES] = {
    "each row", "alike rows", "each panel", "all maps", "fixed",
  };
  return names[share];
}

char *
kd_view_channel_text (const KdView *view)
{
  return view->channels == KD_CHANNELS_ONE ? g_strdup_printf ("channel %d", view->channel)
                                           : g_strdup (kd_channel_rule_name (view->channels));
}
