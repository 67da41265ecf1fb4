/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: one place for one snapshot, from the engine to the main thread. The latest wins. */
#include "engine/session/snapshot.h"

G_BEGIN_DECLS

typedef struct _KdMailbox KdMailbox;
KdMailbox *kd_mailbox_new (void);
void kd_mailbox_free (KdMailbox *mailbox);

/* Engine thread: takes the reference; an unread older one is let go. */
void kd_mailbox_put (KdMailbox *mailbox, KdSnapshot *snapshot);
/* Main thread: the reader's reference, or NULL. */
KdSnapshot *kd_mailbox_take (KdMailbox *mailbox);

G_END_DECLS
