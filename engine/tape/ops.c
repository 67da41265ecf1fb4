/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

const KdOp *const *const kd_op_families[] = {
  kd_ops_conv, kd_ops_fused,     kd_ops_host, kd_ops_loss,   kd_ops_matmul,
  kd_ops_norm, kd_ops_pointwise, kd_ops_pool, kd_ops_reduce, kd_ops_roi,
  kd_ops_rows, kd_ops_softmax,   NULL,
};
