/* SPDX-License-Identifier: MIT */

/*
 * The window in a language that does not exist: every text of the catalogue is longer and between brackets, so that a text without
 * brackets is one that was forgotten. Only names and what stands in files and commands may be without.
 */
#include "engine/base/i18n.h"
#include "tests/window-fixture.h"
#include "ui/chart-view.h"
#include "ui/figure-view.h"
#include "ui/figure.h"
#include "ui/help.h"
#include "ui/inspect-page.h"
#include "ui/lesson-pane.h"
#include "ui/preferences.h"
#include "ui/shortcuts.h"

#include <adwaita.h>
#include <locale.h>
#include <stdlib.h>

#define NOT_HERE 77
#define OPEN 0x27e6
#define CLOSE 0x27e7

static const char *script, *root; /* catalogues.py, the sources' root */

/* ---- what is a name ------------------------------------------------------------------------------------- */

/* Units, quantities that papers know by these letters, formats, and values as files and commands have them. */
static const char *const names[] = {
  "kdscope",  "px",      "AP",      "IoU",     "NMS",       "NaN",   "inf",         "npz",
  "numpy",    "Dice",    "ATSS",    "PyTorch", "BibTeX",    "demo",  "paper",       "two-stage",
  "fcos",     "viridis", "cividis", "magma",   "grey",      "none",  "anchor-free", "small",
  "uniform",  "Ctrl",    "Shift",   "Alt",     "tiny",      "float", "xyxy",        "uint8",
  "log",      "medium",  "circle",  "square",  "triangle",  "star",  "ring",        "cross",
  "example",  "GTK",     "Adwaita", "cls",     "reg",       "fg",    "bg",          "attention",
  "relation", "global",  "feature", "retina",  "retinanet", "maskd", "response",
};

static bool
is_in_markup (const char *markup, const char *word)
{
  g_autofree char *plain = NULL;
  return markup && pango_parse_markup (markup, -1, 0, NULL, &plain, NULL, NULL) &&
         strstr (plain, word);
}

/* A formula's letters: those of its lines that have no words to translate. */
static bool
is_in_formula (const KdMethod *method, const char *word)
{
  g_auto (GStrv) lines = g_strsplit (method->formula ? method->formula : "", "\n", -1);
  for (char **line = lines; *line; line++)
    if (kd_translated (*line) == *line && is_in_markup (*line, word))
      return true;
  for (int i = 0; i < method->n_symbols; i++)
    if (is_in_markup (method->symbols[i].markup, word))
      return true;
  for (int i = 0; i < method->n_departures; i++)
    if (is_in_markup (method->departures[i].mark, word))
      return true;
  return false;
}

/* Part of a term's name, as series and files have it: "neck_fg". */
static bool
is_in_term (const KdMethod *method, const char *word)
{
  for (int i = 0; i < method->n_symbols; i++)
    if (method->symbols[i].term && strstr (method->symbols[i].term, word))
      return true;
  return false;
}

static bool
is_name (const char *word)
{
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (word, names[i]))
      return true;
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++)
    if (is_in_formula (methods[i], word) || is_in_term (methods[i], word) ||
        (methods[i]->n_knobs &&
         (strstr (methods[i]->title, word) || strstr (methods[i]->id, word) ||
          strstr (methods[i]->venue ? methods[i]->venue : "", word))))
      return true;
  return false;
}

/* What a method's tables name: a choice of a knob, its paper, a preset. */
static bool
is_named_in_tables (const char *text)
{
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    if (methods[i]->paper && strstr (methods[i]->paper, text))
      return true;
    for (int k = 0; k < methods[i]->n_knobs; k++)
      for (const char *const *choice = methods[i]->knobs[k].choices; choice && *choice; choice++)
        if (g_str_equal (*choice, text))
          return true;
    g_autofree const char **presets = kd_method_presets (methods[i]);
    if (g_strv_contains (presets, text))
      return true;
  }
  return false;
}

