/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the queue of events from the engine to the main thread. */
#include "engine/session/session.h"

G_BEGIN_DECLS

typedef struct _KdEvents KdEvents;
KdEvents *kd_events_new (void);
void kd_events_free (KdEvents *events);

/* Any thread. */
void kd_events_push (KdEvents *events, const KdEvent *event);
bool kd_events_pop (KdEvents *events, KdEvent *event);

G_END_DECLS
