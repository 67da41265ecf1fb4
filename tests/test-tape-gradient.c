/* SPDX-License-Identifier: MIT */
#include "engine/tape/ops.h"
#include "tests/gradcheck.h"

#include <string.h>

static const KdGradientCase *const tables[] = {
  kd_gradient_cases_core,
  kd_gradient_cases_networks,
};

/* Constant by definition: masks and matching by hand, and the node that cuts a gradient off. */
static const char *const constants[] = { "host", "host_output", "detach" };

static bool
has_case (const char *op)
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    for (const KdGradientCase *c = tables[i]; c->op; c++) {
      if (strcmp (c->op, op) == 0)
        return true;
    }
  }
  return false;
}

static bool
is_constant (const char *op)
{
  for (size_t i = 0; i < G_N_ELEMENTS (constants); i++) {
    if (strcmp (constants[i], op) == 0)
      return true;
  }
  return false;
}

static void
test_every_op_has_a_case (void)
{
  int n_ops = 0;
  for (int family = 0; kd_op_families[family]; family++) {
    for (int i = 0; kd_op_families[family][i]; i++) {
      const KdOp *op = kd_op_families[family][i];
      n_ops++;
      if (op->backward && !has_case (op->name))
        g_error ("the operation %s has no gradient case", op->name);
      if (!op->backward && !is_constant (op->name))
        g_error ("the operation %s has no backward and is not listed as constant", op->name);
    }
  }
  g_assert_cmpint (n_ops, >=, 26);
}

static void
test_case (const void *data)
{
  kd_gradient_check (data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_assert_true (kd_blas_init (NULL));
  g_test_add_func ("/tape/gradient/every-operation-has-a-case", test_every_op_has_a_case);
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++) {
    for (const KdGradientCase *c = tables[i]; c->op; c++) {
      g_autofree char *path = g_strdup_printf ("/tape/%s/gradient/%s", c->op, c->what);
      g_test_add_data_func (path, c, test_case);
    }
  }
  return g_test_run ();
}
