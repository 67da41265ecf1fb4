/* SPDX-License-Identifier: MIT */
#include "ui/shares.h"

#include "engine/base/i18n.h"

#include <math.h>
#include <string.h>

#define MAX_PARTS (KD_MAX_TERMS + 2)
#define CHUNK 256

typedef struct {
  int series;
  const char *name;
  KdCurve *curve;
} Part;

struct _KdShares {
  KdSession *session;
  Part parts[MAX_PARTS];
  int n;
  size_t read;
};

/* What a loss series is called among the parts; NULL: it is none (the total is their sum). */
static const char *
part_name (const char *series)
{
  if (!strcmp (series, "loss.cls"))
    return _ ("classes");
  if (!strcmp (series, "loss.reg"))
    return _ ("boxes");
  const char *term = g_str_has_prefix (series, "loss.") ? series + strlen ("loss.") : "";
  const char *dot = strchr (term, '.');
  return dot ? dot + 1 : NULL;
}

KdShares *
kd_shares_new (KdSession *session, int run)
{
  KdShares *shares = g_new0 (KdShares, 1);
  shares->session = session;
  int n_series;
  const KdSeriesInfo *series = kd_session_series (session, &n_series);
  for (int i = 0; i < n_series && shares->n < MAX_PARTS; i++) {
    const char *name = series[i].run == run ? part_name (series[i].name) : NULL;
    if (name)
      shares->parts[shares->n++] = (Part){ series[i].id, name, kd_curve_new () };
  }
  kd_shares_grow (shares);
  return shares;
}

void
kd_shares_free (KdShares *shares)
{
  if (!shares)
    return;
  for (int i = 0; i < shares->n; i++)
    kd_curve_free (shares->parts[i].curve);
  g_free (shares);
}

static void
append (KdShares *shares, const double *values, int64_t step)
{
  double total = 0, sum = 0;
  for (int p = 0; p < shares->n; p++)
    total += fabs (values[p]);
  for (int p = 0; p < shares->n; p++) {
    sum += fabs (values[p]);
    kd_curve_append (shares->parts[p].curve, (double) step, 100 * sum / total);
  }
}

void
kd_shares_grow (KdShares *shares)
{
  KdPoint points[CHUNK];
  double values[CHUNK][MAX_PARTS];
  while (shares->n) {
    /* All terms have a point a step, but the engine may be writing: only what all of them have. */
    size_t got = CHUNK;
    for (int p = 0; p < shares->n; p++) {
      const size_t n = kd_session_read_series (shares->session, shares->parts[p].series,
                                               shares->read, points, got);
      got = MIN (got, n);
      for (size_t i = 0; i < got; i++)
        values[i][p] = points[i].value;
    }
    if (got == 0)
      return;
    for (size_t i = 0; i < got; i++)
      append (shares, values[i], points[i].step);
    shares->read += got;
  }
}

int
kd_shares_count (const KdShares *shares)
{
  return shares->n;
}

const KdCurve *
kd_shares_curve (const KdShares *shares, int index)
{
  g_return_val_if_fail (index >= 0 && index < shares->n, NULL);
  return shares->parts[index].curve;
}

const char *
kd_shares_name (const KdShares *shares, int index)
{
  g_return_val_if_fail (index >= 0 && index < shares->n, NULL);
  return shares->parts[index].name;
}
