/* SPDX-License-Identifier: MIT */

/* Panels of the wall that change places, or are subtracted from each other: by the acts that a drop and a panel's menu call. */
#include "tests/window-fixture.h"
#include "ui/bars-view.h"
#include "ui/live-page.h"
#include "ui/map-wall.h"
#include "ui/probe-panel.h"
#include "ui/wall-block.h"

#include <adwaita.h>
#include <string.h>

static KdWallModel *
wall_of (const Opened *opened)
{
  g_autoptr (GPtrArray) pages = all_of (opened, KD_TYPE_LIVE_PAGE);
  return kd_live_page_get_wall (KD_LIVE_PAGE (pages->pdata[0]));
}

static GtkWidget *
wall_widget (const Opened *opened)
{
  g_autoptr (GPtrArray) walls = in_live (opened, KD_TYPE_MAP_WALL);
  return walls->pdata[0];
}

/* "loss_density teacher_feat ...": the rows as the model has them. */
static char *
rows_of (const Opened *opened)
{
  const GArray *rows = kd_wall_model_get_rows (wall_of (opened));
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (names, "%s%s", i ? " " : "",
                            g_array_index (rows, KdWallRowData, i).name);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* The same of the blocks on screen: they are called "row-NAME". */
static char *
blocks_of (const Opened *opened)
{
  g_autoptr (GPtrArray) blocks = in_live (opened, KD_TYPE_WALL_BLOCK);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < blocks->len; i++)
    g_string_append_printf (names, "%s%s", i ? " " : "",
                            gtk_widget_get_name (blocks->pdata[i]) + strlen ("row-"));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static int
row_named (const Opened *opened, const char *name)
{
  const GArray *rows = kd_wall_model_get_rows (wall_of (opened));
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (g_array_index (rows, KdWallRowData, i).name, name))
      return (int) i;
  g_assert_not_reached ();
}

/* What a drop of one panel's caption onto another does. */
static void
join (const Opened *opened, const char *action, KdWallSpot one, KdWallSpot other)
{
  g_assert_true (gtk_widget_activate_action (wall_widget (opened), action, "(iiii)", one.row,
                                             one.place, other.row, other.place));
  wait_frames (opened);
}

static void
assert_order (const Opened *opened, const char *expected)
{
  g_autofree char *rows = rows_of (opened), *blocks = blocks_of (opened);
  g_assert_cmpstr (rows, ==, expected);
  g_assert_cmpstr (blocks, ==, expected);
}

/* Two names swapped in a list of words. */
static char *
with_swapped (const char *list, const char *one, const char *other)
{
  g_auto (GStrv) words = g_strsplit (list, " ", -1);
  for (char **word = words; *word; word++) {
    const char *now = g_str_equal (*word, one) ? other : g_str_equal (*word, other) ? one : *word;
    char *written = g_strdup (now);
    g_free (*word);
    *word = written;
  }
  return g_strjoinv (" ", words);
}

static void
test_rows_swap (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autofree char *usual = rows_of (&opened);
  g_autofree char *swapped = with_swapped (usual, "loss_density", "student_feat");
  join (&opened, "wall.swap", (KdWallSpot){ row_named (&opened, "student_feat"), 0 },
        (KdWallSpot){ row_named (&opened, "loss_density"), 2 });
  assert_order (&opened, swapped);
  g_assert_nonnull (find_map (&opened, "pull", 0)); /* the maps came along */

  /* Another student has its own order; this one's is remembered. */
  kd_session_model_select (opened.model, 0);
  g_autofree char *none = rows_of (&opened);
  g_assert_true (g_str_has_prefix (none, "teacher_feat student_feat") ||
                 g_str_has_prefix (none, "loss_density"));
  kd_session_model_select (opened.model, 1);
  assert_order (&opened, swapped);

  act (&opened, "undo");
  assert_order (&opened, usual);
  act (&opened, "redo");
  assert_order (&opened, swapped);
  g_assert_true (gtk_widget_activate_action (wall_widget (&opened), "wall.usual-order", NULL));
  wait_frames (&opened);
  assert_order (&opened, usual);
  act (&opened, "undo");
  assert_order (&opened, swapped);
  close_window (&opened);
}

