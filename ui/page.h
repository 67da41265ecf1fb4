/* SPDX-License-Identifier: MIT */
#pragma once

/* KdPage: what the window's views have in common: acts that a person calls by key, menu or button go to the view that is shown. */
#include "ui/file-kind.h"

#include <gtk/gtk.h>
#include <stdbool.h>

G_BEGIN_DECLS

#define KD_TYPE_PAGE (kd_page_get_type ())
G_DECLARE_INTERFACE (KdPage, kd_page, KD, PAGE, GtkWidget)

struct _KdPageInterface {
  GTypeInterface parent;
  /* Do what is called @name ("play", "next-image", "escape", ...); false: this view knows no such act. */
  bool (*act) (KdPage *page, const char *name);
  /* Show a file or run folder of a kind that is in @opens: 1u << KdFileKind, or'ed; 0: none, and @open is NULL. */
  guint opens;
  bool (*open) (KdPage *page, KdFileKind kind, const char *path, GError **error);
};

bool kd_page_act (KdPage *page, const char *name);
bool kd_page_opens (KdPage *page, KdFileKind kind);
/* Of a kind that the view opens. */
bool kd_page_open (KdPage *page, KdFileKind kind, const char *path, GError **error);

G_END_DECLS
