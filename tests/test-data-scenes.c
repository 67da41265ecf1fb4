/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"

#include <math.h>
#include <string.h>

#define SIDE 128
#define IMAGE_BYTES (SIDE * SIDE * 3)
#define N_SCENES 2000

static KdScenes *
default_scenes (uint64_t seed)
{
  const KdSceneConfig config = kd_scene_config_default ();
  return kd_scenes_new (&config, seed);
}

static void
test_same_bytes_in_any_order (void)
{
  static uint8_t forward[20][IMAGE_BYTES], backward[IMAGE_BYTES];
  KdSceneTruth truths[20], truth;
  memset (truths, 0, sizeof truths);
  KdScenes *scenes = default_scenes (3);
  for (int i = 0; i < 20; i++)
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, (uint64_t) i, forward[i], &truths[i]);
  KdScenes *others = default_scenes (3);
  for (int i = 19; i >= 0; i--) {
    memset (&truth, 0, sizeof truth);
    kd_scenes_draw (others, KD_SPLIT_TRAIN, (uint64_t) i, backward, &truth);
    g_assert_cmpmem (backward, IMAGE_BYTES, forward[i], IMAGE_BYTES);
    g_assert_cmpint (truth.n_objects, ==, truths[i].n_objects);
    for (int k = 0; k < truth.n_objects; k++) {
      g_assert_cmpint (truth.objects[k].label, ==, truths[i].objects[k].label);
      g_assert_true (memcmp (&truth.objects[k].box, &truths[i].objects[k].box, sizeof (KdBox)) ==
                     0);
    }
  }
  kd_scenes_free (scenes);
  kd_scenes_free (others);
}

/* No picture of one split, seed or index comes again in another. */
static void
test_splits_and_seeds_share_nothing (void)
{
  static uint8_t rgb[IMAGE_BYTES];
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (uint64_t seed = 1; seed <= 2; seed++) {
    KdScenes *scenes = default_scenes (seed);
    for (int split = KD_SPLIT_TRAIN; split <= KD_SPLIT_HELD_OUT; split++)
      for (uint64_t i = 0; i < 250; i++) {
        KdSceneTruth truth;
        kd_scenes_draw (scenes, (KdSplit) split, i, rgb, &truth);
        g_assert_true (g_hash_table_add (
            seen, g_compute_checksum_for_data (G_CHECKSUM_SHA256, rgb, IMAGE_BYTES)));
      }
    kd_scenes_free (scenes);
  }
}

static double
longest_side (const KdBox *box)
{
  return fmax (box->x2 - box->x1, box->y2 - box->y1);
}

static void
test_objects_and_boxes_keep_their_bounds (void)
{
  static uint8_t rgb[IMAGE_BYTES];
  KdScenes *scenes = default_scenes (11);
  int counts[KD_SCENE_MAX_OBJECTS + 1] = { 0 };
  int n_small = 0, n_medium = 0, n_large = 0;
  double smallest = SIDE, largest = 0;
  for (uint64_t i = 0; i < N_SCENES; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, i, rgb, &truth);
    g_assert_cmpint (truth.n_objects, >=, 1);
    g_assert_cmpint (truth.n_objects, <=, KD_SCENE_MAX_OBJECTS);
    counts[truth.n_objects]++;
    for (int k = 0; k < truth.n_objects; k++) {
      const KdDetection *object = &truth.objects[k];
      const KdBox *box = &object->box;
      g_assert_true (object->score == 1);
      g_assert_true (box->x1 >= 0 && box->y1 >= 0 && box->x2 <= SIDE && box->y2 <= SIDE);
      g_assert_cmpfloat (box->x2 - box->x1, >=, 4);
      g_assert_cmpfloat (box->y2 - box->y1, >=, 4);
      const double side = longest_side (box);
      smallest = fmin (smallest, side);
      largest = fmax (largest, side);
      n_small += side < 24;
      n_medium += side >= 24 && side < 48;
      n_large += side >= 48;
    }
  }
  kd_scenes_free (scenes);
  for (int n = 1; n <= KD_SCENE_MAX_OBJECTS; n++)
    g_assert_cmpint (counts[n], >, N_SCENES / 20);
  g_assert_cmpfloat (smallest, <=, 13);
  g_assert_cmpfloat (largest, >=, 90);
  g_assert_cmpfloat (largest, <=, 106); /* a redraw rounds, and a turned outline may bulge */
  const int total = n_small + n_medium + n_large;
  g_assert_cmpint (n_small, >, total / 6);
  g_assert_cmpint (n_medium, >, total / 6);
  g_assert_cmpint (n_large, >, total / 12);
}

