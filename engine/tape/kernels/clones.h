/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * KD_CLONES before a function: compiled for baseline x86-64, for AVX2 with FMA and for AVX-512, the best one chosen when the
 * program loads.
 * Sanitizers cannot run the chooser, which comes before them, so they get the baseline.
 */
#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) &&           \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KD_CLONES __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KD_CLONES
#endif
