/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <pthread.h>
#include <stdlib.h>

/*
 * A pool of workers that claim the chunks of one job at a time.
 *
 * The ticket is one word: the job's number in the upper half, the next free chunk in the lower. A worker
 * reads the job's fields, then claims a chunk by compare-and-swap: success proves that the job it read is
 * still the current one, as a job cannot end before all its chunks are done, and the ticket is closed before the
 * fields change. A worker that comes late fails and looks again, so nobody waits for a sleeper.
 *
 * The mutex guards nothing but going to sleep: whoever sleeps announces it first (sleepers, caller_sleeps),
 * then looks once more; whoever has news writes it first, then looks for sleepers. Both orders are sequentially
 * consistent, so one of the two sees the other. It is the only lock, and is not taken while everybody is awake.
 */

/* How long to look for the next job before sleeping: longer than the gaps inside a step, shorter than what other
 * programs on the machine would miss. */
#define SPIN_S 60e-6

typedef struct {
  _Alignas(64) KdPool *pool;
  void *scratch;
  pthread_t thread; /* not of worker 0, the caller */
} Worker;

struct _KdPool {
  _Alignas(64) _Atomic uint64_t ticket;
  _Alignas(64) atomic_int done; /* chunks of the current job */
  /* The current job. Atomic because a late worker may read them while the next job is written, to then fail its claim. */
  _Alignas(64) _Atomic KdChunkFunc func;
  void *_Atomic data;
  atomic_int n_chunks;

  _Alignas(64) atomic_int sleepers;
  atomic_bool caller_sleeps, parked, quits;
  pthread_mutex_t mutex;
  pthread_cond_t news;     /* for workers: a job, or the end */
  pthread_cond_t finished; /* for the caller: the last chunk is done */

  int n_workers;
  Worker *workers;
  size_t scratch_size;
};

/* The chunk number of a ticket that admits nobody. */
#define CLOSED UINT32_MAX

/* The worker that the calling thread is just now, while it runs a chunk. */
static _Thread_local const Worker *current;

