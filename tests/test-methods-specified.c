/* SPDX-License-Identifier: MIT */

/*
 * Every hyperparameter that the methods' papers, official code and their configurations have, transcribed by hand: its name, the
 * default, the ends of the range that a slider must reach, and what other kinds of detector use instead.
 */
#include "engine/methods/method.h"

#include <string.h>

/* clang-format off */
static const struct {
  const char *method, *id;
  double value, low, high;
} numbers[] = {
  { "fgfi", "weight", 0.01, 0, 1 },        { "fgfi", "psi", 0.5, 0, 1 },            { "fgfi", "base_scale", 56, 4, 256 },
  { "fgfi", "base_scale", 56, 0, 256 },    { "fgfi", "channel_mean", 0, 0, 1 },     { "fgfi", "adapt_relu", 0, 0, 1 },
  { "fgfi", "iou_plus_one", 0, 0, 1 },     { "fgfi", "warmup_steps", 400, 0, 400 },
  { "defeat", "weight_fg", 3, 0, 32 },     { "defeat", "weight_bg", 12, 0, 64 },    { "defeat", "channel_mean", 1, 0, 1 },
  { "defeat", "base_scale", 56, 4, 256 },  { "defeat", "base_scale", 56, 0, 256 },  { "defeat", "thin_fix", 0, 0, 1 },
  { "defeat", "adapt_relu", 0, 0, 1 },     { "defeat", "head", 0, 0, 1 },           { "defeat", "head_weight_fg", 2, 0, 10 },
  { "defeat", "head_weight_bg", 2, 0, 10 },{ "defeat", "head_T_fg", 1, 0.5, 10 },   { "defeat", "head_T_bg", 1, 0.5, 10 },
  { "defeat", "pos_iou", 0.5, 0.1, 0.9 },
  { "mimic", "weight", 1, 0, 100 },        { "mimic", "pool", 7, 1, 14 },           { "mimic", "sampling", 2, 1, 4 },
  { "mimic", "num_proposals", 64, 1, 512 },{ "mimic", "pre_nms", 1000, 10, 4000 },  { "mimic", "nms_iou", 0.7, 0.3, 0.95 },
  { "mimic", "min_size", 1, 0, 32 },       { "mimic", "base_scale", 56, 4, 256 },   { "mimic", "base_scale", 56, 0, 256 },
  { "mimic", "roi_levels", 0, 0, 5 },      { "mimic", "adapt_relu", 0, 0, 1 },      { "mimic", "logit_weight", 0, 0, 10 },
  { "gid", "topk", 10, 1, 100 },           { "gid", "nms_iou", 0.3, 0.05, 0.95 },   { "gid", "pre_nms", 3000, 100, 10000 },
  { "gid", "min_size", 10, 0, 64 },        { "gid", "canonical_size", 224, 8, 512 },{ "gid", "canonical_level", 4, 2, 6 },
  { "gid", "roi_size", 10, 3, 14 },        { "gid", "sampling", 2, 1, 4 },          { "gid", "match_lo", 0.4, 0, 1 },
  { "gid", "match_hi", 0.5, 0, 1 },        { "gid", "low_quality", 1, 0, 1 },       { "gid", "iop_lo", 0.4, 0, 1 },
  { "gid", "iop_hi", 0.5, 0, 1 },          { "gid", "w_feature", 5e-4, 1e-5, 0.1 }, { "gid", "w_feature", 5e-4, 0, 0.1 },
  { "gid", "w_relation", 40, 0, 200 },     { "gid", "w_response_cls", 0.1, 0, 5 },  { "gid", "w_response_reg", 1, 0, 5 },
  { "gid", "relation_beta", 1, 0, 2 },     { "gid", "reg_beta", 0, 0, 2 },          { "gid", "tie_tol", 1e-6, 0, 1e-6 },
  { "frs", "w_feat", 0.005, 1e-4, 1 },     { "frs", "w_feat", 0.005, 0, 1 },        { "frs", "w_cls", 0.02, 1e-3, 1 },
  { "frs", "w_cls", 0.02, 0, 1 },          { "frs", "warm_steps", 500, 0, 2000 },   { "frs", "step", 500, 0, 3000 },
  { "fgd", "temp", 0.5, 0.1, 2 },          { "fgd", "alpha", 1e-3, 1e-6, 0.1 },     { "fgd", "alpha", 1e-3, 0, 0.1 },
  { "fgd", "beta", 5e-4, 1e-6, 0.1 },      { "fgd", "beta", 5e-4, 0, 0.1 },         { "fgd", "gamma", 5e-4, 1e-6, 0.1 },
  { "fgd", "gamma", 5e-4, 0, 0.1 },        { "fgd", "lambda", 5e-6, 1e-8, 1e-3 },   { "fgd", "lambda", 5e-6, 0, 1e-3 },
  { "fgd", "levels", -1, -1, 5 },          { "fgd", "per_pixel", 0, 0, 1 },
  { "rm_pfi", "w_rm", 4, 0, 20 },          { "rm_pfi", "w_pfi", 1.5, 1e-2, 1e5 },   { "rm_pfi", "w_pfi", 1.5, 0, 1e5 },
  { "rm_pfi", "rm_tau", 1, 0.05, 5 },      { "rm_pfi", "pos_iou", 0.5, 0.3, 0.9 },  { "rm_pfi", "min_pos_iou", 0, 0, 0.9 },
  { "rm_pfi", "neg_iou", 0.4, 0, 0.9 },    { "rm_pfi", "pfi_detach_p", 0, 0, 1 },   { "rm_pfi", "rm_sorted", 0, 0, 1 },
  { "rm_pfi", "tie_tol", 1e-6, 0, 1e-6 },
  { "pgd", "topk", 30, 1, 100 },           { "pgd", "xi_cls", 0.8, 0, 1 },          { "pgd", "xi_reg", 0.6, 0, 1 },
  { "pgd", "temp", 0.8, 0.1, 3 },          { "pgd", "alpha", 0.04, 0, 1 },          { "pgd", "beta_ratio", 0.5, 0, 4 },
  { "pgd", "gamma_ratio", 1.6, 0, 4 },     { "pgd", "delta", 8e-4, 0, 0.1 },        { "pgd", "level_step", 0.25, 0, 1 },
  { "pgd", "inside_first", 0, 0, 1 },      { "pgd", "jitter", 0.1, 0, 0.1 },        { "pgd", "batch_cross", 0, 0, 1 },
  { "maskd", "tokens", 6, 1, 16 },         { "maskd", "stage", 0, 0, 1 },           { "maskd", "loss_weight", 1, 0.01, 100 },
  { "maskd", "loss_weight", 1, 0, 100 },   { "maskd", "weight_mask", 1, 0, 1 },     { "maskd", "custom_mask", 0, 0, 1 },
  { "maskd", "warmup", 5000, 0, 100000 },  { "maskd", "head_weight", 1, 0, 10 },    { "maskd", "head_l1", 1, 0, 1 },
  { "maskd", "dice_weight", 1, 0, 10 },    { "maskd", "learn_steps", 2000, 50, 5000 },
  { "maskd", "learn_rate", 0.01, 1e-4, 0.1 }, { "maskd", "learn_decay", 1e-3, 1e-4, 0.1 },
};

