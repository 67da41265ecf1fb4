/* SPDX-License-Identifier: MIT */
#include "engine/session/events.h"

#include <pthread.h>

typedef struct _Link Link;
struct _Link {
  KdEvent event;
  Link *next;
};

/* The mutex guards the list; it is never held together with another one. Events are rare: a malloc each is fine. */
struct _KdEvents {
  pthread_mutex_t mutex;
  Link *first, *last;
};

KdEvents *
kd_events_new (void)
{
  KdEvents *events = g_new0 (KdEvents, 1);
  pthread_mutex_init (&events->mutex, NULL);
  return events;
}

void
kd_events_free (KdEvents *events)
{
  KdEvent event;
  while (kd_events_pop (events, &event))
    continue;
  pthread_mutex_destroy (&events->mutex);
  g_free (events);
}

void
kd_events_push (KdEvents *events, const KdEvent *event)
{
  Link *link = g_new (Link, 1);
  link->event = *event;
  link->next = NULL;
  pthread_mutex_lock (&events->mutex);
  if (events->last)
    events->last->next = link;
  else
    events->first = link;
  events->last = link;
  pthread_mutex_unlock (&events->mutex);
}

bool
kd_events_pop (KdEvents *events, KdEvent *event)
{
  pthread_mutex_lock (&events->mutex);
  Link *link = events->first;
  if (link) {
    events->first = link->next;
    if (!events->first)
      events->last = NULL;
  }
  pthread_mutex_unlock (&events->mutex);
  if (!link)
    return false;
  *event = link->event;
  g_free (link);
  return true;
}
