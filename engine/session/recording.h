/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Private to session/: a .kdrun file: keyframes of one image without weights, and the curves. A zip of .npy arrays, F frames, P probes:
 *
 *   header           u8 text: JSON: format, version, step, image, the configuration as in session.json (without paths), "probes",
 *                    "series" and "terms" by name, "reasons" of lamps that are out, "turned": knobs that were, and when
 *   steps            [F]
 *   rgb              u8 [H,W,3]
 *   truths, detections.teacher  [n,6]: x1 y1 x2 y2 px, label, score
 *   detections.<r>   [n,7]: frame, then the same, of run r
 *   terms.<r>        [F,T,3]: value, gradient norm, its ratio to the detection loss's      totals.<r>  [F,2]: total, placeless part
 *   shapes           [P,F,4]: height, width, channels of a probe's map, and the exponent e; zeros where there is none; the teacher's are
 *                    in frame 0 only
 *   values.<p>       u8 [2,n]: all of a probe's maps one after another as float16, low bytes, then high bytes (they compress better apart);
 *                    a value is the float16 times 2^-e
 *   series.<i>.steps, series.<i>.values  [n]
 */
#include "engine/session/session-private.h"

G_BEGIN_DECLS

#define KD_RECORDING_FORMAT "kdscope recording"
#define KD_RECORDING_VERSION 1
#define KD_RECORDING_SUFFIX ".kdrun"

/* Columns of the arrays above. */
enum { KD_BOX_COLUMNS = 6, KD_TERM_COLUMNS = 3, KD_TOTAL_COLUMNS = 2, KD_SHAPE_COLUMNS = 4 };

/* What the main thread may ask of a session that only shows. */
void kd_recording_show (KdSession *session); /* the keyframe it is at, into the mailbox */
void kd_recording_step (KdSession *session); /* to the next one */

G_END_DECLS
