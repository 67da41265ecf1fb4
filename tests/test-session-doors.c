/* SPDX-License-Identifier: MIT */

/* The doors between the engine's thread and the others: nothing is lost that must not be, nothing is torn. */
#include "engine/session/commands.h"
#include "engine/session/events.h"
#include "engine/session/half.h"
#include "engine/session/history.h"
#include "engine/session/mailbox.h"
#include "engine/session/series.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define POINTS 20000

/* ---- series ---- */

static double
expected_value (int64_t step)
{
  return 0.5 * (double) step * (double) (step % 7);
}

static void *
append_points (void *data)
{
  KdSeries *series = data;
  for (int64_t step = 1; step <= POINTS; step++)
    kd_series_append (series, step, expected_value (step));
  return NULL;
}

static void
test_series_lossless (void)
{
  KdSeries *series = kd_series_new ("loss.total", POINTS);
  g_assert_cmpstr (kd_series_name (series), ==, "loss.total");
  pthread_t writer;
  g_assert_cmpint (pthread_create (&writer, NULL, append_points, series), ==, 0);
  size_t seen = 0;
  while (seen < POINTS) {
    KdPoint points[333];
    const size_t n = kd_series_read (series, seen, points, G_N_ELEMENTS (points));
    for (size_t i = 0; i < n; i++, seen++) {
      g_assert_cmpint (points[i].step, ==, (int64_t) seen + 1);
      g_assert_cmpfloat (points[i].value, ==, expected_value (points[i].step));
    }
  }
  pthread_join (writer, NULL);
  KdPoint beyond;
  g_assert_cmpuint (kd_series_read (series, POINTS, &beyond, 1), ==, 0);
  g_assert_cmpuint (kd_series_read (series, POINTS + 5, &beyond, 1), ==, 0);
  kd_series_free (series);
}

/* ---- commands ---- */

#define SENDERS 3
#define SENT 2000

typedef struct {
  KdCommands *commands;
  int sender;
} Sender;

static void *
send_commands (void *data)
{
  const Sender *sender = data;
  for (int i = 0; i < SENT; i++)
    kd_commands_push (sender->commands, &(KdCommand){
                                            .kind = KD_COMMAND_KNOB,
                                            .run = sender->sender,
                                            .index = (uint64_t) i,
                                            .text = g_strdup_printf ("%d", i),
                                        });
  return NULL;
}

static void
test_commands_in_order (void)
{
  KdCommands *commands = kd_commands_new ();
  pthread_t threads[SENDERS];
  Sender senders[SENDERS];
  for (int i = 0; i < SENDERS; i++) {
    senders[i] = (Sender){ commands, i };
    g_assert_cmpint (pthread_create (&threads[i], NULL, send_commands, &senders[i]), ==, 0);
  }
  uint64_t next[SENDERS] = { 0 };
  for (int received = 0; received < SENDERS * SENT;) {
    KdCommand command;
    if (!kd_commands_pop (commands, &command)) {
      kd_commands_wait (commands, 1);
      continue;
    }
    g_assert_cmpuint (command.index, ==, next[command.run]++);
    g_assert_cmpuint (g_ascii_strtoull (command.text, NULL, 10), ==, command.index);
    kd_command_clear (&command);
    received++;
  }
  for (int i = 0; i < SENDERS; i++)
    pthread_join (threads[i], NULL);
  kd_commands_free (commands);
}

static void
test_commands_wait (void)
{
  KdCommands *commands = kd_commands_new ();
  double began_s = kd_now_s ();
  kd_commands_wait (commands, 0.05);
  g_assert_cmpfloat (kd_now_s () - began_s, >=, 0.049);
  /* A kick that came before the wait is not lost. */
  began_s = kd_now_s ();
  kd_commands_kick (commands);
  kd_commands_wait (commands, 60);
  g_assert_cmpfloat (kd_now_s () - began_s, <, 30);
  /* What nobody took is freed with the queue (seen by the address sanitizer). */
  kd_commands_push (commands, &(KdCommand){ .kind = KD_COMMAND_KNOB, .id = g_strdup ("temp") });
  kd_commands_free (commands);
}

