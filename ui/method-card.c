/* SPDX-License-Identifier: MIT */
#include "ui/method-card.h"

#include "engine/base/i18n.h"
#include "ui/departure-row.h"
#include "ui/live-text.h"
#include "ui/swatch.h"
#include "ui/symbols.h"
#include "ui/view.h"

#include <adwaita.h>

/* Numbers that change faster cannot be read, and each that does costs a layout of the sidebar. */
#define INTERVAL_MS 250

/* One line of the table of symbols. */
typedef struct {
  GtkWidget *symbol, *value, *reason; /* @reason: why a term's lamp is out; NULL: no term */
} Line;

struct _KdMethodCard {
  GtkBox parent_instance;
  KdWallModel *model; /* owned */
  const KdMethod *method;
  KdKnobs *knobs;                           /* NULL: not told yet */
  GtkWidget *formula;                       /* NULL: none */
  GArray *lines;                            /* Line */
  GPtrArray *departures;                    /* KdDepartureRow */
  GtkWidget *parts[KD_MAX_PARTS], *network; /* labels; NULL: none */
  char *counted;                            /* what the counts hang on; NULL: not counted */
  guint later;                              /* timeout that shows the numbers, 0: none */
};

G_DEFINE_FINAL_TYPE (KdMethodCard, kd_method_card, GTK_TYPE_BOX)

static guint changed_signal;

