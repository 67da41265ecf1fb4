/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KdShares: what part of a run's total loss each term is, as curves that lie on each other: the first is the first term's share in percent, the
 * second the first two's, the last 100 %. They grow with the session's series. Terms count by their size: a negative one has a share, too.
 */
#include "engine/render/render.h"
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct _KdShares KdShares;
/* Of run @run; the session must outlive it. */
KdShares *kd_shares_new (KdSession *session, int run);
void kd_shares_free (KdShares *shares);
void kd_shares_grow (KdShares *shares); /* read what is new */
int kd_shares_count (const KdShares *shares);
const KdCurve *kd_shares_curve (const KdShares *shares, int index); /* cumulative, %; borrowed */
const char *kd_shares_name (const KdShares *shares, int index);     /* "fg", "classes"; borrowed */

G_END_DECLS
