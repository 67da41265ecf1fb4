/* SPDX-License-Identifier: MIT */

/* Text that changes while training runs: it is painted, and lays nothing out but where its words need more room. */
#include "ui/live-text.h"

#include <adwaita.h>

#define WIDTH 200

/* ---- a box that counts how often it is asked for its size ------------------------------------------------------- */

#define TEST_TYPE_COUNTER (counter_get_type ())
G_DECLARE_FINAL_TYPE (Counter, counter, TEST, COUNTER, GtkWidget)

struct _Counter {
  GtkWidget parent_instance;
  GtkWidget *child;
  int measured;
};

G_DEFINE_FINAL_TYPE (Counter, counter, GTK_TYPE_WIDGET)

static GtkSizeRequestMode
counter_get_request_mode (GtkWidget *widget)
{
  return gtk_widget_get_request_mode (TEST_COUNTER (widget)->child);
}

/* GTK keeps sizes: it asks again only after somebody inside has asked for other room. */
static void
counter_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  TEST_COUNTER (widget)->measured++;
  gtk_widget_measure (TEST_COUNTER (widget)->child, orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

static void
counter_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  gtk_widget_allocate (TEST_COUNTER (widget)->child, width, height, baseline, NULL);
}

static void
counter_dispose (GObject *object)
{
  g_clear_pointer (&TEST_COUNTER (object)->child, gtk_widget_unparent);
  G_OBJECT_CLASS (counter_parent_class)->dispose (object);
}

static void
counter_class_init (CounterClass *class)
{
  GTK_WIDGET_CLASS (class)->get_request_mode = counter_get_request_mode;
  GTK_WIDGET_CLASS (class)->measure = counter_measure;
  GTK_WIDGET_CLASS (class)->size_allocate = counter_size_allocate;
  G_OBJECT_CLASS (class)->dispose = counter_dispose;
}

static void
counter_init (Counter *counter)
{
  (void) counter;
}

/* ---- the window ---------------------------------------------------------------------------------------------------- */

typedef struct {
  GtkWidget *window, *text, *beside;
  Counter *counter; /* around both */
} Fixture;

static void
wait_for_frames (Fixture *f)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (f->window);
  const gint64 wanted = gdk_frame_clock_get_frame_counter (clock) + 3;
  while (gdk_frame_clock_get_frame_counter (clock) < wanted) {
    gdk_frame_clock_request_phase (clock, GDK_FRAME_CLOCK_PHASE_PAINT);
    g_main_context_iteration (NULL, TRUE);
  }
}

/* @data: KdLiveRoom */
static void
set_up (Fixture *f, const void *data)
{
  f->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (f->window), WIDTH, 300);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  f->counter = g_object_new (TEST_TYPE_COUNTER, NULL);
  f->counter->child = box;
  gtk_widget_set_parent (box, GTK_WIDGET (f->counter));
  f->text = kd_live_text_new (GPOINTER_TO_INT (data), 0, 0);
  gtk_widget_set_valign (f->text, GTK_ALIGN_START);
  f->beside = gtk_label_new ("beside");
  gtk_box_append (GTK_BOX (box), f->text);
  gtk_box_append (GTK_BOX (box), f->beside);
  if (GPOINTER_TO_INT (data) == KD_LIVE_LINES) {
    gtk_widget_set_hexpand (f->text, TRUE);
    gtk_widget_set_visible (f->beside, FALSE);
  }
  gtk_window_set_child (GTK_WINDOW (f->window), GTK_WIDGET (f->counter));
  kd_live_text_set (KD_LIVE_TEXT (f->text), "loss 1.25");
  gtk_window_present (GTK_WINDOW (f->window));
  do { /* sizes that the window tries first */
    f->counter->measured = 0;
    wait_for_frames (f);
  } while (f->counter->measured);
}

static void
tear_down (Fixture *f, const void *data)
{
  (void) data;
  gtk_window_destroy (GTK_WINDOW (f->window));
}

/* Whether there is a layout for the text's change to @words. */
static bool
lays_out (Fixture *f, const char *words)
{
  f->counter->measured = 0;
  kd_live_text_set (KD_LIVE_TEXT (f->text), words);
  g_assert_cmpstr (kd_live_text_get (KD_LIVE_TEXT (f->text)), ==, words);
  wait_for_frames (f);
  return f->counter->measured > 0;
}

static void
a_label_lays_out (Fixture *f, const void *data)
{
  (void) data;
  gtk_label_set_text (GTK_LABEL (f->beside),
                      "beyond"); /* what this is for; or the others here would prove nothing */
  wait_for_frames (f);
  g_assert_cmpint (f->counter->measured, >, 0);
}

static void
a_line_keeps_its_room (Fixture *f, const void *data)
{
  (void) data;
  const int width = gtk_widget_get_width (f->text);
  g_assert_false (lays_out (f, "loss 0.75"));
  g_assert_false (lays_out (f, "loss 0.75, and more than there is room for"));
  g_assert_cmpint (gtk_widget_get_width (f->text), ==, width);
}

static void
width_grows_and_stays (Fixture *f, const void *data)
{
  (void) data;
  const int width = gtk_widget_get_width (f->text);
  g_assert_false (lays_out (f, "loss 0"));
  g_assert_cmpint (gtk_widget_get_width (f->text), ==, width);
  g_assert_true (lays_out (f, "loss 1234.56"));
  const int wider = gtk_widget_get_width (f->text);
  g_assert_cmpint (wider, >, width);
  g_assert_false (lays_out (f, "loss 1.5"));
  g_assert_cmpint (gtk_widget_get_width (f->text), ==, wider);
}

static void
lines_grow_and_stay (Fixture *f, const void *data)
{
  (void) data;
  const int height = gtk_widget_get_height (f->text);
  g_assert_false (lays_out (f, "loss 1.5"));
  g_assert_true (lays_out (f, "words enough for two lines or three in so narrow a window"));
  const int higher = gtk_widget_get_height (f->text);
  g_assert_cmpint (higher, >=, 2 * height);
  g_assert_false (lays_out (f, "loss 1.5"));
  g_assert_cmpint (gtk_widget_get_height (f->text), ==, higher);
}

#define TEST(name, room, function)                                                                 \
  g_test_add (name, Fixture, GINT_TO_POINTER (room), set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ()) {
    g_print ("1..0 # SKIP no display\n");
    return 77;
  }
  adw_init ();
  TEST ("/ui/live-text/a-label-lays-out", KD_LIVE_LINE, a_label_lays_out);
  TEST ("/ui/live-text/a-line-keeps-its-room", KD_LIVE_LINE, a_line_keeps_its_room);
  TEST ("/ui/live-text/width-grows-and-stays", KD_LIVE_WIDTH, width_grows_and_stays);
  TEST ("/ui/live-text/lines-grow-and-stay", KD_LIVE_LINES, lines_grow_and_stay);
  return g_test_run ();
}
