/* SPDX-License-Identifier: MIT */
#include "ui/setup-card.h"

#include "engine/base/i18n.h"
#include "ui/teacher-check.h"

#include <math.h>

#define POOR_AP50                                                                                  \
  0.1 /* a teacher below it has not seen such images, or its file is another network's */

typedef struct {
  KdSetupVerdict verdict;
  GtkWidget *icon, *sentence;
} Row;

struct _KdSetupCard {
  GtkBox parent_instance;
  KdSessionModel *model;   /* owned */
  KdTeacherCheck *teacher; /* owned */
  GtkWidget *expander, *icon, *label, *measure;
  Row rows[KD_N_SETUP_CHECKS];
};

G_DEFINE_FINAL_TYPE (KdSetupCard, kd_setup_card, GTK_TYPE_BOX)

static KdSession *
session_of (const KdSetupCard *card)
{
  return kd_session_model_get_session (card->model);
}

/* ---- what is so --------------------------------------------------------------------------------------- */

/* An image lays the window out even for the icon that it has. */
static void
set_icon (GtkWidget *image, const char *icon)
{
  if (g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (image)), icon) != 0)
    gtk_image_set_from_icon_name (GTK_IMAGE (image), icon);
}

static void
say (KdSetupCard *card, KdSetupCheck check, KdSetupVerdict verdict, char *sentence)
{
  static const struct {
    const char *icon, *name;
  } signs[] = {
    [KD_SETUP_UNKNOWN] = { "content-loading-symbolic", NC_ ("setup", "not yet known") },
    [KD_SETUP_GOOD] = { "object-select-symbolic", NC_ ("setup", "good") },
    [KD_SETUP_BAD] = { "dialog-warning-symbolic", NC_ ("setup", "needs attention") },
  };
  Row *row = &card->rows[check];
  row->verdict = verdict;
  set_icon (row->icon, signs[verdict].icon);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->icon), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  g_dpgettext2 (GETTEXT_PACKAGE, "setup", signs[verdict].name), -1);
  if (verdict == KD_SETUP_BAD)
    gtk_widget_add_css_class (row->icon, "warning");
  else
    gtk_widget_remove_css_class (row->icon, "warning");
  gtk_label_set_text (GTK_LABEL (row->sentence), sentence);
  g_free (sentence);
}

static void
say_teacher (KdSetupCard *card, const KdTeacherStatus *teacher)
{
  g_autofree char *name = teacher->path ? g_path_get_basename (teacher->path) : NULL;
  KdSetupVerdict verdict = KD_SETUP_UNKNOWN;
  char *text = NULL;
  switch (teacher->state) {
  case KD_TEACHER_NONE:
    text = g_strdup (_ ("No teacher: every student learns from the labels alone"));
    break;
  case KD_TEACHER_WAITING:
    text = g_strdup_printf (_ ("%s is loaded. What it reaches is measured after the first student"),
                            name);
    break;
  case KD_TEACHER_MEASURING:
    text = g_strdup_printf (_ ("Measuring %s: %d of %d held-out scenes"), name, teacher->done,
                            teacher->n_images);
    break;
  case KD_TEACHER_MEASURED:
    verdict = teacher->ap50 < POOR_AP50 ? KD_SETUP_BAD : KD_SETUP_GOOD;
    text = g_strdup_printf (
        verdict == KD_SETUP_BAD
            ? _ ("%s reaches AP %.1f %%, AP50 %.1f %% on %d held-out scenes: it does not know such "
                 "images; choose another one with --teacher")
            : _ ("%s reaches AP %.1f %%, AP50 %.1f %% on %d held-out scenes, measured by the code "
                 "that measures its students"),
        name, 100 * teacher->ap, 100 * teacher->ap50, teacher->n_images);
    break;
  case KD_TEACHER_FAILED:
    verdict = KD_SETUP_BAD;
    text = g_strdup (teacher->reason);
    break;
  }
  say (card, KD_SETUP_TEACHER, verdict, text);
}

/* The student whose last AP is the highest; -1: none has been measured. */
static int
find_best (const KdSetupCard *card, double *best)
{
  int n, run = -1;
  const KdSeriesInfo *series = kd_session_series (session_of (card), &n);
  for (int i = 0; i < n; i++) {
    if (series[i].run < 0 || !g_str_equal (series[i].name, "ap"))
      continue;
    KdPoint points[64];
    size_t from = 0, got;
    double last = NAN;
    while ((got = kd_session_read_series (session_of (card), series[i].id, from, points,
                                          G_N_ELEMENTS (points))) > 0) {
      last = points[got - 1].value;
      from += got;
    }
    if (!isnan (last) && (run < 0 || last > *best)) {
      *best = last;
      run = series[i].run;
    }
  }
  return run;
}

