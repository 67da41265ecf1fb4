/* SPDX-License-Identifier: MIT */
#include "engine/base/base.h"

#include <time.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <sys/resource.h>
#endif

/* A window of 1280 x 800 px: what is painted anew every frame keeps its pages, or each of them faults every time. */
#define LARGE_BLOCK (4 << 20)
/* Of 40 steps of niceness: enough for a window to be painted at once while all cores are at work. */
#define GIVE_WAY 10

G_DEFINE_QUARK (kd - error - quark, kd_error)

void
kd_memory_init (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK);
  mallopt (M_TRIM_THRESHOLD, LARGE_BLOCK);
#endif
}

void
kd_thread_give_way (void)
{
#ifdef __linux__ /* elsewhere this would be the whole process, window included */
  setpriority (PRIO_PROCESS, 0, GIVE_WAY);
#endif
}

void
kd_error_tidy (GError **error)
{
  if (!error || !*error)
    return;
  char *text = g_utf8_make_valid ((*error)->message, -1);
  for (char *c = text; *c; c++)
    *c = g_ascii_iscntrl (*c) ? ' ' : *c;
  g_free ((*error)->message);
  (*error)->message = text;
}

char *
kd_shape_to_string (KdShape shape, KdAxes axes)
{
  const int sizes[] = { shape.n, shape.c, shape.h, shape.w };
  GString *text = g_string_new ("[");
  for (int i = 0; i < 4; i++) {
    if (axes & (1 << i))
      g_string_append_printf (text, "%s%d", text->len > 1 ? "," : "", sizes[i]);
  }
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

double
kd_now_s (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}
