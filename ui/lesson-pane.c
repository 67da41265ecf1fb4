/* SPDX-License-Identifier: MIT */
#include "ui/lesson-pane.h"

#include "engine/base/i18n.h"
#include "ui/lesson-before.h"
#include "ui/lesson-progress.h"
#include "ui/lesson-stage.h"

#include <adwaita.h>

/* How often a waiting card asks the model; below what a person notices as late. */
#define LOOK_MS 200
#define WIDTH 290
/* A text fills the pane; what it would like, the pane would get where it lies over the view. */
#define NATURAL_CHARS 20
#define MARGIN 14

struct _KdLessonPane {
  GtkBox parent_instance;
  KdLessonStage stage;    /* model owned, live borrowed: it is the window's as long as this is */
  GPtrArray *lessons;     /* KdLesson: the bundled ones */
  KdLesson *own;          /* a teacher's, NULL: none */
  const KdLesson *lesson; /* being taken, NULL: the list is shown */
  int card, passed;       /* @passed: cards that were finished this time */
  bool done;
  bool has_runs;   /* the session is still one that the lesson can be taken with */
  KdSession *made; /* for the lesson, to compare only; NULL: it found what it needs */
  KdLessonBefore before;
  GtkWidget *title, *back_to_list, *stack, *list, *told, *bring_back;
  GtkWidget *task, *mark, *task_label, *now, *show_me, *previous, *place, *next;
  GtkWidget *spotlight; /* weak */
  bool aimed;           /* it has been scrolled to */
  guint looking;
};

G_DEFINE_FINAL_TYPE (KdLessonPane, kd_lesson_pane, GTK_TYPE_BOX)

enum { SESSION, BACK, LIVE, CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

static const KdLessonCard *
card_of (const KdLessonPane *pane)
{
  return pane->lesson ? g_ptr_array_index (pane->lesson->cards, pane->card) : NULL;
}

/* ---- the spotlight ------------------------------------------------------------------------------------- */

static void
set_spotlight (KdLessonPane *pane, GtkWidget *widget)
{
  if (pane->spotlight == widget)
    return;
  if (pane->spotlight)
    gtk_widget_remove_css_class (pane->spotlight, "spotlight");
  g_set_weak_pointer (&pane->spotlight, widget);
  pane->aimed = false;
  if (widget)
    gtk_widget_add_css_class (widget, "spotlight");
}

/* From @start on, @size long, as seen from the page: a third of what is left of it comes before. */
static void
bring_into (GtkAdjustment *adjustment, double start, double size)
{
  const double page = gtk_adjustment_get_page_size (adjustment);
  if (start < 0 || start + size > page)
    gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + start -
                                              MAX (0, page - size) / 3);
}

/* So far that it can be seen in all that scrolls around it. */
static void
scroll_to (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);
  GtkWidget *scroller = parent ? gtk_widget_get_ancestor (parent, GTK_TYPE_SCROLLED_WINDOW) : NULL;
  double x, y;
  for (; scroller; scroller = gtk_widget_get_ancestor (gtk_widget_get_parent (scroller),
                                                       GTK_TYPE_SCROLLED_WINDOW)) {
    if (!gtk_widget_translate_coordinates (widget, scroller, 0, 0, &x, &y))
      return;
    GtkScrolledWindow *window = GTK_SCROLLED_WINDOW (scroller);
    bring_into (gtk_scrolled_window_get_hadjustment (window), x, gtk_widget_get_width (widget));
    bring_into (gtk_scrolled_window_get_vadjustment (window), y, gtk_widget_get_height (widget));
  }
}

/* Rows of the wall come and go with methods and levels: what is gone is looked for again. */
static void
find_spotlight (KdLessonPane *pane)
{
  const KdLessonCard *card = card_of (pane);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (pane));
  if (!card || !card->spotlight || !root) {
    set_spotlight (pane, NULL);
    return;
  }
  GtkWidget *found = kd_lesson_stage_find (GTK_WIDGET (root), card->spotlight);
  /* What has just come has no place yet. */
  if (found && found == pane->spotlight && !pane->aimed && gtk_widget_get_height (found) > 0) {
    pane->aimed = true;
    scroll_to (found);
  }
  set_spotlight (pane, found);
}

