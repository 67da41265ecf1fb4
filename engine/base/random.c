/* SPDX-License-Identifier: MIT */
#include "engine/base/base.h"

#include <math.h>

KdRandom
kd_random (uint64_t seed, uint64_t stream)
{
  return (KdRandom){ .seed = seed, .stream = stream, .counter = 0 };
}

/* splitmix64's finaliser: every input bit reaches every output bit. */
static uint64_t
mix (uint64_t z)
{
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t
kd_random_u64 (KdRandom *random)
{
  const uint64_t golden = 0x9e3779b97f4a7c15u;
  const uint64_t key =
      mix (random->seed + golden) ^ mix (random->stream * golden + 0x632be59bd9b4e019u);
  random->counter++;
  return mix (mix (key + random->counter * golden) ^ key);
}

/* 53 random bits: [0, 1) */
static double
unit (KdRandom *random)
{
  return (double) (kd_random_u64 (random) >> 11) * 0x1p-53;
}

double
kd_random_uniform (KdRandom *random, double low, double high)
{
  return low + (high - low) * unit (random);
}

int
kd_random_int (KdRandom *random, int low, int high)
{
  g_assert (low <= high);
  return low + (int) (unit (random) * ((double) high - low + 1));
}

/* Box-Muller, one of the pair, so that a draw always costs two numbers. */
double
kd_random_normal (KdRandom *random)
{
  const double radius = sqrt (-2 * log (1 - unit (random)));
  return radius * cos (2 * G_PI * unit (random));
}

uint64_t
kd_hash_string (const char *text)
{
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *text; text++)
    hash = (hash ^ (uint8_t) *text) * 0x100000001b3u;
  return hash;
}
