/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"

const KdOp *const *const kd_op_families[] = {
  kd_ops_host, kd_ops_matmul, kd_ops_pointwise, kd_ops_reduce, kd_ops_rows, kd_ops_softmax, NULL,
};
