/* SPDX-License-Identifier: MIT */
#include "ui/curves.h"

#include "ui/chart-kind.h"

struct _KdCurves {
  GObject parent_instance;
  KdSessionModel *model; /* not owned: signals are disconnected when either goes */
  const KdSeriesInfo *series;
  KdCurve **curves;
  size_t *read;
  int n;
};

G_DEFINE_FINAL_TYPE (KdCurves, kd_curves, G_TYPE_OBJECT)

static guint changed_signal, cleared_signal;

/* The list of series is fixed once the session has loaded. True: they were found now. */
static bool
find_series (KdCurves *self, KdSession *session)
{
  if (self->n)
    return false;
  self->series = kd_session_series (session, &self->n);
  self->curves = g_new0 (KdCurve *, self->n);
  self->read = g_new0 (size_t, self->n);
  for (int i = 0; i < self->n; i++)
    self->curves[i] = kd_curve_new ();
  return self->n > 0;
}

static void
grow (KdCurves *self)
{
  KdSession *session = kd_session_model_get_session (self->model);
  bool changed = find_series (self, session);
  for (int i = 0; i < self->n; i++) {
    KdPoint points[256];
    size_t got;
    while ((got = kd_session_read_series (session, self->series[i].id, self->read[i], points,
                                          G_N_ELEMENTS (points))) > 0) {
      for (size_t k = 0; k < got; k++)
        kd_curve_append (self->curves[i], (double) points[k].step,
                         kd_chart_value (self->series[i].name, points[k].value));
      self->read[i] += got;
      changed = true;
    }
  }
  if (changed)
    g_signal_emit (self, changed_signal, 0);
}

static void
clear (KdCurves *self)
{
  for (int i = 0; i < self->n; i++)
    kd_curve_free (self->curves[i]);
  g_clear_pointer (&self->curves, g_free);
  g_clear_pointer (&self->read, g_free);
  self->n = 0;
}

/* Another session: listeners let go of the old curves before these are freed. */
static void
on_session (KdCurves *self)
{
  g_signal_emit (self, cleared_signal, 0);
  clear (self);
  grow (self);
}

static void
kd_curves_finalize (GObject *object)
{
  clear (KD_CURVES (object));
  G_OBJECT_CLASS (kd_curves_parent_class)->finalize (object);
}

static void
kd_curves_class_init (KdCurvesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = kd_curves_finalize;
  changed_signal = g_signal_new ("changed", KD_TYPE_CURVES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  cleared_signal = g_signal_new ("cleared", KD_TYPE_CURVES, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
}

static void
kd_curves_init (KdCurves *self)
{
  (void) self;
}

KdCurves *
kd_curves_new (KdSessionModel *model)
{
  KdCurves *self = g_object_new (KD_TYPE_CURVES, NULL);
  self->model = model;
  g_signal_connect_object (model, "session", G_CALLBACK (on_session), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "series", G_CALLBACK (grow), self, G_CONNECT_SWAPPED);
  return self;
}

int
kd_curves_count (KdCurves *self)
{
  g_return_val_if_fail (KD_IS_CURVES (self), 0);
  return self->n;
}

const KdCurve *
kd_curves_at (KdCurves *self, int index)
{
  g_return_val_if_fail (KD_IS_CURVES (self) && index >= 0 && index < self->n, NULL);
  return self->curves[index];
}

const KdSeriesInfo *
kd_curves_info (KdCurves *self, int index)
{
  g_return_val_if_fail (KD_IS_CURVES (self) && index >= 0 && index < self->n, NULL);
  return &self->series[index];
}