/* ---- events ---- */

static void *
send_events (void *data)
{
  for (int i = 0; i < SENT; i++)
    kd_events_push (data, &(KdEvent){ .kind = KD_EVENT_KNOB, .step = i, .run = -1 });
  return NULL;
}

static void
test_events_in_order (void)
{
  KdEvents *events = kd_events_new ();
  pthread_t thread;
  g_assert_cmpint (pthread_create (&thread, NULL, send_events, events), ==, 0);
  for (int i = 0; i < SENT;) {
    KdEvent event;
    if (!kd_events_pop (events, &event))
      continue;
    g_assert_cmpint (event.step, ==, i++);
  }
  pthread_join (thread, NULL);
  kd_events_push (events, &(KdEvent){ .kind = KD_EVENT_ERROR });
  kd_events_free (events);
}

/* ---- snapshots and the mailbox ---- */

#define MAP_SIZE 64
#define SNAPSHOTS 3000

typedef struct {
  KdMailbox *mailbox;
  KdSnapshotPool *pool;
  KdPinned *pinned;
} Post;

/* All values of a snapshot are its step: a torn one would mix two. */
static void *
send_snapshots (void *data)
{
  const Post *post = data;
  for (int step = 1; step <= SNAPSHOTS; step++) {
    KdSnapshot *snapshot = kd_snapshot_new (post->pool, post->pinned, 1, MAP_SIZE);
    snapshot->step = step;
    float *values = kd_snapshot_add (snapshot, 5, 4, 4, 4);
    for (int i = 0; i < MAP_SIZE; i++)
      values[i] = (float) step;
    kd_mailbox_put (post->mailbox, snapshot);
  }
  return NULL;
}

static void
check_snapshot (const KdSnapshot *snapshot, int64_t after)
{
  KdMap map;
  g_assert_cmpint (kd_snapshot_step (snapshot), >, after);
  g_assert_true (kd_snapshot_map (snapshot, 5, &map));
  g_assert_false (kd_snapshot_map (snapshot, 4, &map));
  for (int i = 0; i < MAP_SIZE; i++)
    g_assert_cmpfloat (kd_map_get (&map, i % 4, (i / 4) % 4, i / 16), ==,
                       (float) kd_snapshot_step (snapshot));
}

static void
test_mailbox_latest (void)
{
  Post post = { kd_mailbox_new (), kd_snapshot_pool_new (), kd_pinned_new (7, (KdSize){ 32, 32 }) };
  pthread_t thread;
  g_assert_cmpint (pthread_create (&thread, NULL, send_snapshots, &post), ==, 0);
  int64_t last = 0;
  KdSnapshot *held = NULL;
  while (last < SNAPSHOTS) {
    KdSnapshot *snapshot = kd_mailbox_take (post.mailbox);
    if (!snapshot)
      continue;
    check_snapshot (snapshot, last);
    last = kd_snapshot_step (snapshot);
    /* A reader may hold one while newer ones come: it does not change. */
    if (held)
      check_snapshot (held, 0);
    kd_snapshot_unref (held);
    held = kd_snapshot_ref (snapshot);
    kd_snapshot_unref (snapshot);
  }
  pthread_join (thread, NULL);
  g_assert_null (kd_mailbox_take (post.mailbox));
  kd_mailbox_free (post.mailbox);
  kd_pinned_unref (post.pinned);
  kd_snapshot_pool_unref (post.pool);
  /* It outlives the pool's owner, and so does the image. */
  check_snapshot (held, 0);
  g_assert_cmpuint (kd_snapshot_image (held), ==, 7);
  kd_snapshot_unref (held);
}