/* Pearson's chi-square of eight equal classes: 24.3 is the one in a thousand of seven degrees of freedom. */
static void
test_classes_occur_equally (void)
{
  static uint8_t rgb[IMAGE_BYTES];
  KdScenes *scenes = default_scenes (12);
  int counts[KD_SCENE_CLASSES] = { 0 };
  int total = 0;
  for (uint64_t i = 0; i < N_SCENES; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_HELD_OUT, i, rgb, &truth);
    for (int k = 0; k < truth.n_objects; k++) {
      counts[truth.objects[k].label]++;
      total++;
    }
  }
  kd_scenes_free (scenes);
  const double expected = (double) total / KD_SCENE_CLASSES;
  double chi_square = 0;
  for (int c = 0; c < KD_SCENE_CLASSES; c++)
    chi_square += (counts[c] - expected) * (counts[c] - expected) / expected;
  g_test_message ("chi-square %.1f over %d objects", chi_square, total);
  g_assert_cmpfloat (chi_square, <, 24.3);
}

/*
 * The box against the picture itself: with one object, no grain to speak of and many scenes, the strongest step along
 * a line across the object's edge is large at the box's sides and small one px further out. A box one px too large
 * would meet the small steps, one px too small would meet large ones on both lines.
 */
static double
edge_step (const uint8_t *rgb, const KdBox *box, int side, int shift)
{
  const bool vertical = side < 2;
  const int at = (int) (side == 0   ? box->x1
                        : side == 1 ? box->x2
                        : side == 2 ? box->y1
                                    : box->y2) +
                 (side % 2 ? shift : -shift);
  const int from = (int) (vertical ? box->y1 : box->x1), to = (int) (vertical ? box->y2 : box->x2);
  if (at < 1 || at >= SIDE)
    return 0;
  double largest = 0;
  for (int i = from; i < to; i++) {
    double step = 0;
    for (int c = 0; c < 3; c++) {
      const int inner = vertical ? (i * SIDE + at) * 3 + c : (at * SIDE + i) * 3 + c;
      const int outer = vertical ? inner - 3 : inner - SIDE * 3;
      step += abs (rgb[inner] - rgb[outer]);
    }
    largest = fmax (largest, step);
  }
  return largest;
}

static void
test_boxes_are_tight (void)
{
  static uint8_t rgb[IMAGE_BYTES];
  KdSceneConfig config = kd_scene_config_default ();
  config.difficulty = 0;
  config.max_objects = 1;
  KdScenes *scenes = kd_scenes_new (&config, 13);
  double at_edge[4] = { 0 }, outside[4] = { 0 };
  for (uint64_t i = 0; i < 400; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, i, rgb, &truth);
    g_assert_cmpint (truth.n_objects, ==, 1);
    for (int side = 0; side < 4; side++) {
      at_edge[side] += edge_step (rgb, &truth.objects[0].box, side, 0);
      outside[side] += edge_step (rgb, &truth.objects[0].box, side, 1);
    }
  }
  kd_scenes_free (scenes);
  for (int side = 0; side < 4; side++) {
    g_test_message ("side %d: mean step %.1f at the edge, %.1f outside", side, at_edge[side] / 400,
                    outside[side] / 400);
    g_assert_cmpfloat (at_edge[side], >, 3 * outside[side]);
  }
}

/*
 * Nearest class centroid of the boxes' mean colour and its deviation (six numbers), fitted on one half of the scenes and
 * tried on the other. Chance is 12.5 %.
 */
#define N_FEATURES 6

static void
colour_features (const uint8_t *rgb, const KdBox *box, double features[N_FEATURES])
{
  double sum[3] = { 0 }, squares[3] = { 0 };
  const int x1 = (int) box->x1, x2 = (int) box->x2, y1 = (int) box->y1, y2 = (int) box->y2;
  const double count = (double) (x2 - x1) * (y2 - y1);
  for (int y = y1; y < y2; y++)
    for (int x = x1; x < x2; x++)
      for (int c = 0; c < 3; c++) {
        const double value = rgb[(y * SIDE + x) * 3 + c] / 255.0;
        sum[c] += value;
        squares[c] += value * value;
      }
  for (int c = 0; c < 3; c++) {
    const double mean = sum[c] / count;
    features[c] = mean;
    features[3 + c] = sqrt (fmax (0, squares[c] / count - mean * mean));
  }
}

