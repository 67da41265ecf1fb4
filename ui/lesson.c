/* SPDX-License-Identifier: MIT */
#include "ui/lesson.h"

#include "engine/base/i18n.h"

#include <gio/gio.h>
#include <pango/pango.h>
#include <string.h>

#define FOLDER "/org/kdscope/lessons/"
#define HEAD "lesson"
#define MOST_MINUTES 60

/* Where in the file we are, for errors. */
typedef struct {
  GKeyFile *file;
  const char *name, *group;
} Place;

static bool
fail (const Place *at, const char *key, const char *expected, const char *found, GError **error)
{
  g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, "%s: [%s] %s: expected %s, found %s%s%s", at->name,
               at->group, key, expected, found ? "\"" : "nothing", found ? found : "",
               found ? "\"" : "");
  return false;
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

static char *
read_text (const Place *at, const char *key)
{
  return g_key_file_get_string (at->file, at->group, key, NULL);
}

/* For the learner, translated if the catalogues have it. */
static char *
read_words (const Place *at, const char *key)
{
  g_autofree char *text = read_text (at, key);
  return g_strdup (kd_translated (text));
}

static bool
need_words (const Place *at, const char *key, const char *expected, char **text, GError **error)
{
  *text = read_words (at, key);
  return (*text && **text) || fail (at, key, expected, *text, error);
}

static bool
check_keys (const Place *at, const char *const *known, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (at->file, at->group, NULL, NULL);
  for (char **key = keys; key && *key; key++) {
    if (g_strv_contains (known, *key))
      continue;
    g_autofree char *list = g_strjoinv (", ", (char **) known);
    g_autofree char *expected = g_strdup_printf ("one of %s", list);
    return fail (at, "key", expected, *key, error);
  }
  return true;
}

static void
clear_act (gpointer act)
{
  kd_lesson_act_clear (act);
}

static void
clear_condition (gpointer condition)
{
  kd_lesson_condition_clear (condition);
}

/* Of no method, or of one whose student the lesson will have; without a list it takes those that are there. */
static bool
is_of_lesson (const Place *at,
              const char *key,
              const KdLesson *lesson,
              const KdMethod *method,
              GError **error)
{
  if (!method || !lesson->methods->len ||
      g_ptr_array_find (lesson->methods, (gpointer) method, NULL))
    return true;
  return fail (at, key, "a method that is among the lesson's methods", method->id, error);
}

static bool
read_acts (const Place *at, const char *key, const KdLesson *lesson, GArray *acts, GError **error)
{
  g_auto (GStrv) texts = g_key_file_get_string_list (at->file, at->group, key, NULL, NULL);
  for (char **text = texts; text && *text; text++) {
    KdLessonAct act;
    g_autofree char *expected = NULL;
    if (!kd_lesson_act_parse (*text, &act, &expected))
      return fail (at, key, expected, *text, error);
    g_array_append_val (acts, act);
    if (act.kind != KD_LESSON_DO_INSPECT && !is_of_lesson (at, key, lesson, act.method, error))
      return false;
  }
  return true;
}

static bool
read_waits (const Place *at, const KdLesson *lesson, GArray *waits, GError **error)
{
  g_auto (GStrv) texts = g_key_file_get_string_list (at->file, at->group, "wait", NULL, NULL);
  for (char **text = texts; text && *text; text++) {
    KdLessonCondition condition;
    g_autofree char *expected = NULL;
    if (!kd_lesson_condition_parse (*text, &condition, &expected))
      return fail (at, "wait", expected, *text, error);
    g_array_append_val (waits, condition);
    if (condition.quantity != KD_LESSON_INSPECTED &&
        !is_of_lesson (at, "wait", lesson, condition.method, error))
      return false;
  }
  return true;
}

static bool
is_knob (const char *id)
{
  int n;
  const KdMethod *const *methods = kd_methods (&n);
  for (int i = 0; i < n; i++) {
    if (kd_lesson_has_knob (methods[i], id))
      return true;
  }
  return false;
}