static void
test_pool_reuses (void)
{
  KdSnapshotPool *pool = kd_snapshot_pool_new ();
  KdPinned *pinned = kd_pinned_new (0, (KdSize){ 32, 32 });
  KdSnapshot *first = kd_snapshot_new (pool, pinned, 2, 1000);
  kd_snapshot_unref (first);
  const size_t bytes = kd_snapshot_pool_bytes (pool);
  for (int i = 0; i < 100; i++) {
    KdSnapshot *again = kd_snapshot_new (pool, pinned, 2, 1000);
    g_assert_true (again == first);
    kd_snapshot_unref (again);
  }
  g_assert_cmpuint (kd_snapshot_pool_bytes (pool), ==, bytes);
  /* More at once are made, but not kept. */
  KdSnapshot *many[10];
  for (int i = 0; i < 10; i++)
    many[i] = kd_snapshot_new (pool, pinned, 2, 1000);
  for (int i = 0; i < 10; i++)
    kd_snapshot_unref (many[i]);
  g_assert_cmpuint (kd_snapshot_pool_bytes (pool), ==, 3 * bytes);
  kd_pinned_unref (pinned);
  kd_snapshot_pool_unref (pool);
}

/* ---- float16 ---- */

static void
test_half_precision (void)
{
  KdRandom random = kd_random (1, 2);
  for (int round = 0; round < 200; round++) {
    float values[64], back[64];
    uint16_t halves[64];
    const double scale = pow (10, kd_random_uniform (&random, -20, 20));
    float largest = 0;
    for (int i = 0; i < 64; i++) {
      values[i] = (float) (scale * kd_random_normal (&random));
      largest = MAX (largest, fabsf (values[i]));
    }
    const int exponent = kd_half_encode (values, 64, halves);
    kd_half_decode (halves, 64, exponent, back);
    /* Half a unit in the last of 11 bits; below the smallest normal, half of 2^-24 on the scale 2^14. */
    for (int i = 0; i < 64; i++)
      g_assert_cmpfloat (fabsf (back[i] - values[i]), <=,
                         fmaxf (fabsf (values[i]) * 0x1p-11f, largest * 0x1p-37f));
  }
}

static void
test_half_special (void)
{
  const float values[] = { 0.0f, -0.0f, 1.0f, -2.5f, INFINITY, -INFINITY, NAN, 0x1p-30f, 65504.0f };
  float back[G_N_ELEMENTS (values)];
  uint16_t halves[G_N_ELEMENTS (values)];
  const int exponent = kd_half_encode (values, G_N_ELEMENTS (values), halves);
  kd_half_decode (halves, G_N_ELEMENTS (values), exponent, back);
  g_assert_cmpfloat (back[0], ==, 0);
  g_assert_true (signbit (back[1]));
  g_assert_cmpfloat (back[2], ==, 1);
  g_assert_cmpfloat (back[3], ==, -2.5f);
  g_assert_cmpfloat (back[4], ==, INFINITY);
  g_assert_cmpfloat (back[5], ==, -INFINITY);
  g_assert_true (isnan (back[6]));
  g_assert_cmpfloat (back[7], ==, 0);
  g_assert_cmpfloat (back[8], ==, 65504.0f);
}

/* ---- history ---- */

static KdProbeList *
make_list (void)
{
  KdProbeList *list = kd_probe_list_new ();
  const KdProbeSource source = { .kind = KD_SOURCE_NODE };
  kd_probe_list_add (list, &(KdProbeInfo){ .run = 0, .name = "other", .level = 0 }, &source);
  kd_probe_list_add (list, &(KdProbeInfo){ .run = 1, .name = "map", .level = 2 }, &source);
  return list;
}

static void
add_frame (KdHistory *history,
           KdSnapshotPool *pool,
           KdPinned *pinned,
           const KdProbeList *list,
           int64_t step)
{
  KdSnapshot *snapshot = kd_snapshot_new (pool, pinned, 1, 256);
  snapshot->step = step;
  snapshot->runs[1].total = (double) step;
  float *values = kd_snapshot_add (snapshot, 1, 1, 16, 16);
  for (int i = 0; i < 256; i++)
    values[i] = (float) (step + i);
  kd_history_add (history, snapshot, list);
  kd_snapshot_unref (snapshot);
}

