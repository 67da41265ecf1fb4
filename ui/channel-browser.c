/* SPDX-License-Identifier: MIT */
#include "ui/channel-browser.h"

#include "engine/base/i18n.h"
#include "ui/map-view.h"

#include <math.h>

#define SIDE_PX 84

typedef struct {
  int channel;
  double energy, gap; /* means of |x| and of |teacher - student|; NAN: no gap */
} Channel;

struct _KdChannelBrowser {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  KdViewPort *port;   /* owned: its own, the wall keeps its zoom and pins */
  GArray *rows;       /* int: of the model's rows, those of features */
  GArray *channels;   /* Channel, in the order shown */
  GtkWidget *row, *level, *order, *note, *grid;
};

G_DEFINE_FINAL_TYPE (KdChannelBrowser, kd_channel_browser, GTK_TYPE_BOX)

static guint chosen_signal;

/* ---- numbers ------------------------------------------------------------------------------------------- */

static const KdWallRowData *
row_of (const KdChannelBrowser *browser)
{
  const guint chosen = gtk_drop_down_get_selected (GTK_DROP_DOWN (browser->row));
  const int row = g_array_index (browser->rows, int, MIN (chosen, browser->rows->len - 1));
  return &g_array_index (kd_wall_model_get_rows (browser->model), KdWallRowData, row);
}

static const KdWallPlace *
place_of (const KdChannelBrowser *browser)
{
  const KdWallRowData *row = row_of (browser);
  const int chosen = (int) gtk_drop_down_get_selected (GTK_DROP_DOWN (browser->level));
  return &row->places[MIN (chosen, row->n_places - 1)];
}

static bool
read_map (const KdChannelBrowser *browser, int probe, KdMap *map)
{
  const KdPicture *picture = kd_wall_model_get_picture (browser->model);
  return picture && probe >= 0 && kd_picture_map (picture, probe, map);
}

/* Both networks' features of the chosen level; false with the reason if they cannot be subtracted. */
static bool
read_pair (const KdChannelBrowser *browser, KdMap *teacher, KdMap *student, char **reason)
{
  const KdPicture *picture = kd_wall_model_get_picture (browser->model);
  const int level = place_of (browser)->level;
  if (!picture || !read_map (browser, kd_picture_find (picture, "teacher_feat", level), teacher) ||
      !read_map (browser, kd_picture_find (picture, "student_feat", level), student)) {
    *reason = g_strdup (_ ("no gap: the features of both networks are not there"));
    return false;
  }
  const bool alike = teacher->channels == student->channels && teacher->height == student->height &&
                     teacher->width == student->width;
  if (!alike)
    *reason = g_strdup_printf (_ ("no gap: the teacher has %d channels, the student %d, and no "
                                  "channel of one is a channel of the other"),
                               teacher->channels, student->channels);
  return alike;
}

static double
mean_abs (const KdMap *map, const KdMap *minus, int channel)
{
  double sum = 0;
  for (int y = 0; y < map->height; y++)
    for (int x = 0; x < map->width; x++)
      sum += fabs ((double) kd_map_get (map, channel, y, x) -
                   (minus ? (double) kd_map_get (minus, channel, y, x) : 0));
  return sum / (map->height * map->width);
}

static int
compare_channels (gconstpointer a, gconstpointer b, gpointer data)
{
  const Channel *one = a, *other = b;
  const KdChannelOrder order = *(const KdChannelOrder *) data;
  const double x = order == KD_CHANNEL_ORDER_GAP ? one->gap : one->energy;
  const double y = order == KD_CHANNEL_ORDER_GAP ? other->gap : other->energy;
  if (order != KD_CHANNEL_ORDER_INDEX && (x > y || x < y))
    return x > y ? -1 : 1; /* largest first */
  return one->channel - other->channel;
}

/* ---- the grid ------------------------------------------------------------------------------------------- */

static GtkWidget *
child_at (const KdChannelBrowser *browser, guint place)
{
  return GTK_WIDGET (gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (browser->grid), (int) place));
}

