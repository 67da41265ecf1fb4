/* SPDX-License-Identifier: MIT */
#include "engine/session/config.h"

#include "engine/base/i18n.h"

#include <string.h>

struct _KdSavedConfig {
  KdConfig config;
  KdRunConfig runs[KD_MAX_RUNS];
};

KdConfig
kd_config_default (void)
{
  return (KdConfig){
    .student = "small",
    .scenes = kd_scene_config_default (),
    .seed = 1,
    .batch = 8,
    .steps = 3000,
    .rate = 2e-3,
    .warmup = 100,
    .optimizer = kd_optimizer_default (),
    .eval_every = 100,
    .eval_images = 100,
    .final_eval_images = 1000,
    .checkpoint_every = 500,
    .keyframe_every = 25,
  };
}

/* ---- copies ---- */

static bool
id_is_taken (const KdSavedConfig *saved, int n, const char *id)
{
  for (int i = 0; i < n; i++) {
    if (g_str_equal (saved->runs[i].id, id))
      return true;
  }
  return false;
}

static char *
unique_id (const KdSavedConfig *saved, int n, const char *wish)
{
  char *id = g_strdup (wish);
  for (int i = 2; id_is_taken (saved, n, id); i++) {
    g_free (id);
    id = g_strdup_printf ("%s-%d", wish, i);
  }
  return id;
}

KdSavedConfig *
kd_saved_config_new (const KdConfig *config)
{
  KdSavedConfig *saved = g_new0 (KdSavedConfig, 1);
  saved->config = *config;
  /* What is written to disk is read from other folders too. */
  saved->config.teacher = config->teacher && *config->teacher
                              ? g_canonicalize_filename (config->teacher, NULL)
                              : g_strdup (config->teacher);
  saved->config.student = g_strdup (config->student);
  saved->config.out = g_strdup (config->out);
  saved->config.cache = g_strdup (config->cache);
  saved->config.runs = saved->runs;
  for (int i = 0; i < config->n_runs; i++) {
    const KdRunConfig *run = &config->runs[i];
    saved->runs[i].id = unique_id (saved, i, run->id ? run->id : kd_knobs_method (run->knobs)->id);
    saved->runs[i].knobs = kd_knobs_copy (run->knobs);
  }
  return saved;
}

const KdConfig *
kd_saved_config_get (const KdSavedConfig *saved)
{
  return &saved->config;
}

void
kd_saved_config_free (KdSavedConfig *saved)
{
  if (!saved)
    return;
  g_free ((char *) saved->config.teacher);
  g_free ((char *) saved->config.student);
  g_free ((char *) saved->config.out);
  g_free ((char *) saved->config.cache);
  for (int i = 0; i < KD_MAX_RUNS; i++) {
    g_free ((char *) saved->runs[i].id);
    if (saved->runs[i].knobs)
      kd_knobs_free ((KdKnobs *) saved->runs[i].knobs);
  }
  g_free (saved);
}

/* ---- checks ---- */

static bool
check_range (const char *name, double value, double low, double high, GError **error)
{
  if (value >= low && value <= high)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: expected %g to %g, found %g"), name, low,
               high, value);
  return false;
}

static bool
check_runs (const KdConfig *config, GError **error)
{
  if (!check_range (_ ("number of runs"), config->n_runs, 1, KD_MAX_RUNS, error))
    return false;
  for (int i = 0; i < config->n_runs; i++) {
    const char *id = config->runs[i].id;
    /* The id names a folder and columns of a CSV file. */
    if (id && (!*id || *id == '.' || strpbrk (id, "/,\"\n"))) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                   _ ("run %d: \"%s\" cannot name a folder; use letters, digits and -"), i, id);
      return false;
    }
    const KdMethod *method = kd_knobs_method (config->runs[i].knobs);
    if (config->teacher && !*config->teacher && !g_str_equal (method->id, "none")) {
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: needs a teacher, but none was given"),
                   method->id);
      return false;
    }
  }
  return true;
}

static bool
check_student (const char *student, GError **error)
{
  if (student && kd_detector_kind_find (student))
    return true;
  int n_kinds = 0;
  const KdDetectorKind *kinds = kd_detector_kinds (&n_kinds);
  g_autoptr (GString) known = g_string_new (NULL);
  for (int i = 0; i < n_kinds; i++)
    g_string_append_printf (known, "%s%s", i ? ", " : "", kinds[i].id);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("student: expected one of %s, found %s"),
               known->str, student ? student : _ ("nothing"));
  return false;
}

