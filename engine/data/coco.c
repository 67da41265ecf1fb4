/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/data/array-file.h"
#include "engine/data/json-stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The parser counts bytes in 32 bits; COCO's own largest file has half of this. */
#define MAX_FILE_BYTES ((off_t) 1 << 30)

/* One object of a list while it is read. */
typedef struct {
  int64_t id;
  KdCocoRow row;
  guint seen;  /* bit i: field i of its list */
  int n_sides; /* of its box */
} Item;

typedef enum {
  FIELD_INTEGER,
  FIELD_NUMBER,
  FIELD_FLAG, /* 0, 1, false or true */
  FIELD_BOX,  /* [x, y, w, h] */
} FieldKind;

/* What a list's objects hold; other fields are skipped, whatever is in them. */
typedef struct {
  const char *name;
  FieldKind kind;
  bool optional;
  size_t offset; /* in Item */
} Field;

static const Field id_fields[] = {
  { "id", FIELD_INTEGER, false, G_STRUCT_OFFSET (Item, id) },
};
static const Field annotation_fields[] = {
  { "image_id", FIELD_INTEGER, false, G_STRUCT_OFFSET (Item, row.image_id) },
  { "category_id", FIELD_INTEGER, false, G_STRUCT_OFFSET (Item, row.category_id) },
  { "bbox", FIELD_BOX, false, G_STRUCT_OFFSET (Item, row.bbox) },
  { "area", FIELD_NUMBER, false, G_STRUCT_OFFSET (Item, row.area) },
  { "iscrowd", FIELD_FLAG, true, G_STRUCT_OFFSET (Item, row.crowd) },
};
static const Field detection_fields[] = {
  { "image_id", FIELD_INTEGER, false, G_STRUCT_OFFSET (Item, row.image_id) },
  { "category_id", FIELD_INTEGER, false, G_STRUCT_OFFSET (Item, row.category_id) },
  { "bbox", FIELD_BOX, false, G_STRUCT_OFFSET (Item, row.bbox) },
  { "score", FIELD_NUMBER, false, G_STRUCT_OFFSET (Item, row.score) },
};

/* A list of objects in the file. */
typedef struct {
  const char *name; /* in the annotations' object; NULL: the detections, a bare list */
  const Field *fields;
  int n_fields;
  GArray *items; /* of KdCocoRow; of int64_t if the only field is the id */
  bool found;
} List;

typedef struct {
  List *lists;
  int n_lists;
  int item_depth; /* containers around an item: 2 with an object around the lists, else 1 */
  List *current;  /* the list that is open, or NULL */
  Item item;
} Reader;

/* ---- one object ------------------------------------------------------------------------------------- */

static int
find_field (const List *list, const char *name)
{
  for (int i = 0; i < list->n_fields; i++)
    if (strcmp (list->fields[i].name, name) == 0)
      return i;
  return -1;
}

static bool
read_scalar (KdJson *json, const KdJsonValue *value, const Field *field, Item *item)
{
  static const char *const expected[] = { N_ ("an integer"), N_ ("a number"), N_ ("0 or 1"),
                                          N_ ("a list [x, y, w, h]") };
  void *to = G_STRUCT_MEMBER_P (item, field->offset);
  const bool integer = value->kind == KD_JSON_INT;
  switch (field->kind) {
  case FIELD_INTEGER:
    *(int64_t *) to = value->integer;
    if (integer)
      return true;
    break;
  case FIELD_NUMBER:
    *(double *) to = value->real;
    if (integer || value->kind == KD_JSON_REAL)
      return true;
    break;
  case FIELD_FLAG:
    *(bool *) to = value->integer == 1;
    if (value->kind == KD_JSON_BOOL || (integer && (value->integer == 0 || value->integer == 1)))
      return true;
    break;
  case FIELD_BOX:
  default:
    if (value->kind == KD_JSON_BEGIN_ARRAY || value->kind == KD_JSON_END_ARRAY)
      return true;
    break;
  }
  return kd_json_fail (json, _ ("expected %s, found %s"), kd_translated (expected[field->kind]),
                       integer ? _ ("another integer") : kd_json_kind_text (value->kind));
}

