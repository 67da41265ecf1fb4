/* SPDX-License-Identifier: MIT */
#include "ui/photo-block.h"

#include "engine/base/i18n.h"
#include "ui/map-view.h"
#include "ui/receptive.h"
#include "ui/wall-block.h"

/* Labels of boxes need room. */
#define LABELS_FROM_PX 160
#define COUNTS_FROM_PX                                                                             \
  76 /* smaller ones have room for their names alone; the tooltip lists the boxes */

static const char *const titles[KD_N_BOX_SOURCES] = { N_ ("Truth"), N_ ("Teacher"),
                                                      N_ ("Student") };

struct _KdPhotoBlock {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned */
  GtkWidget *photos[KD_N_BOX_SOURCES];
  int side;
};

G_DEFINE_FINAL_TYPE (KdPhotoBlock, kd_photo_block, GTK_TYPE_BOX)

/* Detections come best first: how many are worth showing. */
static int
count_sure (const KdDetection *boxes, int n)
{
  int sure = 0;
  while (sure < n && boxes[sure].score >= KD_MIN_SHOWN_SCORE)
    sure++;
  return sure;
}

static char *
list_boxes (const KdPictureInfo *info, KdBoxSource source, const KdDetection *boxes, int n)
{
  GString *list = g_string_new (NULL);
  for (int k = 0; k < n; k++) {
    const KdDetection *box = &boxes[k];
    if (k)
      g_string_append_c (list, '\n');
    if (info->class_names && box->label >= 0 && box->label < info->n_classes)
      g_string_append (list, info->class_names[box->label]);
    else
      g_string_append_printf (list, _ ("class %d"), box->label);
    if (source != KD_BOXES_TRUTH)
      g_string_append_printf (list, " %.0f %%", 100 * (double) box->score);
  }
  return g_string_free (list, FALSE);
}

/* Class names for labels on boxes; NULL if a label has none. */
static const char *const *
names_for (const KdPictureInfo *info, const KdDetection *boxes, int n)
{
  for (int k = 0; k < n; k++) {
    if (boxes[k].label < 0 || boxes[k].label >= info->n_classes)
      return NULL;
  }
  return info->class_names;
}

void
kd_photo_block_show (KdPhotoBlock *block, bool captions)
{
  g_return_if_fail (KD_IS_PHOTO_BLOCK (block));
  KdPicture *picture = kd_wall_model_get_picture (block->model);
  if (!picture)
    return;
  const KdPictureInfo *info = kd_picture_info (picture);
  const struct {
    const KdDetection *boxes;
    int n;
  } sources[KD_N_BOX_SOURCES] = {
    [KD_BOXES_TRUTH] = { info->truths, info->n_truths },
    [KD_BOXES_TEACHER] = { info->teacher, info->n_teacher },
    [KD_BOXES_STUDENT] = { info->student, info->n_student },
  };
  for (KdBoxSource i = 0; i < KD_N_BOX_SOURCES; i++) {
    /* A dump has no detections of its own: then the truth alone. */
    const bool known = i == KD_BOXES_TRUTH || !info->path;
    KdMapView *view = KD_MAP_VIEW (block->photos[i]);
    gtk_widget_set_visible (block->photos[i], known && info->rgb);
    if (!known || !info->rgb)
      continue;
    const int sure = count_sure (sources[i].boxes, sources[i].n);
    kd_map_view_set_photo (view, info->rgb, info->image);
    kd_map_view_set_boxes (view, i, sources[i].boxes, sure, info->image,
                           block->side >= LABELS_FROM_PX, names_for (info, sources[i].boxes, sure));
    if (!captions)
      continue;
    g_autofree char *title = block->side < COUNTS_FROM_PX
                                 ? g_strdup (kd_translated (titles[i]))
                                 : g_strdup_printf ("%s: %d", kd_translated (titles[i]), sure);
    g_autofree char *list = list_boxes (info, i, sources[i].boxes, sure);
    kd_map_view_set_title (view, title, list);
  }
}

void
kd_photo_block_set_side (KdPhotoBlock *block, int side)
{
  g_return_if_fail (KD_IS_PHOTO_BLOCK (block));
  block->side = side;
  for (int i = 0; i < KD_N_BOX_SOURCES; i++)
    kd_map_view_set_side (KD_MAP_VIEW (block->photos[i]), side);
}

/* The cell under the pointer at the level pointed at, and in each network's photo what it has seen. */
static void
show_seen (KdPhotoBlock *block)
{
  const KdPicture *picture = kd_wall_model_get_picture (block->model);
  KdReceptive what;
  double x, y;
  const bool found = picture && kd_view_port_get_hover (block->port, &x, &y) &&
                     kd_receptive_find (picture, kd_view_port_get_level (block->port), x, y, &what);
  const KdBox *seen[KD_N_BOX_SOURCES] = {
    [KD_BOXES_TEACHER] = &what.teacher, [KD_BOXES_STUDENT] = &what.student
  };
  for (int i = 0; i < KD_N_BOX_SOURCES; i++)
    kd_map_view_set_seen (KD_MAP_VIEW (block->photos[i]), found ? &what.cell : NULL,
                          found && what.known ? seen[i] : NULL);
}

static void
kd_photo_block_dispose (GObject *object)
{
  KdPhotoBlock *block = KD_PHOTO_BLOCK (object);
  if (block->port)
    g_signal_handlers_disconnect_by_data (block->port, block);
  g_clear_object (&block->port);
  g_clear_object (&block->model);
  G_OBJECT_CLASS (kd_photo_block_parent_class)->dispose (object);
}

static void
kd_photo_block_class_init (KdPhotoBlockClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_photo_block_dispose;
}

static void
kd_photo_block_init (KdPhotoBlock *block)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (block), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (block), 2);
}

GtkWidget *
kd_photo_block_new (KdWallModel *model, KdViewPort *port)
{
  KdPhotoBlock *block = g_object_new (KD_TYPE_PHOTO_BLOCK, NULL);
  block->model = g_object_ref (model);
  block->port = g_object_ref (port);
  g_signal_connect_swapped (port, "hover", G_CALLBACK (show_seen), block);
  GtkWidget *title = gtk_label_new (_ ("Image and boxes"));
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (title, "block-title");
  gtk_widget_set_tooltip_text (title,
                               _ ("The image: its ground truth, and what teacher and student "
                                  "detect with a score of at least 0.3"));
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, KD_WALL_GAP);
  for (int i = 0; i < KD_N_BOX_SOURCES; i++) {
    block->photos[i] = kd_map_view_new (port);
    kd_map_view_set_title (KD_MAP_VIEW (block->photos[i]), kd_translated (titles[i]), "");
    gtk_box_append (GTK_BOX (line), block->photos[i]);
  }
  gtk_box_append (GTK_BOX (block), title);
  gtk_box_append (GTK_BOX (block), line);
  return GTK_WIDGET (block);
}
