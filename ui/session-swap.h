/* SPDX-License-Identifier: MIT */
#pragma once

/* The acts that put another session in the place of the one on screen. Each is told in a toast whose Undo brings the former one back; what
 * cannot be done is said in the alarm, and the session stays. Main thread only. */
#include "ui/alarm.h"
#include "ui/edits.h"
#include "ui/session-model.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* What they act on; owned by the window. */
typedef struct {
  KdSessionModel *model;
  KdEdits *edits;
  AdwToastOverlay *toasts;
  KdAlarm *alarm;
} KdSessionSwap;

/* Another session has taken the place of the one before: what is said of it. */
void kd_session_swap_tell (const KdSessionSwap *swap, const char *text);
void kd_session_swap_start (const KdSessionSwap *swap, const KdConfig *config);
/* From the beginning, with the knobs as they are now. */
void kd_session_swap_restart (const KdSessionSwap *swap);
/* What was recorded, trained here and now. */
void kd_session_swap_train_live (const KdSessionSwap *swap);
/* From the keyframe that is shown, with the selected student twice. */
void kd_session_swap_branch (const KdSessionSwap *swap);
/* Training stopped at numbers that are not finite: the alarm says so, with the keyframe to go back to, if there is one. */
void kd_session_swap_bad_numbers (const KdSessionSwap *swap, const char *text);
/* To that keyframe, everything as it was then; @clip: but for gradients, clipped to a tenth of their largest norm, and training goes on. */
void kd_session_swap_go_back (const KdSessionSwap *swap, bool clip);

G_END_DECLS