static inline void
pause_cpu (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

static inline uint32_t
job_of (uint64_t ticket)
{
  return (uint32_t) (ticket >> 32);
}

/* Run chunks of job @job until none is free; returns whether this worker did the last one. */
static bool
work (const Worker *worker, uint32_t job)
{
  KdPool *pool = worker->pool;
  int finished = 0;
  /* Acquire: whoever sees a field of the next job also sees that this one's ticket is closed. */
  const int n_chunks = atomic_load_explicit (&pool->n_chunks, memory_order_acquire);
  const KdChunkFunc func = atomic_load_explicit (&pool->func, memory_order_acquire);
  void *data = atomic_load_explicit (&pool->data, memory_order_acquire);
  uint64_t ticket = atomic_load_explicit (&pool->ticket, memory_order_acquire);

  const Worker *outer = current;
  current = worker;
  while (job_of (ticket) == job && (uint32_t) ticket < (uint32_t) n_chunks) {
    if (!atomic_compare_exchange_weak_explicit (&pool->ticket, &ticket, ticket + 1,
                                                memory_order_acq_rel, memory_order_acquire))
      continue;
    func (data, (int) (uint32_t) ticket, worker->scratch);
    finished++;
    ticket = atomic_load_explicit (&pool->ticket, memory_order_acquire);
  }
  current = outer;
  return finished > 0 && atomic_fetch_add (&pool->done, finished) + finished == n_chunks;
}

/* Spin for a while until @condition holds; false when the time is over. */
#define SPIN_UNTIL(condition)                                                                      \
  for (const double spin_end = kd_now_s () + SPIN_S; !(condition) && kd_now_s () < spin_end;) {    \
    for (int spin = 0; spin < 16 && !(condition); spin++)                                          \
      pause_cpu ();                                                                                \
  }

static void
wait_for_job (KdPool *pool, uint32_t last_job)
{
  SPIN_UNTIL (job_of (atomic_load (&pool->ticket)) != last_job || atomic_load (&pool->parked));
  if (job_of (atomic_load (&pool->ticket)) != last_job)
    return;
  pthread_mutex_lock (&pool->mutex);
  atomic_fetch_add (&pool->sleepers, 1);
  while (job_of (atomic_load (&pool->ticket)) == last_job && !atomic_load (&pool->quits))
    pthread_cond_wait (&pool->news, &pool->mutex);
  atomic_fetch_sub (&pool->sleepers, 1);
  pthread_mutex_unlock (&pool->mutex);
}

static void
tell_caller (KdPool *pool)
{
  if (!atomic_load (&pool->caller_sleeps))
    return;
  pthread_mutex_lock (&pool->mutex);
  pthread_cond_signal (&pool->finished);
  pthread_mutex_unlock (&pool->mutex);
}

static void *
worker_main (void *data)
{
  const Worker *worker = data;
  KdPool *pool = worker->pool;
  uint32_t job = 0;
  for (;;) {
    wait_for_job (pool, job);
    if (atomic_load (&pool->quits))
      return NULL;
    job = job_of (atomic_load (&pool->ticket));
    if (work (worker, job))
      tell_caller (pool);
  }
}

static void
wait_for_workers (KdPool *pool, int n_chunks)
{
  SPIN_UNTIL (atomic_load_explicit (&pool->done, memory_order_acquire) == n_chunks);
  if (atomic_load (&pool->done) == n_chunks)
    return;
  pthread_mutex_lock (&pool->mutex);
  atomic_store (&pool->caller_sleeps, true);
  while (atomic_load (&pool->done) != n_chunks)
    pthread_cond_wait (&pool->finished, &pool->mutex);
  atomic_store (&pool->caller_sleeps, false);
  pthread_mutex_unlock (&pool->mutex);
}

static void
wake (KdPool *pool, int wanted)
{
  if (atomic_load (&pool->sleepers) == 0)
    return;
  pthread_mutex_lock (&pool->mutex);
  for (int i = 0; i < wanted; i++)
    pthread_cond_signal (&pool->news);
  pthread_mutex_unlock (&pool->mutex);
}

static void
run_inline (const Worker *worker, int n_chunks, KdChunkFunc func, void *data)
{
  const Worker *outer = current;
  current = worker;
  for (int chunk = 0; chunk < n_chunks; chunk++)
    func (data, chunk, worker->scratch);
  current = outer;
}

void
kd_parallel_for (KdPool *pool, int n_chunks, KdChunkFunc func, void *data)
{
  if (current && current->pool == pool) {
    run_inline (current, n_chunks, func, data);
    return;
  }
  if (pool->n_workers == 1 || n_chunks <= 1) {
    run_inline (&pool->workers[0], n_chunks, func, data);
    return;
  }
  const uint32_t last = job_of (atomic_load (&pool->ticket)), job = last + 1;
  atomic_store (&pool->ticket, (uint64_t) last << 32 | CLOSED);
  atomic_store_explicit (&pool->func, func, memory_order_release);
  atomic_store_explicit (&pool->data, data, memory_order_release);
  atomic_store_explicit (&pool->n_chunks, n_chunks, memory_order_release);
  atomic_store_explicit (&pool->done, 0, memory_order_relaxed);
  if (atomic_load (&pool->parked))
    atomic_store (&pool->parked, false);
  atomic_store (&pool->ticket, (uint64_t) job << 32);
  wake (pool, MIN (n_chunks, pool->n_workers) - 1);
  if (!work (&pool->workers[0], job))
    wait_for_workers (pool, n_chunks);
}

void
kd_pool_park (KdPool *pool)
{
  atomic_store (&pool->parked, true);
}

KdPool *
kd_pool_new (int n_workers)
{
  n_workers = MIN (n_workers < 1 ? (int) g_get_num_processors () : n_workers, KD_MAX_WORKERS);
  KdPool *pool = kd_aligned_zeros (sizeof *pool);
  pool->n_workers = n_workers;
  pool->workers = kd_aligned_zeros (sizeof *pool->workers * (size_t) n_workers);
  pthread_mutex_init (&pool->mutex, NULL);
  pthread_cond_init (&pool->news, NULL);
  pthread_cond_init (&pool->finished, NULL);
  for (int i = 0; i < n_workers; i++)
    pool->workers[i].pool = pool;
  kd_pool_reserve_scratch (pool, 64);
  for (int i = 1; i < n_workers; i++) {
    if (pthread_create (&pool->workers[i].thread, NULL, worker_main, &pool->workers[i]) != 0)
      g_error ("no thread for worker %d of %d", i, n_workers);
  }
  return pool;
}

void
kd_pool_free (KdPool *pool)
{
  if (!pool)
    return;
  pthread_mutex_lock (&pool->mutex);
  atomic_store (&pool->quits, true);
  atomic_store (&pool->parked, true);
  pthread_cond_broadcast (&pool->news);
  pthread_mutex_unlock (&pool->mutex);
  for (int i = 1; i < pool->n_workers; i++)
    pthread_join (pool->workers[i].thread, NULL);
  for (int i = 0; i < pool->n_workers; i++)
    free (pool->workers[i].scratch);
  pthread_mutex_destroy (&pool->mutex);
  pthread_cond_destroy (&pool->news);
  pthread_cond_destroy (&pool->finished);
  free (pool->workers);
  free (pool);
}

int
kd_pool_workers (const KdPool *pool)
{
  return pool->n_workers;
}

int
kd_pool_width (const KdPool *pool)
{
  return current && current->pool == pool ? 1 : pool->n_workers;
}

void
kd_pool_reserve_scratch (KdPool *pool, size_t bytes)
{
  if (bytes <= pool->scratch_size)
    return;
  pool->scratch_size = (bytes + 63) / 64 * 64;
  for (int i = 0; i < pool->n_workers; i++) {
    free (pool->workers[i].scratch);
    pool->workers[i].scratch = kd_aligned_zeros (pool->scratch_size);
  }
}

size_t
kd_pool_scratch_size (const KdPool *pool)
{
  return pool->scratch_size;
}