static void
test_history_thins (void)
{
  KdSnapshotPool *pool = kd_snapshot_pool_new ();
  KdPinned *pinned = kd_pinned_new (0, (KdSize){ 32, 32 });
  KdProbeList *list = make_list ();
  const size_t limit = 200000;
  KdHistory *history = kd_history_new (limit, 2);
  int64_t steps[200];
  for (int64_t step = 0; step < 100; step++) {
    add_frame (history, pool, pinned, list, step);
    g_assert_cmpuint (kd_history_bytes (history), <=, limit);
    const int n = kd_history_steps (history, 0, steps, G_N_ELEMENTS (steps));
    g_assert_cmpint (steps[0], ==, 0);
    g_assert_cmpint (steps[n - 1], ==, step);
    for (int i = 1; i < n; i++)
      g_assert_cmpint (steps[i], >, steps[i - 1]);
  }
  const int n = kd_history_steps (history, 0, steps, G_N_ELEMENTS (steps));
  g_assert_cmpint (n, <, 100);
  g_assert_cmpint (n, >, 5);
  /* The recent past is denser than the distant one. */
  g_assert_cmpint (steps[1] - steps[0], >, steps[n - 1] - steps[n - 2]);

  KdSnapshot *frame = kd_history_get (history, 0, steps[1], pool, list);
  KdMap map;
  g_assert_cmpint (kd_snapshot_step (frame), ==, steps[1]);
  g_assert_cmpfloat (kd_snapshot_total (frame, 1, NULL), ==, (double) steps[1]);
  g_assert_true (kd_snapshot_map (frame, 1, &map));
  g_assert_cmpfloat (kd_map_get (&map, 0, 15, 15), ==, (float) (steps[1] + 255));
  kd_snapshot_unref (frame);
  g_assert_null (kd_history_get (history, 0, -3, pool, list));
  g_assert_null (kd_history_get (history, 1, steps[1], pool, list));
  g_assert_true (kd_history_has_step (history, steps[1]));
  g_assert_false (kd_history_has_step (history, -3));
  /* Another image's frame at the same step is one more, not instead. */
  KdPinned *other = kd_pinned_new (5, (KdSize){ 32, 32 });
  const int before = kd_history_steps (history, 0, steps, G_N_ELEMENTS (steps));
  add_frame (history, pool, other, list, 99);
  g_assert_cmpint (kd_history_steps (history, 0, steps, G_N_ELEMENTS (steps)), ==, before);
  g_assert_cmpint (kd_history_steps (history, 5, steps, G_N_ELEMENTS (steps)), ==, 1);
  g_assert_cmpint (steps[0], ==, 99);
  kd_pinned_unref (other);
  /* Going on from an earlier step forgets what came after it. */
  add_frame (history, pool, pinned, list, 50);
  const int left = kd_history_steps (history, 0, steps, G_N_ELEMENTS (steps));
  g_assert_cmpint (steps[left - 1], ==, 50);

  kd_history_free (history);
  kd_probe_list_free (list);
  kd_pinned_unref (pinned);
  kd_snapshot_pool_unref (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session/series/loses-no-point", test_series_lossless);
  g_test_add_func ("/session/commands/arrive-in-order", test_commands_in_order);
  g_test_add_func ("/session/commands/wait-until-kicked", test_commands_wait);
  g_test_add_func ("/session/events/arrive-in-order", test_events_in_order);
  g_test_add_func ("/session/mailbox/latest-wins-untorn", test_mailbox_latest);
  g_test_add_func ("/session/snapshots/come-from-a-pool", test_pool_reuses);
  g_test_add_func ("/session/half/keeps-eleven-bits", test_half_precision);
  g_test_add_func ("/session/half/keeps-special-values", test_half_special);
  g_test_add_func ("/session/history/thins-its-older-half", test_history_thins);
  return g_test_run ();
}
