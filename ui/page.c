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

bool
kd_page_opens (KdPage *page, KdFileKind kind)
{
  g_return_val_if_fail (KD_IS_PAGE (page), false);
  return KD_PAGE_GET_IFACE (page)->opens & 1u << kind;
}

bool
kd_page_open (KdPage *page, KdFileKind kind, const char *path, GError **error)
{
  g_return_val_if_fail (KD_IS_PAGE (page) && kd_page_opens (page, kind), false);
  return KD_PAGE_GET_IFACE (page)->open (page, kind, path, error);
}
