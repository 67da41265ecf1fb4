/* SPDX-License-Identifier: MIT */

/* Numbers under a locale whose decimal point is a comma: a comma on the screen, a point in what the window hands on. */
#include "engine/base/i18n.h"
#include "tests/window-fixture.h"
#include "ui/inspect-page.h"
#include "ui/knob-row.h"

#include <adwaita.h>
#include <locale.h>

#define NOT_HERE 77

/* The text if it holds a number that is written so; identifiers of papers and names of arrays are none: "student_feat.0". */
static bool
holds_number (const char *text, const char *pattern)
{
  return text && !strstr (text, "arXiv ") && g_regex_match_simple (pattern, text, 0, 0);
}

#define WITH_POINT "(^|[^\\w.])-?\\d+\\.\\d"
#define WITH_COMMA "\\d,\\d"

/* Returns how many are written with a comma; none may have a point. */
static guint
count_commas (GtkWidget *top, const char *where)
{
  g_autoptr (GPtrArray) widgets = g_ptr_array_new ();
  guint commas = 0, points = 0;
  collect (top, GTK_TYPE_WIDGET, widgets);
  for (guint i = 0; i < widgets->len; i++) {
    GtkWidget *widget = widgets->pdata[i];
    if (!gtk_widget_get_visible (widget))
      continue;
    const char *texts[] = {
      GTK_IS_EDITABLE (widget) ? gtk_editable_get_text (GTK_EDITABLE (widget)) : words_of (widget),
      gtk_widget_get_tooltip_text (widget),
    };
    for (size_t k = 0; k < G_N_ELEMENTS (texts); k++) {
      commas += holds_number (texts[k], WITH_COMMA);
      if (holds_number (texts[k], WITH_POINT)) {
        points++;
        g_printerr ("%s: %s\n", where, texts[k]);
      }
    }
  }
  g_assert_cmpuint (points, ==, 0);
  return commas;
}

static void
test_the_screen_has_commas (void)
{
  Opened opened = open_window (true);
  GtkWidget *window = GTK_WIDGET (opened.window);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  WAIT_UNTIL (all_of (&opened, KD_TYPE_INSPECT_PAGE)->len);
  wait_frames (&opened);
  g_assert_cmpuint (count_commas (window, "Live"), >, 10);
  act (&opened, "view-compare");
  wait_frames (&opened);
  g_assert_cmpuint (count_commas (window, "Compare"), >, 3);
  g_autofree char *example = kd_example_find (NULL);
  kd_window_open (opened.window, example);
  g_autoptr (GPtrArray) inspects = all_of (&opened, KD_TYPE_INSPECT_PAGE);
  KdInspectModel *model = kd_inspect_page_get_model (inspects->pdata[0]);
  WAIT_UNTIL (kd_inspect_model_get_dump (model));
  for (int i = 0; i < kd_inspect_model_count (model); i++)
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i));
  wait_frames (&opened);
  g_assert_cmpuint (count_commas (window, "Inspect"), >, 10);
  close_window (&opened);
}

static void
type_in (GtkWidget *spin, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (spin), text);
  gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
}

/* A comma, or a point: both are understood; it is the session's number in the end. */
static void
test_both_can_be_typed (void)
{
  Opened opened = open_window (true);
  GtkWidget *row = named (&opened, KD_TYPE_KNOB_ROW, "knob-temp");
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (row, GTK_TYPE_SPIN_BUTTON, spins);
  g_assert_cmpuint (spins->len, ==, 1);
  static const char *const typed[][2] = { { "0,25", "0.25" }, { "0.75", "0.75" } };
  for (size_t i = 0; i < G_N_ELEMENTS (typed); i++) {
    type_in (spins->pdata[0], typed[i][0]);
    g_autofree char *text = kd_knob_row_dup_text (KD_KNOB_ROW (row));
    g_assert_cmpstr (text, ==, typed[i][1]);
    g_autofree char *shown = g_strdup (gtk_editable_get_text (GTK_EDITABLE (spins->pdata[0])));
    g_assert_false (strchr (shown, '.'));
    const int run = kd_session_model_get_selected (opened.model);
    KdKnobs *knobs = kd_session_run_knobs (session_of (&opened), run);
    g_autofree char *written = kd_knobs_format (knobs, "temp");
    g_assert_cmpstr (written, ==, typed[i][1]);
    kd_knobs_free (knobs);
  }
  close_window (&opened);
}

static void
take_text (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **) text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static void
test_a_command_has_points (void)
{
  Opened opened = open_window (true);
  GtkWidget *row = named (&opened, KD_TYPE_KNOB_ROW, "knob-temp");
  g_autoptr (GPtrArray) spins = g_ptr_array_new ();
  collect (row, GTK_TYPE_SPIN_BUTTON, spins);
  type_in (spins->pdata[0], "0,25");
  act (&opened, "copy-command");
  g_autofree char *command = NULL;
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (opened.window)), NULL,
                                 take_text, &command);
  WAIT_UNTIL (command);
  g_assert_nonnull (strstr (command, "temp=0.25"));
  g_assert_false (holds_number (command, WITH_COMMA));
  close_window (&opened);
}

int
main (int argc, char **argv)
{
  g_setenv ("LC_ALL", "de_DE.UTF-8", TRUE);
  g_setenv ("LANGUAGE", "de", TRUE);
  if (!setlocale (LC_ALL, "") || localeconv ()->decimal_point[0] != ',')
    return NOT_HERE;
  kd_i18n_init ();
  window_test_init (&argc, &argv);
  setlocale (LC_ALL, ""); /* GTK's tests leave the person's language */
  g_test_add_func ("/ui/numbers/the-screen-has-commas", test_the_screen_has_commas);
  g_test_add_func ("/ui/numbers/both-can-be-typed", test_both_can_be_typed);
  g_test_add_func ("/ui/numbers/a-command-has-points", test_a_command_has_points);
  return g_test_run ();
}
