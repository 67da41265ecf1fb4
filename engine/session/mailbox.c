/* SPDX-License-Identifier: MIT */
#include "engine/session/mailbox.h"

#include <pthread.h>

/* The mutex guards @latest, for one exchange of pointers; it is never held together with another one. */
struct _KdMailbox {
  pthread_mutex_t mutex;
  KdSnapshot *latest;
};

KdMailbox *
kd_mailbox_new (void)
{
  KdMailbox *mailbox = g_new0 (KdMailbox, 1);
  pthread_mutex_init (&mailbox->mutex, NULL);
  return mailbox;
}

void
kd_mailbox_free (KdMailbox *mailbox)
{
  kd_snapshot_unref (mailbox->latest);
  pthread_mutex_destroy (&mailbox->mutex);
  g_free (mailbox);
}

static KdSnapshot *
exchange (KdMailbox *mailbox, KdSnapshot *snapshot)
{
  pthread_mutex_lock (&mailbox->mutex);
  KdSnapshot *earlier = mailbox->latest;
  mailbox->latest = snapshot;
  pthread_mutex_unlock (&mailbox->mutex);
  return earlier;
}

void
kd_mailbox_put (KdMailbox *mailbox, KdSnapshot *snapshot)
{
  kd_snapshot_unref (exchange (mailbox, snapshot));
}

KdSnapshot *
kd_mailbox_take (KdMailbox *mailbox)
{
  return exchange (mailbox, NULL);
}
