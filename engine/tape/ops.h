/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to tape/: the list of all operations, so that tests can ask whether each has its gradient case. */
#include "engine/tape/node.h"

G_BEGIN_DECLS

/* The operations of one file, NULL at the end. */
extern const KdOp *const kd_ops_conv[];
extern const KdOp *const kd_ops_fused[];
extern const KdOp *const kd_ops_host[];
extern const KdOp *const kd_ops_loss[];
extern const KdOp *const kd_ops_matmul[];
extern const KdOp *const kd_ops_norm[];
extern const KdOp *const kd_ops_pointwise[];
extern const KdOp *const kd_ops_pool[];
extern const KdOp *const kd_ops_reduce[];
extern const KdOp *const kd_ops_roi[];
extern const KdOp *const kd_ops_rows[];
extern const KdOp *const kd_ops_softmax[];

/* All families, NULL at the end. A file of operations adds its line here and in ops.c. */
extern const KdOp *const *const kd_op_families[];

G_END_DECLS
