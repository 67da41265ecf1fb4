/* SPDX-License-Identifier: MIT */
#pragma once

/* A GtkDropDown whose button cuts its words where there is no room for them; its tooltip and its list have them whole. */
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @choice: of a GtkStringList. @least, @most: characters that the button has room for; @most -1: as many as the words have. */
void kd_choice_cut (GtkDropDown *choice, int least, int most);

G_END_DECLS
