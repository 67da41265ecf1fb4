/* SPDX-License-Identifier: MIT */
#include "ui/session-form.h"

#include "engine/base/i18n.h"

#define MOST_STEPS 1000000

typedef struct {
  const KdMethod *method;
  GtkWidget *check;
} Choice;

struct _KdSessionForm {
  GtkBox parent_instance;
  KdSessionModel *model; /* owned */
  GArray *choices;       /* Choice; every method but the twin */
  GtkWidget *preset, *student, *seed, *steps, *difficulty;
};

G_DEFINE_FINAL_TYPE (KdSessionForm, kd_session_form, GTK_TYPE_BOX)

static guint start_signal;

static const char *const presets[] = { "demo", "paper", NULL };

static GtkWidget *
add_line (GtkGrid *grid, int row, const char *text, GtkWidget *widget, const char *help)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_tooltip_text (widget, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_grid_attach (grid, label, 0, row, 1, 1);
  gtk_grid_attach (grid, widget, 1, row, 1, 1);
  return widget;
}

/* ---- from the session that runs, and to another --------------------------------------------------- */

static void
follow_session (KdSessionForm *form)
{
  KdSession *session = kd_session_model_get_session (form->model);
  const KdConfig *config = kd_session_config (session);
  if (!config)
    return;
  for (guint i = 0; i < form->choices->len; i++) {
    const Choice *choice = &g_array_index (form->choices, Choice, i);
    bool trained = false;
    for (int run = 0; run < kd_session_runs (session); run++)
      trained |= kd_session_run_method (session, run) == choice->method;
    gtk_check_button_set_active (GTK_CHECK_BUTTON (choice->check), trained);
  }
  int n_kinds;
  const KdDetectorKind *kinds = kd_detector_kinds (&n_kinds);
  for (int i = 0; i < n_kinds; i++) {
    if (g_strcmp0 (kinds[i].id, config->student) == 0)
      gtk_drop_down_set_selected (GTK_DROP_DOWN (form->student), (guint) i);
  }
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (form->seed), (double) config->seed);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (form->steps), (double) config->steps);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (form->difficulty), config->scenes.difficulty);
}

static const char *
chosen_text (GtkWidget *drop_down)
{
  return gtk_string_object_get_string (gtk_drop_down_get_selected_item (GTK_DROP_DOWN (drop_down)));
}

void
kd_session_form_start (KdSessionForm *form)
{
  g_return_if_fail (KD_IS_SESSION_FORM (form));
  g_autoptr (GPtrArray) knobs = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_knobs_free);
  g_ptr_array_add (knobs, kd_knobs_new (kd_method_find ("none"), NULL, NULL));
  for (guint i = 0; i < form->choices->len; i++) {
    const Choice *choice = &g_array_index (form->choices, Choice, i);
    if (gtk_check_button_get_active (GTK_CHECK_BUTTON (choice->check)))
      g_ptr_array_add (knobs, kd_knobs_new (choice->method, chosen_text (form->preset), NULL));
  }
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  for (guint i = 0; i < knobs->len; i++)
    runs[i].knobs = g_ptr_array_index (knobs, i);
  const KdConfig *now = kd_session_config (kd_session_model_get_session (form->model));
  KdConfig config = now ? *now : kd_config_default ();
  config.runs = runs;
  config.n_runs = (int) knobs->len;
  config.student = chosen_text (form->student);
  config.seed = (uint64_t) gtk_spin_button_get_value (GTK_SPIN_BUTTON (form->seed));
  config.steps = (int64_t) gtk_spin_button_get_value (GTK_SPIN_BUTTON (form->steps));
  config.scenes.difficulty = gtk_spin_button_get_value (GTK_SPIN_BUTTON (form->difficulty));
  config.out = NULL;
  config.resume = config.paused = false;
  g_signal_emit (form, start_signal, 0, &config);
}

void
kd_session_form_choose (KdSessionForm *form, const char *const *methods)
{
  g_return_if_fail (KD_IS_SESSION_FORM (form));
  for (guint i = 0; i < form->choices->len; i++) {
    const Choice *choice = &g_array_index (form->choices, Choice, i);
    gtk_check_button_set_active (GTK_CHECK_BUTTON (choice->check),
                                 g_strv_contains (methods, choice->method->id));
  }
}