static bool
check_size (KdSize size, GError **error)
{
  if (size.width > 0 && size.height > 0 && size.width % 32 == 0 && size.height % 32 == 0 &&
      size.width <= 1024 && size.height <= 1024)
    return true;
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
               _ ("scene size: expected multiples of 32 up to 1024, found %dx%d"), size.width,
               size.height);
  return false;
}

bool
kd_config_check (const KdConfig *config, GError **error)
{
  return check_runs (config, error) && check_student (config->student, error) &&
         check_size (config->scenes.size, error) &&
         check_range (_ ("scene difficulty"), config->scenes.difficulty, 0, 1, error) &&
         check_range (_ ("objects"), config->scenes.max_objects, 1, KD_SCENE_MAX_OBJECTS, error) &&
         check_range (_ ("batch"), config->batch, 1, 256, error) &&
         check_range (_ ("steps"), (double) config->steps, 1, 1e8, error) &&
         check_range (_ ("threads"), config->threads, 0, KD_MAX_WORKERS, error) &&
         check_range (_ ("learning rate"), config->rate, 0, 100, error) &&
         check_range (_ ("gradient clip"), config->optimizer.clip_norm, 0, 1e8, error) &&
         check_range (_ ("warm-up"), config->warmup, 0, 1e8, error) &&
         check_range (_ ("evaluation interval"), config->eval_every, 0, 1e8, error) &&
         check_range (_ ("evaluation images"), config->eval_images, 1, 1e6, error) &&
         check_range (_ ("final evaluation images"), config->final_eval_images, 0, 1e6, error) &&
         check_range (_ ("checkpoint interval"), config->checkpoint_every, 0, 1e8, error) &&
         check_range (_ ("keyframe interval"), config->keyframe_every, 0, 1e8, error);
}

/* ---- writing ---- */

char *
kd_knob_text (const KdKnobs *knobs, const char *id)
{
  const KdKnob *knob = NULL;
  for (int i = 0; i < kd_knobs_count (knobs) && !knob; i++) {
    if (g_str_equal (kd_knobs_knob (knobs, i)->id, id))
      knob = kd_knobs_knob (knobs, i);
  }
  if (knob->type == KD_KNOB_CHOICE || knob->type == KD_KNOB_SWITCH)
    return kd_knobs_format (knobs, id);
  return kd_number_text (kd_knobs_get (knobs, id));
}

/* { "name": "value", ... } of all knobs. */
static void
write_knobs (const KdKnobs *knobs, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const char *id = kd_knobs_knob (knobs, i)->id;
    g_autofree char *text = kd_knob_text (knobs, id);
    kd_json_add_text (builder, id, text);
  }
  json_builder_end_object (builder);
}

static void
write_optimizer (JsonBuilder *builder, const KdOptimizer *optimizer)
{
  json_builder_set_member_name (builder, "optimizer");
  json_builder_begin_object (builder);
  kd_json_add_text (builder, "kind", optimizer->kind == KD_OPTIMIZER_SGD ? "sgd" : "adamw");
  kd_json_add_number (builder, "momentum", optimizer->momentum);
  kd_json_add_number (builder, "beta1", optimizer->beta1);
  kd_json_add_number (builder, "beta2", optimizer->beta2);
  kd_json_add_number (builder, "epsilon", optimizer->epsilon);
  kd_json_add_number (builder, "weight_decay", optimizer->weight_decay);
  kd_json_add_number (builder, "clip_norm", optimizer->clip_norm);
  json_builder_end_object (builder);
}

static void
write_scenes (JsonBuilder *builder, const KdSceneConfig *scenes)
{
  json_builder_set_member_name (builder, "scenes");
  json_builder_begin_object (builder);
  kd_json_add_integer (builder, "width", scenes->size.width);
  kd_json_add_integer (builder, "height", scenes->size.height);
  kd_json_add_number (builder, "difficulty", scenes->difficulty);
  kd_json_add_integer (builder, "max_objects", scenes->max_objects);
  json_builder_end_object (builder);
}

