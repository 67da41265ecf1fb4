/* SPDX-License-Identifier: MIT */
#include "engine/tape/tape.h"

static void
test_smoke (void)
{
  KdPool *pool = kd_pool_new (3);
  KdGraph *g = kd_graph_new ("smoke");
  KdParams *params = kd_params_new ();
  KdNode *x = kd_input (g, "x", kd_shape (2, 3, 5, 4), KD_TYPE_REAL);
  KdNode *w = kd_param (g, params, "w", kd_shape (1, 3, 1, 1), KD_AXIS_C,
                        (KdInit){ KD_INIT_CONSTANT, 2 }, 0);
  KdNode *y = kd_mul (g, x, w);
  KdNode *z = kd_reshape (g, y, kd_shape (120, 1, 1, 1));
  kd_graph_compile (g, pool, &(KdCompile){ .keeps = &z, .n_keeps = 1 });
  kd_params_init (params, 1);
  for (int i = 0; i < 120; i++)
    kd_node_value (x)[i] = (kd_real) i;
  g_assert_true (kd_graph_forward (g, NULL));
  for (int i = 0; i < 120; i++)
    g_assert_cmpfloat (kd_node_value (z)[i], ==, (kd_real) (2 * i));
  kd_graph_free (g);
  kd_params_free (params);
  kd_pool_free (pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tape/graph/runs", test_smoke);
  return g_test_run ();
}
