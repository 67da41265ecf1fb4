/* SPDX-License-Identifier: MIT */
#include "engine/base/i18n.h"
#include "engine/tape/tape.h"

#include <cblas.h>

/*
 * Our workers call BLAS from several threads at once. OpenBLAS's serial build is not made for that (it then
 * returns wrong numbers), its pthread build is, with its own threads off.
 */
bool
kd_blas_init (GError **error)
{
  if (openblas_get_parallel () != OPENBLAS_THREAD) {
    g_set_error (error, KD_ERROR, KD_ERROR_SYSTEM,
                 _ ("OpenBLAS (%s) is not its pthread variant: install libopenblas0-pthread"),
                 openblas_get_config ());
    return false;
  }
  openblas_set_num_threads (1);
  return true;
}