void
kd_config_write (const KdConfig *config, int run, JsonBuilder *builder)
{
  kd_json_add_text (builder, "teacher", config->teacher);
  kd_json_add_text (builder, "student", config->student);
  write_scenes (builder, &config->scenes);
  kd_json_add_integer (builder, "seed", (int64_t) config->seed);
  kd_json_add_integer (builder, "batch", config->batch);
  kd_json_add_integer (builder, "steps", config->steps);
  kd_json_add_number (builder, "rate", config->rate);
  kd_json_add_integer (builder, "warmup", config->warmup);
  write_optimizer (builder, &config->optimizer);
  kd_json_add_integer (builder, "eval_every", config->eval_every);
  kd_json_add_integer (builder, "eval_images", config->eval_images);
  kd_json_add_integer (builder, "final_eval_images", config->final_eval_images);
  kd_json_add_integer (builder, "checkpoint_every", config->checkpoint_every);
  kd_json_add_integer (builder, "keyframe_every", config->keyframe_every);
  json_builder_set_member_name (builder, "runs");
  json_builder_begin_array (builder);
  for (int i = 0; i < config->n_runs; i++) {
    if (run >= 0 && i != run)
      continue;
    json_builder_begin_object (builder);
    kd_json_add_text (builder, "id", config->runs[i].id);
    kd_json_add_text (builder, "method", kd_knobs_method (config->runs[i].knobs)->id);
    json_builder_set_member_name (builder, "knobs");
    write_knobs (config->runs[i].knobs, builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

/* ---- reading ---- */

static void
read_optimizer (JsonObject *object, KdOptimizer *optimizer)
{
  const char *kind = kd_json_text (object, "kind");
  optimizer->kind = g_strcmp0 (kind, "sgd") == 0 ? KD_OPTIMIZER_SGD : KD_OPTIMIZER_ADAMW;
  optimizer->momentum = kd_json_number (object, "momentum", optimizer->momentum);
  optimizer->beta1 = kd_json_number (object, "beta1", optimizer->beta1);
  optimizer->beta2 = kd_json_number (object, "beta2", optimizer->beta2);
  optimizer->epsilon = kd_json_number (object, "epsilon", optimizer->epsilon);
  optimizer->weight_decay = kd_json_number (object, "weight_decay", optimizer->weight_decay);
  optimizer->clip_norm = kd_json_number (object, "clip_norm", optimizer->clip_norm);
}

static void
read_scenes (JsonObject *object, KdSceneConfig *scenes)
{
  scenes->size.width = (int) kd_json_integer (object, "width", scenes->size.width);
  scenes->size.height = (int) kd_json_integer (object, "height", scenes->size.height);
  scenes->difficulty = kd_json_number (object, "difficulty", scenes->difficulty);
  scenes->max_objects = (int) kd_json_integer (object, "max_objects", scenes->max_objects);
}

static KdKnobs *
read_knobs (JsonObject *run, const char *path, GError **error)
{
  const KdMethod *method = kd_method_choose (kd_json_text (run, "method"), error);
  if (!method) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  KdKnobs *knobs = kd_knobs_new (method, NULL, error);
  JsonNode *node = json_object_get_member (run, "knobs");
  if (!knobs || !node || !JSON_NODE_HOLDS_OBJECT (node))
    return knobs;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value)) {
    const char *text = kd_json_text (json_node_get_object (node), name);
    if (!kd_knobs_set (knobs, name, text ? text : "", error)) {
      g_prefix_error (error, "%s: ", path);
      kd_knobs_free (knobs);
      return NULL;
    }
  }
  return knobs;
}

static bool
read_runs (JsonObject *object, const char *path, KdSavedConfig *saved, GError **error)
{
  JsonNode *node = json_object_get_member (object, "runs");
  JsonArray *runs = node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  const guint n = runs ? json_array_get_length (runs) : 0;
  if (n < 1 || n > KD_MAX_RUNS) {
    g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: expected 1 to %d runs, found %u"), path,
                 KD_MAX_RUNS, n);
    return false;
  }
  for (guint i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (runs, i);
    JsonObject *run = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
    const char *id = run ? kd_json_text (run, "id") : NULL;
    if (!id) {
      g_set_error (error, KD_ERROR, KD_ERROR_FORMAT, _ ("%s: run %u has no id"), path, i);
      return false;
    }
    saved->runs[i].knobs = read_knobs (run, path, error);
    if (!saved->runs[i].knobs)
      return false;
    saved->runs[i].id = g_strdup (id);
    saved->config.n_runs++;
  }
  return true;
}