/* Two panels of one row: their levels change places in all rows, and the probe's columns with them. */
static void
test_levels_swap (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autofree char *usual = rows_of (&opened);
  const int pull = row_named (&opened, "pull");
  join (&opened, "wall.swap", (KdWallSpot){ pull, 2 }, (KdWallSpot){ pull, 0 });
  assert_order (&opened, usual);
  static const char *const expected[] = { "P5", "P4", "P3" };
  const GArray *rows = kd_wall_model_get_rows (wall_of (&opened));
  for (guint i = 0; i < rows->len; i++) {
    const KdWallRowData *row = &g_array_index (rows, KdWallRowData, i);
    g_assert_cmpint (row->n_places, ==, 3);
    for (int k = 0; k < 3; k++) {
      g_assert_cmpstr (row->places[k].level_name, ==, expected[k]);
      g_assert_cmpint (row->places[k].level, ==, 2 - k);
    }
  }
  g_autoptr (GPtrArray) blocks = in_live (&opened, KD_TYPE_WALL_BLOCK);
  g_autoptr (GPtrArray) maps = g_ptr_array_new ();
  collect (blocks->pdata[pull], KD_TYPE_MAP_VIEW, maps);
  g_assert_true (maps->pdata[0] == find_map (&opened, "pull", 2));
  g_assert_true (maps->pdata[2] == find_map (&opened, "pull", 0));
  /* Dropped where it was taken: nothing to undo but the swap before. */
  join (&opened, "wall.swap", (KdWallSpot){ pull, 1 }, (KdWallSpot){ pull, 1 });
  act (&opened, "undo");
  g_assert_cmpstr (g_array_index (kd_wall_model_get_rows (wall_of (&opened)), KdWallRowData, 0)
                       .places[0]
                       .level_name,
                   ==, "P3");
  close_window (&opened);
}

/* Ctrl: the dragged panel's row minus the other's, before all rows, cell by cell. */
static void
test_subtracts (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autofree char *usual = rows_of (&opened);
  join (&opened, "wall.subtract", (KdWallSpot){ row_named (&opened, "pull"), 1 },
        (KdWallSpot){ row_named (&opened, "loss_density"), 1 });
  const GArray *rows = kd_wall_model_get_rows (wall_of (&opened));
  const KdWallRowData *difference = &g_array_index (rows, KdWallRowData, 0);
  g_assert_cmpstr (difference->name, ==, KD_ROW_DIFFERENCE);
  const KdWallRowData *pull = &g_array_index (rows, KdWallRowData, row_named (&opened, "pull"));
  const KdWallRowData *loss =
      &g_array_index (rows, KdWallRowData, row_named (&opened, "loss_density"));
  for (int k = 0; k < difference->n_places; k++) {
    const KdWallPlace *place = &difference->places[k];
    g_assert_true (place->valid);
    for (int i = 0; i < place->width * place->height; i++)
      g_assert_cmpfloat (place->values[i], ==,
                         pull->places[k].values[i] - loss->places[k].values[i]);
  }
  g_assert_cmpfloat (difference->scale.low, ==, -difference->scale.high);
  g_assert_cmpint (difference->colormap, ==, KD_COLORMAP_DIVERGING);

  /* It can be swapped like any row, and still is what it is of. */
  join (&opened, "wall.swap", (KdWallSpot){ 0, 0 },
        (KdWallSpot){ row_named (&opened, "teacher_feat"), 0 });
  rows = kd_wall_model_get_rows (wall_of (&opened));
  const int now = row_named (&opened, KD_ROW_DIFFERENCE);
  g_assert_cmpint (now, >, 0);
  difference = &g_array_index (rows, KdWallRowData, now);
  pull = &g_array_index (rows, KdWallRowData, row_named (&opened, "pull"));
  loss = &g_array_index (rows, KdWallRowData, row_named (&opened, "loss_density"));
  g_assert_cmpfloat (difference->places[0].values[7], ==,
                     pull->places[0].values[7] - loss->places[0].values[7]);

  act (&opened, "undo");
  act (&opened, "undo");
  assert_order (&opened, usual);
  close_window (&opened);
}