/* ---- a card -------------------------------------------------------------------------------------------- */

/* What the card waits for, where it stands, and the button that helps. */
static void
show_task (KdLessonPane *pane, const KdLessonCard *card)
{
  const bool lost = !pane->has_runs;
  g_autofree char *now =
      lost || pane->done ? NULL : kd_lesson_stage_tell (&pane->stage, card->waits);
  gtk_widget_set_visible (pane->task, card->task != NULL || lost);
  gtk_label_set_markup (GTK_LABEL (pane->task_label),
                        lost         ? _ ("This lesson's students are not in training any more.")
                        : card->task ? card->task
                                     : "");
  gtk_image_set_from_icon_name (GTK_IMAGE (pane->mark), lost         ? "dialog-warning-symbolic"
                                                        : pane->done ? "emblem-ok-symbolic"
                                                                     : "media-record-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (pane->mark), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pane->done ? C_ ("state of a task", "Done") : _ ("Not done yet"),
                                  -1);
  gtk_label_set_text (GTK_LABEL (pane->now), now ? now : "");
  gtk_button_set_label (GTK_BUTTON (pane->show_me), lost ? _ ("Begin anew") : _ ("Show me"));
  gtk_widget_set_visible (gtk_widget_get_parent (pane->show_me), lost || !pane->done);
}

static void
show_state (KdLessonPane *pane)
{
  const KdLessonCard *card = card_of (pane);
  const int n = (int) pane->lesson->cards->len;
  const bool last = pane->card == n - 1;
  g_autofree char *place = g_strdup_printf (_ ("%d of %d"), pane->card + 1, n);
  gtk_label_set_text (GTK_LABEL (pane->place), place);
  show_task (pane, card);
  gtk_widget_set_sensitive (pane->previous, pane->card > 0);
  gtk_widget_set_sensitive (pane->next, pane->done);
  gtk_button_set_label (GTK_BUTTON (pane->next),
                        last ? C_ ("button", "Finish") : C_ ("button", "Next"));
  if (pane->done) {
    gtk_widget_add_css_class (pane->next, "suggested-action");
    gtk_widget_add_css_class (pane->task, "done");
  } else {
    gtk_widget_remove_css_class (pane->next, "suggested-action");
    gtk_widget_remove_css_class (pane->task, "done");
  }
}

/* Training that the card asked for is over: the students wait while the next cards are read. */
static void
rest (KdLessonPane *pane, const KdLessonCard *card)
{
  for (guint i = 0; i < card->waits->len; i++) {
    if (kd_lesson_condition_is_training (&g_array_index (card->waits, KdLessonCondition, i))) {
      kd_session_pause (kd_session_model_get_session (pane->stage.model));
      return;
    }
  }
}

static void
finish_card (KdLessonPane *pane)
{
  pane->done = true;
  pane->passed = MAX (pane->passed, pane->card + 1);
  kd_lesson_keep_progress (pane->lesson, (guint) pane->passed);
}

static gboolean
look (gpointer data)
{
  KdLessonPane *pane = data;
  const KdLessonCard *card = card_of (pane);
  if (!card) {
    pane->looking = 0;
    return G_SOURCE_REMOVE;
  }
  find_spotlight (pane);
  const bool had_runs = pane->has_runs, was_done = pane->done;
  pane->has_runs = kd_lesson_stage_has_runs (&pane->stage, pane->lesson);
  if (!pane->done && pane->has_runs && kd_lesson_stage_all_hold (&pane->stage, card->waits)) {
    finish_card (pane);
    rest (pane, card);
  }
  if (pane->done != was_done || pane->has_runs != had_runs)
    show_state (pane);
  else if (!pane->done)
    show_task (pane, card);
  return G_SOURCE_CONTINUE;
}