/* What is no word of ours: the toolkit's own, files, and sentences of the engine that hold its numbers. */
static bool
is_others (const char *text)
{
  static const char *const toolkit[] = {
    "(None)",
    "Search…",
    "undefined",
    "Clear entry",
    "Search Results",
    "Search Shortcuts",
    "Show All",
    "Shortcuts",
    "Try a different search",
    "Try a different search.",
    "No Results Found",
    "Escape",
    "Home",
    "End",
    "Menu",
    "Backslash",
    "Backspace",
    "Return",
    "Tab",
    "Page Up",
    "Page Down",
    "Space",
    "Left",
    "Right",
    NULL,
  };
  const bool path = g_path_is_absolute (text) && !strstr (text, ": "); /* no sentence about it */
  return g_strv_contains (toolkit, text) || path || g_str_has_prefix (text, "untrained: ") ||
         strstr (text, "; without a place:");
}

/* What stands outside of all brackets. */
static char *
outside (const char *text)
{
  GString *rest = g_string_new (NULL);
  int depth = 0;
  for (const char *c = text; *c; c = g_utf8_next_char (c)) {
    const gunichar letter = g_utf8_get_char (c);
    depth += letter == OPEN;
    if (!depth)
      g_string_append_unichar (rest, letter);
    depth -= letter == CLOSE && depth > 0;
  }
  return g_string_free (rest, FALSE);
}

/* The first word outside of brackets that is no name; NULL: all has been translated. Single letters are symbols and keys. */
static char *
find_forgotten (const char *text)
{
  if (is_named_in_tables (text) || is_others (text))
    return NULL;
  /* A row of a dump's list begins with the array's name and shape. */
  g_autoptr (GRegex) row = g_regex_new ("^[✓✗–!]  [\\w.]+(  \\[[0-9,]*\\])?", 0, 0, NULL);
  g_autofree char *said = g_regex_replace_literal (row, text, -1, 0, "", 0, NULL);
  g_autofree char *rest = outside (said);
  g_auto (GStrv) words = g_regex_split_simple ("[^\\p{L}-]+", rest, 0, 0);
  for (char **word = words; *word; word++) {
    const char *end = g_strrstr (*word, "-");
    if (end && !end[1]) /* "1.5e-4" */
      continue;
    if (g_utf8_strlen (*word, -1) > 1 && g_unichar_isalpha (g_utf8_get_char (*word)) &&
        !is_name (*word))
      return g_strdup (*word);
  }
  return NULL;
}

/* ---- walking --------------------------------------------------------------------------------------------- */

typedef struct {
  const char *where;
  GHashTable *told; /* each text once */
  guint n, forgotten;
} Walk;

static void
look_at (Walk *walk, const char *what, const char *text)
{
  if (!text || !*text || !g_hash_table_add (walk->told, g_strdup (text)))
    return;
  walk->n++;
  g_autofree char *word = find_forgotten (text);
  if (!word)
    return;
  walk->forgotten++;
  g_printerr ("%s: %s \"%s\" is not translated: %s\n", walk->where, what, word, text);
}

static void
look_at_sheet (Walk *walk, const KdSheet *sheet)
{
  look_at (walk, "summary", sheet->summary);
  for (int i = 0; i < sheet->n_panels; i++) {
    look_at (walk, "panel's title", sheet->panels[i].title);
    look_at (walk, "panel's caption", sheet->panels[i].caption);
    look_at (walk, "axis", sheet->panels[i].x_label);
    look_at (walk, "axis", sheet->panels[i].y_label);
  }
  for (int i = 0; i < sheet->n_classes; i++)
    look_at (walk, "class", sheet->classes[i].label);
  for (const char *const *line = sheet->legend; line && *line; line++)
    look_at (walk, "legend", *line);
}

static void
look_at_chart (Walk *walk, KdChartView *view)
{
  const KdChart chart = kd_chart_view_get_chart (view);
  look_at (walk, "chart's title", chart.title);
  look_at (walk, "axis", chart.x_label);
  look_at (walk, "axis", chart.y_label);
}

