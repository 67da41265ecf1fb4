/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * kd_renderer_choose:
 *
 * Before GTK starts: without a graphics device, draw with Cairo and leave OpenGL alone. GL done in software is slower than Cairo
 * here and takes about 90 MB (measured: 331 against 241 MB resident with two students). A user's own GSK_RENDERER or GDK_DEBUG wins.
 */
void kd_renderer_choose (void);
