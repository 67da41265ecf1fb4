/* SPDX-License-Identifier: MIT */

/* The one list of methods, and what can be asked of a method's table. */
#include "engine/base/i18n.h"
#include "engine/methods/method.h"

#include <string.h>

/* In the order in which people see them. */
#define KD_METHODS(X)                                                                              \
  X (none)                                                                                         \
  X (mimic)                                                                                        \
  X (fgfi)                                                                                         \
  X (gid)                                                                                          \
  X (defeat)                                                                                       \
  X (frs)                                                                                          \
  X (fgd)                                                                                          \
  X (pgd)                                                                                          \
  X (rm_pfi)                                                                                       \
  X (maskd)                                                                                        \
  X (kd)

#define DECLARE(id) extern const KdMethod kd_method_##id;
#define ENTRY(id) &kd_method_##id,

KD_METHODS (DECLARE)

static const KdMethod *const methods[] = { KD_METHODS (ENTRY) };

const KdMethod *const *
kd_methods (int *n_methods)
{
  *n_methods = G_N_ELEMENTS (methods);
  return methods;
}

const KdMethod *
kd_method_find (const char *id)
{
  for (size_t i = 0; i < G_N_ELEMENTS (methods); i++)
    if (!strcmp (methods[i]->id, id))
      return methods[i];
  return NULL;
}

const KdMethod *
kd_method_choose (const char *id, GError **error)
{
  const KdMethod *method = id ? kd_method_find (id) : NULL;
  if (method)
    return method;
  g_autoptr (GString) known = g_string_new (NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (methods); i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", methods[i]->id);
  if (id)
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                 _ ("there is no method \"%s\", choose one of: %s"), id, known->str);
  else
    g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("the method is missing, choose one of: %s"),
                 known->str);
  return NULL;
}

const KdKnob *
kd_method_knob (const KdMethod *method, const char *id)
{
  for (int i = 0; i < method->n_knobs; i++)
    if (!strcmp (method->knobs[i].id, id))
      return &method->knobs[i];
  return NULL;
}

const char **
kd_method_presets (const KdMethod *method)
{
  GPtrArray *names = g_ptr_array_new ();
  g_ptr_array_add (names, (char *) "paper");
  g_ptr_array_add (names, (char *) "demo");
  for (int k = 0; k < method->n_knobs; k++)
    for (int i = 0; i < KD_KNOB_MAX_PRESETS && method->knobs[k].presets[i].preset; i++) {
      const char *name = method->knobs[k].presets[i].preset;
      if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, (char *) name);
    }
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

/* ---- needs -------------------------------------------------------------------------------------- */

typedef enum {
  PER_LEVEL, /* KdNode *[KD_MAX_LEVELS] */
  ONE_NODE,  /* KdNode * */
  NUMBER,    /* int, > 0 where known */
} Kind;

#define AT(member) G_STRUCT_OFFSET (KdMethodInputs, member)
/* clang-format off */
static const struct {
  KdNeeds need;
  const char *array;
  Kind kind;
  long offset; /* in KdMethodInputs */
} needed_arrays[] = {
  { KD_NEEDS_TEACHER_FEATURE, "teacher_feat", PER_LEVEL, AT (feature[KD_TEACHER]) },
  { KD_NEEDS_STUDENT_FEATURE, "student_feat", PER_LEVEL, AT (feature[KD_STUDENT]) },
  { KD_NEEDS_TEACHER_CLS,     "teacher_cls",  PER_LEVEL, AT (cls[KD_TEACHER]) },
  { KD_NEEDS_STUDENT_CLS,     "student_cls",  PER_LEVEL, AT (cls[KD_STUDENT]) },
  { KD_NEEDS_TEACHER_REG,     "teacher_reg",  PER_LEVEL, AT (reg[KD_TEACHER]) },
  { KD_NEEDS_STUDENT_REG,     "student_reg",  PER_LEVEL, AT (reg[KD_STUDENT]) },
  { KD_NEEDS_ANCHORS,         "anchors",      PER_LEVEL, AT (anchors) },
  { KD_NEEDS_BOXES,           "gt_boxes",     ONE_NODE,  AT (targets.boxes) },
  { KD_NEEDS_BOXES,           "gt_image",     ONE_NODE,  AT (targets.images) },
  { KD_NEEDS_LABELS,          "gt_labels",    ONE_NODE,  AT (targets.labels) },
  { KD_NEEDS_IMAGE_SIZE,      "image_size",   NUMBER,    AT (image.height) },
  { KD_NEEDS_STRIDES,         "strides",      NUMBER,    AT (strides) },
};
/* clang-format on */

const char **
kd_needs_names (KdNeeds needs)
{
  GPtrArray *names = g_ptr_array_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (needed_arrays); i++)
    if (needs & needed_arrays[i].need)
      g_ptr_array_add (names, (char *) needed_arrays[i].array);
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

/* The name of needed array @index if @inputs lack it ("teacher_feat.2"), else NULL. */
static char *
lacking (const KdMethodInputs *inputs, size_t index)
{
  const char *array = needed_arrays[index].array;
  const void *member = G_STRUCT_MEMBER_P (inputs, needed_arrays[index].offset);
  switch (needed_arrays[index].kind) {
  case PER_LEVEL:
    for (int l = 0; l < MAX (inputs->n_levels, 1); l++)
      if (!((KdNode *const *) member)[l])
        return g_strdup_printf ("%s.%d", array, l);
    return NULL;
  case ONE_NODE:
    return *(KdNode *const *) member ? NULL : g_strdup (array);
  case NUMBER:
  default:
    return *(const int *) member > 0 ? NULL : g_strdup (array);
  }
}

char **
kd_method_lacks (const KdMethod *method, const KdMethodInputs *inputs)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (size_t i = 0; i < G_N_ELEMENTS (needed_arrays); i++) {
    g_autofree char *name = method->needs & needed_arrays[i].need ? lacking (inputs, i) : NULL;
    if (name)
      g_strv_builder_add (names, name);
  }
  return g_strv_builder_end (names);
}

char *
kd_method_missing (const KdMethod *method, const KdMethodInputs *inputs)
{
  g_auto (GStrv) names = kd_method_lacks (method, inputs);
  if (!names[0])
    return NULL;
  g_autofree char *list = g_strjoinv (", ", names);
  return g_strdup_printf (ngettext ("%s is off: the dump lacks %s; add it",
                                    "%s is off: the dump lacks %s; add them",
                                    g_strv_length (names)),
                          method->title, list);
}
