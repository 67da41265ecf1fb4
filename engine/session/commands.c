/* SPDX-License-Identifier: MIT */
#include "engine/session/commands.h"

#include "engine/session/clock.h"

/* The mutex guards all fields; it is held for a few instructions only and never together with another one. */
struct _KdCommands {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  KdCommand *items; /* a ring */
  size_t first, count, capacity;
  bool kicked;
};

void
kd_command_clear (KdCommand *command)
{
  g_free (command->id);
  g_free (command->text);
  g_free (command->ids);
  *command = (KdCommand){ 0 };
}

KdCommands *
kd_commands_new (void)
{
  KdCommands *commands = g_new0 (KdCommands, 1);
  pthread_mutex_init (&commands->mutex, NULL);
  kd_cond_init (&commands->changed);
  commands->capacity = 16;
  commands->items = g_new0 (KdCommand, commands->capacity);
  return commands;
}

void
kd_commands_free (KdCommands *commands)
{
  KdCommand command;
  while (kd_commands_pop (commands, &command))
    kd_command_clear (&command);
  pthread_cond_destroy (&commands->changed);
  pthread_mutex_destroy (&commands->mutex);
  g_free (commands->items);
  g_free (commands);
}

static void
grow (KdCommands *commands)
{
  KdCommand *items = g_new0 (KdCommand, commands->capacity * 2);
  for (size_t i = 0; i < commands->count; i++)
    items[i] = commands->items[(commands->first + i) % commands->capacity];
  g_free (commands->items);
  commands->items = items;
  commands->first = 0;
  commands->capacity *= 2;
}

void
kd_commands_push (KdCommands *commands, const KdCommand *command)
{
  pthread_mutex_lock (&commands->mutex);
  if (commands->count == commands->capacity)
    grow (commands);
  commands->items[(commands->first + commands->count++) % commands->capacity] = *command;
  pthread_cond_signal (&commands->changed);
  pthread_mutex_unlock (&commands->mutex);
}

void
kd_commands_kick (KdCommands *commands)
{
  pthread_mutex_lock (&commands->mutex);
  commands->kicked = true;
  pthread_cond_signal (&commands->changed);
  pthread_mutex_unlock (&commands->mutex);
}

bool
kd_commands_pop (KdCommands *commands, KdCommand *command)
{
  pthread_mutex_lock (&commands->mutex);
  const bool any = commands->count > 0;
  if (any) {
    *command = commands->items[commands->first];
    commands->first = (commands->first + 1) % commands->capacity;
    commands->count--;
  }
  pthread_mutex_unlock (&commands->mutex);
  return any;
}

void
kd_commands_wait (KdCommands *commands, double timeout_s)
{
  const double deadline_s = timeout_s < 0 ? -1 : kd_now_s () + timeout_s;
  pthread_mutex_lock (&commands->mutex);
  while (commands->count == 0 && !commands->kicked) {
    if (!kd_cond_wait_until (&commands->changed, &commands->mutex, deadline_s))
      break;
  }
  commands->kicked = false;
  pthread_mutex_unlock (&commands->mutex);
}