/* Names that the window's widgets have; which maps there will be, only a session knows. */
static bool
is_widget (const char *name)
{
  static const char *const names[] = { "students", "play",    "step",        "timeline", "charts",
                                       "wall",     "tools",   "image",       "level",    "probe",
                                       "figures",  "card",    "new-session", "scale",    "channels",
                                       "balance",  "methods", "arrays",      NULL };
  return g_strv_contains (names, name) || g_str_has_prefix (name, "row-") ||
         (g_str_has_prefix (name, "knob-") && is_knob (name + strlen ("knob-")));
}

static bool
read_spotlight (const Place *at, char **spotlight, GError **error)
{
  *spotlight = read_text (at, "spotlight");
  return !*spotlight || is_widget (*spotlight) ||
         fail (
             at, "spotlight",
             "students, play, step, timeline, charts, wall, tools, image, level, scale, channels, "
             "probe, figures, card, balance, new-session, methods, arrays, knob-ID or row-PROBE",
             *spotlight, error);
}

/* NULL: there is none. */
static bool
read_markup (const Place *at, const char *key, char **text, GError **error)
{
  *text = read_words (at, key);
  g_autoptr (GError) wrong = NULL;
  if (!*text || pango_parse_markup (*text, -1, 0, NULL, NULL, NULL, &wrong))
    return true;
  g_autofree char *expected = g_strdup_printf ("Pango markup (%s)", wrong->message);
  return fail (at, key, expected, *text, error);
}

/* ---- cards --------------------------------------------------------------------------------------------- */

static void
free_card (gpointer data)
{
  KdLessonCard *card = data;
  g_free (card->title);
  g_free (card->text);
  g_free (card->task);
  g_free (card->spotlight);
  g_array_unref (card->before);
  g_array_unref (card->waits);
  g_array_unref (card->shows);
  g_free (card);
}

static KdLessonCard *
new_card (void)
{
  KdLessonCard *card = g_new0 (KdLessonCard, 1);
  card->before = g_array_new (FALSE, TRUE, sizeof (KdLessonAct));
  card->waits = g_array_new (FALSE, TRUE, sizeof (KdLessonCondition));
  card->shows = g_array_new (FALSE, TRUE, sizeof (KdLessonAct));
  g_array_set_clear_func (card->before, clear_act);
  g_array_set_clear_func (card->waits, clear_condition);
  g_array_set_clear_func (card->shows, clear_act);
  return card;
}

static bool
read_card (const Place *at, const KdLesson *lesson, KdLessonCard *card, GError **error)
{
  static const char *const keys[] = { "title", "text", "task",      "wait",
                                      "show",  "do",   "spotlight", NULL };
  if (!check_keys (at, keys, error) ||
      !need_words (at, "title", "a few words", &card->title, error) ||
      !read_markup (at, "text", &card->text, error) ||
      !read_markup (at, "task", &card->task, error) ||
      !read_spotlight (at, &card->spotlight, error) ||
      !read_acts (at, "do", lesson, card->before, error) ||
      !read_waits (at, lesson, card->waits, error) ||
      !read_acts (at, "show", lesson, card->shows, error))
    return false;
  if (!card->text || !*card->text)
    return fail (at, "text", "text in Pango markup", NULL, error);
  if (card->waits->len && !card->task)
    return fail (at, "task", "what the learner shall do, since the card waits", NULL, error);
  if (card->waits->len && !card->shows->len)
    return fail (at, "show", "acts that do what the card waits for", NULL, error);
  if (card->task && !card->waits->len)
    return fail (at, "wait", "what the task is checked by", NULL, error);
  return true;
}

/* ---- lessons ------------------------------------------------------------------------------------------- */

static bool
read_methods (const Place *at, GPtrArray *methods, GError **error)
{
  g_auto (GStrv) ids = g_key_file_get_string_list (at->file, HEAD, "methods", NULL, NULL);
  for (char **id = ids; id && *id; id++) {
    const KdMethod *method = kd_method_find (g_strstrip (*id));
    if (!method)
      return fail (at, "methods", "ids of methods, such as none;fgd", *id, error);
    g_ptr_array_add (methods, (gpointer) method);
  }
  return true;
}