static void
test_colour_gives_nothing_away (void)
{
  static uint8_t rgb[IMAGE_BYTES];
  KdScenes *scenes = default_scenes (14);
  double centroids[KD_SCENE_CLASSES][N_FEATURES] = { { 0 } };
  int counts[KD_SCENE_CLASSES] = { 0 };
  int n_right = 0, n_tried = 0;
  for (uint64_t i = 0; i < N_SCENES; i++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, i, rgb, &truth);
    const bool fitting = i < N_SCENES / 2;
    if (i == N_SCENES / 2)
      for (int k = 0; k < KD_SCENE_CLASSES; k++)
        for (int f = 0; f < N_FEATURES; f++)
          centroids[k][f] /= counts[k];
    for (int o = 0; o < truth.n_objects; o++) {
      double features[N_FEATURES];
      colour_features (rgb, &truth.objects[o].box, features);
      const int label = truth.objects[o].label;
      if (fitting) {
        counts[label]++;
        for (int f = 0; f < N_FEATURES; f++)
          centroids[label][f] += features[f];
        continue;
      }
      int nearest = 0;
      double least = INFINITY;
      for (int k = 0; k < KD_SCENE_CLASSES; k++) {
        double distance = 0;
        for (int f = 0; f < N_FEATURES; f++)
          distance += (features[f] - centroids[k][f]) * (features[f] - centroids[k][f]);
        if (distance < least) {
          least = distance;
          nearest = k;
        }
      }
      n_right += nearest == label;
      n_tried++;
    }
  }
  kd_scenes_free (scenes);
  g_test_message ("%.1f %% right by colour", 100.0 * n_right / n_tried);
  g_assert_cmpfloat ((double) n_right / n_tried, <, 0.25);
}

/* Every size and difficulty that the config allows draws within its buffers (guard bytes around them). */
static void
test_other_sizes_and_difficulties (void)
{
  const KdSize sizes[] = { { 32, 32 }, { 64, 160 }, { 128, 128 }, { 256, 192 } };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int step = 0; step <= 4; step++) {
      const KdSize size = sizes[s];
      const KdSceneConfig config = { size, 0.25 * step, 1 + 2 * step > 8 ? 8 : 1 + 2 * step };
      const size_t bytes = (size_t) size.height * (size_t) size.width * 3;
      g_autofree uint8_t *rgb = g_malloc (bytes + 64);
      memset (rgb, 0xa5, bytes + 64);
      KdScenes *scenes = kd_scenes_new (&config, 15);
      for (uint64_t i = 0; i < 30; i++) {
        KdSceneTruth truth;
        kd_scenes_draw (scenes, KD_SPLIT_TRAIN, i, rgb + 32, &truth);
        g_assert_cmpint (truth.n_objects, >=, 1);
        g_assert_cmpint (truth.n_objects, <=, config.max_objects);
        for (int k = 0; k < truth.n_objects; k++) {
          const KdBox *box = &truth.objects[k].box;
          g_assert_true (box->x1 >= 0 && box->x1 < box->x2 && box->x2 <= size.width);
          g_assert_true (box->y1 >= 0 && box->y1 < box->y2 && box->y2 <= size.height);
        }
      }
      kd_scenes_free (scenes);
      for (int i = 0; i < 32; i++)
        g_assert_true (rgb[i] == 0xa5 && rgb[bytes + 32 + (size_t) i] == 0xa5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/scenes/same-bytes-in-any-order", test_same_bytes_in_any_order);
  g_test_add_func ("/data/scenes/splits-and-seeds-share-nothing",
                   test_splits_and_seeds_share_nothing);
  g_test_add_func ("/data/scenes/objects-and-boxes-keep-their-bounds",
                   test_objects_and_boxes_keep_their_bounds);
  g_test_add_func ("/data/scenes/classes-occur-equally", test_classes_occur_equally);
  g_test_add_func ("/data/scenes/boxes-are-tight", test_boxes_are_tight);
  g_test_add_func ("/data/scenes/colour-gives-nothing-away", test_colour_gives_nothing_away);
  g_test_add_func ("/data/scenes/other-sizes-and-difficulties", test_other_sizes_and_difficulties);
  return g_test_run ();
}
