/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "engine/session/run-directory.h"
#include "engine/session/trainer.h"
#include "tests/session-fixture.h"

#include <errno.h>
#include <stdlib.h>

/* A training step of a session, with its curves and their file, allocates nothing on the engine's thread. */

/* The sanitizers bring an allocator of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KD_COUNTS_ALLOCATIONS 0
#else
#define KD_COUNTS_ALLOCATIONS 1
#endif

/* Of this thread only: the producer draws scenes with Cairo meanwhile. */
static _Thread_local bool counting;
static _Thread_local int allocations;

#if KD_COUNTS_ALLOCATIONS
/* glibc's own, behind the names that this program defines for itself and for all libraries it loads. */
extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t count, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

void *
malloc (size_t size)
{
  allocations += counting;
  return __libc_malloc (size);
}

void *
calloc (size_t count, size_t size)
{
  allocations += counting;
  return __libc_calloc (count, size);
}

void *
realloc (void *memory, size_t size)
{
  allocations += counting;
  return __libc_realloc (memory, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  allocations += counting;
  *memory = __libc_memalign (alignment, size);
  return *memory ? 0 : ENOMEM;
}
#endif

static void
make_step (KdTrainer *trainer, KdRunDirectory *const *directories)
{
  g_assert_cmpint (kd_trainer_step (trainer, NULL), ==, KD_STEP_DONE);
  for (int r = 0; r < trainer->n_runs; r++) {
    kd_run_record (trainer->runs[r], trainer->step);
    kd_run_directory_append (directories[r], trainer->step, trainer->runs[r]->values, NULL);
  }
}

static void
test_no_allocation (void)
{
  if (!KD_COUNTS_ALLOCATIONS) {
    g_test_skip ("a sanitizer's allocator is in the way");
    return;
  }
  Fixture fixture;
  fixture_init (&fixture);
  fixture.config.threads = 1;
  fixture.config.steps = 60;
  fixture.runs[0].id = "none";
  fixture.runs[1].id = "fgd";
  GError *error = NULL;
  g_assert_true (kd_blas_init (&error));
  KdTrainer *trainer = kd_trainer_new (&fixture.config, fixture.teacher, &error);
  g_assert_no_error (error);
  KdRunDirectory *directories[2];
  for (int r = 0; r < 2; r++) {
    char *path = fixture_path (&fixture, fixture.runs[r].id);
    directories[r] = kd_run_directory_open (path, trainer->runs[r]->columns,
                                            trainer->runs[r]->n_columns, NULL, &error);
    g_assert_no_error (error);
    g_free (path);
  }
  make_step (trainer, directories); /* OpenBLAS takes its buffers in the first products */
  counting = true;
  g_free (g_malloc (100));
  g_assert_cmpint (allocations, ==, 1); /* the counter counts */
  allocations = 0;
  for (int step = 2; step <= 51; step++) /* with a step that measures ratios */
    make_step (trainer, directories);
  counting = false;
  g_assert_cmpint (allocations, ==, 0);
  for (int r = 0; r < 2; r++)
    kd_run_directory_free (directories[r]);
  kd_trainer_free (trainer);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/step/allocates-nothing", test_no_allocation);
  return g_test_run ();
}
