/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"

#include <string.h>

#define N_IMAGES 3
#define IMAGE_BYTES (128 * 128 * 3)

static void
assert_batch_of_step (const KdBatch *batch, KdScenes *scenes, int64_t step)
{
  static uint8_t rgb[IMAGE_BYTES];
  g_assert_cmpint (batch->step, ==, step);
  g_assert_cmpint (batch->n_images, ==, N_IMAGES);
  for (int n = 0; n < N_IMAGES; n++) {
    KdSceneTruth truth;
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, (uint64_t) (step * N_IMAGES + n), rgb, &truth);
    g_assert_cmpmem (rgb, IMAGE_BYTES, batch->rgb + (size_t) n * IMAGE_BYTES, IMAGE_BYTES);
    g_assert_cmpint (truth.n_objects, ==, batch->truths[n].n_objects);
    for (int i = 0; i < truth.n_objects; i++) {
      g_assert_cmpint (truth.objects[i].label, ==, batch->truths[n].objects[i].label);
      g_assert_cmpfloat (truth.objects[i].box.x1, ==, batch->truths[n].objects[i].box.x1);
      g_assert_cmpfloat (truth.objects[i].box.y2, ==, batch->truths[n].objects[i].box.y2);
    }
  }
}

static void
test_steps_come_in_order (void)
{
  const KdSceneConfig config = kd_scene_config_default ();
  KdScenes *scenes = kd_scenes_new (&config, 5);
  KdProducer *producer = kd_producer_new (&config, 5, N_IMAGES, 0, NULL);
  for (int64_t step = 0; step < 11; step++) {
    double waited_s = -1;
    const KdBatch *batch = kd_producer_next (producer, &waited_s);
    g_assert_cmpfloat (waited_s, >=, 0);
    assert_batch_of_step (batch, scenes, step);
    kd_producer_done (producer, batch);
  }
  kd_producer_free (producer);
  kd_scenes_free (scenes);
}

static void
draw_backwards (void *pool,
                int n_chunks,
                void (*chunk) (void *data, int chunk, void *scratch),
                void *data)
{
  int *calls = pool;
  for (int i = n_chunks; i-- > 0; (*calls)++)
    chunk (data, i, NULL);
}

/* In any order and in any number of chunks, even more than there are images. */
static void
test_others_draw_the_same (void)
{
  const KdSceneConfig config = kd_scene_config_default ();
  KdScenes *scenes = kd_scenes_new (&config, 5);
  for (int n_chunks = 1; n_chunks <= N_IMAGES + 1; n_chunks++) {
    int calls = 0;
    const KdDrawers drawers = { draw_backwards, &calls, n_chunks };
    KdProducer *producer = kd_producer_new (&config, 5, N_IMAGES, 3, &drawers);
    for (int64_t step = 3; step < 9; step++) {
      const KdBatch *batch = kd_producer_next (producer, NULL);
      assert_batch_of_step (batch, scenes, step);
      kd_producer_done (producer, batch);
    }
    g_assert_cmpint (calls, ==, 6 * MIN (n_chunks, N_IMAGES));
    kd_producer_free (producer);
  }
  kd_scenes_free (scenes);
}

static void
test_resume_sees_the_same_batches (void)
{
  const KdSceneConfig config = kd_scene_config_default ();
  KdScenes *scenes = kd_scenes_new (&config, 5);
  KdProducer *producer = kd_producer_new (&config, 5, N_IMAGES, 1000007, NULL);
  for (int64_t step = 1000007; step < 1000013; step++) {
    const KdBatch *batch = kd_producer_next (producer, NULL);
    assert_batch_of_step (batch, scenes, step);
    kd_producer_done (producer, batch);
  }
  kd_producer_free (producer);
  kd_scenes_free (scenes);
}

static void
test_two_batches_may_be_held (void)
{
  const KdSceneConfig config = kd_scene_config_default ();
  KdScenes *scenes = kd_scenes_new (&config, 6);
  KdProducer *producer = kd_producer_new (&config, 6, N_IMAGES, 0, NULL);
  const KdBatch *first = kd_producer_next (producer, NULL);
  for (int64_t step = 1; step < 7; step++) {
    const KdBatch *second = kd_producer_next (producer, NULL);
    assert_batch_of_step (first, scenes, step - 1);
    kd_producer_done (producer, first);
    first = second;
  }
  kd_producer_free (producer);
  kd_scenes_free (scenes);
}

/* At once, while it draws, when its ring is full, and while a batch is out. */
static void
test_stops_at_any_moment (void)
{
  const KdSceneConfig config = kd_scene_config_default ();
  for (int wait = 0; wait < 12; wait++) {
    KdProducer *producer = kd_producer_new (&config, 7, 2, 0, NULL);
    g_usleep ((gulong) (wait * 700));
    if (wait % 3 == 1)
      kd_producer_next (producer, NULL);
    if (wait % 3 == 2)
      kd_producer_done (producer, kd_producer_next (producer, NULL));
    kd_producer_free (producer);
  }
  kd_producer_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/producer/steps-come-in-order", test_steps_come_in_order);
  g_test_add_func ("/data/producer/others-draw-the-same", test_others_draw_the_same);
  g_test_add_func ("/data/producer/resume-sees-the-same-batches",
                   test_resume_sees_the_same_batches);
  g_test_add_func ("/data/producer/two-batches-may-be-held", test_two_batches_may_be_held);
  g_test_add_func ("/data/producer/stops-at-any-moment", test_stops_at_any_moment);
  return g_test_run ();
}
