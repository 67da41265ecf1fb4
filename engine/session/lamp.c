/* SPDX-License-Identifier: MIT */
#include "engine/session/lamp.h"

#include "engine/base/i18n.h"

#include <math.h>
#include <string.h>

/* Reasons are kept and written in English; who shows one translates it. */
typedef struct {
  KdLampSubject of;
  const KdBuiltOutputs *method;
  KdNode *term;
} Lamp;

KdLampSubject
kd_lamp_subject (const KdStudent *student, const KdKnobs *knobs, int64_t step)
{
  return (KdLampSubject){
    .graph = student->graph,
    .built = student->built,
    .knobs = knobs,
    .step = step,
    .student = student->outputs.feature,
    .n_student = student->outputs.n_levels,
    .boxes = student->targets.boxes,
  };
}

/* As many sums as a vector unit adds at once, in a fixed order. */
#define LANES 8

static double
sum_of_squares (const kd_real *values, size_t n)
{
  double lanes[LANES] = { 0 }, sum = 0;
  size_t i = 0;
  for (; i + LANES <= n; i += LANES)
    for (size_t k = 0; k < LANES; k++)
      lanes[k] += (double) values[i + k] * (double) values[i + k];
  for (; i < n; i++)
    sum += (double) values[i] * (double) values[i];
  for (size_t k = 0; k < LANES; k++)
    sum += lanes[k];
  return sum;
}

bool
kd_lamp_is_lit (const KdLampSubject *subject, KdNode *term, int n_norm, double *norm)
{
  double sum = 0, rest = 0;
  kd_graph_backward (subject->graph, term, subject->student, subject->n_student);
  for (int i = 0; i < subject->n_student; i++) {
    const KdNode *node = subject->student[i];
    *(i < n_norm ? &sum : &rest) +=
        sum_of_squares (kd_node_gradient (node), kd_shape_count (kd_node_shape (node)));
  }
  if (norm)
    *norm = sqrt (sum);
  return sum + rest > 0;
}

/* ---- knobs ---- */

#define MAX_ZEROS 16

/* Knobs at 0 on which the term depends, and a value that is not 0 to try instead. */
static int
find_zeros (const Lamp *lamp, const KdKnob *zeros[MAX_ZEROS])
{
  int n = 0;
  for (int i = 0; i < kd_knobs_count (lamp->of.knobs) && n < MAX_ZEROS; i++) {
    const KdKnob *knob = kd_knobs_knob (lamp->of.knobs, i);
    KdNode *leaf = kd_built_knob (lamp->of.built, knob->id);
    if (leaf && kd_knobs_get (lamp->of.knobs, knob->id) == 0 && knob->max > 0 &&
        kd_node_depends_on (lamp->term, &leaf, 1))
      zeros[n++] = knob;
  }
  return n;
}

static void
try_value (KdKnobs *knobs, const KdKnob *knob, bool zero)
{
  const double other = knob->value > 0 ? knob->value : MIN (1, knob->max);
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_ascii_dtostr (text, sizeof text, zero ? 0 : other);
  kd_knobs_set (knobs, knob->id, text, NULL);
}

static bool
lights (const Lamp *lamp, const KdKnobs *knobs)
{
  kd_built_set_knobs (lamp->of.built, knobs, lamp->of.step);
  kd_graph_forward (lamp->of.graph, NULL);
  return kd_lamp_is_lit (&lamp->of, lamp->term, 0, NULL);
}

static void
join (GString *list, const char *word, int index, int n)
{
  if (index > 0)
    g_string_append (list, index == n - 1 ? " and " : ", ");
  g_string_append (list, word);
}

static void
name_knobs (const Lamp *lamp, const KdKnob *const *knobs, int n, KdLampReason reason)
{
  const char *method = kd_knobs_method (lamp->of.knobs)->id;
  g_autoptr (GString) list = g_string_new (NULL);
  for (int i = 0; i < n; i++) {
    const bool of_run = g_str_has_prefix (knobs[i]->id, "run.");
    g_autofree char *name =
        of_run ? g_strdup (knobs[i]->id) : g_strdup_printf ("%s.%s", method, knobs[i]->id);
    join (list, name, i, n);
  }
  g_snprintf (reason, sizeof (KdLampReason), "%s %s 0", list->str, n == 1 ? "is" : "are");
}

