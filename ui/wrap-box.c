/* SPDX-License-Identifier: MIT */
#include "ui/wrap-box.h"

struct _KdWrapBox {
  GtkWidget parent_instance;
  int across, down;
};

G_DEFINE_FINAL_TYPE (KdWrapBox, kd_wrap_box, GTK_TYPE_WIDGET)

static int
length_of (GtkWidget *child, GtkOrientation orientation, int for_size, bool natural)
{
  int least, wanted;
  gtk_widget_measure (child, orientation, for_size, &least, &wanted, NULL, NULL);
  return natural ? wanted : least;
}

static GtkWidget *
next_visible (GtkWidget *child)
{
  while (child && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static GtkWidget *
after (GtkWidget *child)
{
  return next_visible (gtk_widget_get_next_sibling (child));
}

/* As wide as it wants to be, where a whole line is enough. */
static int
width_in (GtkWidget *child, int width)
{
  return CLAMP (width, length_of (child, GTK_ORIENTATION_HORIZONTAL, -1, false),
                length_of (child, GTK_ORIENTATION_HORIZONTAL, -1, true));
}

/* The first child that is not in the line that begins with @first; the line's height is written. */
static GtkWidget *
walk_line (KdWrapBox *box, GtkWidget *first, int width, int *height)
{
  int x = 0;
  GtkWidget *child = first;
  *height = 0;
  for (; child; child = after (child)) {
    const int wide = width_in (child, width);
    if (child != first && x + box->across + wide > width)
      break;
    x += (child != first ? box->across : 0) + wide;
    *height = MAX (*height, length_of (child, GTK_ORIENTATION_VERTICAL, wide, true));
  }
  return child;
}

static int
height_for (KdWrapBox *box, int width)
{
  int all = 0, height;
  GtkWidget *child = next_visible (gtk_widget_get_first_child (GTK_WIDGET (box)));
  while (child) {
    child = walk_line (box, child, width, &height);
    all += height + (child ? box->down : 0);
  }
  return all;
}

static int
width_of (KdWrapBox *box, bool natural)
{
  int sum = 0, widest = 0;
  for (GtkWidget *child = next_visible (gtk_widget_get_first_child (GTK_WIDGET (box))); child;
       child = after (child)) {
    const int wide = length_of (child, GTK_ORIENTATION_HORIZONTAL, -1, natural);
    sum += (sum ? box->across : 0) + wide;
    widest = MAX (widest, wide);
  }
  return natural ? sum : widest;
}

static void
kd_wrap_box_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  KdWrapBox *box = KD_WRAP_BOX (widget);
  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = width_of (box, false);
    *natural = width_of (box, true);
  } else {
    *minimum = *natural = height_for (box, for_size < 0 ? width_of (box, true) : for_size);
  }
}

static void
kd_wrap_box_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  (void) height;
  (void) baseline;
  KdWrapBox *box = KD_WRAP_BOX (widget);
  const bool mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int y = 0;
  GtkWidget *child = next_visible (gtk_widget_get_first_child (widget));
  while (child) {
    int x = 0, high;
    GtkWidget *const end = walk_line (box, child, width, &high);
    for (; child != end; child = after (child)) {
      const int wide = width_in (child, width);
      const GtkAllocation at = { mirrored ? width - x - wide : x, y, wide, high };
      gtk_widget_size_allocate (child, &at, -1);
      x += wide + box->across;
    }
    y += high + box->down;
  }
}

static GtkSizeRequestMode
kd_wrap_box_request_mode (GtkWidget *widget)
{
  (void) widget;
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kd_wrap_box_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))))
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (kd_wrap_box_parent_class)->dispose (object);
}

static void
kd_wrap_box_class_init (KdWrapBoxClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_wrap_box_dispose;
  GTK_WIDGET_CLASS (class)->measure = kd_wrap_box_measure;
  GTK_WIDGET_CLASS (class)->size_allocate = kd_wrap_box_size_allocate;
  GTK_WIDGET_CLASS (class)->get_request_mode = kd_wrap_box_request_mode;
}

static void
kd_wrap_box_init (KdWrapBox *box)
{
  (void) box;
}

GtkWidget *
kd_wrap_box_new (int across, int down)
{
  KdWrapBox *box = g_object_new (KD_TYPE_WRAP_BOX, NULL);
  box->across = across;
  box->down = down;
  return GTK_WIDGET (box);
}

void
kd_wrap_box_append (KdWrapBox *box, GtkWidget *child)
{
  g_return_if_fail (KD_IS_WRAP_BOX (box));
  gtk_widget_set_parent (child, GTK_WIDGET (box));
}

void
kd_wrap_box_remove (KdWrapBox *box, GtkWidget *child)
{
  g_return_if_fail (KD_IS_WRAP_BOX (box) && gtk_widget_get_parent (child) == GTK_WIDGET (box));
  gtk_widget_unparent (child);
}
