/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"
#include "engine/data/dump-problems.h"

#include <math.h>
#include <string.h>

/* The largest side of a picture that a dump may speak of. */
#define MAX_IMAGE_SIDE 65535

/* Arrays with one member a level, "teacher_feat.2". */
typedef enum {
  FAMILY_TEACHER_FEAT,
  FAMILY_STUDENT_FEAT,
  FAMILY_TEACHER_CLS,
  FAMILY_STUDENT_CLS,
  FAMILY_TEACHER_REG,
  FAMILY_STUDENT_REG,
  FAMILY_TEACHER_CLSFEAT,
  FAMILY_STUDENT_CLSFEAT,
  FAMILY_TEACHER_REGFEAT,
  FAMILY_STUDENT_REGFEAT,
  FAMILY_TASK_GRAD,
  FAMILY_ANCHORS,
  N_FAMILIES,
} Family;

static const struct {
  const char *name;
  int channels_like; /* the family whose channels it must have, or -1 */
} families[N_FAMILIES] = {
  [FAMILY_TEACHER_FEAT] = { "teacher_feat", -1 },
  [FAMILY_STUDENT_FEAT] = { "student_feat", -1 },
  [FAMILY_TEACHER_CLS] = { "teacher_cls", -1 },
  [FAMILY_STUDENT_CLS] = { "student_cls", FAMILY_TEACHER_CLS },
  [FAMILY_TEACHER_REG] = { "teacher_reg", -1 },
  [FAMILY_STUDENT_REG] = { "student_reg", FAMILY_TEACHER_REG },
  [FAMILY_TEACHER_CLSFEAT] = { "teacher_clsfeat", -1 },
  [FAMILY_STUDENT_CLSFEAT] = { "student_clsfeat", -1 },
  [FAMILY_TEACHER_REGFEAT] = { "teacher_regfeat", -1 },
  [FAMILY_STUDENT_REGFEAT] = { "student_regfeat", -1 },
  [FAMILY_TASK_GRAD] = { "task_grad", FAMILY_TEACHER_FEAT },
  [FAMILY_ANCHORS] = { "anchors", -1 },
};

/* The dump being checked and its arrays by family and level; absent: NULL. */
typedef struct {
  KdDump *dump;
  const KdArray *level[N_FAMILIES][KD_MAX_LEVELS];
  int n_levels[N_FAMILIES]; /* members from level 0 */
  GPtrArray *problems;      /* KdDumpProblem */
} Check;

void
kd_dump_problem_free (KdDumpProblem *problem)
{
  g_free (problem->member);
  g_free (problem->message);
  g_free (problem);
}

static bool G_GNUC_PRINTF (4, 5)
    fail_as (Check *check, KdDumpState state, const char *member, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  KdDumpProblem *problem = g_new0 (KdDumpProblem, 1);
  *problem = (KdDumpProblem){ g_strdup (member), g_strdup_vprintf (format, args), state };
  va_end (args);
  g_ptr_array_add (check->problems, problem);
  return false;
}

#define fail(check, member, ...) fail_as (check, KD_DUMP_WRONG_VALUES, member, __VA_ARGS__)

static const KdArray *
find (const Check *check, const char *name)
{
  return kd_arrays_find (check->dump->arrays, name);
}

#define ANY (-1)

/*
 * @letters names the axes, "NCHW"; @want their sizes, ANY where the array is free. A free size is shown as found
 * when that makes sense, so that expected and found differ only where the mistake is.
 */
static bool
check_shape (
    Check *check, const KdArray *array, const char *letters, const int64_t *want, const char *like)
{
  const int rank = (int) strlen (letters);
  bool good = array->rank == rank;
  for (int i = 0; good && i < rank; i++)
    good = want[i] == ANY || array->dims[i] == want[i];
  if (good)
    return true;

  g_autoptr (GString) expected = g_string_new ("[");
  for (int i = 0; i < rank; i++) {
    const int64_t size = want[i] != ANY ? want[i] : array->rank == rank ? array->dims[i] : ANY;
    g_string_append (expected, i ? "," : "");
    if (size != ANY)
      g_string_append_printf (expected, "%" PRIi64, size);
    else
      g_string_append_c (expected, letters[i]);
  }
  g_autofree char *found = kd_array_shape_to_string (array);
  g_string_append_c (expected, ']');
  if (!like)
    return fail_as (check, KD_DUMP_WRONG_SHAPE, array->name, _ ("expected %s, found %s"),
                    expected->str, found);
  return fail_as (check, KD_DUMP_WRONG_SHAPE, array->name, _ ("expected %s like %s, found %s"),
                  expected->str, like, found);
}