static void
show_channel (KdChannelBrowser *browser, guint place, const KdMap *map, const KdScale *scale)
{
  const Channel *channel = &g_array_index (browser->channels, Channel, place);
  GtkWidget *child = child_at (browser, place);
  KdMapView *view = KD_MAP_VIEW (gtk_flow_box_child_get_child (GTK_FLOW_BOX_CHILD (child)));
  const size_t cells = (size_t) map->width * (size_t) map->height;
  g_autofree float *values = g_new (float, cells);
  kd_map_reduce (map, KD_CHANNELS_ONE, channel->channel, values);
  kd_map_view_set_map (view, values, map->width, map->height, scale, KD_COLORMAP_DIVERGING);

  char energy[32], gap[32];
  kd_number_format (channel->energy, energy, sizeof energy);
  kd_number_format (channel->gap, gap, sizeof gap);
  g_autofree char *title = g_strdup_printf ("%d  %s", channel->channel, energy);
  g_autofree char *help =
      isnan (channel->gap)
          ? g_strdup_printf (_ ("Channel %d: mean |x| %s"), channel->channel, energy)
          : g_strdup_printf (_ ("Channel %d: mean |x| %s, mean |teacher - student| %s"),
                             channel->channel, energy, gap);
  kd_map_view_set_title (view, title, help);
  gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, help, -1);
}

void
kd_channel_browser_show (KdChannelBrowser *browser)
{
  g_return_if_fail (KD_IS_CHANNEL_BROWSER (browser));
  KdMap map, teacher, student;
  if (!read_map (browser, place_of (browser)->probe, &map) ||
      (guint) map.channels != browser->channels->len)
    return;
  g_autofree char *reason = NULL;
  const bool pair = read_pair (browser, &teacher, &student, &reason);
  const size_t cells = (size_t) map.width * (size_t) map.height;
  g_autofree float *values = g_new (float, cells);
  KdMapStats joined = kd_map_stats (NULL, 0);
  for (guint i = 0; i < browser->channels->len; i++) {
    Channel *channel = &g_array_index (browser->channels, Channel, i);
    channel->energy = mean_abs (&map, NULL, channel->channel);
    channel->gap = pair && channel->channel < teacher.channels
                       ? mean_abs (&teacher, &student, channel->channel)
                       : NAN;
    kd_map_reduce (&map, KD_CHANNELS_ONE, channel->channel, values);
    const KdMapStats stats = kd_map_stats (values, cells);
    kd_map_stats_join (&joined, &stats);
  }
  const KdScale scale = kd_scale_from_stats (&joined, true, false, true);
  for (guint i = 0; i < browser->channels->len; i++)
    show_channel (browser, i, &map, &scale);
  char reach[32];
  kd_number_format (scale.high, reach, sizeof reach);
  g_autofree char *note =
      reason ? g_strdup_printf (_ ("one scale, %s below and above 0; %s"), reach, reason)
             : g_strdup_printf (_ ("one scale, %s below and above 0"), reach);
  gtk_label_set_text (GTK_LABEL (browser->note), note);
  gtk_widget_set_tooltip_text (browser->note, note);
}

static void
add_channels (KdChannelBrowser *browser, int n)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (browser->grid)))
    gtk_flow_box_remove (GTK_FLOW_BOX (browser->grid), child);
  g_array_set_size (browser->channels, 0);
  for (int c = 0; c < n; c++) {
    const Channel channel = { .channel = c };
    GtkWidget *view = kd_map_view_new (browser->port);
    kd_map_view_set_side (KD_MAP_VIEW (view), SIDE_PX);
    gtk_widget_set_focusable (view, FALSE); /* the place in the grid is */
    gtk_flow_box_append (GTK_FLOW_BOX (browser->grid), view);
    g_array_append_val (browser->channels, channel);
  }
}

/* Another row, level or order. */
static void
rebuild (KdChannelBrowser *browser)
{
  KdChannelOrder order =
      (KdChannelOrder) gtk_drop_down_get_selected (GTK_DROP_DOWN (browser->order));
  KdMap map;
  if (!read_map (browser, place_of (browser)->probe, &map))
    return;
  add_channels (browser, map.channels);
  kd_channel_browser_show (browser);
  g_array_sort_with_data (browser->channels, compare_channels, &order);
  kd_channel_browser_show (browser);
}

static void
on_activated (GtkFlowBox *grid, GtkFlowBoxChild *child, KdChannelBrowser *browser)
{
  (void) grid;
  const guint place = (guint) gtk_flow_box_child_get_index (child);
  const int channel = g_array_index (browser->channels, Channel, place).channel;
  KdViewSettings *settings = kd_wall_model_get_settings (browser->model);
  KdView view = *kd_view_settings_get (settings);
  view.channels = KD_CHANNELS_ONE;
  view.channel = channel;
  kd_view_settings_set (settings, &view);
  g_signal_emit (browser, chosen_signal, 0, channel);
}

