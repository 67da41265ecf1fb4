/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KD_CLONES before a function: compiled for baseline x86-64 and for AVX2, the better one chosen when the program loads.
 * Sanitizers cannot run the chooser, which comes before them, so they get the baseline.
 */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KD_CLONES __attribute__ ((target_clones ("avx2", "default")))
#else
#define KD_CLONES
#endif
