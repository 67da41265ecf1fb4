/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Saving what is on screen: a file chooser that remembers its folder and asks before it overwrites, then a toast that opens the folder. What is
 * saved is what was there when the person asked, even if training goes on meanwhile.
 */
#include "ui/chart-picture.h"
#include "ui/compare-picture.h"
#include "ui/figure.h"
#include "ui/wall-model.h"
#include "ui/wall-picture.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * kd_exporting_ask_wall:
 * @from: a widget of the window: the chooser is its window's, the toast its AdwToastOverlay's
 * @row: of the model; -1: the whole wall
 * @place: of the row; -1: all of it
 * @knobs: what the picture was made with, for the file's metadata; NULL: unknown
 *
 * Nothing happens while the model has no picture.
 */
void kd_exporting_ask_wall (
    GtkWidget *from, KdWallModel *model, int row, int place, const KdKnobs *knobs);
/* @picture is taken; of the chooser's @name without an ending. */
void kd_exporting_ask_compare (GtkWidget *from, const char *name, KdComparePicture *picture);
/* @plot is taken; @id: of the figure of the model's picture. */
void
kd_exporting_ask_figure (GtkWidget *from, KdWallModel *model, const char *id, KdFigurePlot *plot);
/* @picture is taken. */
void kd_exporting_ask_chart (GtkWidget *from, const char *name, KdChartPicture *picture);

/* What the wall's export writes, without a dialog: NULL while there is no picture. */
KdWallPicture *kd_exporting_wall (KdWallModel *model, int row, int place, const KdKnobs *knobs);

/* A menu on a panel: by the right button, the Menu key or Shift+F10. @action: "wall.export", with its @target (may be NULL, floating). @more: a
 * section below; NULL: none. */
void kd_exporting_add_menu (
    GtkWidget *panel, const char *label, const char *action, GVariant *target, GMenuModel *more);

/* For others that save. The toast of @from's window: saved, with a button that opens the folder; or why not. */
void kd_exporting_tell (GtkWidget *from, const char *path, const GError *error);
void kd_exporting_begin_in_last_folder (GtkFileChooser *chooser);

/* "win.show-file" (s), which toasts call. */
void kd_exporting_add_actions (GActionMap *window);

G_END_DECLS
