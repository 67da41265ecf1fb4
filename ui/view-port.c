/* SPDX-License-Identifier: MIT */
#include "ui/view-port.h"

#include <math.h>
#include <string.h>

#define LARGEST_ZOOM 64.0
/* A pin is met within this part of the image's side, as far as it is magnified. */
#define PIN_RADIUS 0.03
#define KEY_ZOOM 1.25 /* of Ctrl+plus */

struct _KdViewPort {
  GObject parent_instance;
  double zoom, x, y;
  bool hovering;
  double hover_x, hover_y;
  int level;
  KdPin pins[KD_MAX_PINS];
  int n_pins;
};

G_DEFINE_FINAL_TYPE (KdViewPort, kd_view_port, G_TYPE_OBJECT)

enum { CHANGED, HOVER, PINS, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
kd_view_port_class_init (KdViewPortClass *class)
{
  (void) class;
  signals[CHANGED] = g_signal_new ("changed", KD_TYPE_VIEW_PORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[HOVER] = g_signal_new ("hover", KD_TYPE_VIEW_PORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  signals[PINS] = g_signal_new ("pins", KD_TYPE_VIEW_PORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
kd_view_port_init (KdViewPort *port)
{
  port->zoom = 1;
  port->x = port->y = 0.5;
}

KdViewPort *
kd_view_port_new (void)
{
  return g_object_new (KD_TYPE_VIEW_PORT, NULL);
}

static void
change (KdViewPort *port, double zoom, double x, double y)
{
  const double half = 0.5 / zoom; /* half of what is shown */
  port->zoom = zoom;
  port->x = CLAMP (x, half, 1 - half);
  port->y = CLAMP (y, half, 1 - half);
  g_signal_emit (port, signals[CHANGED], 0);
}

void
kd_view_port_reset (KdViewPort *port)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  change (port, 1, 0.5, 0.5);
}

double
kd_view_port_get_zoom (KdViewPort *port)
{
  g_return_val_if_fail (KD_IS_VIEW_PORT (port), 1);
  return port->zoom;
}

void
kd_view_port_get_centre (KdViewPort *port, double *x, double *y)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  *x = port->x;
  *y = port->y;
}

void
kd_view_port_zoom_at (KdViewPort *port, double factor, double x, double y)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  const double zoom = CLAMP (port->zoom * factor, 1, LARGEST_ZOOM);
  const double ratio = port->zoom / zoom;
  change (port, zoom, x + (port->x - x) * ratio, y + (port->y - y) * ratio);
}

void
kd_view_port_zoom (KdViewPort *port, double factor)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  if (port->hovering)
    kd_view_port_zoom_at (port, factor, port->hover_x, port->hover_y);
  else
    kd_view_port_zoom_at (port, factor, port->x, port->y);
}

void
kd_view_port_move (KdViewPort *port, double dx, double dy)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  change (port, port->zoom, port->x + dx, port->y + dy);
}

bool
kd_view_port_get_hover (KdViewPort *port, double *x, double *y)
{
  g_return_val_if_fail (KD_IS_VIEW_PORT (port), false);
  *x = port->hover_x;
  *y = port->hover_y;
  return port->hovering;
}

void
kd_view_port_set_hover (KdViewPort *port, double x, double y)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  port->hovering = true;
  port->hover_x = CLAMP (x, 0, 1);
  port->hover_y = CLAMP (y, 0, 1);
  g_signal_emit (port, signals[HOVER], 0);
}

void
kd_view_port_clear_hover (KdViewPort *port)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  if (!port->hovering)
    return;
  port->hovering = false;
  g_signal_emit (port, signals[HOVER], 0);
}

int
kd_view_port_get_level (KdViewPort *port)
{
  g_return_val_if_fail (KD_IS_VIEW_PORT (port), 0);
  return port->level;
}

void
kd_view_port_set_level (KdViewPort *port, int level)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  if (port->level == level)
    return;
  port->level = level;
  g_signal_emit (port, signals[HOVER], 0);
}

int
kd_view_port_get_pins (KdViewPort *port, KdPin pins[KD_MAX_PINS])
{
  g_return_val_if_fail (KD_IS_VIEW_PORT (port), 0);
  memcpy (pins, port->pins, sizeof port->pins);
  return port->n_pins;
}

static void
remove_pin (KdViewPort *port, int index)
{
  port->n_pins--;
  memmove (&port->pins[index], &port->pins[index + 1],
           (size_t) (port->n_pins - index) * sizeof port->pins[0]);
}

void
kd_view_port_toggle_pin (KdViewPort *port, double x, double y)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  int met = -1;
  for (int i = 0; i < port->n_pins && met < 0; i++) {
    if (hypot (port->pins[i].x - x, port->pins[i].y - y) < PIN_RADIUS / port->zoom)
      met = i;
  }
  if (met >= 0) {
    remove_pin (port, met);
  } else {
    if (port->n_pins == KD_MAX_PINS)
      remove_pin (port, 0);
    port->pins[port->n_pins++] = (KdPin){ CLAMP (x, 0, 1), CLAMP (y, 0, 1) };
  }
  g_signal_emit (port, signals[PINS], 0);
}

void
kd_view_port_set_pins (KdViewPort *port, const KdPin *pins, int n_pins)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port) && n_pins >= 0 && n_pins <= KD_MAX_PINS);
  for (int i = 0; i < n_pins; i++)
    port->pins[i] = pins[i];
  port->n_pins = n_pins;
  g_signal_emit (port, signals[PINS], 0);
}

void
kd_view_port_clear_pins (KdViewPort *port)
{
  g_return_if_fail (KD_IS_VIEW_PORT (port));
  kd_view_port_set_pins (port, NULL, 0);
}

bool
kd_view_port_act (KdViewPort *port, const char *name)
{
  g_return_val_if_fail (KD_IS_VIEW_PORT (port), false);
  if (g_str_equal (name, "fit"))
    kd_view_port_reset (port);
  else if (g_str_equal (name, "zoom-in"))
    kd_view_port_zoom (port, KEY_ZOOM);
  else if (g_str_equal (name, "zoom-out"))
    kd_view_port_zoom (port, 1 / KEY_ZOOM);
  else if (g_str_equal (name, "unpin"))
    kd_view_port_clear_pins (port);
  else
    return false;
  return true;
}