static void
show_card (KdLessonPane *pane, int index)
{
  set_spotlight (pane, NULL);
  pane->card = index;
  const KdLessonCard *card = card_of (pane);
  g_autofree char *name = g_strdup_printf ("card-%d", index);
  gtk_stack_set_visible_child_name (GTK_STACK (pane->stack), name);
  kd_lesson_stage_do (&pane->stage, card->before);
  kd_lesson_stage_begin (&pane->stage);
  pane->has_runs = kd_lesson_stage_has_runs (&pane->stage, pane->lesson);
  pane->done = false;
  if (card->waits->len == 0 || index < pane->passed)
    finish_card (pane);
  show_state (pane);
  find_spotlight (pane);
  if (!pane->looking)
    pane->looking = g_timeout_add (LOOK_MS, look, pane);
}

static GtkWidget *
make_label (const char *text, bool markup, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);
  if (markup)
    gtk_label_set_markup (GTK_LABEL (label), text);
  else
    gtk_label_set_text (GTK_LABEL (label), text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), NATURAL_CHARS);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
make_card (const KdLessonCard *card)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  gtk_box_append (GTK_BOX (box), make_label (card->title, false, "title-4"));
  gtk_box_append (GTK_BOX (box), make_label (card->text, true, NULL));
  g_object_set (box, "margin-start", MARGIN, "margin-end", MARGIN, "margin-top", 6, "margin-bottom",
                MARGIN, NULL);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

/* ---- the list ------------------------------------------------------------------------------------------ */

static void
fill_list (KdLessonPane *pane)
{
  GtkListBoxRow *old;
  while ((old = gtk_list_box_get_row_at_index (GTK_LIST_BOX (pane->list), 0)))
    gtk_list_box_remove (GTK_LIST_BOX (pane->list), GTK_WIDGET (old));
  for (guint i = 0; i < pane->lessons->len; i++) {
    const KdLesson *lesson = g_ptr_array_index (pane->lessons, i);
    const guint done = kd_lesson_progress (lesson), n = lesson->cards->len;
    g_autofree char *progress =
        done == n  ? g_strdup (C_ ("state", "Finished"))
        : done > 0 ? g_strdup_printf (ngettext ("%u of %u card", "%u of %u cards", n), done, n)
                   : g_strdup_printf (
                         ngettext ("%u card, about %d minutes", "%u cards, about %d minutes", n), n,
                         lesson->minutes);
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
    g_object_set (box, "margin-start", 6, "margin-end", 6, "margin-top", 8, "margin-bottom", 8,
                  NULL);
    gtk_box_append (GTK_BOX (box), make_label (lesson->title, false, "heading"));
    gtk_box_append (GTK_BOX (box), make_label (lesson->about, false, NULL));
    GtkWidget *state = make_label (progress, false, "caption");
    gtk_widget_add_css_class (state, done == n ? "success" : "dim-label");
    gtk_box_append (GTK_BOX (box), state);
    GtkWidget *row = gtk_list_box_row_new ();
    gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    lesson->title, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, progress,
                                    -1);
    gtk_list_box_append (GTK_LIST_BOX (pane->list), row);
  }
}

static void
head_group (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const KdLessonPane *pane = data;
  const KdLesson *lesson =
      g_ptr_array_index (pane->lessons, (guint) gtk_list_box_row_get_index (row));
  const KdLesson *above =
      before ? g_ptr_array_index (pane->lessons, (guint) gtk_list_box_row_get_index (before))
             : NULL;
  if (!lesson->group || (above && g_strcmp0 (above->group, lesson->group) == 0)) {
    gtk_list_box_row_set_header (row, NULL);
    return;
  }
  GtkWidget *heading = make_label (lesson->group, false, "caption-heading");
  g_object_set (heading, "margin-start", 8, "margin-top", 10, "margin-bottom", 4, NULL);
  gtk_list_box_row_set_header (row, heading);
}