static void
look_at_widget (Walk *walk, GtkWidget *widget)
{
  look_at (walk, "tooltip", gtk_widget_get_tooltip_text (widget));
  if (gtk_widget_has_css_class (widget, "monospace")) /* code */
    return;
  g_autofree char *name = gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                                              GTK_ACCESSIBLE_PROPERTY_LABEL, "\1");
  look_at (walk, "name", name);
  look_at (walk, "label", words_of (widget));
  if (KD_IS_CHART_VIEW (widget))
    look_at_chart (walk, KD_CHART_VIEW (widget));
  if (KD_IS_FIGURE_VIEW (widget) && kd_figure_view_get_plot (KD_FIGURE_VIEW (widget)))
    look_at_sheet (walk, &kd_figure_view_get_plot (KD_FIGURE_VIEW (widget))->sheet);
  if (!GTK_IS_DROP_DOWN (widget))
    return;
  GListModel *choices = gtk_drop_down_get_model (GTK_DROP_DOWN (widget));
  for (guint i = 0; GTK_IS_STRING_LIST (choices) && i < g_list_model_get_n_items (choices); i++)
    look_at (walk, "choice", gtk_string_list_get_string (GTK_STRING_LIST (choices), i));
}

static void
walk_over (Walk *walk, GtkWidget *top, const char *where)
{
  g_autoptr (GPtrArray) widgets = g_ptr_array_new ();
  walk->where = where;
  collect (top, GTK_TYPE_WIDGET, widgets);
  for (guint i = 0; i < widgets->len; i++)
    if (gtk_widget_get_visible (widgets->pdata[i]) &&
        !gtk_widget_get_ancestor (widgets->pdata[i], GTK_TYPE_WINDOW_CONTROLS))
      look_at_widget (walk, widgets->pdata[i]);
}

static void
walk_over_dialog (Walk *walk, GtkWidget *dialog, const char *where)
{
  look_at (walk, "title", gtk_window_get_title (GTK_WINDOW (dialog)));
  walk_over (walk, dialog, where);
  gtk_window_destroy (GTK_WINDOW (dialog));
}

static void
walk_over_lessons (Walk *walk, const Opened *opened)
{
  act (opened, "lessons");
  walk_over (walk, GTK_WIDGET (opened->window), "Lessons");
  g_autoptr (GPtrArray) panes = all_of (opened, KD_TYPE_LESSON_PANE);
  g_assert_true (kd_lesson_pane_begin (panes->pdata[0], "temperature"));
  walk_over (walk, GTK_WIDGET (opened->window), "a lesson");
  act (opened, "lessons");
}

/* Its maps, its card and parameters, and its own figure. */
static void
walk_over_method (Walk *walk, const Opened *opened, int index)
{
  g_autofree char *name = g_strdup_printf ("student-%d", index);
  act (opened, name);
  wait_frames (opened);
  walk_over (walk, GTK_WIDGET (opened->window), name);
  act (opened, "figure");
  wait_frames (opened);
  walk_over (walk, GTK_WIDGET (opened->window), name);
}

static void
walk_over_inspect (Walk *walk, const Opened *opened)
{
  act (opened, "view-inspect");
  wait_frames (opened);
  walk_over (walk, GTK_WIDGET (opened->window), "Inspect without a dump");
  g_autofree char *example = kd_example_find (NULL);
  kd_window_open (opened->window, example);
  g_autoptr (GPtrArray) inspects = all_of (opened, KD_TYPE_INSPECT_PAGE);
  KdInspectModel *model = kd_inspect_page_get_model (inspects->pdata[0]);
  WAIT_UNTIL (kd_inspect_model_get_dump (model));
  for (int i = 0; i < kd_inspect_model_count (model); i++)
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i));
  wait_frames (opened);
  walk_over (walk, GTK_WIDGET (opened->window), "Inspect");
  for (int i = 0; i < kd_inspect_model_count (model); i++)
    walk_over_method (walk, opened, i);
}