static bool
read_head (const Place *at, KdLesson *lesson, GError **error)
{
  static const char *const keys[] = { "id", "title", "about", "group", "minutes", "methods", NULL };
  if (!g_key_file_has_group (at->file, HEAD))
    return fail (at, "group", "the group [lesson] with id, title, about, minutes, methods", NULL,
                 error);
  lesson->id = read_text (at, "id");
  if (!check_keys (at, keys, error) ||
      !need_words (at, "title", "a few words", &lesson->title, error) ||
      !need_words (at, "about", "one sentence", &lesson->about, error))
    return false;
  lesson->group = read_words (at, "group");
  if (!lesson->id || !*lesson->id || strchr (lesson->id, ' '))
    return fail (at, "id", "a short name without spaces", lesson->id, error);
  lesson->minutes = g_key_file_get_integer (at->file, HEAD, "minutes", NULL);
  if (lesson->minutes < 1 || lesson->minutes > MOST_MINUTES) {
    g_autofree char *found = read_text (at, "minutes");
    return fail (at, "minutes", "1 to 60", found, error);
  }
  return read_methods (at, lesson->methods, error);
}

static bool
read_lesson (Place *at, KdLesson *lesson, GError **error)
{
  at->group = HEAD;
  if (!read_head (at, lesson, error))
    return false;
  g_auto (GStrv) groups = g_key_file_get_groups (at->file, NULL);
  for (char **group = groups; *group; group++) {
    if (g_str_equal (*group, HEAD))
      continue;
    at->group = *group;
    if (!g_str_has_prefix (*group, "card"))
      return fail (at, "group", "a name that begins with card", *group, error);
    KdLessonCard *card = new_card ();
    g_ptr_array_add (lesson->cards, card);
    if (!read_card (at, lesson, card, error))
      return false;
  }
  at->group = HEAD;
  return lesson->cards->len || fail (at, "cards", "groups [card 1], [card 2] ...", NULL, error);
}

KdLesson *
kd_lesson_parse (const char *name, const char *data, gssize length, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) wrong = NULL;
  if (!g_key_file_load_from_data (file, data,
                                  (gsize) (length < 0 ? (gssize) strlen (data) : length),
                                  G_KEY_FILE_NONE, &wrong)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, "%s: expected a key file: %s", name,
                 wrong->message);
    kd_error_tidy (error);
    return NULL;
  }
  g_autoptr (KdLesson) lesson = g_new0 (KdLesson, 1);
  lesson->methods = g_ptr_array_new ();
  lesson->cards = g_ptr_array_new_with_free_func (free_card);
  Place at = { file, name, HEAD };
  if (read_lesson (&at, lesson, error))
    return g_steal_pointer (&lesson);
  kd_error_tidy (error);
  return NULL;
}

KdLesson *
kd_lesson_load (const char *path, GError **error)
{
  g_autofree char *data = NULL;
  gsize length;
  g_autoptr (GError) wrong = NULL;
  if (!g_file_get_contents (path, &data, &length, &wrong)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, "%s", wrong->message);
    return NULL;
  }
  return kd_lesson_parse (path, data, (gssize) length, error);
}

void
kd_lesson_free (KdLesson *lesson)
{
  if (!lesson)
    return;
  g_free (lesson->id);
  g_free (lesson->title);
  g_free (lesson->about);
  g_free (lesson->group);
  g_ptr_array_unref (lesson->methods);
  g_ptr_array_unref (lesson->cards);
  g_free (lesson);
}

GPtrArray *
kd_lessons_bundled (void)
{
  static const char *const names[] = { "distillation", "maps",     "curves",      "balance",
                                       "own-model",    "regions",  "anchors",     "instances",
                                       "background",   "richness", "temperature", "ranks",
                                       "picks",        "tokens" };
  GPtrArray *lessons = g_ptr_array_new_with_free_func ((GDestroyNotify) kd_lesson_free);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strconcat (names[i], ".ini", NULL);
    g_autofree char *path = g_strconcat (FOLDER, name, NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (GBytes) bytes = g_resources_lookup_data (path, 0, &error);
    gsize length = 0;
    const char *data = bytes ? g_bytes_get_data (bytes, &length) : NULL;
    KdLesson *lesson = data ? kd_lesson_parse (name, data, (gssize) length, &error) : NULL;
    if (lesson)
      g_ptr_array_add (lessons, lesson);
    else
      g_critical ("%s", error->message); /* ours, and tested */
  }
  return lessons;
}