static int
count_maps (const Opened *opened)
{
  const GArray *rows = kd_wall_model_get_rows (wall_of (opened));
  int n = 0;
  for (guint i = 0; i < rows->len; i++)
    n += g_array_index (rows, KdWallRowData, i).kind != KD_PROBE_VECTOR;
  return n;
}

static int
first_vector (const Opened *opened)
{
  const GArray *rows = kd_wall_model_get_rows (wall_of (opened));
  for (guint i = 0; i < rows->len; i++)
    if (g_array_index (rows, KdWallRowData, i).kind == KD_PROBE_VECTOR)
      return (int) i;
  g_assert_not_reached ();
}

/* What does not fit is refused in one sentence, and nothing changes. */
static void
test_refuses (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  g_autofree char *usual = rows_of (&opened);
  const int pull = row_named (&opened, "pull"), loss = row_named (&opened, "loss_density");
  join (&opened, "wall.subtract", (KdWallSpot){ pull, 0 }, (KdWallSpot){ loss, 1 });
  const KdWallPlace *places =
      g_array_index (kd_wall_model_get_rows (wall_of (&opened)), KdWallRowData, pull).places;
  g_autofree char *levels = g_strdup_printf ("*P3 has %d×%d cells and P4 %d×%d*", places[0].width,
                                             places[0].height, places[1].width, places[1].height);
  WAIT_UNTIL (says (GTK_WIDGET (opened.window), levels));
  /* The toasts come one after another: the others as they are asked for. */
  g_autoptr (KdEdits) edits = kd_edits_new ();
  const KdWallSpot vector = { first_vector (&opened), -1 }, map = { loss, -1 };
  g_autofree char *no_map = kd_wall_subtract (wall_of (&opened), edits, &map, &vector);
  g_assert_nonnull (strstr (no_map, "only maps are subtracted"));
  act (&opened, "difference");
  const KdWallSpot difference = { 0, 0 }, other = { 3, 0 };
  g_autofree char *twice = kd_wall_subtract (wall_of (&opened), edits, &difference, &other);
  g_assert_nonnull (strstr (twice, "not subtracted once more"));
  act (&opened, "difference");
  g_assert_null (kd_edits_undo_label (edits));
  assert_order (&opened, usual);
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (opened.window), "undo"));
  close_window (&opened);
}