static bool
is_dark (void)
{
  return adw_style_manager_get_dark (adw_style_manager_get_default ());
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void
set_text (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

static void
show_lamp (const Line *line, KdPicture *picture, const KdSymbol *symbol)
{
  const KdTermStatus *term = picture ? kd_picture_term (picture, symbol->term) : NULL;
  const bool out = term && !term->lit && *term->reason;
  gtk_widget_set_visible (line->reason, out);
  set_text (line->reason, out ? kd_translated (term->reason) : "");
}

/* ---- parts --------------------------------------------------------------------------------------------- */

static const KdDetectorKind *
network_of (KdPicture *picture, const char *name)
{
  KdMap map;
  const int probe = kd_picture_find (picture, name, 0);
  return probe >= 0 && kd_picture_map (picture, probe, &map)
             ? kd_detector_kind_of_features (map.channels)
             : NULL;
}

static void
show_part (GtkWidget *label, const KdPart *part, size_t count)
{
  /* 0: superfluous between these networks, as an adapter between equal channels. */
  g_autofree char *markup =
      g_markup_printf_escaped (_ ("<b>%s</b>, %zu parameters: %s"), kd_translated (part->name),
                               count, kd_translated (part->role));
  gtk_label_set_markup (GTK_LABEL (label), markup);
}

/* All values that shape the networks. */
static char *
key_of (const KdKnobs *knobs, const KdDetectorKind *student, const KdDetectorKind *teacher)
{
  GString *key = g_string_new (NULL);
  g_string_printf (key, "%s %s", student->id, teacher->id);
  for (int i = 0; i < kd_knobs_count (knobs); i++) {
    const char *id = kd_knobs_knob (knobs, i)->id;
    if (kd_knobs_is_structural (knobs, id))
      g_string_append_printf (key, " %g", kd_knobs_get (knobs, id));
  }
  return g_string_free (key, FALSE);
}

/* A dump does not hold its networks: its parts go without numbers. */
static void
count_parts (KdMethodCard *card, KdPicture *picture)
{
  if (!picture || !card->knobs || kd_knobs_method (card->knobs) != card->method ||
      kd_picture_info (picture)->path)
    return;
  const KdDetectorKind *student = network_of (picture, KD_ROW_STUDENT);
  const KdDetectorKind *teacher = network_of (picture, KD_ROW_TEACHER);
  if (!student || !teacher)
    return;
  g_autofree char *key = key_of (card->knobs, student, teacher);
  KdPartCounts counts;
  if (!g_strcmp0 (card->counted, key) || !kd_parts_count (card->knobs, student, teacher, &counts))
    return;
  g_free (card->counted);
  card->counted = g_steal_pointer (&key);
  for (int i = 0; i < card->method->n_parts; i++)
    show_part (card->parts[i], &card->method->parts[i], counts.parts[i]);
  g_autofree char *network = g_markup_printf_escaped (
      _ ("<b>student</b>, %zu parameters: trained all the time, all that is left at inference"),
      counts.student);
  gtk_label_set_markup (GTK_LABEL (card->network), network);
  gtk_widget_set_visible (card->network, TRUE);
}

static void
show_numbers (KdMethodCard *card)
{
  /* The picture may still be the one of the method before. */
  KdPicture *picture = kd_wall_model_get_picture (card->model);
  if (picture && kd_picture_info (picture)->method != card->method)
    picture = NULL;
  count_parts (card, picture);
  for (guint i = 0; i < card->lines->len; i++) {
    const Line *line = &g_array_index (card->lines, Line, i);
    g_autofree char *value = kd_symbol_value (card->method, (int) i, picture, card->knobs);
    kd_live_text_set (KD_LIVE_TEXT (line->value), value);
    gtk_widget_set_visible (line->value, *value != '\0');
    if (line->reason)
      show_lamp (line, picture, &card->method->symbols[i]);
  }
}

static gboolean
show_later (gpointer data)
{
  KdMethodCard *card = data;
  card->later = 0;
  if (gtk_widget_get_mapped (GTK_WIDGET (card)))
    show_numbers (card);
  return G_SOURCE_REMOVE;
}

static void
on_changed (KdMethodCard *card)
{
  if (!card->later)
    card->later = g_timeout_add (INTERVAL_MS, show_later, card);
}

/* ---- layout -------------------------------------------------------------------------------------------- */

static GtkWidget *
make_text (const char *text, bool markup, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);
  if (markup)
    gtk_label_set_markup (GTK_LABEL (label), text);
  else
    gtk_label_set_text (GTK_LABEL (label), text);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE); /* Tab would stop here for good */
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

static GtkWidget *
add_text (KdMethodCard *card, const char *text, bool markup, const char *css_class)
{
  GtkWidget *label = make_text (text, markup, css_class);
  gtk_box_append (GTK_BOX (card), label);
  return label;
}

static void
paint_symbols (KdMethodCard *card)
{
  if (!card->formula)
    return;
  g_autofree char *formula = kd_symbol_formula (card->method, is_dark ());
  gtk_label_set_markup (GTK_LABEL (card->formula), formula);
  for (guint i = 0; i < card->lines->len; i++) {
    g_autofree char *markup = kd_symbol_markup (card->method, (int) i, is_dark ());
    gtk_label_set_markup (GTK_LABEL (g_array_index (card->lines, Line, i).symbol), markup);
  }
}

/* Beside the first line of its symbol's meaning. */
static GtkWidget *
make_swatch (int series)
{
  GtkWidget *swatch = kd_swatch_new (series);
  gtk_widget_set_valign (swatch, GTK_ALIGN_START);
  gtk_widget_set_margin_top (swatch, 3);
  return swatch;
}

/* Colour, symbol and meaning; below them what it is now, and why it does nothing if so. */
static void
add_symbol (KdMethodCard *card, GtkGrid *grid, int index)
{
  const KdSymbol *symbol = &card->method->symbols[index];
  const int series = kd_symbol_series (card->method, index), row = 3 * index;
  Line line = { .symbol = make_text ("", true, NULL) };
  if (series >= 0)
    gtk_grid_attach (grid, make_swatch (series), 0, row, 1, 1);
  gtk_widget_set_valign (line.symbol, GTK_ALIGN_START);
  gtk_grid_attach (grid, line.symbol, 1, row, 1, 1);
  GtkWidget *meaning = make_text (kd_translated (symbol->meaning), false, "caption");
  gtk_widget_set_hexpand (meaning, TRUE);
  gtk_grid_attach (grid, meaning, 2, row, 1, 1);
  line.value = kd_live_text_new (KD_LIVE_LINES, 0, 0);
  gtk_widget_add_css_class (line.value, "caption");
  gtk_widget_add_css_class (line.value, "dim-label");
  gtk_widget_add_css_class (line.value, "numeric");
  gtk_widget_set_visible (line.value, FALSE);
  gtk_grid_attach (grid, line.value, 2, row + 1, 1, 1);
  if (symbol->term) {
    line.reason = make_text ("", false, "caption");
    gtk_widget_add_css_class (line.reason, "warning");
    gtk_widget_set_visible (line.reason, FALSE);
    gtk_grid_attach (grid, line.reason, 2, row + 2, 1, 1);
  }
  g_array_append_val (card->lines, line);
}

static void
add_symbols (KdMethodCard *card)
{
  card->formula = add_text (card, "", true, "formula");
  GtkWidget *grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 2);
  gtk_box_append (GTK_BOX (card), grid);
  for (int i = 0; i < card->method->n_symbols; i++)
    add_symbol (card, GTK_GRID (grid), i);
  paint_symbols (card);
}

static void
add_parts (KdMethodCard *card)
{
  const KdMethod *method = card->method;
  g_assert (method->n_parts <= KD_MAX_PARTS);
  add_text (card, C_ ("of a method", "Parts"), false, "caption-heading");
  for (int i = 0; i < method->n_parts; i++) {
    g_autofree char *part =
        g_markup_printf_escaped ("<b>%s</b>: %s", kd_translated (method->parts[i].name),
                                 kd_translated (method->parts[i].role));
    card->parts[i] = add_text (card, part, true, "caption");
  }
  card->network = add_text (card, "", true, "caption");
  gtk_widget_set_visible (card->network, FALSE);
}

static void
on_departure (KdDepartureRow *row, const char *id, const char *text, KdMethodCard *card)
{
  (void) row;
  g_signal_emit (card, changed_signal, 0, id, text);
}

