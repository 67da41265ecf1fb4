/* SPDX-License-Identifier: MIT */
#include "app/application.h"

#include "engine/base/i18n.h"
#include "engine/session/session.h"
#include "ui/app-settings.h"
#include "ui/window.h"

#include <stdlib.h>

struct _KdApplication {
  AdwApplication parent_instance;
  char *methods, *student, *preset, *teacher, *out, *lesson;
  gint64 seed, steps;
  int threads;
  gboolean paused;
  bool opening; /* for a file: nothing trains behind it unasked */
  bool failed;  /* no window could be opened */
};

G_DEFINE_FINAL_TYPE (KdApplication, kd_application, ADW_TYPE_APPLICATION)

static void
activate_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  (void) action;
  (void) parameter;
  int n_methods;
  const KdMethod *const *methods = kd_methods (&n_methods);
  g_autoptr (GStrvBuilder) papers = g_strv_builder_new ();
  for (int i = 0; i < n_methods; i++)
    if (methods[i]->venue && *methods[i]->venue)
      g_strv_builder_add (papers, methods[i]->paper);
  g_auto (GStrv) lines = g_strv_builder_end (papers);
  g_autofree char *about = g_strdup_printf (
      "kdscope %s\nGTK %u.%u.%u, libadwaita %u.%u.%u\n%u processors\nsettings: %s", KD_VERSION,
      gtk_get_major_version (), gtk_get_minor_version (), gtk_get_micro_version (),
      adw_get_major_version (), adw_get_minor_version (), adw_get_micro_version (),
      g_get_num_processors (), kd_app_settings () ? "kept" : "not kept");
  GtkWidget *window = adw_about_window_new ();
  g_object_set (
      window, "application-name", "kdscope", "application-icon", KD_APPLICATION_ID, "version",
      KD_VERSION, "comments",
      _ ("Watch knowledge distillation for object detection at work. Nothing is sent anywhere."),
      "license-type", GTK_LICENSE_MIT_X11, "developer-name", _ ("The kdscope authors"), "copyright",
      _ ("© 2026 The kdscope authors"), "debug-info", about, "debug-info-filename", "kdscope.txt",
      "transient-for", gtk_application_get_active_window (data), NULL);
  adw_about_window_add_acknowledgement_section (ADW_ABOUT_WINDOW (window), _ ("Papers"),
                                                (const char **) lines);
  gtk_window_present (GTK_WINDOW (window));
}

static void
activate_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  (void) action;
  (void) parameter;
  for (GList *windows = gtk_application_get_windows (data); windows;) {
    GtkWindow *window = windows->data;
    windows = windows->next;
    gtk_window_close (window);
  }
}

/* "none,fgd" as runs; the twin comes first whether named or not. Returns NULL with an error naming the bad word. */
static GPtrArray *
parse_methods (const char *text, const char *preset, GError **error)
{
  g_autoptr (GPtrArray) knobs = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_knobs_free);
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  g_ptr_array_add (knobs, kd_knobs_new (kd_method_find ("none"), NULL, NULL));
  for (char **word = words; *word; word++) {
    const char *id = g_strstrip (*word);
    if (g_str_equal (id, "none") || !*id)
      continue;
    const KdMethod *method = kd_method_choose (id, error);
    if (!method)
      return NULL;
    KdKnobs *values = kd_knobs_new (method, preset, error);
    if (!values)
      return NULL;
    g_ptr_array_add (knobs, values);
  }
  if (knobs->len > KD_MAX_RUNS) {
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%u runs are too many; at most %d fit"),
                 knobs->len, KD_MAX_RUNS);
    return NULL;
  }
  return g_steal_pointer (&knobs);
}

