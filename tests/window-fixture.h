/* SPDX-License-Identifier: MIT */
#pragma once

/* The real window over a tiny session, for tests that drive it by its actions and widgets and look at model and pixels. */
#include "tests/session-fixture.h"
#include "ui/map-view.h"
#include "ui/window.h"

typedef struct {
  Fixture fixture;
  KdSessionModel *model;
  KdWindow *window;
} Opened;

/* Turns the main loop until @done says so; a test that waits for ever is killed by its time limit. */
#define WAIT_UNTIL(done)                                                                           \
  while (!(done))                                                                                  \
  g_main_context_iteration (NULL, TRUE)

/* Ready GTK and the engine; the main loop keeps turning, so that WAIT_UNTIL looks again. */
void window_test_init (int *argc, char ***argv);
/* @knobs: of the second student, taken; NULL: the fixture's. Returns when there is a first picture. */
Opened open_window_with (KdKnobs *knobs, bool paused);
Opened open_window (bool paused);
/* The same with the settings as the window before left them; the others start as a newcomer's. */
Opened open_window_again (KdKnobs *knobs, bool paused);
/* Paused, with run folders in @out. */
Opened open_window_writing (const char *out);
void close_window (Opened *opened);
KdSession *session_of (const Opened *opened);
void act (const Opened *opened, const char *action);
/* All widgets of a type below @widget, in order, added to @found. */
void collect (GtkWidget *widget, GType type, GPtrArray *found);
GPtrArray *all_of (const Opened *opened, GType type);
/* The same in the Live view alone: other views have knobs and maps, too. */
GPtrArray *in_live (const Opened *opened, GType type);
/* Blocks of Live's wall that are whole in sight: the others are not painted. */
GPtrArray *blocks_in_sight (const Opened *opened);
/* The one of Live that is called @name; there must be one. */
GtkWidget *named (const Opened *opened, GType type, const char *name);
/* What a GtkLabel or a KdLiveText says; NULL: it is another widget. */
const char *words_of (GtkWidget *widget);
/* Does one of those that are on screen below @top say so? @pattern: of GPatternSpec, all of the words. */
bool says (GtkWidget *top, const char *pattern);
/* As if the widget had the focus. */
bool press_key (GtkWidget *widget, guint key);
/* What a widget draws, as pixels; alive until the surface is destroyed. */
cairo_surface_t *paint (GtkWidget *widget);
/* Three frames, so that what changed has been drawn. */
void wait_frames (const Opened *opened);
int count_colors (cairo_surface_t *surface);
/* The panel that shows exactly the selected student's map @name of @level; NULL: none does. */
KdMapView *find_map (const Opened *opened, const char *name, int level);