static bool
read_side (KdJson *json, const KdJsonValue *value, Item *item)
{
  if (value->kind != KD_JSON_INT && value->kind != KD_JSON_REAL)
    return kd_json_fail (json, _ ("expected a number, found %s"), kd_json_kind_text (value->kind));
  if (item->n_sides == 4)
    return kd_json_fail (json, _ ("expected four numbers x, y, w, h, found more"));
  item->row.bbox[item->n_sides++] = value->real;
  return true;
}

static bool
finish_item (KdJson *json, Reader *reader)
{
  List *list = reader->current;
  const Item *item = &reader->item;
  for (int i = 0; i < list->n_fields; i++) {
    const Field *field = &list->fields[i];
    if (!field->optional && !(item->seen & 1u << i))
      return kd_json_fail (json, _ ("%s is missing"), field->name);
    if (field->kind == FIELD_BOX && item->n_sides != 4)
      return kd_json_fail (json, _ ("expected four numbers x, y, w, h in %s, found %d"),
                           field->name, item->n_sides);
  }
  if (list->fields == id_fields)
    g_array_append_val (list->items, item->id);
  else
    g_array_append_val (list->items, item->row);
  return true;
}

/* ---- the file --------------------------------------------------------------------------------------- */

static bool
expect (KdJson *json, const KdJsonValue *value, KdJsonKind begin, const char *what)
{
  /* A container's end follows its beginning in the numbering. */
  return value->kind == begin || value->kind == begin + 1 ||
         kd_json_fail (json, _ ("expected %s, found %s"), what, kd_json_kind_text (value->kind));
}

static List *
find_list (const Reader *reader, const char *name)
{
  for (int i = 0; i < reader->n_lists; i++)
    if (!reader->lists[i].name || strcmp (reader->lists[i].name, name) == 0)
      return &reader->lists[i];
  return NULL;
}

static bool
read_list (KdJson *json, const KdJsonValue *value, Reader *reader)
{
  List *list = find_list (reader, kd_json_depth (json) ? kd_json_name (json, 0) : "");
  reader->current = NULL;
  if (!list)
    return true;
  if (!expect (json, value, KD_JSON_BEGIN_ARRAY, _ ("a list of objects")))
    return false;
  list->found = true;
  if (value->kind == KD_JSON_BEGIN_ARRAY)
    reader->current = list;
  return true;
}

static bool
read_item (KdJson *json, const KdJsonValue *value, Reader *reader)
{
  if (!expect (json, value, KD_JSON_BEGIN_OBJECT, _ ("an object")))
    return false;
  if (value->kind == KD_JSON_END_OBJECT)
    return finish_item (json, reader);
  reader->item = (Item){ 0 };
  return true;
}

static bool
read_value (KdJson *json, const KdJsonValue *value, void *data)
{
  Reader *reader = data;
  const int depth = kd_json_depth (json) - reader->item_depth; /* 0: an item, 1: its fields */
  if (depth == -2)
    return expect (json, value, KD_JSON_BEGIN_OBJECT,
                   _ ("an object with images, annotations and categories"));
  if (depth == -1)
    return read_list (json, value, reader);
  if (!reader->current)
    return true;
  if (depth == 0)
    return read_item (json, value, reader);

  const int i = find_field (reader->current, kd_json_name (json, reader->item_depth));
  if (i < 0)
    return true;
  const Field *field = &reader->current->fields[i];
  if (depth > 1)
    return read_side (json, value, &reader->item);
  reader->item.seen |= 1u << i;
  return read_scalar (json, value, field, &reader->item);
}

