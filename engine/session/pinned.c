/* SPDX-License-Identifier: MIT */
#include "engine/session/pinned.h"

KdPinned *
kd_pinned_new (uint64_t index, KdSize size)
{
  KdPinned *pinned = g_new0 (KdPinned, 1);
  atomic_init (&pinned->references, 1);
  pinned->index = index;
  pinned->size = size;
  pinned->rgb = g_new0 (uint8_t, (size_t) size.height * (size_t) size.width * 3);
  return pinned;
}

KdPinned *
kd_pinned_ref (KdPinned *pinned)
{
  atomic_fetch_add_explicit (&pinned->references, 1, memory_order_relaxed);
  return pinned;
}

void
kd_pinned_unref (KdPinned *pinned)
{
  if (!pinned || atomic_fetch_sub_explicit (&pinned->references, 1, memory_order_acq_rel) > 1)
    return;
  g_free (pinned->rgb);
  g_free (pinned->values);
  g_free (pinned);
}
