/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"

#include <stdlib.h>

/*
 * One block, cut into slots. A pass on one worker has a slot of its own; a pass that is split over the workers runs alone, so it
 * has the whole block. Nothing is cleared: a system's fresh pages are only then resident when a pass has written to them.
 */
struct _KdArena {
  int n_slots;
  size_t slot, alone; /* bytes of a slot; of what a split pass needs */
  char *memory;
  atomic_bool taken[KD_MAX_WORKERS];
};

KdArena *
kd_arena_new (int n_slots)
{
  KdArena *arena = g_new0 (KdArena, 1);
  arena->n_slots = CLAMP (n_slots, 1, KD_MAX_WORKERS);
  return arena;
}

void
kd_arena_free (KdArena *arena)
{
  if (!arena)
    return;
  free (arena->memory);
  g_free (arena);
}

size_t
kd_arena_bytes (const KdArena *arena)
{
  return MAX (arena->slot * (size_t) arena->n_slots, arena->alone);
}

void
kd_arena_reserve (KdArena *arena, size_t slot, size_t alone)
{
  const size_t before = kd_arena_bytes (arena);
  arena->slot = MAX (arena->slot, slot);
  arena->alone = MAX (arena->alone, alone);
  const size_t bytes = kd_arena_bytes (arena);
  for (int i = 0; i < arena->n_slots; i++)
    g_assert (!atomic_load (&arena->taken[i]));
  if (bytes == before)
    return;
  free (arena->memory);
  arena->memory = aligned_alloc (64, bytes);
  if (!arena->memory)
    g_error ("out of memory: %zu bytes", bytes);
}

void *
kd_arena_take (KdArena *arena, bool alone)
{
  if (alone) {
    for (int i = 0; i < arena->n_slots; i++) {
      if (atomic_exchange (&arena->taken[i], true))
        g_error ("a pass split over the workers is not the only one");
    }
    return arena->memory;
  }
  for (int i = 0; i < arena->n_slots; i++) {
    if (!atomic_exchange (&arena->taken[i], true))
      return arena->memory + arena->slot * (size_t) i;
  }
  g_error ("more passes at once than the arena's %d slots", arena->n_slots);
}

void
kd_arena_give_back (KdArena *arena, const void *memory, bool alone)
{
  if (!alone) {
    const size_t slot = (size_t) ((const char *) memory - arena->memory) / arena->slot;
    atomic_store (&arena->taken[slot], false);
    return;
  }
  for (int i = 0; i < arena->n_slots; i++)
    atomic_store (&arena->taken[i], false);
}