static bool
read_file (const char *path, Reader *reader, GError **error)
{
  FILE *file = fopen (path, "rbe");
  struct stat status;
  if (!file || fstat (fileno (file), &status) != 0) {
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: cannot open: %s"), path, g_strerror (errno));
    if (file)
      fclose (file);
    return false;
  }
  bool good = false;
  if (!S_ISREG (status.st_mode))
    kd_data_fail (error, KD_ERROR_FILE, _ ("%s: expected a file, found %s"), path,
                  S_ISDIR (status.st_mode) ? _ ("a folder") : _ ("something else"));
  else if (status.st_size > MAX_FILE_BYTES)
    kd_data_fail (error, KD_ERROR_FORMAT,
                  _ ("%s: expected a file of at most 1 GiB, found a larger one"), path);
  else
    good = kd_json_parse (file, (uint64_t) status.st_size, path, read_value, reader, error);
  fclose (file);
  for (int i = 0; good && i < reader->n_lists; i++)
    if (!reader->lists[i].found)
      good = kd_data_fail (error, KD_ERROR_FORMAT, _ ("%s: expected a list of %s, found none"),
                           path, reader->lists[i].name);
  return good;
}

/* ---- both files ------------------------------------------------------------------------------------- */

static int
compare_ids (const void *a, const void *b)
{
  const int64_t left = *(const int64_t *) a, right = *(const int64_t *) b;
  return (left > right) - (left < right);
}

/* Ascending, each once. Empties @ids. */
static int64_t *
take_ids (GArray *ids, int *n_ids)
{
  g_array_sort (ids, compare_ids);
  guint n = 0;
  for (guint i = 0; i < ids->len; i++) {
    const int64_t id = g_array_index (ids, int64_t, i);
    if (n == 0 || g_array_index (ids, int64_t, n - 1) != id)
      g_array_index (ids, int64_t, n++) = id;
  }
  *n_ids = (int) n;
  return (int64_t *) (void *) g_array_steal (ids, NULL);
}

static KdCocoRow *
take_rows (GArray *rows, int *n_rows)
{
  *n_rows = (int) rows->len;
  return (KdCocoRow *) (void *) g_array_steal (rows, NULL);
}

static bool
load_annotations (const char *path, KdCocoFiles *files, GError **error)
{
  g_autoptr (GArray) images = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (GArray) categories = g_array_new (FALSE, FALSE, sizeof (int64_t));
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (KdCocoRow));
  List lists[] = {
    { "images", id_fields, G_N_ELEMENTS (id_fields), images, false },
    { "annotations", annotation_fields, G_N_ELEMENTS (annotation_fields), rows, false },
    { "categories", id_fields, G_N_ELEMENTS (id_fields), categories, false },
  };
  Reader reader = { .lists = lists, .n_lists = G_N_ELEMENTS (lists), .item_depth = 2 };
  if (!read_file (path, &reader, error))
    return false;
  files->image_ids = take_ids (images, &files->n_images);
  files->category_ids = take_ids (categories, &files->n_categories);
  files->truths = take_rows (rows, &files->n_truths);
  return true;
}

static bool
load_detections (const char *path, KdCocoFiles *files, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (KdCocoRow));
  List list = { NULL, detection_fields, G_N_ELEMENTS (detection_fields), rows, false };
  Reader reader = { .lists = &list, .n_lists = 1, .item_depth = 1 };
  if (!read_file (path, &reader, error))
    return false;
  files->detections = take_rows (rows, &files->n_detections);
  for (int i = 0; i < files->n_detections; i++)
    if (!files->n_images || !bsearch (&files->detections[i].image_id, files->image_ids,
                                      (size_t) files->n_images, sizeof (int64_t), compare_ids))
      return kd_data_fail (
          error, KD_ERROR_FORMAT,
          _ ("%s: [%d].image_id: expected an image of the annotations, found %" PRIi64), path, i,
          files->detections[i].image_id);
  return true;
}

KdCocoFiles *
kd_coco_load (const char *annotations_path, const char *detections_path, GError **error)
{
  KdCocoFiles *files = g_new0 (KdCocoFiles, 1);
  if (load_annotations (annotations_path, files, error) &&
      load_detections (detections_path, files, error))
    return files;
  kd_coco_files_free (files);
  return NULL;
}

void
kd_coco_files_free (KdCocoFiles *files)
{
  if (!files)
    return;
  g_free (files->image_ids);
  g_free (files->category_ids);
  g_free (files->truths);
  g_free (files->detections);
  g_free (files);
}
