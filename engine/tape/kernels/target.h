/* SPDX-License-Identifier: MIT */
#pragma once

/* Where a kernel's gradient goes: added to what is there, or written where nothing was added before. */
#include "engine/base/base.h"

G_BEGIN_DECLS

typedef struct {
  kd_real *values; /* NULL: not wanted */
  bool add;
} KdTarget;

static inline KdTarget
kd_target_at (KdTarget target, size_t offset)
{
  return (KdTarget){ target.values ? target.values + offset : NULL, target.add };
}

G_END_DECLS
