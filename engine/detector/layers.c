/* SPDX-License-Identifier: MIT */
#include "engine/detector/layers.h"

#include <math.h>

static KdNode *
parameter (const KdLayers *layers,
           const char *layer,
           const char *part,
           KdShape shape,
           KdAxes axes,
           KdInit init,
           KdParamFlags flags)
{
  g_autofree char *name = g_strdup_printf ("%s.%s", layer, part);
  return kd_param (layers->graph, layers->params, name, shape, axes, init, layers->flags | flags);
}

/* A value for each channel; not decayed. */
static KdNode *
channel_parameter (
    const KdLayers *layers, const char *layer, const char *part, int channels, double value)
{
  return parameter (layers, layer, part, kd_shape (1, channels, 1, 1), KD_AXIS_C,
                    (KdInit){ KD_INIT_CONSTANT, value }, KD_PARAM_NO_DECAY);
}

KdNode *
kd_layer_convolution (const KdLayers *layers, const char *name, KdNode *x, KdConvolution what)
{
  const int fan_out = what.channels * what.kernel * what.kernel;
  const KdInit init = { KD_INIT_NORMAL,
                        what.deviation > 0 ? what.deviation : sqrt (2.0 / fan_out) };
  KdNode *weight =
      parameter (layers, name, "weight",
                 kd_shape (what.channels, kd_node_shape (x).c, what.kernel, what.kernel),
                 KD_AXES_NCHW, init, KD_PARAM_DEFAULT);
  KdNode *bias =
      what.has_bias ? channel_parameter (layers, name, "bias", what.channels, what.bias) : NULL;
  return kd_conv2d (layers->graph, x, weight, bias, what.stride, (what.kernel - 1) / 2);
}

KdNode *
kd_layer_norm_relu (
    const KdLayers *layers, const char *name, KdNode *x, KdNode *residual, bool relu)
{
  const int channels = kd_node_shape (x).c;
  KdNode *weight = channel_parameter (layers, name, "weight", channels, 1);
  KdNode *bias = channel_parameter (layers, name, "bias", channels, 0);
  const double epsilon = 1e-5;
  return kd_group_norm (layers->graph, x, weight, bias, MAX (1, channels / 8), epsilon, residual,
                        relu);
}
