/* SPDX-License-Identifier: MIT */
#include "engine/tape/graph.h"
#include "engine/tape/ops.h"

#include <string.h>

/*
 * Host nodes: a C function from input values to one or several outputs. Output 0 is the node that runs;
 * the others are nodes that depend on it and hold their own memory.
 */
typedef struct {
  KdHostFunc func;
  void *data;
  KdHostCall call;
  KdNode **outputs;
  int *live; /* per output; a node without live rows ignores its own */
  int overflow;
} Host;

static void
host_forward (KdNode *node, KdPool *pool)
{
  (void) pool;
  Host *host = node->attributes;
  for (int i = 0; i < host->call.n_outputs; i++) {
    const KdNode *output = host->outputs[i];
    const size_t count = kd_shape_count (output->shape);
    host->call.values[i] = output->value;
    host->call.ints[i] = output->ints;
    host->live[i] = 0;
    if (output->value)
      memset (output->value, 0, count * sizeof (kd_real));
    else
      memset (output->ints, 0, count * sizeof (int32_t));
  }
  host->overflow = 0;
  host->func (&host->call, host->data);
  for (int i = 0; i < host->call.n_outputs; i++)
    g_assert (host->live[i] >= 0 && host->live[i] <= host->outputs[i]->shape.n);
}

/* The host has written this node's memory already. */
static void
host_output_forward (KdNode *node, KdPool *pool)
{
  (void) node;
  (void) pool;
}

const KdOp kd_op_host = { .name = "host", .forward = host_forward };
const KdOp kd_op_host_output = { .name = "host_output", .forward = host_output_forward };

const KdOp *const kd_ops_host[] = { &kd_op_host, &kd_op_host_output, NULL };

KdNode *
kd_host (KdGraph *g,
         const char *name,
         const KdHostOutput *outputs,
         int n_outputs,
         KdHostFunc func,
         const void *data,
         size_t size,
         KdNode *const *inputs,
         int n_inputs)
{
  g_assert (n_outputs >= 1);
  const size_t n = (size_t) n_outputs;
  KdNode *node = kd_node_new (g, &kd_op_host, outputs[0].shape, outputs[0].type, inputs, n_inputs,
                              sizeof (Host));
  Host *host = node->attributes;
  host->func = func;
  host->data = kd_graph_allocate (g, size);
  if (size)
    memcpy (host->data, data, size);
  host->outputs = kd_graph_allocate (g, n * sizeof (KdNode *));
  host->live = kd_graph_allocate (g, n * sizeof (int));
  host->call = (KdHostCall){
    .n_inputs = n_inputs,
    .n_outputs = n_outputs,
    .inputs = node->inputs,
    .values = kd_graph_allocate (g, n * sizeof (kd_real *)),
    .ints = kd_graph_allocate (g, n * sizeof (int32_t *)),
    .live = host->live,
    .overflow = &host->overflow,
  };
  for (int i = 0; i < n_outputs; i++) {
    KdNode *output = i == 0 ? node
                            : kd_node_new (g, &kd_op_host_output, outputs[i].shape, outputs[i].type,
                                           &node, 1, 0);
    g_free (output->name);
    output->name = i == 0 ? g_strconcat (g->prefix, name, NULL)
                          : g_strdup_printf ("%s%s.%d", g->prefix, name, i);
    output->live_rows = outputs[i].live ? &host->live[i] : NULL;
    host->outputs[i] = output;
  }
  return node;
}

/* Any output stands for its host. */
static const Host *
host_of (const KdNode *node)
{
  const KdNode *host = node->op == &kd_op_host_output ? node->inputs[0] : node;
  return host->op == &kd_op_host ? host->attributes : NULL;
}

KdNode *
kd_host_output (KdNode *host, int index)
{
  const Host *attributes = host_of (host);
  g_assert (attributes && index >= 0 && index < attributes->call.n_outputs);
  return attributes->outputs[index];
}

int
kd_node_overflow (const KdNode *node)
{
  const Host *host = host_of (node);
  return host ? host->overflow : 0;
}
