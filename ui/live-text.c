/* SPDX-License-Identifier: MIT */
#include "ui/live-text.h"

struct _KdLiveText {
  GtkWidget parent_instance;
  KdLiveRoom room;
  GtkWidget *inscription;
  int width,
      height;    /* px, of the widest and of the highest words so far; @height: at the last width */
  int for_width; /* that width; 0: none yet */
};

G_DEFINE_FINAL_TYPE (KdLiveText, kd_live_text, GTK_TYPE_WIDGET)

/* What the words need, wrapped at @width; -1: one line. */
static void
measure_words (KdLiveText *text, int width, int *needed_width, int *needed_height)
{
  g_autoptr (PangoLayout) layout =
      gtk_widget_create_pango_layout (GTK_WIDGET (text), kd_live_text_get (text));
  g_autoptr (PangoAttrList) digits = pango_attr_list_new (); /* as of the style "numeric" */
  pango_attr_list_insert (digits, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, digits);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width (layout, width < 0 ? -1 : width * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, needed_width, needed_height);
}

/* Whether the words need more than any before. */
static bool
grow (KdLiveText *text, int for_width)
{
  int width, height;
  bool more = false;
  if (text->room == KD_LIVE_WIDTH) {
    measure_words (text, -1, &width, NULL);
    more = width > text->width;
    text->width = MAX (text->width, width);
  } else if (text->room == KD_LIVE_LINES && for_width > 0) {
    measure_words (text, for_width, NULL, &height);
    more = height > text->height;
    text->height = for_width == text->for_width ? MAX (text->height, height) : height;
    text->for_width = for_width;
  }
  return more;
}

static GtkSizeRequestMode
kd_live_text_get_request_mode (GtkWidget *widget)
{
  return KD_LIVE_TEXT (widget)->room == KD_LIVE_LINES ? GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH
                                                      : GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
kd_live_text_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  KdLiveText *text = KD_LIVE_TEXT (widget);
  gtk_widget_measure (text->inscription, orientation, -1, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    grow (text, -1); /* the font may be another one by now */
    *natural = MAX (*natural, text->width);
  } else if (for_size > 0) {
    grow (text, for_size);
    *minimum = *natural = MAX (*minimum, text->height);
  }
}

static void
kd_live_text_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  KdLiveText *text = KD_LIVE_TEXT (widget);
  int line = height;
  if (text->room != KD_LIVE_LINES) /* in a high room an inscription would wrap before it cuts */
    gtk_widget_measure (text->inscription, GTK_ORIENTATION_VERTICAL, -1, NULL, &line, NULL, NULL);
  line = MIN (line, height);
  const graphene_point_t place = { 0, (float) ((height - line) / 2) };
  gtk_widget_allocate (text->inscription, width, line, line < height ? -1 : baseline,
                       gsk_transform_translate (NULL, &place));
}

static void
kd_live_text_dispose (GObject *object)
{
  g_clear_pointer (&KD_LIVE_TEXT (object)->inscription, gtk_widget_unparent);
  G_OBJECT_CLASS (kd_live_text_parent_class)->dispose (object);
}

static void
kd_live_text_class_init (KdLiveTextClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  widget_class->get_request_mode = kd_live_text_get_request_mode;
  widget_class->measure = kd_live_text_measure;
  widget_class->size_allocate = kd_live_text_size_allocate;
  G_OBJECT_CLASS (class)->dispose = kd_live_text_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
kd_live_text_init (KdLiveText *text)
{
  text->inscription = gtk_inscription_new (NULL);
  gtk_widget_set_parent (text->inscription, GTK_WIDGET (text));
}

GtkWidget *
kd_live_text_new (KdLiveRoom room, int chars, float xalign)
{
  KdLiveText *text = g_object_new (KD_TYPE_LIVE_TEXT, NULL);
  GtkInscription *inscription = GTK_INSCRIPTION (text->inscription);
  text->room = room;
  gtk_inscription_set_min_chars (inscription, (guint) chars);
  gtk_inscription_set_xalign (inscription, xalign);
  if (room != KD_LIVE_LINES)
    gtk_inscription_set_text_overflow (inscription, GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_END);
  return GTK_WIDGET (text);
}

void
kd_live_text_set (KdLiveText *text, const char *words)
{
  g_return_if_fail (KD_IS_LIVE_TEXT (text));
  if (g_strcmp0 (kd_live_text_get (text), words) == 0)
    return;
  gtk_inscription_set_text (GTK_INSCRIPTION (text->inscription), words);
  if (grow (text, text->for_width))
    gtk_widget_queue_resize (GTK_WIDGET (text));
}

const char *
kd_live_text_get (KdLiveText *text)
{
  g_return_val_if_fail (KD_IS_LIVE_TEXT (text), NULL);
  const char *words = gtk_inscription_get_text (GTK_INSCRIPTION (text->inscription));
  return words ? words : "";
}