/* The default and the names in order: a name's place is the number that a file of hyperparameters gives it. */
static const struct {
  const char *method, *id, *value, *names;
} choices[] = {
  { "fgfi", "assign", "size", "size, level, global" },
  { "fgfi", "norm", "level", "level, global" },
  { "mimic", "sample", "roialign", "roialign, crop" },
  { "mimic", "source", "auto", "auto, proposals, student, teacher, gt" },
  { "gid", "gi_score_mode", "code", "code, paper" },
  { "gid", "gi_mode", "all", "all, positive, semi-positive, negative" },
  { "rm_pfi", "rm_on", "sigmoid", "sigmoid, logit" },
  { "rm_pfi", "pfi_on", "logit", "sigmoid, logit" },
  { "rm_pfi", "pfi_form", "norm", "norm, squares, mean" },
};

static const struct {
  const char *method, *preset, *id;
  double value;
} families[] = {
  { "fgfi", "fpn", "weight", 3 },           { "fgfi", "fpn", "channel_mean", 1 },      { "fgfi", "single-level", "assign", 1 },
  { "fgfi", "single-level", "adapt_relu", 1 }, { "fgfi", "single-level", "iou_plus_one", 1 },
  { "defeat", "coco", "weight_fg", 4 },     { "defeat", "coco", "weight_bg", 16 },
  { "mimic", "two-stage", "source", 1 },    { "mimic", "two-stage", "roi_levels", 4 },
  { "gid", "two-stage", "match_lo", 0.3 },  { "gid", "two-stage", "match_hi", 0.7 },
  { "frs", "two-stage", "w_feat", 0.002 },  { "frs", "two-stage", "w_cls", 0.1 },      { "frs", "fcos", "w_feat", 0.01 },
  { "frs", "fcos", "w_cls", 0.05 },         { "frs", "gfl", "w_feat", 0.1 },           { "frs", "gfl", "w_cls", 0.05 },
  { "fgd", "fcos", "temp", 0.8 },           { "fgd", "fcos", "alpha", 1.6e-3 },        { "fgd", "anchor-free", "lambda", 8e-6 },
  { "fgd", "two-stage", "gamma", 5e-5 },    { "fgd", "two-stage", "levels", 4 },
  { "rm_pfi", "two-stage", "pos_iou", 0.7 },{ "rm_pfi", "two-stage", "min_pos_iou", 0.3 }, { "rm_pfi", "two-stage", "neg_iou", 0.3 },
  { "pgd", "fcos", "alpha", 0.04 },         { "pgd", "gfl", "alpha", 0.04 },           { "pgd", "atss", "alpha", 0.08 },
  { "pgd", "ddod", "alpha", 0.08 },         { "pgd", "autoassign", "alpha", 0.08 },    { "pgd", "crowdhuman", "alpha", 0.001 },
  { "pgd", "mobilenet", "alpha", 0.04 },    { "pgd", "atss", "topk", 9 },              { "pgd", "autoassign", "temp", 0.4 },
  { "maskd", "two-stage", "loss_weight", 1 },      { "maskd", "retinanet", "loss_weight", 7 },
  { "maskd", "retinanet-x101", "loss_weight", 7 }, { "maskd", "fcos", "loss_weight", 10 },
  { "maskd", "reppoints", "loss_weight", 10 },     { "maskd", "retinanet", "warmup", 7000 },
  { "maskd", "retinanet-x101", "warmup", 8500 },   { "maskd", "two-stage", "warmup", 7330 },
  { "maskd", "retinanet", "head_l1", 1 },          { "maskd", "retinanet-x101", "head_l1", 0 },
  { "maskd", "two-stage", "head_l1", 0 },          { "maskd", "fcos", "head_weight", 0 },
  { "maskd", "reppoints", "head_weight", 0.1 },    { "maskd", "retinanet", "custom_mask", 1 },
  { "maskd", "two-stage", "custom_mask", 1 },      { "maskd", "fcos", "custom_mask", 1 },
};
/* clang-format on */

