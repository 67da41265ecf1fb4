/* SPDX-License-Identifier: MIT */
#include "engine/data/data.h"

#include <pthread.h>

#define N_SLOTS 4 /* batches drawn ahead: covers a slow scene, costs 50 kB an image */

struct _KdProducer {
  KdDrawers drawers;
  KdScenes *scenes[KD_MAX_DRAWERS]; /* each its drawer's alone: the thread's, or one a chunk */
  KdBatch slots[N_SLOTS];
  pthread_t thread;
  bool
      threaded; /* false where others draw or no thread could be had: then batches are drawn when asked for */

  /* Guards what follows. Never held while drawing, nor together with another lock. */
  pthread_mutex_t lock;
  pthread_cond_t changed;
  int64_t n_drawn, n_taken,
      n_done; /* batches since the first; n_done <= n_taken <= n_drawn <= n_done + N_SLOTS */
  bool stopping;
};

static void
draw_images (KdScenes *scenes, KdBatch *batch, int first, int end)
{
  const size_t image = (size_t) batch->size.height * (size_t) batch->size.width * 3;
  for (int n = first; n < end; n++) {
    const uint64_t index = (uint64_t) batch->step * (uint64_t) batch->n_images + (uint64_t) n;
    kd_scenes_draw (scenes, KD_SPLIT_TRAIN, index, batch->rgb + (size_t) n * image,
                    &batch->truths[n]);
  }
}

typedef struct {
  KdProducer *producer;
  KdBatch *batch;
  int n_chunks;
} Drawing;

static void
draw_chunk (void *data, int chunk, void *scratch)
{
  (void) scratch;
  const Drawing *drawing = data;
  const int n = drawing->batch->n_images;
  draw_images (drawing->producer->scenes[chunk], drawing->batch, chunk * n / drawing->n_chunks,
               (chunk + 1) * n / drawing->n_chunks);
}

static void
draw_now (KdProducer *producer, KdBatch *batch)
{
  const KdDrawers *drawers = &producer->drawers;
  Drawing drawing = { producer, batch, MAX (drawers->n, 1) };
  if (drawers->split)
    drawers->split (drawers->pool, drawing.n_chunks, draw_chunk, &drawing);
  else
    draw_chunk (&drawing, 0, NULL);
}

static void *
produce (void *data)
{
  KdProducer *producer = data;
  pthread_mutex_lock (&producer->lock);
  for (;;) {
    while (!producer->stopping && producer->n_drawn - producer->n_done == N_SLOTS)
      pthread_cond_wait (&producer->changed, &producer->lock);
    if (producer->stopping)
      break;
    KdBatch *batch = &producer->slots[producer->n_drawn % N_SLOTS];
    pthread_mutex_unlock (&producer->lock);
    draw_images (producer->scenes[0], batch, 0, batch->n_images);
    pthread_mutex_lock (&producer->lock);
    producer->n_drawn++;
    pthread_cond_broadcast (&producer->changed);
  }
  pthread_mutex_unlock (&producer->lock);
  return NULL;
}

KdProducer *
kd_producer_new (const KdSceneConfig *config,
                 uint64_t seed,
                 int n_images,
                 int64_t first_step,
                 const KdDrawers *drawers)
{
  g_assert (n_images > 0 && first_step >= 0);
  KdProducer *producer = g_new0 (KdProducer, 1);
  if (drawers)
    producer->drawers = *drawers;
  producer->drawers.n = CLAMP (producer->drawers.n, 1, MIN (n_images, KD_MAX_DRAWERS));
  for (int i = 0; i < producer->drawers.n; i++)
    producer->scenes[i] = kd_scenes_new (config, seed);
  for (int i = 0; i < N_SLOTS; i++) {
    KdBatch *batch = &producer->slots[i];
    *batch = (KdBatch){ .n_images = n_images, .size = config->size, .step = first_step + i };
    batch->rgb = g_malloc ((size_t) n_images * (size_t) config->size.height *
                           (size_t) config->size.width * 3);
    batch->truths = g_new0 (KdSceneTruth, n_images);
  }
  pthread_mutex_init (&producer->lock, NULL);
  pthread_cond_init (&producer->changed, NULL);
  producer->threaded =
      !producer->drawers.split && pthread_create (&producer->thread, NULL, produce, producer) == 0;
  return producer;
}

void
kd_producer_free (KdProducer *producer)
{
  if (!producer)
    return;
  pthread_mutex_lock (&producer->lock);
  producer->stopping = true;
  pthread_cond_broadcast (&producer->changed);
  pthread_mutex_unlock (&producer->lock);
  if (producer->threaded)
    pthread_join (producer->thread, NULL);
  pthread_cond_destroy (&producer->changed);
  pthread_mutex_destroy (&producer->lock);
  for (int i = 0; i < N_SLOTS; i++) {
    g_free (producer->slots[i].rgb);
    g_free (producer->slots[i].truths);
  }
  for (int i = 0; i < producer->drawers.n; i++)
    kd_scenes_free (producer->scenes[i]);
  g_free (producer);
}

const KdBatch *
kd_producer_next (KdProducer *producer, double *waited_s)
{
  const double start_s = kd_now_s ();
  pthread_mutex_lock (&producer->lock);
  g_assert (producer->n_taken - producer->n_done < N_SLOTS); /* else it would wait for ever */
  while (producer->threaded && producer->n_drawn == producer->n_taken)
    pthread_cond_wait (&producer->changed, &producer->lock);
  if (!producer->threaded)
    draw_now (producer, &producer->slots[producer->n_drawn++ % N_SLOTS]);
  const KdBatch *batch = &producer->slots[producer->n_taken % N_SLOTS];
  producer->n_taken++;
  pthread_mutex_unlock (&producer->lock);
  if (waited_s)
    *waited_s = kd_now_s () - start_s;
  return batch;
}

/* Batches come back in the order they went out. */
void
kd_producer_done (KdProducer *producer, const KdBatch *batch)
{
  pthread_mutex_lock (&producer->lock);
  KdBatch *slot = &producer->slots[producer->n_done % N_SLOTS];
  g_assert (slot == batch && producer->n_done < producer->n_taken);
  slot->step += N_SLOTS;
  producer->n_done++;
  pthread_cond_broadcast (&producer->changed);
  pthread_mutex_unlock (&producer->lock);
}
