/* SPDX-License-Identifier: MIT */
#pragma once

/* What the desktop knows the program by: names its bus, settings, icons and installed files. */
#define KD_APPLICATION_ID "org.kdscope.Kdscope"
