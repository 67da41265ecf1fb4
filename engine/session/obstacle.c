/* SPDX-License-Identifier: MIT */

/* Which methods a dump switches off, and which of its arrays is to blame. */
#include "engine/base/i18n.h"
#include "engine/session/dump-inputs.h"

#include <string.h>

/* What a method finds in a dump. */
typedef struct {
  KdGraph *graph;
  KdDumpInputs bound;
} Found;

static void
found_init (Found *found, const KdDump *dump)
{
  *found = (Found){ .graph = kd_graph_new ("obstacle") };
  if (dump->n_levels > 0)
    kd_dump_inputs_init (&found->bound, dump, found->graph);
}

static void
found_clear (Found *found)
{
  kd_dump_inputs_clear (&found->bound);
  kd_graph_free (found->graph);
}

/* What needs alone cannot say. */
static char *
unfit (const Found *found, const KdMethod *method)
{
  if (!method->unfit)
    return NULL;
  KdKnobs *knobs = kd_knobs_new (method, NULL, NULL);
  char *obstacle = method->unfit (&found->bound.inputs, knobs);
  kd_knobs_free (knobs);
  return obstacle;
}

char *
kd_inspect_obstacle (const KdDump *dump, const KdMethod *method)
{
  Found found;
  found_init (&found, dump);
  char *obstacle = kd_method_missing (method, &found.bound.inputs);
  if (!obstacle)
    obstacle = unfit (&found, method);
  found_clear (&found);
  return obstacle;
}

/* ---- whose fault it is ----------------------------------------------------------------------------------- */

/* Whether the lack of @array is due to @item: itself, another level of it, or the picture that has a size. */
static bool
is_due_to (const char *array, const char *item)
{
  const size_t family = strcspn (item, ".");
  const bool same =
      strncmp (array, item, family) == 0 && (array[family] == '\0' || array[family] == '.');
  return same || (strcmp (array, "image_size") == 0 && strcmp (item, "image") == 0);
}

/* The item of the list that is there, but of no use, and so explains that @array is lacking; NULL: it is missing. */
static const KdDumpItem *
culprit (const KdDumpCheck *check, const char *array)
{
  for (int i = 0; i < check->n_items; i++)
    if (check->items[i].state > KD_DUMP_MISSING && is_due_to (array, check->items[i].name))
      return &check->items[i];
  return NULL;
}

char *
kd_inspect_why_off (const KdDumpCheck *check, const KdMethod *method)
{
  Found found;
  found_init (&found, check->dump);
  g_auto (GStrv) lacks = kd_method_lacks (method, &found.bound.inputs);
  g_autoptr (GString) wrong = g_string_new (NULL), missing = g_string_new (NULL);
  for (char **name = lacks; *name; name++) {
    const KdDumpItem *item = culprit (check, *name);
    GString *list = item ? wrong : missing;
    g_string_append_printf (list, "%s%s", list->len ? ", " : "", item ? item->name : *name);
  }
  char *why = NULL;
  if (wrong->len && missing->len)
    why = g_strdup_printf (_ ("%s is off: %s cannot be used; the list of arrays says why, and the "
                              "dump lacks %s"),
                           method->title, wrong->str, missing->str);
  else if (wrong->len)
    why = g_strdup_printf (_ ("%s is off: %s cannot be used; the list of arrays says why"),
                           method->title, wrong->str);
  else if (missing->len)
    why = kd_method_missing (method, &found.bound.inputs);
  else
    why = unfit (&found, method);
  found_clear (&found);
  return why;
}

/* Whether the words of @sentence name @array. */
static bool
names (const char *sentence, const char *array)
{
  const size_t length = strlen (array);
  for (const char *at = strstr (sentence, array); at; at = strstr (at + 1, array)) {
    const bool begins = at == sentence || at[-1] == ' ';
    if (begins && !g_ascii_isalnum (at[length]) && at[length] != '_')
      return true;
  }
  return false;
}

static bool
is_off_for (const Found *found, const KdMethod *method, const char *item)
{
  KD_FILE_WORDS; /* the sentence is searched for a name, whatever a language puts around it */
  g_auto (GStrv) lacks = kd_method_lacks (method, &found->bound.inputs);
  for (char **name = lacks; *name; name++)
    if (is_due_to (*name, item))
      return true;
  g_autofree char *why = lacks[0] ? NULL : unfit (found, method);
  return why && names (why, item);
}

char *
kd_inspect_switched_off (const KdDumpCheck *check, const char *item)
{
  Found found;
  found_init (&found, check->dump);
  g_autoptr (GString) titles = g_string_new (NULL);
  int n_methods, n_off = 0, n_distilling = 0;
  const KdMethod *const *methods = kd_methods (&n_methods);
  for (int i = 0; i < n_methods; i++) {
    n_distilling += methods[i]->n_knobs > 0; /* the twin needs nothing */
    if (methods[i]->n_knobs == 0 || !is_off_for (&found, methods[i], item))
      continue;
    n_off++;
    g_string_append_printf (titles, "%s%s", titles->len ? ", " : "", methods[i]->title);
  }
  found_clear (&found);
  if (n_off == 0)
    return NULL;
  return n_off == n_distilling ? g_strdup ("every method") : g_strdup (titles->str);
}