/* Whole numbers from @low to @high, whatever type they are stored as; @why ends the sentence. */
static bool
check_integers (Check *check, const KdArray *array, int low, int high, const char *why)
{
  for (size_t i = 0; i < kd_array_count (array); i++) {
    const double value = kd_array_get (array, i);
    if (!(value >= low && value <= high))
      return fail (check, array->name, _ ("expected %d to %d, found %.10g in row %zu; %s"), low,
                   high, value, i, why);
    if (value != floor (value))
      return fail (check, array->name,
                   _ ("expected whole numbers, found %.10g in row %zu; save them as integers"),
                   value, i);
  }
  return true;
}

/* ---- levels ------------------------------------------------------------------------------------------ */

/* The level in a name such as "teacher_feat.2"; -1: not of this family. */
static bool
find_level (Check *check, const KdArray *array, Family family, int *level)
{
  *level = -1;
  const char *name = families[family].name, *rest = array->name + strlen (name);
  if (!g_str_has_prefix (array->name, name) || (*rest != '.' && *rest != '\0'))
    return true;
  if (*rest == '.' && g_ascii_isdigit (rest[1]) && rest[2] == '\0' &&
      rest[1] - '0' < KD_MAX_LEVELS) {
    *level = rest[1] - '0';
    return true;
  }
  return fail (check, array->name, _ ("expected a level from 0 to %d after the name, such as %s.0"),
               KD_MAX_LEVELS - 1, name);
}

static bool
sort_levels (Check *check)
{
  for (int i = 0; i < kd_arrays_count (check->dump->arrays); i++) {
    const KdArray *array = kd_arrays_at (check->dump->arrays, i);
    for (int f = 0; f < N_FAMILIES; f++) {
      int level;
      if (!find_level (check, array, (Family) f, &level))
        return false;
      if (level >= 0)
        check->level[f][level] = array;
    }
  }
  return true;
}

/* The side whose feature the others are compared with. */
static Family
reference_family (const Check *check)
{
  return check->n_levels[FAMILY_TEACHER_FEAT] ? FAMILY_TEACHER_FEAT : FAMILY_STUDENT_FEAT;
}

/* All families have the same levels, from 0 without a gap. */
static bool
count_levels (Check *check)
{
  for (int f = 0; f < N_FAMILIES; f++) {
    while (check->n_levels[f] < KD_MAX_LEVELS && check->level[f][check->n_levels[f]])
      check->n_levels[f]++;
    for (int l = check->n_levels[f]; l < KD_MAX_LEVELS; l++) {
      if (check->level[f][l])
        return fail (check, check->level[f][l]->name,
                     _ ("expected %s.%d as well, found a gap; save every level from 0"),
                     families[f].name, check->n_levels[f]);
    }
  }
  const Family reference = reference_family (check);
  check->dump->n_levels = check->n_levels[reference];
  if (check->dump->n_levels == 0)
    return fail_as (check, KD_DUMP_MISSING, NULL,
                    _ ("expected teacher_feat.0 or student_feat.0, the neck's finest output, found "
                       "neither; save at least one feature level"));
  for (int f = 0; f < N_FAMILIES; f++)
    if (check->n_levels[f] && check->n_levels[f] != check->dump->n_levels)
      return fail (check, families[f].name, _ ("expected %d levels like %s, found %d"),
                   check->dump->n_levels, families[reference].name, check->n_levels[f]);
  return true;
}

/* ---- maps -------------------------------------------------------------------------------------------- */

