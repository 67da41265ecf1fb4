/* SPDX-License-Identifier: MIT */
#include "ui/lesson-progress.h"

#include "ui/app-settings.h"

guint
kd_lesson_progress (const KdLesson *lesson)
{
  guint n = 0;
  g_autoptr (GVariant) kept =
      kd_app_settings () ? g_settings_get_value (kd_app_settings (), "lessons") : NULL;
  if (kept)
    g_variant_lookup (kept, lesson->id, "u", &n);
  return MIN (n, lesson->cards->len);
}

void
kd_lesson_keep_progress (const KdLesson *lesson, guint n)
{
  if (!kd_app_settings () || n <= kd_lesson_progress (lesson))
    return;
  g_autoptr (GVariant) kept = g_settings_get_value (kd_app_settings (), "lessons");
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  GVariantIter iter;
  const char *id;
  guint old;
  g_variant_iter_init (&iter, kept);
  while (g_variant_iter_next (&iter, "{&su}", &id, &old))
    g_variant_dict_insert (&dict, id, "u", old);
  g_variant_dict_insert (&dict, lesson->id, "u", n);
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{su}"));
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_dict_end (&dict));
  GVariant *value;
  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "{&sv}", &id, &value)) {
    g_variant_builder_add (&builder, "{su}", id, g_variant_get_uint32 (value));
    g_variant_unref (value);
  }
  g_settings_set_value (kd_app_settings (), "lessons", g_variant_builder_end (&builder));
}
