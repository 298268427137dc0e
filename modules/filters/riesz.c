// SPDX-License-Identifier: Apache-2.0
#include "filters/riesz.h"

#include "filters/settings.h"

#include <math.h>

rc_status rc_riesz_check(const rc_reals *riesz, int64_t dimensions, rc_error *err) {
  if (riesz->n != 0 && riesz->n != dimensions)
    return rc_fail(err, RC_ERR_WORKFLOW, "riesz has %lld orders: give one for each of %lld axes",
                   (long long)riesz->n, (long long)dimensions);
  for (int64_t d = 0; d < riesz->n; d++)
    if (riesz->value[d] != floor(riesz->value[d]))
      return rc_fail(err, RC_ERR_WORKFLOW, "riesz: %g is not a whole number", riesz->value[d]);
  return RC_OK;
}

void rc_riesz_label(const rc_reals *riesz, char *out, size_t capacity) {
  if (riesz->n > 0)
    rc_filter_label_add(out, capacity, "_riesz");
  for (int64_t d = 0; d < riesz->n; d++)
    rc_filter_label_add(out, capacity, "_%.0f", riesz->value[d]);
}

void rc_riesz_set(const rc_reals *riesz, double padding, int64_t margin, const rc_geometry *grid,
                  rc_spectral *out) {
  for (int64_t d = 0; d < out->n_axes; d++) {
    out->riesz[d] = d < riesz->n ? (int64_t)riesz->value[d] : 0;
    out->pad[d] = (int64_t)ceil(padding * (double)grid->size[d]);
    out->pad[d] = out->pad[d] < margin ? margin : out->pad[d];
  }
}