/* Where this session writes its runs: --out, else a folder of its own if the preferences keep runs. NULL: nowhere. */
static char *
run_folder (const KdApplication *app)
{
  GSettings *settings = kd_app_settings ();
  if (app->out)
    return g_strdup (app->out);
  if (!settings || !g_settings_get_boolean (settings, "keep-runs"))
    return NULL;
  g_autofree char *runs = kd_app_settings_runs_folder ();
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "%Y-%m-%d-%H%M%S");
  return g_build_filename (runs, name, NULL);
}

static KdSessionModel *
make_model (KdApplication *app, GError **error)
{
  GSettings *settings = kd_app_settings ();
  g_autoptr (GPtrArray) knobs = parse_methods (app->methods ? app->methods : "none,fgd",
                                               app->preset ? app->preset : "demo", error);
  if (!knobs)
    return NULL;
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  for (guint i = 0; i < knobs->len; i++)
    runs[i].knobs = g_ptr_array_index (knobs, i);
  KdConfig config = kd_config_default ();
  config.runs = runs;
  config.n_runs = (int) knobs->len;
  config.seed = (uint64_t) app->seed;
  config.steps = app->steps;
  config.paused = app->paused || app->opening;
  config.teacher = app->teacher;
  g_autofree char *out = run_folder (app);
  config.out = out;
  if (app->student)
    config.student = app->student;
  /* One core is left to the window: measured, no frame is late then and training is as fast. */
  const int kept = settings ? g_settings_get_int (settings, "threads") : 0;
  config.threads = app->threads > 0 ? app->threads
                   : kept > 0       ? kept
                                    : MAX (1, (int) g_get_num_processors () - 1);
  if (settings)
    config.eval_every = g_settings_get_int (settings, "eval-every");
  return kd_session_model_new (&config, error);
}

/* Whether any option describes a session: it gets a process of its own, where another start only hands over its files. */
static bool
has_session_options (const KdApplication *app)
{
  const KdConfig defaults = kd_config_default ();
  return app->lesson || app->methods || app->preset || app->student || app->teacher || app->out ||
         app->threads || app->paused || app->seed != (gint64) defaults.seed ||
         app->steps != defaults.steps;
}

/* Somebody who starts the program for the first time sees what it is about before anything is computed. NULL: train. */
static KdSessionModel *
make_first_model (KdApplication *app)
{
  GSettings *settings = kd_app_settings ();
  if (app->opening || has_session_options (app) || !settings ||
      g_settings_get_boolean (settings, "welcomed"))
    return NULL;
  g_settings_set_boolean (settings, "welcomed", TRUE);
  g_autofree char *path = kd_recording_find (NULL);
  KdSession *recording = path ? kd_session_new_for_recording (path, NULL) : NULL;
  return recording ? kd_session_model_new_for (recording) : NULL;
}

static void
kd_application_activate (GApplication *application)
{
  KdApplication *app = KD_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (app));
  if (window) {
    gtk_window_present (window);
    return;
  }
  g_autoptr (GError) error = NULL;
  g_autoptr (KdSessionModel) model = make_first_model (app);
  if (!model)
    model = make_model (app, &error);
  if (!model) {
    g_printerr ("kdscope: %s\n", error->message);
    app->failed = true;
    g_application_quit (application);
    return;
  }
  KdWindow *opened = kd_window_new (GTK_APPLICATION (app), model);
  gtk_window_present (GTK_WINDOW (opened));
  if (app->lesson)
    kd_window_open_lesson (opened, app->lesson);
}

static void
kd_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  (void) hint;
  KdApplication *app = KD_APPLICATION (application);
  app->opening = true;
  kd_application_activate (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (app));
  for (int i = 0; window && i < n_files; i++) {
    g_autofree char *path = g_file_get_path (files[i]);
    g_autofree char *uri = g_file_get_uri (files[i]);
    kd_window_open (KD_WINDOW (window), path ? path : uri);
  }
}