/* The example with something wrong in several of its arrays. */
static char *
write_faulty (const Opened *opened)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *example = kd_example_find (&error);
  g_autoptr (KdArrays) arrays = kd_arrays_load (example, &error);
  g_assert_no_error (error);
  static const char *const gone[] = { "student_feat.1", "teacher_reg.0", "gt_labels",
                                      "gt_image",       "image_size",    "strides" };
  for (size_t i = 0; i < G_N_ELEMENTS (gone); i++)
    kd_arrays_remove (arrays, gone[i]);
  kd_arrays_add (arrays, kd_array_new ("student_feat.1", KD_DTYPE_F32, 3, (int64_t[]){ 3, 5, 7 }));
  kd_arrays_add (arrays, kd_array_new ("gt_labels", KD_DTYPE_I32, 1, (int64_t[]){ 2 }));
  kd_arrays_add (arrays, kd_array_new ("image_size", KD_DTYPE_I32, 1, (int64_t[]){ 2 }));
  KdArray *strides = kd_array_new ("strides", KD_DTYPE_I32, 1, (int64_t[]){ 3 });
  for (int l = 0; l < 3; l++)
    ((int32_t *) strides->data)[l] = 1 << l;
  kd_arrays_add (arrays, strides);
  char *path = fixture_path (&opened->fixture, "example.npz");
  g_assert_true (kd_arrays_save (arrays, path, NULL, &error));
  return path;
}

/* What is wrong with a file: in the list of its arrays, where a method's maps would be, and in a toast. */
static void
walk_over_faults (Walk *walk, const Opened *opened)
{
  g_autofree char *faulty = write_faulty (opened);
  kd_window_open (opened->window, faulty);
  g_autoptr (GPtrArray) inspects = all_of (opened, KD_TYPE_INSPECT_PAGE);
  KdInspectModel *model = kd_inspect_page_get_model (inspects->pdata[0]);
  WAIT_UNTIL (kd_inspect_model_get_dump (model) &&
              g_str_equal (kd_inspect_model_get_dump (model)->path, faulty));
  for (int i = 0; i < kd_inspect_model_count (model); i++) {
    WAIT_UNTIL (kd_inspect_model_get_inspection (model, i) ||
                kd_inspect_model_get_obstacle (model, i));
    look_at (walk, "obstacle", kd_inspect_model_get_obstacle (model, i));
  }
  wait_frames (opened);
  walk_over (walk, GTK_WIDGET (opened->window), "a faulty dump");
  static const char *const bytes[] = { "", "\x93NUMPY", "PK\3\4 and no more" };
  for (size_t i = 0; i < G_N_ELEMENTS (bytes); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *bad = fixture_path (&opened->fixture, "bad.npz");
    g_assert_true (g_file_set_contents (bad, bytes[i], -1, NULL));
    g_assert_false (kd_inspect_model_open (model, bad, &error));
    look_at (walk, "toast", error->message);
    kd_window_open (opened->window, bad);
    wait_frames (opened);
    walk_over (walk, GTK_WIDGET (opened->window), "a bad file");
  }
}