/* Every level of one neck has the same images and at least one cell. */
static bool
check_reference (Check *check)
{
  const KdArray *const *level = check->level[reference_family (check)];
  for (int l = 0; l < check->dump->n_levels; l++) {
    const int64_t n = l ? level[0]->dims[0] : ANY, c = l ? level[0]->dims[1] : ANY;
    if (!check_shape (check, level[l], "NCHW", (int64_t[]){ n, c, ANY, ANY },
                      l ? level[0]->name : NULL))
      return false;
    if (kd_array_count (level[l]) == 0) {
      g_autofree char *found = kd_array_shape_to_string (level[l]);
      return fail (check, level[l]->name, _ ("expected sizes of at least 1, found %s"), found);
    }
  }
  check->dump->n_images = (int) level[0]->dims[0];
  return true;
}

/* Images, rows and columns are those of the reference; channels those of level 0, and of the family it must equal. */
static bool
check_level (Check *check, Family family, int l)
{
  const int like = families[family].channels_like;
  const KdArray *array = check->level[family][l];
  const KdArray *reference = check->level[reference_family (check)][l];
  const int64_t *r = reference->dims;
  if (!check_shape (check, array, "NCHW", (int64_t[]){ r[0], ANY, r[2], r[3] }, reference->name))
    return false;
  const KdArray *same =
      like >= 0 && check->n_levels[like] ? check->level[like][l] : check->level[family][0];
  if (same->rank == 4 && !check_shape (check, array, "NCHW",
                                       (int64_t[]){ r[0], same->dims[1], r[2], r[3] }, same->name))
    return false;
  if (array->dims[1] == 0)
    return fail (check, array->name, _ ("expected at least 1 channel, found 0"));
  return true;
}

static bool
check_family (Check *check, Family family)
{
  bool good = true;
  for (int l = 0; l < check->n_levels[family]; l++)
    good &= check_level (check, family, l);
  return good;
}

static bool
check_maps (Check *check)
{
  if (!check_reference (check))
    return false;
  bool good = true;
  for (int f = 0; f < FAMILY_ANCHORS; f++)
    good &= check_family (check, (Family) f);
  return good;
}

/* ---- head: anchors per cell, classes ------------------------------------------------------------------ */

/* Level 0 of the teacher's head output, or the student's. */
static const KdArray *
head_output (const Check *check, Family teacher, Family student)
{
  return check->n_levels[teacher] ? check->level[teacher][0] : check->level[student][0];
}

/* A from the deltas' channels, else from the number of anchors. */
static bool
derive_anchors (Check *check)
{
  const KdArray *reg = head_output (check, FAMILY_TEACHER_REG, FAMILY_STUDENT_REG);
  const KdArray *anchors = check->level[FAMILY_ANCHORS][0];
  if (reg) {
    if (reg->dims[1] % 4 != 0)
      return fail (check, reg->name, _ ("expected A*4 channels, four deltas an anchor, found %d"),
                   (int) reg->dims[1]);
    check->dump->n_anchors = (int) (reg->dims[1] / 4);
  } else if (anchors && anchors->rank == 2) {
    const int64_t *r = check->level[reference_family (check)][0]->dims;
    check->dump->n_anchors = (int) (anchors->dims[0] / (r[2] * r[3]));
  }
  return true;
}

static bool
check_anchors (Check *check)
{
  for (int l = 0; l < check->n_levels[FAMILY_ANCHORS]; l++) {
    const KdArray *array = check->level[FAMILY_ANCHORS][l];
    const int64_t *r = check->level[reference_family (check)][l]->dims;
    const int64_t rows = r[2] * r[3] * check->dump->n_anchors;
    g_autofree char *like =
        g_strdup_printf (_ ("%s's %dx%d cells with %d anchors each"),
                         check->level[reference_family (check)][l]->name, (int) r[2], (int) r[3],
                         MAX (check->dump->n_anchors, 1));
    if (!check_shape (check, array, "R4", (int64_t[]){ rows ? rows : r[2] * r[3], 4 }, like))
      return false;
  }
  return true;
}

static bool
derive_classes (Check *check)
{
  const KdArray *cls = head_output (check, FAMILY_TEACHER_CLS, FAMILY_STUDENT_CLS);
  const int a = check->dump->n_anchors;
  if (!cls || a == 0)
    return true;
  if (cls->dims[1] % a != 0)
    return fail (check, cls->name, _ ("expected A*K channels with %d anchors a cell, found %d"), a,
                 (int) cls->dims[1]);
  check->dump->n_classes = (int) (cls->dims[1] / a);
  return true;
}

/* ---- image and strides --------------------------------------------------------------------------------- */

