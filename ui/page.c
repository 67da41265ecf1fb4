/* SPDX-License-Identifier: MIT */
#include "ui/page.h"

G_DEFINE_INTERFACE (KdPage, kd_page, GTK_TYPE_WIDGET)

static void
kd_page_default_init (KdPageInterface *interface)
{
  (void) interface;
}

bool
kd_page_act (KdPage *page, const char *name)
{
  g_return_val_if_fail (KD_IS_PAGE (page), false);
  return KD_PAGE_GET_IFACE (page)->act (page, name);
}