static KdKnobs *
knobs_of (const char *method, const char *preset)
{
  g_autoptr (GError) error = NULL;
  KdKnobs *knobs = kd_knobs_new (kd_method_find (method), preset, &error);
  g_assert_no_error (error);
  return knobs;
}

static void
set (KdKnobs *knobs, const char *id, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_autoptr (GError) error = NULL;
  kd_knobs_set (knobs, id, g_ascii_dtostr (text, sizeof text, value), &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (kd_knobs_get (knobs, id), ==, value);
}

static void
test_numbers (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    const char *id = numbers[i].id;
    g_test_message ("%s %s", numbers[i].method, id);
    g_assert_nonnull (kd_method_knob (kd_method_find (numbers[i].method), id));
    KdKnobs *knobs = knobs_of (numbers[i].method, NULL);
    g_assert_cmpfloat (kd_knobs_get (knobs, id), ==, numbers[i].value);
    set (knobs, id, numbers[i].low);
    set (knobs, id, numbers[i].high);
    kd_knobs_free (knobs);
  }
}

static void
test_choices (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (choices); i++) {
    const KdKnob *knob = kd_method_knob (kd_method_find (choices[i].method), choices[i].id);
    g_test_message ("%s %s", choices[i].method, choices[i].id);
    g_assert_nonnull (knob);
    g_autofree char *names = g_strjoinv (", ", (char **) knob->choices);
    g_assert_cmpstr (names, ==, choices[i].names);
    KdKnobs *knobs = knobs_of (choices[i].method, NULL);
    g_autofree char *value = kd_knobs_format (knobs, choices[i].id);
    g_assert_cmpstr (value, ==, choices[i].value);
    for (int k = 0; knob->choices[k]; k++)
      set (knobs, choices[i].id, k);
    kd_knobs_free (knobs);
  }
}

static void
test_families (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (families); i++) {
    g_test_message ("%s %s %s", families[i].method, families[i].preset, families[i].id);
    KdKnobs *knobs = knobs_of (families[i].method, families[i].preset);
    g_assert_cmpfloat (kd_knobs_get (knobs, families[i].id), ==, families[i].value);
    kd_knobs_free (knobs);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/methods/specified/numbers-have-their-default-and-range", test_numbers);
  g_test_add_func ("/methods/specified/choices-have-their-names", test_choices);
  g_test_add_func ("/methods/specified/detector-families", test_families);
  return g_test_run ();
}