/* The first lesson after @lesson that is not finished; NULL: none. */
static const KdLesson *
find_next (const KdLessonPane *pane, const KdLesson *lesson)
{
  bool after = false;
  for (guint i = 0; i < pane->lessons->len; i++) {
    const KdLesson *other = g_ptr_array_index (pane->lessons, i);
    if (after && kd_lesson_progress (other) < other->cards->len)
      return other;
    after = after || other == lesson;
  }
  return NULL;
}

static void
tell_finished (KdLessonPane *pane)
{
  const KdLesson *next = find_next (pane, pane->lesson);
  g_autofree char *text =
      next ? g_strdup_printf (_ ("“%s” is finished. Next: “%s”."), pane->lesson->title, next->title)
           : g_strdup_printf (_ ("“%s” is finished."), pane->lesson->title);
  gtk_label_set_text (GTK_LABEL (pane->told), text);
  gtk_widget_set_visible (pane->told, TRUE);
}

/* ---- the list as a page ---------------------------------------------------------------------------------- */

static void
show_list (KdLessonPane *pane)
{
  if (pane->lesson)
    kd_lesson_before_put_back (&pane->before, &pane->stage);
  const bool made = pane->made && pane->made == kd_session_model_get_session (pane->stage.model);
  gtk_widget_set_visible (pane->bring_back, made);
  pane->lesson = NULL;
  set_spotlight (pane, NULL);
  g_clear_handle_id (&pane->looking, g_source_remove);
  fill_list (pane);
  gtk_label_set_text (GTK_LABEL (pane->title), C_ ("view", "Lessons"));
  gtk_widget_set_visible (pane->back_to_list, FALSE);
  gtk_stack_set_visible_child_name (GTK_STACK (pane->stack), "list");
  gtk_widget_set_visible (gtk_widget_get_last_child (GTK_WIDGET (pane)), FALSE);
}

/* ---- a lesson ------------------------------------------------------------------------------------------ */

/* Students as in the session that is there, but of the lesson's methods, waiting at step 0. */
static void
ask_for_session (KdLessonPane *pane, const KdLesson *lesson)
{
  KdRunConfig runs[KD_MAX_RUNS] = { 0 };
  const KdConfig *now = kd_session_config (kd_session_model_get_session (pane->stage.model));
  KdConfig config = now ? *now : kd_config_default ();
  g_autoptr (GPtrArray) knobs = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_knobs_free);
  for (guint i = 0; i < lesson->methods->len && i < KD_MAX_RUNS; i++) {
    g_ptr_array_add (knobs, kd_knobs_new (g_ptr_array_index (lesson->methods, i), "demo", NULL));
    runs[i].knobs = g_ptr_array_index (knobs, i);
  }
  config.runs = runs;
  config.n_runs = (int) knobs->len;
  if (now && kd_session_is_recording (kd_session_model_get_session (pane->stage.model)))
    config.threads = MAX (1, (int) g_get_num_processors () - 1); /* the recorder's were another's */
  config.steps = MAX (config.steps, kd_config_default ().steps);
  config.out = NULL;
  config.resume = false;
  config.paused = true;
  if (config.teacher && !*config.teacher)
    config.teacher = NULL;
  g_signal_emit (pane, signals[SESSION], 0, &config);
  pane->made = kd_session_model_get_session (pane->stage.model);
}

/* One lesson after another: what came before the first is what can be brought back. */
static void
need_session (KdLessonPane *pane, const KdLesson *lesson)
{
  if (kd_lesson_stage_fits (&pane->stage, lesson))
    return;
  if (pane->made && pane->made == kd_session_model_get_session (pane->stage.model))
    kd_session_model_swap (pane->stage.model);
  ask_for_session (pane, lesson);
}

static void
bring_back (KdLessonPane *pane)
{
  pane->made = NULL;
  gtk_widget_set_visible (pane->bring_back, FALSE);
  g_signal_emit (pane, signals[BACK], 0);
}