static void
say_better (KdSetupCard *card, const KdTeacherStatus *teacher)
{
  double best = 0;
  const int run = find_best (card, &best);
  if (run < 0 || isnan (teacher->ap)) {
    say (card, KD_SETUP_BETTER, KD_SETUP_UNKNOWN,
         g_strdup (_ ("Whether it is better than its students is known once both are measured")));
    return;
  }
  const char *student = kd_session_run_method (session_of (card), run)->title;
  if (teacher->ap > best)
    say (
        card, KD_SETUP_BETTER, KD_SETUP_GOOD,
        g_strdup_printf (_ ("It is better than its best student so far: AP %.1f %% against %.1f %% "
                            "(%s)"),
                         100 * teacher->ap, 100 * best, student));
  else
    say (card, KD_SETUP_BETTER, KD_SETUP_BAD,
         g_strdup_printf (_ ("It is no better than its student %s: AP %.1f %% against %.1f %%. It "
                             "has nothing left to teach; choose a better one with --teacher"),
                          student, 100 * teacher->ap, 100 * best));
}

static void
say_twin (KdSetupCard *card)
{
  int n_twins = 0;
  const int n = kd_session_runs (session_of (card));
  for (int r = 0; r < n; r++)
    n_twins += g_str_equal (kd_session_run_method (session_of (card), r)->id, "none");
  if (n_twins)
    say (card, KD_SETUP_TWIN, KD_SETUP_GOOD,
         g_strdup (_ ("An undistilled twin trains beside: same start, same batches, same steps")));
  else
    say (card, KD_SETUP_TWIN, KD_SETUP_BAD,
         g_strdup (_ ("No undistilled twin trains beside: what a method adds cannot be told. A new "
                      "session (Ctrl+N) has one")));
}

static void
say_pulls (KdSetupCard *card)
{
  KdSnapshot *snapshot = kd_session_model_get_snapshot (card->model);
  int n_known = 0;
  for (int r = 0; snapshot && r < kd_session_runs (session_of (card)); r++) {
    const KdTermStatus *terms;
    const int n = kd_snapshot_terms (snapshot, r, &terms);
    for (int t = 0; t < n; t++) {
      n_known += terms[t].lit;
      if (terms[t].lit || !*terms[t].reason)
        continue;
      say (card, KD_SETUP_PULLS, KD_SETUP_BAD,
           g_strdup_printf (_ ("%s: its term “%s” does not pull at the student: %s"),
                            kd_session_run_method (session_of (card), r)->title, terms[t].id,
                            kd_translated (terms[t].reason)));
      return;
    }
  }
  if (n_known)
    say (card, KD_SETUP_PULLS, KD_SETUP_GOOD,
         g_strdup (_ ("Every term pulls at its student, as far as they are on screen")));
  else
    say (card, KD_SETUP_PULLS, KD_SETUP_UNKNOWN,
         g_strdup (_ ("Whether every term pulls at its student is known with the first picture")));
}

/* ---- showing it ------------------------------------------------------------------------------------------ */

static void
sum_up (KdSetupCard *card, const KdTeacherStatus *teacher)
{
  bool bad = false;
  for (int i = 0; i < KD_N_SETUP_CHECKS; i++)
    bad |= card->rows[i].verdict == KD_SETUP_BAD;
  set_icon (card->icon, bad ? "dialog-warning-symbolic" : "object-select-symbolic");
  gtk_widget_set_visible (card->icon, bad || teacher->state == KD_TEACHER_MEASURED);
  g_autofree char *text = bad ? g_strdup (_ ("Check the setup"))
                          : teacher->state == KD_TEACHER_MEASURED
                              ? g_strdup_printf (_ ("Teacher: AP50 %.1f %%"), 100 * teacher->ap50)
                          : teacher->state == KD_TEACHER_MEASURING
                              ? g_strdup (_ ("Teacher: being measured"))
                              : g_strdup (_ ("Teacher: not yet measured"));
  gtk_label_set_text (GTK_LABEL (card->label), text);
}