/* With all knobs at 0 set to something else the lamp is on: those that put it out again alone are the reason. */
static bool
blame_knobs (const Lamp *lamp, KdLampReason reason)
{
  const KdKnob *zeros[MAX_ZEROS], *guilty[MAX_ZEROS];
  const int n_zeros = find_zeros (lamp, zeros);
  if (n_zeros == 0)
    return false;
  int n_guilty = 0;
  KdKnobs *tried = kd_knobs_copy (lamp->of.knobs);
  for (int i = 0; i < n_zeros; i++)
    try_value (tried, zeros[i], false);
  const bool lit = lights (lamp, tried);
  for (int i = 0; lit && i < n_zeros; i++) {
    try_value (tried, zeros[i], true);
    if (!lights (lamp, tried))
      guilty[n_guilty++] = zeros[i];
    try_value (tried, zeros[i], false);
  }
  kd_knobs_free (tried);
  kd_built_set_knobs (lamp->of.built, lamp->of.knobs, lamp->of.step);
  kd_graph_forward (lamp->of.graph, NULL);
  if (!lit)
    return false;
  if (n_guilty > 0)
    name_knobs (lamp, guilty, n_guilty, reason);
  else
    name_knobs (lamp, zeros, n_zeros, reason);
  return true;
}

/* ---- what the graph shows ---- */

static bool
depends_on (const Lamp *lamp, KdNode *node)
{
  return node && kd_node_depends_on (lamp->term, &node, 1);
}

static bool
is_empty (const KdNode *node)
{
  const KdShape shape = kd_node_shape (node);
  const size_t row = kd_shape_count (shape) / (size_t) shape.n;
  const size_t n = row * (size_t) kd_node_live_rows (node);
  const kd_real *values = kd_node_value (node);
  const int32_t *ints = values ? NULL : kd_node_ints (node);
  for (size_t i = 0; i < n; i++) {
    if (values ? values[i] != 0 : ints[i] != 0)
      return false;
  }
  return true;
}

/* A selection of this name that the term is made of, with nothing in it on any of its levels. */
static bool
is_empty_on_all_levels (const Lamp *lamp, const char *name)
{
  const KdBuiltOutputs *method = lamp->method;
  for (int i = 0; i < method->n_probes; i++) {
    const KdProbe *probe = method->probes[i];
    if (strcmp (probe->name, name) == 0 && depends_on (lamp, probe->node) &&
        !is_empty (probe->node))
      return false;
  }
  return true;
}

static const KdProbe *
find_empty_selection (const Lamp *lamp)
{
  const KdBuiltOutputs *method = lamp->method;
  for (int i = 0; i < method->n_probes; i++) {
    const KdProbe *probe = method->probes[i];
    const bool selects = kd_node_phase (probe->node) == KD_PHASE_SELECT &&
                         (probe->kind == KD_PROBE_MAP || probe->kind == KD_PROBE_BOXES ||
                          probe->kind == KD_PROBE_LIST);
    if (selects && depends_on (lamp, probe->node) && is_empty_on_all_levels (lamp, probe->name))
      return probe;
  }
  return NULL;
}

static const char *
find_warning (const Lamp *lamp)
{
  const KdBuiltOutputs *method = lamp->method;
  for (int i = 0; i < method->n_warnings; i++) {
    if (kd_node_scalar (method->warnings[i].when) != 0)
      return method->warnings[i].text;
  }
  return NULL;
}

static void
explain_by_graph (const Lamp *lamp, KdLampReason reason)
{
  const bool dump = lamp->of.step < 0;
  const bool no_objects =
      depends_on (lamp, lamp->of.boxes) && kd_node_live_rows (lamp->of.boxes) == 0;
  const KdProbe *empty = find_empty_selection (lamp);
  const char *warning = empty ? find_warning (lamp) : NULL; /* in the method's own words */
  const size_t size = sizeof (KdLampReason);
  if (!kd_node_depends_on (lamp->term, lamp->of.student, lamp->of.n_student))
    g_strlcpy (reason, N_ ("nothing in it comes from the student"), size);
  else if (no_objects)
    g_strlcpy (reason,
               dump ? N_ ("this dump has no object, and the term is about objects")
                    : N_ ("this image has no object, and the term is about objects"),
               size);
  else if (warning)
    g_strlcpy (reason, warning, size);
  else if (empty)
    g_snprintf (reason, size, "\"%s\" is empty in %s%s", empty->title,
                dump ? "this dump" : "this image",
                empty->level >= 0 ? ": no cell on any level" : "");
  else if (kd_node_scalar (lamp->term) == 0)
    g_strlcpy (reason,
               dump ? N_ ("the term is exactly 0 in this dump, and so is its gradient")
                    : N_ ("the term is exactly 0 in this image, and so is its gradient"),
               size);
  else
    g_strlcpy (reason,
               dump ? N_ ("it does not change with what the student says of this dump")
                    : N_ ("it does not change with what the student says of this image"),
               size);
}

void
kd_lamp_explain (const KdLampSubject *subject, KdNode *term, double norm, KdLampReason reason)
{
  const Lamp lamp = { *subject, kd_built_outputs (subject->built), term };
  if (!isfinite (norm))
    g_strlcpy (reason, N_ ("its gradient is not a number"), sizeof (KdLampReason));
  else if (!blame_knobs (&lamp, reason))
    explain_by_graph (&lamp, reason);
}
