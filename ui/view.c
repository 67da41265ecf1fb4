/* SPDX-License-Identifier: MIT */
#include "ui/view.h"

#include "engine/base/i18n.h"

#include <string.h>

KdView
kd_view_default (void)
{
  return (KdView){
    .channels = KD_CHANNELS_MEAN_ABS,
    .colormap = KD_COLORMAP_VIRIDIS,
    .share = KD_SHARE_GROUP,
    .boxes = true,
    .level = -1,
    .panel_px = 80,
  };
}

void
kd_view_toggle_difference (KdView *view)
{
  const bool off = !view->minuend;
  view->minuend = off ? g_intern_static_string (KD_ROW_STUDENT) : NULL;
  view->subtrahend = off ? g_intern_static_string (KD_ROW_TEACHER) : NULL;
}

const char *
kd_share_name (KdShare share)
{
  static const char *const names[KD_N_SHARES] = {
    N_ ("each row"), N_ ("alike rows"), N_ ("each panel"), N_ ("all maps"), N_ ("fixed"),
  };
  return kd_translated (names[share]);
}

/* The place of @id among @n names; -1: it is none of them. */
static int
find_name (const char *const *names, int n, const char *id)
{
  for (int i = 0; i < n; i++) {
    if (!strcmp (names[i], id))
      return i;
  }
  return -1;
}

bool
kd_channel_rule_find (const char *id, KdChannelRule *rule)
{
  static const char *const names[] = { "mean-abs", "l2", "mean", "max", "one" };
  const int found = find_name (names, G_N_ELEMENTS (names), id);
  if (found >= 0)
    *rule = (KdChannelRule) found;
  return found >= 0;
}

bool
kd_share_find (const char *id, KdShare *share)
{
  static const char *const names[KD_N_SHARES] = { "row", "group", "panel", "all", "fixed" };
  const int found = find_name (names, KD_N_SHARES, id);
  if (found >= 0)
    *share = (KdShare) found;
  return found >= 0;
}

char *
kd_view_channel_text (const KdView *view)
{
  return view->channels == KD_CHANNELS_ONE
             ? g_strdup_printf (_ ("channel %d"), view->channel)
             : g_strdup (kd_translated (kd_channel_rule_name (view->channels)));
}