static void
begin (KdLessonPane *pane, const KdLesson *lesson)
{
  show_list (pane); /* whatever was being taken has ended */
  g_signal_emit (pane, signals[LIVE], 0);
  need_session (pane, lesson);
  kd_lesson_before_keep (&pane->before, &pane->stage);
  gtk_widget_set_visible (pane->told, FALSE);
  pane->lesson = lesson;
  GtkWidget *child = gtk_widget_get_first_child (pane->stack);
  while (child) {
    GtkWidget *after = gtk_widget_get_next_sibling (child);
    GtkStackPage *page = gtk_stack_get_page (GTK_STACK (pane->stack), child);
    if (!g_str_equal (gtk_stack_page_get_name (page), "list"))
      gtk_stack_remove (GTK_STACK (pane->stack), child);
    child = after;
  }
  for (guint i = 0; i < lesson->cards->len; i++) {
    g_autofree char *name = g_strdup_printf ("card-%u", i);
    gtk_stack_add_named (GTK_STACK (pane->stack), make_card (g_ptr_array_index (lesson->cards, i)),
                         name);
  }
  gtk_label_set_text (GTK_LABEL (pane->title), lesson->title);
  gtk_widget_set_visible (pane->back_to_list, TRUE);
  gtk_widget_set_visible (gtk_widget_get_last_child (GTK_WIDGET (pane)), TRUE);
  const int done = (int) kd_lesson_progress (lesson);
  pane->passed = done < (int) lesson->cards->len ? done : 0;
  show_card (pane, pane->passed);
}

static void
on_row (GtkListBox *list, GtkListBoxRow *row, KdLessonPane *pane)
{
  (void) list;
  begin (pane, g_ptr_array_index (pane->lessons, (guint) gtk_list_box_row_get_index (row)));
}

bool
kd_lesson_pane_begin (KdLessonPane *pane, const char *id)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), false);
  for (guint i = 0; i < pane->lessons->len; i++) {
    const KdLesson *lesson = g_ptr_array_index (pane->lessons, i);
    if (!g_str_equal (lesson->id, id))
      continue;
    begin (pane, lesson);
    return true;
  }
  return false;
}

bool
kd_lesson_pane_open (KdLessonPane *pane, const char *path, GError **error)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), false);
  KdLesson *lesson = kd_lesson_load (path, error);
  if (!lesson)
    return false;
  KdLesson *old = pane->own;
  pane->own = lesson;
  begin (pane, lesson);
  kd_lesson_free (old);
  return true;
}

void
kd_lesson_pane_show_me (KdLessonPane *pane)
{
  g_return_if_fail (KD_IS_LESSON_PANE (pane));
  if (pane->lesson && !kd_lesson_stage_has_runs (&pane->stage, pane->lesson)) {
    ask_for_session (pane, pane->lesson);
    show_card (pane, pane->card);
  } else if (pane->lesson)
    kd_lesson_stage_do (&pane->stage, card_of (pane)->shows);
}

bool
kd_lesson_pane_next (KdLessonPane *pane)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), false);
  if (!pane->lesson || !pane->done)
    return false;
  if (pane->card + 1 < (int) pane->lesson->cards->len)
    show_card (pane, pane->card + 1);
  else {
    tell_finished (pane);
    show_list (pane);
  }
  return true;
}

static void
go_back (KdLessonPane *pane)
{
  if (pane->lesson && pane->card > 0)
    show_card (pane, pane->card - 1);
}

int
kd_lesson_pane_get_card (KdLessonPane *pane)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), -1);
  return pane->lesson ? pane->card : -1;
}

bool
kd_lesson_pane_is_done (KdLessonPane *pane)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), false);
  return pane->lesson && pane->done;
}

GtkWidget *
kd_lesson_pane_get_spotlight (KdLessonPane *pane)
{
  g_return_val_if_fail (KD_IS_LESSON_PANE (pane), NULL);
  return pane->spotlight;
}

/* ---- layout -------------------------------------------------------------------------------------------- */