/* The menu of every panel offers the same to the keyboard: each other row, each other level. */
static void
test_menus_offer_it_to_keys (void)
{
  Opened opened = open_window (true);
  WAIT_UNTIL (find_map (&opened, "pull", 0));
  GtkWidget *map = GTK_WIDGET (find_map (&opened, "pull", 1));
  gtk_widget_grab_focus (map);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (map);
  GtkShortcut *menu = NULL;
  for (guint i = 0; !menu && i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);
    if (GTK_IS_SHORTCUT_CONTROLLER (controller))
      menu = g_list_model_get_item (G_LIST_MODEL (controller), 0);
  }
  g_assert_true (gtk_shortcut_action_activate (gtk_shortcut_get_action (menu), 0, map, NULL));
  g_object_unref (menu);
  g_autoptr (GPtrArray) popovers = all_of (&opened, GTK_TYPE_POPOVER_MENU);
  bool found = false;
  for (guint p = 0; p < popovers->len; p++) {
    GMenuModel *model = gtk_popover_menu_get_menu_model (popovers->pdata[p]);
    g_autoptr (GMenuModel) section =
        g_menu_model_get_n_items (model) == 3
            ? g_menu_model_get_item_link (model, 2, G_MENU_LINK_SECTION)
            : NULL;
    if (!section)
      continue;
    const int n_rows = (int) kd_wall_model_get_rows (wall_of (&opened))->len;
    g_autoptr (GMenuModel) swaps = g_menu_model_get_item_link (section, 0, G_MENU_LINK_SUBMENU);
    g_assert_cmpint (g_menu_model_get_n_items (swaps), ==, n_rows - 1 + 2);
    g_autoptr (GMenuModel) minus = g_menu_model_get_item_link (section, 1, G_MENU_LINK_SUBMENU);
    g_assert_cmpint (g_menu_model_get_n_items (minus), ==, count_maps (&opened) - 1);
    g_autofree char *action = NULL;
    g_assert_true (g_menu_model_get_item_attribute (minus, 0, "action", "s", &action));
    g_assert_cmpstr (action, ==, "wall.subtract");
    g_autoptr (GVariant) target = g_menu_model_get_item_attribute_value (minus, 0, "target", NULL);
    g_autoptr (GVariant) expected =
        g_variant_ref_sink (g_variant_new ("(iiii)", row_named (&opened, "pull"), 1, 0, -1));
    g_assert_true (g_variant_equal (target, expected));
    gtk_popover_popdown (popovers->pdata[p]);
    found = true;
  }
  g_assert_true (found);
  /* The panel keeps the focus where it goes. */
  wait_frames (&opened);
  gtk_widget_grab_focus (map);
  join (&opened, "wall.swap", (KdWallSpot){ row_named (&opened, "pull"), 1 },
        (KdWallSpot){ 0, -1 });
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (opened.window)) ==
                 GTK_WIDGET (find_map (&opened, "pull", 1)));
  close_window (&opened);
}

/* Names that are missing leave their places; the rest keeps its own. By hand. */
static void
test_arranges (void)
{
  static const struct {
    const char *names, *expected;
  } cases[] = {
    { "", "abcde" },    { "d,b", "adcbe" },     { "e,d,c,b,a", "edcba" },
    { "b,d", "abcde" }, { "x,e,y,a", "ebcda" }, { "c,a,b", "cabde" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    static const char *const all[] = { "a", "b", "c", "d", "e" };
    g_autoptr (GArray) rows = g_array_new (FALSE, TRUE, sizeof (KdWallRowData));
    for (int k = 0; k < 5; k++) {
      const KdWallRowData row = { .name = all[k], .of = { k == 0 ? 4 : -1, k == 0 ? 2 : -1 } };
      g_array_append_val (rows, row);
    }
    g_auto (GStrv) names = g_strsplit (cases[i].names, ",", -1);
    kd_wall_rows_arrange (rows, (const char *const *) names);
    for (int k = 0; k < 5; k++) {
      const KdWallRowData *row = &g_array_index (rows, KdWallRowData, k);
      g_assert_cmpint (row->name[0], ==, cases[i].expected[k]);
      if (row->name[0] != 'a')
        continue;
      g_assert_cmpint (g_array_index (rows, KdWallRowData, row->of[0]).name[0], ==, 'e');
      g_assert_cmpint (g_array_index (rows, KdWallRowData, row->of[1]).name[0], ==, 'c');
    }
  }
}

int
main (int argc, char **argv)
{
  window_test_init (&argc, &argv);
  g_test_add_func ("/ui/arrange/names-in-order", test_arranges);
  g_test_add_func ("/ui/arrange/rows-swap", test_rows_swap);
  g_test_add_func ("/ui/arrange/levels-swap", test_levels_swap);
  g_test_add_func ("/ui/arrange/subtracts", test_subtracts);
  g_test_add_func ("/ui/arrange/refuses-what-does-not-fit", test_refuses);
  g_test_add_func ("/ui/arrange/menus-offer-it-to-keys", test_menus_offer_it_to_keys);
  return g_test_run ();
}