static void
show_all (KdSetupCard *card)
{
  const KdTeacherStatus teacher = kd_teacher_check_status (card->teacher);
  gtk_widget_set_visible (GTK_WIDGET (card), !kd_session_is_recording (session_of (card)));
  say_teacher (card, &teacher);
  say_better (card, &teacher);
  say_twin (card);
  say_pulls (card);
  sum_up (card, &teacher);
  const bool measuring = teacher.state == KD_TEACHER_MEASURING;
  gtk_button_set_label (GTK_BUTTON (card->measure), measuring ? _ ("Cancel")
                                                    : teacher.state == KD_TEACHER_MEASURED
                                                        ? _ ("Measure it again")
                                                        : _ ("Measure it now"));
  gtk_widget_set_visible (card->measure, teacher.state != KD_TEACHER_NONE);
}

static void
on_measure (KdSetupCard *card)
{
  if (kd_teacher_check_status (card->teacher).state == KD_TEACHER_MEASURING)
    kd_teacher_check_stop (card->teacher);
  else
    kd_teacher_check_start (card->teacher);
}

KdSetupVerdict
kd_setup_card_get (KdSetupCard *card, KdSetupCheck check, const char **sentence)
{
  g_return_val_if_fail (KD_IS_SETUP_CARD (card) && check < KD_N_SETUP_CHECKS, KD_SETUP_UNKNOWN);
  if (sentence)
    *sentence = gtk_label_get_text (GTK_LABEL (card->rows[check].sentence));
  return card->rows[check].verdict;
}

/* ---- the widget ------------------------------------------------------------------------------------------- */

static void
kd_setup_card_dispose (GObject *object)
{
  KdSetupCard *card = KD_SETUP_CARD (object);
  if (card->teacher) {
    g_signal_handlers_disconnect_by_data (card->teacher, card);
    kd_teacher_check_stop (card->teacher);
  }
  if (card->model)
    g_signal_handlers_disconnect_by_data (card->model, card);
  g_clear_object (&card->teacher);
  g_clear_object (&card->model);
  G_OBJECT_CLASS (kd_setup_card_parent_class)->dispose (object);
}

static void
kd_setup_card_class_init (KdSetupCardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_setup_card_dispose;
}

static GtkWidget *
make_row (Row *row)
{
  row->icon = gtk_image_new ();
  gtk_widget_set_valign (row->icon, GTK_ALIGN_START);
  row->sentence = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (row->sentence), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (row->sentence), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (row->sentence), 0);
  gtk_widget_add_css_class (row->sentence, "caption");
  gtk_widget_set_hexpand (row->sentence, TRUE);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_box_append (GTK_BOX (line), row->icon);
  gtk_box_append (GTK_BOX (line), row->sentence);
  return line;
}

static GtkWidget *
make_checks (KdSetupCard *card)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  for (int i = 0; i < KD_N_SETUP_CHECKS; i++)
    gtk_box_append (GTK_BOX (box), make_row (&card->rows[i]));
  card->measure = gtk_button_new_with_label ("");
  gtk_widget_set_name (card->measure, "measure-teacher");
  gtk_widget_set_halign (card->measure, GTK_ALIGN_START);
  g_signal_connect_swapped (card->measure, "clicked", G_CALLBACK (on_measure), card);
  gtk_box_append (GTK_BOX (box), card->measure);
  gtk_widget_set_margin_top (box, 8);
  return box;
}

static void
kd_setup_card_init (KdSetupCard *card)
{
  card->icon = gtk_image_new ();
  card->label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (card->label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (card->label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (card->label, TRUE);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  gtk_box_append (GTK_BOX (line), card->icon);
  gtk_box_append (GTK_BOX (line), card->label);
  gtk_widget_set_tooltip_text (
      line, _ ("Whether the teacher, the twin and the terms are as they must be"));
  card->expander = gtk_expander_new (NULL);
  gtk_widget_set_name (card->expander, "setup");
  gtk_widget_set_hexpand (card->expander, TRUE);
  gtk_expander_set_label_widget (GTK_EXPANDER (card->expander), line);
  gtk_expander_set_child (GTK_EXPANDER (card->expander), make_checks (card));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (card->expander),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, card->label, NULL, -1);
  gtk_box_append (GTK_BOX (card), card->expander);
}

GtkWidget *
kd_setup_card_new (KdSessionModel *model)
{
  KdSetupCard *card = g_object_new (KD_TYPE_SETUP_CARD, NULL);
  card->model = g_object_ref (model);
  card->teacher = kd_teacher_check_new (model);
  g_signal_connect_swapped (card->teacher, "changed", G_CALLBACK (show_all), card);
  g_signal_connect_swapped (model, "session", G_CALLBACK (show_all), card);
  g_signal_connect_swapped (model, "series", G_CALLBACK (show_all), card);
  show_all (card);
  return GTK_WIDGET (card);
}
