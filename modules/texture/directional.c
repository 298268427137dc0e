// SPDX-License-Identifier: Apache-2.0
#include "texture/directional.h"

#include <math.h>

/// One aggregation: which rows it is the mean of.
typedef struct mean_of {
  rc_aggregation aggregation;
  double **row;
  int64_t n;
} mean_of;

enum { N_MEANS = 6 };

static void list_means(rc_directional *wanted, mean_of mean[N_MEANS]) {
  const mean_of all[N_MEANS] = {
      {RC_AGG_2D_AVG, &wanted->slice_avg, wanted->n_slices * RC_DIRECTIONS_2D},
      {RC_AGG_2D_COMB, &wanted->slice_comb, wanted->n_slices},
      {RC_AGG_2_5D_AVG, &wanted->flat_avg, RC_DIRECTIONS_2D},
      {RC_AGG_2_5D_COMB, &wanted->flat_comb, 1},
      {RC_AGG_3D_AVG, &wanted->solid_avg, RC_DIRECTIONS_3D},
      {RC_AGG_3D_COMB, &wanted->solid_comb, 1},
  };
  for (int m = 0; m < N_MEANS; m++)
    mean[m] = all[m];
}

rc_status rc_directional_create(const rc_level_grid *grid, uint32_t aggregations,
                                int64_t n_features, rc_arena *arena, rc_directional *out,
                                rc_error *err) {
  *out = (rc_directional){.n_features = n_features, .n_slices = grid->size[2]};
  mean_of mean[N_MEANS];
  rc_status status = RC_OK;
  list_means(out, mean);
  for (int m = 0; m < N_MEANS && status == RC_OK; m++)
    status = rc_feature_rows(aggregations, mean[m].aggregation, mean[m].n, n_features, arena,
                             mean[m].row, err);
  return status;
}

bool rc_directional_by_slice(const rc_directional *wanted) {
  return wanted->slice_avg != NULL || wanted->slice_comb != NULL;
}

bool rc_directional_solid(const rc_directional *wanted) {
  return wanted->solid_avg != NULL || wanted->solid_comb != NULL;
}

double *rc_directional_slice_avg(const rc_directional *wanted, int64_t z) {
  if (wanted->slice_avg == NULL)
    return NULL;
  return wanted->slice_avg + z * RC_DIRECTIONS_2D * wanted->n_features;
}

double *rc_directional_slice_comb(const rc_directional *wanted, int64_t z) {
  return wanted->slice_comb == NULL ? NULL : wanted->slice_comb + z * wanted->n_features;
}

void rc_directional_finish(const rc_directional *wanted, uint32_t aggregations,
                           const char *undefined, rc_family_output *out) {
  rc_directional rows = *wanted;
  mean_of mean[N_MEANS];
  list_means(&rows, mean);
  for (int m = 0; m < N_MEANS; m++) {
    double *value = rc_output_row(out, aggregations, mean[m].aggregation, rows.n_features);
    if (value == NULL)
      continue;
    rc_mean_of_rows(*mean[m].row, mean[m].n, rows.n_features, value);
    if (isnan(value[0]))
      out->undefined = undefined;
  }
}
