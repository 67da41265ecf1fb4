/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdChannelBrowser: all channels of one feature row at one level as small maps of one scale, in the order of their number, their energy
 * or the gap between teacher and student. Click or Enter on one: the wall's features show it. Signal "chosen" (channel).
 */
#include "ui/wall-model.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define KD_TYPE_CHANNEL_BROWSER (kd_channel_browser_get_type ())
G_DECLARE_FINAL_TYPE (KdChannelBrowser, kd_channel_browser, KD, CHANNEL_BROWSER, GtkBox)

typedef enum {
  KD_CHANNEL_ORDER_INDEX,
  KD_CHANNEL_ORDER_ENERGY,
  KD_CHANNEL_ORDER_GAP
} KdChannelOrder;

/* The model must keep its layout while the browser lives; there is a row of features in it. */
GtkWidget *kd_channel_browser_new (KdWallModel *model);
/* The model has another picture: maps and captions follow, the order stays until it is chosen anew. */
void kd_channel_browser_show (KdChannelBrowser *browser);
/* As a person chooses; a gap that cannot be said leaves the order of numbers. */
void kd_channel_browser_sort (KdChannelBrowser *browser, KdChannelOrder order);
/* Channel at a place of the grid; -1: beyond the last. */
int kd_channel_browser_at (KdChannelBrowser *browser, int place);

G_END_DECLS
