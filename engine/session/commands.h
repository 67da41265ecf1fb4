/* SPDX-License-Identifier: MIT */
#pragma once

/* Private to session/: the queue from the main thread to the engine, drained between steps. */
#include "engine/base/base.h"

G_BEGIN_DECLS

typedef enum {
  KD_COMMAND_PLAY,
  KD_COMMAND_PAUSE,
  KD_COMMAND_STEP,
  KD_COMMAND_STEP_PHASE,
  KD_COMMAND_SPEED, /* number: steps per second */
  KD_COMMAND_KNOB,  /* run, id, text */
  KD_COMMAND_PIN,   /* index: held-out scene */
  KD_COMMAND_WATCH, /* ids, n_ids of probe list @generation */
  KD_COMMAND_CHECKPOINT,
  KD_COMMAND_BALANCE, /* run; number: the ratio */
} KdCommandKind;

typedef struct {
  KdCommandKind kind;
  int run;
  double number;
  uint64_t index;
  char *id, *text; /* owned by the queue, then by who pops */
  int *ids;        /* the same */
  int n_ids;
  unsigned generation;
} KdCommand;
void kd_command_clear (KdCommand *command);

typedef struct _KdCommands KdCommands;
KdCommands *kd_commands_new (void);
void kd_commands_free (KdCommands *commands);

/* Any thread. Takes the strings and ids. */
void kd_commands_push (KdCommands *commands, const KdCommand *command);
/* Any thread: end a wait without a command (a flag was raised). */
void kd_commands_kick (KdCommands *commands);
/* Engine thread: the oldest, or false at once. */
bool kd_commands_pop (KdCommands *commands, KdCommand *command);
/* Engine thread: until there is a command or a kick, or @timeout_s passed (< 0: for ever). */
void kd_commands_wait (KdCommands *commands, double timeout_s);

G_END_DECLS