static bool
check_image_size (Check *check)
{
  const KdArray *size = find (check, "image_size");
  if (!size)
    return true;
  if (!check_shape (check, size, "D", (int64_t[]){ 2 }, NULL) ||
      !check_integers (check, size, 1, MAX_IMAGE_SIDE, _ ("it is height, width in px")))
    return false;
  const KdSize found = { (int) kd_array_get (size, 0), (int) kd_array_get (size, 1) };
  KdSize *image = &check->dump->image;
  if (image->height > 0 && (image->height != found.height || image->width != found.width))
    return fail (check, size->name,
                 _ ("expected %d,%d like image, found %d,%d; it is height, width in px"),
                 image->height, image->width, found.height, found.width);
  *image = found;
  return true;
}

static bool
check_image (Check *check)
{
  const KdArray *image = find (check, "image");
  if (image) {
    const KdArray *reference = check->level[reference_family (check)][0];
    if (!check_shape (check, image, "NHW3", (int64_t[]){ check->dump->n_images, ANY, ANY, 3 },
                      reference->name))
      return false;
    if (image->dtype != KD_DTYPE_U8)
      return fail_as (check, KD_DUMP_WRONG_TYPE, image->name,
                      _ ("expected uint8 sRGB, found other numbers; save it as uint8, 0 to 255"));
    for (int i = 1; i <= 2; i++)
      if (image->dims[i] < 1 || image->dims[i] > MAX_IMAGE_SIDE)
        return fail (check, image->name, _ ("expected sides of 1 to %d px, found %d"),
                     MAX_IMAGE_SIDE, (int) image->dims[i]);
    check->dump->image = (KdSize){ (int) image->dims[1], (int) image->dims[2] };
  }
  return check_image_size (check);
}

static bool
check_strides (Check *check)
{
  const KdArray *strides = find (check, "strides");
  if (!strides)
    return true;
  g_autofree char *like =
      g_strdup_printf (_ ("the levels of %s"), families[reference_family (check)].name);
  if (!check_shape (check, strides, "L", (int64_t[]){ check->dump->n_levels }, like) ||
      !check_integers (check, strides, 1, MAX_IMAGE_SIDE, _ ("it is px a cell, level by level")))
    return false;
  for (int l = 0; l < check->dump->n_levels; l++)
    check->dump->strides[l] = (int) kd_array_get (strides, (size_t) l);
  return true;
}

/* ---- ground truth and proposals --------------------------------------------------------------------------- */

/* @boxes [R,4] with @images [R]; either may be absent. */
static bool
check_boxes (Check *check, const char *boxes_name, const char *images_name, int *n_rows)
{
  const KdArray *boxes = find (check, boxes_name), *images = find (check, images_name);
  if (boxes && !check_shape (check, boxes, "R4", (int64_t[]){ ANY, 4 }, NULL))
    return false;
  *n_rows = boxes ? (int) boxes->dims[0] : 0;
  if (!images)
    return true;
  return check_shape (check, images, "R", (int64_t[]){ boxes ? boxes->dims[0] : ANY },
                      boxes ? boxes_name : NULL) &&
         check_integers (check, images, 0, check->dump->n_images - 1,
                         _ ("a row names its image of the batch, counted from 0"));
}

/* One head output of two-stage detectors, both sides: [P,columns]. */
static bool
check_roi (Check *check, const char *what, int64_t columns)
{
  const KdArray *proposals = find (check, "proposals"), *first = NULL;
  static const char *const sides[] = { "teacher", "student" };
  for (int side = 0; side < 2; side++) {
    g_autofree char *name = g_strdup_printf ("%s_roi_%s", sides[side], what);
    const KdArray *array = find (check, name);
    if (!array)
      continue;
    const KdArray *like = first ? first : proposals;
    const int64_t want[] = { like ? like->dims[0] : ANY, first ? first->dims[1] : columns };
    if (!check_shape (check, array, "PK", want, like ? like->name : NULL))
      return false;
    if (columns == ANY && array->dims[1] < 2)
      return fail (check, name, _ ("expected K+1 columns, background last, found %d"),
                   (int) array->dims[1]);
    first = array;
  }
  return true;
}

