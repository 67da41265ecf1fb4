/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

const KdOp *const *const kd_op_families[] = {
  kd_ops_host,
  kd_ops_pointwise,
  kd_ops_rows,
  NULL,
};