static void
close_pane (KdLessonPane *pane)
{
  show_list (pane);
  g_signal_emit (pane, signals[CLOSED], 0);
}

static GtkWidget *
flat_button (KdLessonPane *pane, const char *icon, const char *hint, GCallback clicked)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, hint);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, hint, -1);
  g_signal_connect_swapped (button, "clicked", clicked, pane);
  return button;
}

static GtkWidget *
make_head (KdLessonPane *pane)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  g_object_set (head, "margin-start", 6, "margin-end", 6, "margin-top", 6, NULL);
  pane->back_to_list =
      flat_button (pane, "go-previous-symbolic", _ ("All lessons"), G_CALLBACK (show_list));
  pane->title = gtk_label_new (C_ ("view", "Lessons"));
  gtk_label_set_xalign (GTK_LABEL (pane->title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (pane->title), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (pane->title), NATURAL_CHARS);
  gtk_widget_set_hexpand (pane->title, TRUE);
  gtk_widget_set_margin_start (pane->title, 8);
  gtk_widget_add_css_class (pane->title, "heading");
  gtk_box_append (GTK_BOX (head), pane->back_to_list);
  gtk_box_append (GTK_BOX (head), pane->title);
  gtk_box_append (GTK_BOX (head), flat_button (pane, "window-close-symbolic", _ ("Close lessons"),
                                               G_CALLBACK (close_pane)));
  return head;
}

static GtkWidget *
make_task (KdLessonPane *pane)
{
  GtkWidget *what = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  pane->mark = gtk_image_new ();
  gtk_widget_set_valign (pane->mark, GTK_ALIGN_START);
  pane->task_label = make_label ("", false, NULL);
  gtk_widget_set_hexpand (pane->task_label, TRUE);
  gtk_box_append (GTK_BOX (what), pane->mark);
  gtk_box_append (GTK_BOX (what), pane->task_label);
  GtkWidget *help = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  pane->now = make_label ("", false, "caption");
  gtk_widget_add_css_class (pane->now, "numeric");
  gtk_widget_set_hexpand (pane->now, TRUE);
  gtk_widget_set_margin_start (pane->now, 24);
  pane->show_me = gtk_button_new_with_label (_ ("Show me"));
  gtk_widget_add_css_class (pane->show_me, "flat");
  g_signal_connect_swapped (pane->show_me, "clicked", G_CALLBACK (kd_lesson_pane_show_me), pane);
  gtk_box_append (GTK_BOX (help), pane->now);
  gtk_box_append (GTK_BOX (help), pane->show_me);
  pane->task = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  gtk_widget_add_css_class (pane->task, "lesson-task");
  gtk_box_append (GTK_BOX (pane->task), what);
  gtk_box_append (GTK_BOX (pane->task), help);
  return pane->task;
}

static GtkWidget *
make_foot (KdLessonPane *pane)
{
  GtkWidget *foot = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  g_object_set (foot, "margin-start", MARGIN, "margin-end", MARGIN, "margin-bottom", MARGIN, NULL);
  gtk_box_append (GTK_BOX (foot), make_task (pane));
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  pane->previous = gtk_button_new_with_label (C_ ("button", "Back"));
  g_signal_connect_swapped (pane->previous, "clicked", G_CALLBACK (go_back), pane);
  pane->place = gtk_label_new (NULL);
  gtk_widget_set_hexpand (pane->place, TRUE);
  gtk_widget_add_css_class (pane->place, "dim-label");
  pane->next = gtk_button_new_with_label (C_ ("button", "Next"));
  g_signal_connect_swapped (pane->next, "clicked", G_CALLBACK (kd_lesson_pane_next), pane);
  gtk_box_append (GTK_BOX (line), pane->previous);
  gtk_box_append (GTK_BOX (line), pane->place);
  gtk_box_append (GTK_BOX (line), pane->next);
  gtk_box_append (GTK_BOX (foot), line);
  return foot;
}