static bool
check_proposals (Check *check)
{
  int n_proposals;
  check->dump->two_stage = find (check, "proposals") != NULL;
  return check_boxes (check, "proposals", "proposal_image", &n_proposals) &&
         check_roi (check, "cls", ANY) && check_roi (check, "reg", 4);
}

/* How many classes labels may name, and who says so; 0: unknown (one class is an RPN's "object"). */
static int
label_classes (const Check *check, const char **source)
{
  const KdArray *roi = find (check, "teacher_roi_cls");
  if (!roi)
    roi = find (check, "student_roi_cls");
  const KdArray *cls = head_output (check, FAMILY_TEACHER_CLS, FAMILY_STUDENT_CLS);
  *source = roi ? roi->name : cls ? cls->name : NULL;
  if (roi)
    return (int) roi->dims[1] - 1;
  return check->dump->n_classes > 1 ? check->dump->n_classes : 0;
}

static bool
check_labels (Check *check)
{
  const KdArray *labels = find (check, "gt_labels"), *boxes = find (check, "gt_boxes");
  if (!labels)
    return true;
  const int64_t rows = boxes ? boxes->dims[0] : ANY;
  if (!check_shape (check, labels, "G", (int64_t[]){ rows }, boxes ? "gt_boxes" : NULL))
    return false;
  const char *source;
  const int n_classes = label_classes (check, &source);
  g_autofree char *why =
      n_classes ? g_strdup_printf (_ ("classes count from 0 and %s has %d"), source, n_classes)
                : g_strdup (_ ("classes count from 0"));
  return check_integers (check, labels, 0, n_classes ? n_classes - 1 : G_MAXINT32, why);
}

static bool
check_class_names (Check *check)
{
  const KdArray *text = find (check, "class_names");
  if (!text)
    return true;
  const size_t size = kd_array_count (text);
  if (text->dtype != KD_DTYPE_U8 || text->rank != 1 ||
      !g_utf8_validate_len (text->data, size, NULL))
    return fail_as (
        check, KD_DUMP_WRONG_TYPE, text->name,
        _ ("expected UTF-8 text, one name a line, as uint8 or a numpy array of strings, "
           "found something "
           "else"));
  g_autofree char *lines = g_strndup (text->data, size);
  g_strchomp (lines);
  g_auto (GStrv) names = g_strsplit (lines, "\n", -1);
  for (char **name = names; *name; name++)
    g_strstrip (*name);
  const char *source;
  const int n_classes = label_classes (check, &source), n_names = (int) g_strv_length (names);
  if (n_names < n_classes)
    return fail (check, text->name,
                 _ ("expected %d names, a line each, as %s has %d classes, found %d"), n_classes,
                 source, n_classes, n_names);
  check->dump->class_names = g_steal_pointer (&names);
  return true;
}

bool
kd_dump_validate (KdDump *dump, GPtrArray *problems)
{
  Check check = { .dump = dump, .problems = problems };
  return sort_levels (&check) && count_levels (&check) && check_maps (&check) &&
         derive_anchors (&check) && check_anchors (&check) && derive_classes (&check) &&
         check_image (&check) && check_strides (&check) &&
         check_boxes (&check, "gt_boxes", "gt_image", &dump->n_truths) &&
         check_proposals (&check) && check_labels (&check) && check_class_names (&check);
}

KdDump *
kd_dump_open (const char *path, GError **error)
{
  KdArrays *arrays = kd_arrays_load (path, error);
  if (!arrays)
    return NULL;
  g_autoptr (KdDump) dump = g_new0 (KdDump, 1);
  dump->path = g_strdup (path);
  dump->arrays = arrays;
  g_autoptr (GPtrArray) problems =
      g_ptr_array_new_with_free_func ((GDestroyNotify) kd_dump_problem_free);
  if (kd_dump_validate (dump, problems))
    return g_steal_pointer (&dump);
  const KdDumpProblem *first = g_ptr_array_index (problems, 0);
  kd_data_fail (error, KD_ERROR_SCHEMA, "%s: %s%s%s", path, first->member ? first->member : "",
                first->member ? ": " : "", first->message);
  return NULL;
}

void
kd_dump_free (KdDump *dump)
{
  if (!dump)
    return;
  g_free (dump->path);
  kd_arrays_free (dump->arrays);
  g_strfreev (dump->class_names);
  g_free (dump);
}