static void
kd_application_startup (GApplication *application)
{
  G_APPLICATION_CLASS (kd_application_parent_class)->startup (application);
  const GActionEntry actions[] = {
    { .name = "about", .activate = activate_about },
    { .name = "quit", .activate = activate_quit },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  const char *const quit[] = { "<Control>q", NULL };
  const char *const close[] = { "<Control>w", NULL };
  gtk_application_set_accels_for_action (GTK_APPLICATION (application), "app.quit", quit);
  gtk_application_set_accels_for_action (GTK_APPLICATION (application), "window.close", close);
}

static int
kd_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (has_session_options (KD_APPLICATION (application)))
    g_application_set_flags (application,
                             g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
  if (g_variant_dict_contains (options, "version")) {
    g_print ("kdscope %s\n", KD_VERSION);
    return EXIT_SUCCESS;
  }
  return -1;
}

static void
kd_application_finalize (GObject *object)
{
  KdApplication *app = KD_APPLICATION (object);
  g_free (app->methods);
  g_free (app->student);
  g_free (app->preset);
  g_free (app->teacher);
  g_free (app->out);
  g_free (app->lesson);
  G_OBJECT_CLASS (kd_application_parent_class)->finalize (object);
}

static void
kd_application_class_init (KdApplicationClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_application_finalize;
  G_APPLICATION_CLASS (class)->startup = kd_application_startup;
  G_APPLICATION_CLASS (class)->activate = kd_application_activate;
  G_APPLICATION_CLASS (class)->open = kd_application_open;
  G_APPLICATION_CLASS (class)->handle_local_options = kd_application_handle_local_options;
}

static void
kd_application_init (KdApplication *app)
{
  const KdConfig defaults = kd_config_default ();
  app->seed = (gint64) defaults.seed;
  app->steps = defaults.steps;
  GOptionEntry options[] = {
    { "methods", 'm', 0, G_OPTION_ARG_STRING, &app->methods, N_ ("Students to train (none,fgd)"),
      "LIST" },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &app->preset,
      N_ ("Values of their knobs: demo or paper"), "NAME" },
    { "student", 0, 0, G_OPTION_ARG_STRING, &app->student,
      N_ ("Size of the students: small or tiny"), "KIND" },
    { "steps", 0, 0, G_OPTION_ARG_INT64, &app->steps, N_ ("Training steps (3000)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &app->seed, N_ ("Seed of weights and scenes (1)"), "S" },
    { "threads", 't', 0, G_OPTION_ARG_INT, &app->threads, N_ ("Workers (cores - 1)"), "T" },
    { "teacher", 0, 0, G_OPTION_ARG_FILENAME, &app->teacher,
      N_ ("Weights of the teacher (the bundled one)"), "FILE" },
    { "out", 0, 0, G_OPTION_ARG_FILENAME, &app->out, N_ ("Folder for one run directory a student"),
      "DIR" },
    { "lesson", 0, 0, G_OPTION_ARG_FILENAME, &app->lesson, N_ ("Begin a guided lesson of your own"),
      "FILE" },
    { "paused", 0, 0, G_OPTION_ARG_NONE, &app->paused, N_ ("Wait at step 0"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
    { .long_name = NULL },
  };
  for (GOptionEntry *option = options; option->long_name; option++)
    option->description = kd_translated (option->description);
  g_application_add_main_option_entries (G_APPLICATION (app), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (app), "[FILE|DIR…]");
  g_application_set_option_context_summary (
      G_APPLICATION (app),
      _ ("Trains students in a window, or opens feature dumps (.npz, .safetensors), "
         "folders of runs and recordings (.kdrun).\nWithout a display: kdscope-cli."));
}

KdApplication *
kd_application_new (void)
{
  return g_object_new (KD_TYPE_APPLICATION, "application-id", KD_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/org/kdscope", NULL);
}

int
kd_application_run (KdApplication *app, int argc, char **argv)
{
  g_return_val_if_fail (KD_IS_APPLICATION (app), EXIT_FAILURE);
  const int code = g_application_run (G_APPLICATION (app), argc, argv);
  return code == EXIT_SUCCESS && app->failed ? EXIT_FAILURE : code;
}