static void
add_departures (KdMethodCard *card)
{
  if (!card->method->n_departures)
    return;
  add_text (card, _ ("Paper and code differ"), false, "caption-heading");
  for (int i = 0; i < card->method->n_departures; i++) {
    GtkWidget *row = kd_departure_row_new (card->method, i);
    g_signal_connect (row, "changed", G_CALLBACK (on_departure), card);
    g_ptr_array_add (card->departures, row);
    gtk_box_append (GTK_BOX (card), row);
  }
}

static void
copy_bibtex (GtkButton *button, gpointer data)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), data);
}

static void
add_citation (KdMethodCard *card)
{
  if (card->method->paper && *card->method->paper) {
    add_text (card, C_ ("of a paper", "Citation"), false, "caption-heading");
    add_text (card, card->method->paper, false, "caption");
  }
  if (card->method->bibtex) {
    GtkWidget *copy = gtk_button_new_with_label (_ ("Copy as BibTeX"));
    gtk_widget_set_halign (copy, GTK_ALIGN_START);
    g_signal_connect (copy, "clicked", G_CALLBACK (copy_bibtex), (gpointer) card->method->bibtex);
    gtk_box_append (GTK_BOX (card), copy);
  }
}

static void
clear (KdMethodCard *card)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (card))))
    gtk_box_remove (GTK_BOX (card), child);
  g_array_set_size (card->lines, 0);
  g_ptr_array_set_size (card->departures, 0);
  card->formula = NULL;
  g_clear_pointer (&card->counted, g_free);
}

void
kd_method_card_show (KdMethodCard *card, const KdMethod *method)
{
  g_return_if_fail (KD_IS_METHOD_CARD (card));
  if (card->method == method)
    return;
  clear (card);
  card->method = method;
  g_autofree char *heading = method->venue && *method->venue
                                 ? g_strdup_printf ("%s (%s)", method->title, method->venue)
                                 : g_strdup (kd_translated (method->title));
  add_text (card, heading, false, "heading");
  if (method->idea)
    add_text (card, kd_translated (method->idea), false, NULL);
  if (method->formula)
    add_symbols (card);
  add_parts (card);
  add_departures (card);
  add_citation (card);
  show_numbers (card);
}

void
kd_method_card_set_knobs (KdMethodCard *card, const KdKnobs *knobs)
{
  g_return_if_fail (KD_IS_METHOD_CARD (card));
  kd_knobs_free (card->knobs);
  card->knobs = kd_knobs_copy (knobs);
  if (kd_knobs_method (knobs) == card->method)
    for (guint i = 0; i < card->departures->len; i++)
      kd_departure_row_show (card->departures->pdata[i], knobs);
  show_numbers (card);
}

const char *
kd_method_card_get_value (KdMethodCard *card, int index)
{
  g_return_val_if_fail (KD_IS_METHOD_CARD (card), NULL);
  g_return_val_if_fail (index >= 0 && index < (int) card->lines->len, NULL);
  return kd_live_text_get (KD_LIVE_TEXT (g_array_index (card->lines, Line, index).value));
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void
kd_method_card_dispose (GObject *object)
{
  KdMethodCard *card = KD_METHOD_CARD (object);
  g_clear_handle_id (&card->later, g_source_remove);
  g_signal_handlers_disconnect_by_data (adw_style_manager_get_default (), card);
  if (card->model)
    g_signal_handlers_disconnect_by_data (card->model, card);
  g_clear_object (&card->model);
  g_clear_pointer (&card->knobs, kd_knobs_free);
  G_OBJECT_CLASS (kd_method_card_parent_class)->dispose (object);
}

static void
kd_method_card_finalize (GObject *object)
{
  g_array_unref (KD_METHOD_CARD (object)->lines);
  g_ptr_array_unref (KD_METHOD_CARD (object)->departures);
  g_free (KD_METHOD_CARD (object)->counted);
  G_OBJECT_CLASS (kd_method_card_parent_class)->finalize (object);
}

static void
kd_method_card_class_init (KdMethodCardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = kd_method_card_dispose;
  G_OBJECT_CLASS (class)->finalize = kd_method_card_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
kd_method_card_init (KdMethodCard *card)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (card), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (card), 6);
  card->lines = g_array_new (FALSE, TRUE, sizeof (Line));
  card->departures = g_ptr_array_new ();
}

GtkWidget *
kd_method_card_new (KdWallModel *model)
{
  KdMethodCard *card = g_object_new (KD_TYPE_METHOD_CARD, NULL);
  gtk_widget_set_name (GTK_WIDGET (card), "card");
  card->model = g_object_ref (model);
  g_signal_connect_swapped (model, "changed", G_CALLBACK (on_changed), card);
  g_signal_connect_swapped (adw_style_manager_get_default (), "notify::dark",
                            G_CALLBACK (paint_symbols), card);
  return GTK_WIDGET (card);
}