static void
test_everything_is_translated (void)
{
  Opened opened = open_window (true);
  GtkWidget *window = GTK_WIDGET (opened.window);
  Walk walk = { .told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  WAIT_UNTIL (all_of (&opened, KD_TYPE_INSPECT_PAGE)->len);
  wait_frames (&opened);
  walk_over (&walk, window, "Live");
  act (&opened, "channels");
  walk_over (&walk, window, "channels");
  act (&opened, "escape");
  act (&opened, "figure");
  wait_frames (&opened);
  walk_over (&walk, window, "a figure");
  act (&opened, "figure");
  g_autoptr (GPtrArray) buttons = all_of (&opened, GTK_TYPE_MENU_BUTTON);
  for (guint i = 0; i < buttons->len; i++) {
    GtkPopover *popover = gtk_menu_button_get_popover (buttons->pdata[i]);
    if (!popover || !gtk_widget_get_mapped (buttons->pdata[i]))
      continue;
    gtk_menu_button_popup (buttons->pdata[i]);
    wait_frames (&opened);
    walk_over (&walk, GTK_WIDGET (popover), "a menu");
    gtk_menu_button_popdown (buttons->pdata[i]);
  }
  act (&opened, "view-compare");
  wait_frames (&opened);
  walk_over (&walk, window, "Compare");
  walk_over_inspect (&walk, &opened);
  walk_over_faults (&walk, &opened);
  act (&opened, "view-live");
  walk_over_lessons (&walk, &opened);
  walk_over_dialog (&walk, kd_preferences_new (GTK_WINDOW (window)), "Preferences");
  walk_over_dialog (&walk, kd_help_new (GTK_WINDOW (window), NULL), "Help");
  walk_over_dialog (&walk, GTK_WIDGET (kd_shortcuts_list_new ()), "Shortcuts");
  g_test_message ("%u texts", walk.n);
  g_assert_cmpuint (walk.n, >, 400);
  g_assert_cmpuint (walk.forgotten, ==, 0);
  g_hash_table_unref (walk.told);
  close_window (&opened);
}

/* A window in any language writes what kdscope-cli writes, which speaks English. */
static void
test_files_are_english (void)
{
  g_assert_cmpstr (_ ("Total loss"), !=, "Total loss");
  {
    KD_FILE_WORDS;
    g_assert_cmpstr (_ ("Total loss"), ==, "Total loss");
    g_autofree char *number = g_strdup_printf ("%.1f", 1.5);
    g_assert_cmpstr (number, ==, "1.5");
  }
  g_assert_cmpstr (_ ("Total loss"), !=, "Total loss");
}

/* ---- the language ---------------------------------------------------------------------------------------- */

static bool
run (const char *const *command)
{
  int status = 1;
  return g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                       &status, NULL) &&
         g_spawn_check_wait_status (status, NULL);
}

/* Any locale in which gettext translates: the language is asked for by name. */
static bool
speak (const char *folder)
{
  static const char *const locales[] = { "en_US.UTF-8", "de_DE.UTF-8", "C.UTF-8" };
  g_setenv ("KDSCOPE_LOCALES", folder, TRUE);
  g_setenv ("LANGUAGE", "en@pseudo", TRUE);
  for (size_t i = 0; i < G_N_ELEMENTS (locales); i++) {
    if (!setlocale (LC_ALL, locales[i]))
      continue;
    g_setenv ("LC_ALL", locales[i], TRUE);
    kd_i18n_init ();
    return !g_str_equal (_ ("Total loss"), "Total loss");
  }
  return false;
}

int
main (int argc, char **argv)
{
  g_assert_cmpint (argc, >=, 3);
  script = argv[1];
  root = argv[2];
  g_autofree char *folder = g_dir_make_tmp ("kdscope-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE); /* nobody's recent files */
  g_autofree char *words = g_build_filename (folder, "en@pseudo", "LC_MESSAGES", NULL);
  g_mkdir_with_parents (words, 0700);
  g_autofree char *po = g_build_filename (folder, "pseudo.po", NULL);
  g_autofree char *mo = g_build_filename (words, "kdscope.mo", NULL);
  const bool made = run ((const char *const[]){ "python3", script, "pseudo", root, po, NULL }) &&
                    run ((const char *const[]){ "msgfmt", "--check", "-o", mo, po, NULL });
  int status = NOT_HERE;
  if (made && speak (folder)) {
    window_test_init (&argc, &argv);
    g_test_add_func ("/ui/language/everything-is-translated", test_everything_is_translated);
    g_test_add_func ("/ui/language/files-are-english", test_files_are_english);
    status = g_test_run ();
  }
  fixture_remove (folder);
  return status;
}
