/* SPDX-License-Identifier: MIT */

/* No distillation: the student learns from the labels alone. The twin that every other run is measured against. */
#include "engine/methods/method.h"

static const KdSymbol symbols[] = {
  { .markup = "L<sub>cls</sub>", .meaning = "focal loss of the classes, every anchor" },
  { .markup = "L<sub>reg</sub>", .meaning = "smooth L1 loss of the boxes, matched anchors alone" },
};

static void
build (KdMethodCx *cx)
{
  (void) cx;
}

const KdMethod kd_method_none = {
  .id = "none",
  .title = "No distillation",
  .venue = "",
  .paper = "Training on the labels alone",
  .bibtex = "",
  .idea = "The student sees the same images in the same order as every other run and starts from "
          "the same weights, but nobody "
          "teaches it. What a method gains is its distance to this twin.",
  .formula = "L = L<sub>cls</sub> + L<sub>reg</sub>",
  .symbols = symbols,
  .n_symbols = G_N_ELEMENTS (symbols),
  .needs = KD_NEEDS_NOTHING,
  .n_phases = 1,
  .demo_scale = 1,
  .build = build,
};