static void
choose_all (KdSessionForm *form)
{
  for (guint i = 0; i < form->choices->len; i++)
    gtk_check_button_set_active (GTK_CHECK_BUTTON (g_array_index (form->choices, Choice, i).check),
                                 TRUE);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static GtkWidget *
make_methods (KdSessionForm *form)
{
  GtkWidget *grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int i = 0; i < n_methods; i++) {
    if (g_str_equal (methods[i]->id, "none"))
      continue; /* always there */
    GtkWidget *check = gtk_check_button_new_with_label (kd_translated (methods[i]->title));
    gtk_widget_set_tooltip_text (check, methods[i]->paper);
    const Choice choice = { methods[i], check };
    const int place = (int) form->choices->len;
    g_array_append_val (form->choices, choice);
    gtk_grid_attach (GTK_GRID (grid), check, place % 2, place / 2, 1, 1);
  }
  return grid;
}

static void
kd_session_form_dispose (GObject *object)
{
  KdSessionForm *form = KD_SESSION_FORM (object);
  if (form->model)
    g_signal_handlers_disconnect_by_data (form->model, form);
  g_clear_object (&form->model);
  g_clear_pointer (&form->choices, g_array_unref);
  G_OBJECT_CLASS (kd_session_form_parent_class)->dispose (object);
}

static void
kd_session_form_class_init (KdSessionFormClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_session_form_dispose;
  start_signal = g_signal_new ("start", KD_TYPE_SESSION_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
kd_session_form_init (KdSessionForm *form)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (form), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (form), 8);
  form->choices = g_array_new (FALSE, FALSE, sizeof (Choice));
}

static void
add_settings (KdSessionForm *form)
{
  GtkGrid *grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_row_spacing (grid, 6);
  gtk_grid_set_column_spacing (grid, 12);
  int n_kinds, row = 0;
  const KdDetectorKind *kinds = kd_detector_kinds (&n_kinds);
  g_autofree const char **names = g_new0 (const char *, n_kinds + 1);
  for (int i = 0; i < n_kinds; i++)
    names[i] = kinds[i].id;
  form->preset = add_line (grid, row++, C_ ("of parameters", "Preset"),
                           gtk_drop_down_new_from_strings (presets),
                           _ ("demo: scaled to these small scenes; paper: the official values"));
  form->student =
      add_line (grid, row++, C_ ("network", "Student"), gtk_drop_down_new_from_strings (names),
                _ ("Size of the students' network"));
  form->steps =
      add_line (grid, row++, C_ ("number of", "Steps"),
                gtk_spin_button_new_with_range (1, MOST_STEPS, 100), _ ("Training steps"));
  form->seed = add_line (grid, row++, C_ ("number", "Seed"),
                         gtk_spin_button_new_with_range (0, MOST_STEPS, 1),
                         _ ("Of initial weights and training scenes: the same for all students"));
  form->difficulty = add_line (grid, row++, C_ ("of scenes", "Difficulty"),
                               gtk_spin_button_new_with_range (0, 1, 0.05),
                               _ ("Of the scenes: clutter, texture, occlusion, noise"));
  gtk_box_append (GTK_BOX (form), GTK_WIDGET (grid));
}

GtkWidget *
kd_session_form_new (KdSessionModel *model)
{
  KdSessionForm *form = g_object_new (KD_TYPE_SESSION_FORM, NULL);
  form->model = g_object_ref (model);
  GtkWidget *label = gtk_label_new (_ ("Students beside their undistilled twin"));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_box_append (GTK_BOX (form), label);
  gtk_box_append (GTK_BOX (form), make_methods (form));
  GtkWidget *all = gtk_button_new_with_label (_ ("All of them"));
  gtk_widget_set_halign (all, GTK_ALIGN_START);
  g_signal_connect_swapped (all, "clicked", G_CALLBACK (choose_all), form);
  gtk_box_append (GTK_BOX (form), all);
  add_settings (form);
  GtkWidget *start = gtk_button_new_with_label (_ ("Start a new session"));
  gtk_widget_add_css_class (start, "suggested-action");
  gtk_widget_set_tooltip_text (start, _ ("From step 0; the session of now is kept for Undo"));
  g_signal_connect_swapped (start, "clicked", G_CALLBACK (kd_session_form_start), form);
  gtk_box_append (GTK_BOX (form), start);
  g_signal_connect_swapped (model, "session", G_CALLBACK (follow_session), form);
  follow_session (form);
  return GTK_WIDGET (form);
}