static void
make_list (KdLessonPane *pane)
{
  pane->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (pane->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (pane->list, "boxed-list");
  g_object_set (pane->list, "margin-start", MARGIN, "margin-end", MARGIN, "margin-top", 6,
                "margin-bottom", MARGIN, "valign", GTK_ALIGN_START, NULL);
  g_signal_connect (pane->list, "row-activated", G_CALLBACK (on_row), pane);
  gtk_list_box_set_header_func (GTK_LIST_BOX (pane->list), head_group, pane, NULL);
  pane->told = make_label ("", false, NULL);
  g_object_set (pane->told, "margin-start", MARGIN, "margin-end", MARGIN, "margin-top", 6,
                "visible", FALSE, NULL);
  pane->bring_back = gtk_button_new_with_label (_ ("Back to the students from before"));
  gtk_widget_set_tooltip_text (pane->bring_back,
                               _ ("The lesson trained its own; those of before have been kept"));
  g_object_set (pane->bring_back, "margin-start", MARGIN, "margin-end", MARGIN, "margin-top", 6,
                "visible", FALSE, NULL);
  g_signal_connect_swapped (pane->bring_back, "clicked", G_CALLBACK (bring_back), pane);
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (page), pane->told);
  gtk_box_append (GTK_BOX (page), pane->bring_back);
  gtk_box_append (GTK_BOX (page), pane->list);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), page);
  pane->stack = gtk_stack_new ();
  gtk_stack_set_transition_type (GTK_STACK (pane->stack), GTK_STACK_TRANSITION_TYPE_CROSSFADE);
  gtk_stack_add_named (GTK_STACK (pane->stack), scroller, "list");
  gtk_widget_set_vexpand (pane->stack, TRUE);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_lesson_pane_dispose (GObject *object)
{
  KdLessonPane *pane = KD_LESSON_PANE (object);
  g_clear_handle_id (&pane->looking, g_source_remove);
  g_clear_weak_pointer (&pane->spotlight);
  pane->lesson = NULL;
  kd_lesson_before_clear (&pane->before);
  if (pane->lessons) /* rows that go ask for the heads of those that stay */
    gtk_list_box_set_header_func (GTK_LIST_BOX (pane->list), NULL, NULL, NULL);
  g_clear_pointer (&pane->lessons, g_ptr_array_unref);
  g_clear_pointer (&pane->own, kd_lesson_free);
  g_clear_object (&pane->stage.model);
  G_OBJECT_CLASS (kd_lesson_pane_parent_class)->dispose (object);
}

static void
kd_lesson_pane_class_init (KdLessonPaneClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_lesson_pane_dispose;
  signals[SESSION] = g_signal_new ("session", KD_TYPE_LESSON_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[BACK] = g_signal_new ("back", KD_TYPE_LESSON_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  signals[LIVE] = g_signal_new ("live", KD_TYPE_LESSON_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
  signals[CLOSED] = g_signal_new ("closed", KD_TYPE_LESSON_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
kd_lesson_pane_init (KdLessonPane *pane)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (pane), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (pane), 6);
  gtk_widget_set_size_request (GTK_WIDGET (pane), WIDTH, -1);
  gtk_widget_set_hexpand (GTK_WIDGET (pane), FALSE); /* whatever its labels would like */
  gtk_widget_add_css_class (GTK_WIDGET (pane), "lessons");
  pane->lessons = kd_lessons_bundled ();
  gtk_box_append (GTK_BOX (pane), make_head (pane));
  make_list (pane);
  gtk_box_append (GTK_BOX (pane), pane->stack);
  gtk_box_append (GTK_BOX (pane), make_foot (pane));
}

GtkWidget *
kd_lesson_pane_new (KdSessionModel *model, KdLivePage *live)
{
  KdLessonPane *pane = g_object_new (KD_TYPE_LESSON_PANE, NULL);
  pane->stage = (KdLessonStage){ g_object_ref (model), live, GTK_WIDGET (pane), NULL, 0 };
  show_list (pane);
  return GTK_WIDGET (pane);
}