KdSavedConfig *
kd_config_read (JsonObject *object, const char *path, GError **error)
{
  KdSavedConfig *saved = g_new0 (KdSavedConfig, 1);
  KdConfig *config = &saved->config;
  *config = kd_config_default ();
  config->teacher = g_strdup (kd_json_text (object, "teacher"));
  config->student = g_strdup (kd_json_text (object, "student"));
  config->seed = (uint64_t) kd_json_integer (object, "seed", 1);
  config->batch = (int) kd_json_integer (object, "batch", config->batch);
  config->steps = kd_json_integer (object, "steps", config->steps);
  config->rate = kd_json_number (object, "rate", config->rate);
  config->warmup = (int) kd_json_integer (object, "warmup", config->warmup);
  config->eval_every = (int) kd_json_integer (object, "eval_every", config->eval_every);
  config->eval_images = (int) kd_json_integer (object, "eval_images", config->eval_images);
  config->final_eval_images =
      (int) kd_json_integer (object, "final_eval_images", config->final_eval_images);
  config->checkpoint_every =
      (int) kd_json_integer (object, "checkpoint_every", config->checkpoint_every);
  config->keyframe_every = (int) kd_json_integer (object, "keyframe_every", config->keyframe_every);
  config->runs = saved->runs;
  JsonNode *optimizer = json_object_get_member (object, "optimizer");
  if (optimizer && JSON_NODE_HOLDS_OBJECT (optimizer))
    read_optimizer (json_node_get_object (optimizer), &config->optimizer);
  JsonNode *scenes = json_object_get_member (object, "scenes");
  if (scenes && JSON_NODE_HOLDS_OBJECT (scenes))
    read_scenes (json_node_get_object (scenes), &config->scenes);
  if (!read_runs (object, path, saved, error) || !kd_config_check (config, error)) {
    kd_error_tidy (error);
    kd_saved_config_free (saved);
    return NULL;
  }
  return saved;
}

KdSavedConfig *
kd_config_load (const char *folder, GError **error)
{
  static const char *const names[] = { "session.json", "run.json" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      continue;
    JsonObject *object = kd_json_load (path, error);
    if (!object)
      return NULL;
    KdSavedConfig *saved = kd_config_read (object, path, error);
    json_object_unref (object);
    if (saved)
      saved->config.out = g_strdup (folder);
    return saved;
  }
  g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: holds neither session.json nor run.json"),
               folder);
  return NULL;
}

void
kd_config_refuse_session (const KdConfig *config, const char *folder, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (int r = 0; r < config->n_runs; r++)
    g_string_append_printf (list, "%s%s%c%s", r ? ", " : "", folder, G_DIR_SEPARATOR,
                            config->runs[r].id);
  g_set_error (error, KD_ERROR, KD_ERROR_CONFIG, _ ("%s: holds %d runs, choose one of: %s"), folder,
               config->n_runs, list->str);
}

/* ---- agreement ---- */

static JsonObject *
compared_object (const KdConfig *config)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  kd_config_write (config, -1, builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  JsonObject *object = json_object_ref (json_node_get_object (root));
  /* The teacher is compared by its content, see checkpoint.c: its file may have been moved. */
  static const char *const free_members[] = { "steps", "checkpoint_every", "keyframe_every",
                                              "teacher" };
  for (size_t i = 0; i < G_N_ELEMENTS (free_members); i++)
    json_object_remove_member (object, free_members[i]);
  /* Knobs may have been turned on the way: the saved ones count, only ids and methods must agree. */
  JsonArray *runs = json_object_get_array_member (object, "runs");
  for (guint i = 0; i < json_array_get_length (runs); i++)
    json_object_remove_member (json_array_get_object_element (runs, i), "knobs");
  return object;
}

static bool
agrees_with (const KdConfig *config, const KdConfig *saved, const char *path, GError **error)
{
  JsonObject *mine = compared_object (config), *theirs = compared_object (saved);
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  bool agrees = true;
  json_object_iter_init (&iter, mine);
  while (agrees && json_object_iter_next (&iter, &name, &value)) {
    JsonNode *other = json_object_get_member (theirs, name);
    agrees = json_node_equal (value, other);
    if (!agrees) {
      g_autofree char *expected = json_to_string (other, FALSE);
      g_autofree char *found = json_to_string (value, FALSE);
      g_set_error (error, KD_ERROR, KD_ERROR_CONFIG,
                   _ ("%s: cannot be resumed with another %s: expected %s, found %s"), path, name,
                   expected, found);
    }
  }
  json_object_unref (mine);
  json_object_unref (theirs);
  return agrees;
}

bool
kd_saved_config_resume (KdSavedConfig *config, GError **error)
{
  g_autofree char *path = g_build_filename (config->config.out, "session.json", NULL);
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, KD_ERROR, KD_ERROR_FILE, _ ("%s: holds no session to resume"),
                 config->config.out);
    return false;
  }
  KdSavedConfig *saved = kd_config_load (config->config.out, error);
  const bool agrees = saved && agrees_with (&config->config, &saved->config, path, error);
  for (int r = 0; agrees && r < config->config.n_runs; r++) {
    kd_knobs_free ((KdKnobs *) config->runs[r].knobs);
    config->runs[r].knobs = g_steal_pointer (&saved->runs[r].knobs);
  }
  kd_saved_config_free (saved);
  return agrees;
}