void
kd_channel_browser_sort (KdChannelBrowser *browser, KdChannelOrder order)
{
  g_return_if_fail (KD_IS_CHANNEL_BROWSER (browser));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (browser->order), order);
}

int
kd_channel_browser_at (KdChannelBrowser *browser, int place)
{
  g_return_val_if_fail (KD_IS_CHANNEL_BROWSER (browser), -1);
  return place < (int) browser->channels->len
             ? g_array_index (browser->channels, Channel, (guint) place).channel
             : -1;
}

/* ---- life ------------------------------------------------------------------------------------------------- */

static void
kd_channel_browser_dispose (GObject *object)
{
  KdChannelBrowser *browser = KD_CHANNEL_BROWSER (object);
  g_clear_object (&browser->model);
  g_clear_object (&browser->port);
  G_OBJECT_CLASS (kd_channel_browser_parent_class)->dispose (object);
}

static void
kd_channel_browser_finalize (GObject *object)
{
  KdChannelBrowser *browser = KD_CHANNEL_BROWSER (object);
  g_array_unref (browser->rows);
  g_array_unref (browser->channels);
  G_OBJECT_CLASS (kd_channel_browser_parent_class)->finalize (object);
}

static void
kd_channel_browser_class_init (KdChannelBrowserClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_channel_browser_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_channel_browser_finalize;
  chosen_signal = g_signal_new ("chosen", KD_TYPE_CHANNEL_BROWSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
kd_channel_browser_init (KdChannelBrowser *browser)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (browser), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (browser), 6);
  browser->port = kd_view_port_new ();
  browser->rows = g_array_new (FALSE, FALSE, sizeof (int));
  browser->channels = g_array_new (FALSE, FALSE, sizeof (Channel));
}

static GtkWidget *
make_choice (KdChannelBrowser *browser, const char *const *names, const char *label)
{
  GtkWidget *choice = gtk_drop_down_new_from_strings (names);
  gtk_widget_set_tooltip_text (choice, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect_swapped (choice, "notify::selected", G_CALLBACK (rebuild), browser);
  return choice;
}

static GtkWidget *
make_head (KdChannelBrowser *browser)
{
  static const char *const orders[] = { N_ ("by number"), N_ ("by mean |x|"),
                                        N_ ("by teacher-student gap"), NULL };
  const GArray *rows = kd_wall_model_get_rows (browser->model);
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  const char *levels[KD_MAX_LEVELS + 1] = { NULL };
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    const int index = (int) i;
    if (row->kind != KD_PROBE_FEATURE)
      continue;
    g_array_append_val (browser->rows, index);
    g_ptr_array_add (titles, (gpointer) row->title);
    for (int k = 0; k < row->n_places; k++)
      levels[k] = row->places[k].level_name;
  }
  g_ptr_array_add (titles, NULL);
  browser->row = make_choice (browser, (const char *const *) titles->pdata, _ ("Which features"));
  browser->level = make_choice (browser, levels, _ ("Which level"));
  g_autofree const char **translated = kd_translated_all (orders);
  browser->order = make_choice (browser, translated, _ ("Order of the channels"));
  browser->note = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (browser->note), 0);
  gtk_label_set_ellipsize (GTK_LABEL (browser->note), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (browser->note, "dim-label");
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *parts[] = { browser->row, browser->level, browser->order, browser->note };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    gtk_box_append (GTK_BOX (head), parts[i]);
  gtk_widget_set_margin_start (head, 6);
  gtk_widget_set_margin_top (head, 6);
  return head;
}

GtkWidget *
kd_channel_browser_new (KdWallModel *model)
{
  KdChannelBrowser *browser = g_object_new (KD_TYPE_CHANNEL_BROWSER, NULL);
  browser->model = g_object_ref (model);
  gtk_box_append (GTK_BOX (browser), make_head (browser));
  browser->grid = gtk_flow_box_new ();
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (browser->grid), 32);
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (browser->grid), GTK_SELECTION_SINGLE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (browser->grid), TRUE);
  gtk_widget_set_valign (browser->grid, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (browser->grid,
                               _ ("Click or Enter: this channel on the wall; Escape: "
                                  "back"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (browser->grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  C_ ("of a feature", "Channels"), -1);
  g_signal_connect (browser->grid, "child-activated", G_CALLBACK (on_activated), browser);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), browser->grid);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (browser), scroller);
  rebuild (browser);
  return GTK_WIDGET (browser);
}
