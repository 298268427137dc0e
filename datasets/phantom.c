// SPDX-License-Identifier: Apache-2.0
#include "datasets/phantom.h"

#include "datasets/truth.h"
#include <math.h>
#include <stdlib.h>

const char *const rc_structure_roi[RC_STRUCTURE_COUNT] = {
#define X(enumerator, roi, type) roi,
    RC_STRUCTURE_LIST(X)
#undef X
};
const char *const rc_structure_type[RC_STRUCTURE_COUNT] = {
#define X(enumerator, roi, type) type,
    RC_STRUCTURE_LIST(X)
#undef X
};

enum {
  FIELD = 64, ///< places along each axis of the field, 1 mm apart; it repeats beyond
  BUMPS = 4,
  FIELD_RADIUS = FIELD / 2 - 1
};

/// The body is an elliptic cylinder; half axes in mm.
static const double body_axis[2] = {54.0, 47.0};
static const double muscle_centre[3] = {0.0, 36.0, 0.0};
static const double muscle_axis[3] = {22.0, 9.0, 70.0};

struct rc_phantom {
  double centre[3];           ///< of the tumour
  double axis[3];             ///< half axes before bumps
  double bump_wave[BUMPS][3]; ///< surface waves over the direction from the centre
  double bump_phase[BUMPS];
  double *field; ///< [FIELD][FIELD][FIELD], x fastest
};

static const double bump_height = 0.05;

static double dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/// Smooths along one axis (stride in items) with a kernel of 2 * radius + 1 weights, periodically.
static void smooth_axis(const double *in, double *out, int64_t stride, const double *weight,
                        int64_t radius) {
  const int64_t n = (int64_t)FIELD * FIELD * FIELD;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = i / stride % FIELD;
    int64_t base = i - at * stride;
    double sum = 0.0;
    for (int64_t k = -radius; k <= radius; k++)
      sum += weight[k + radius] * in[base + (at + k + FIELD) % FIELD * stride];
    out[i] = sum;
  }
}

/// White noise smoothed by a Gaussian of SD `sd_mm`, scaled to unit variance.
static rc_status draw_field(rc_rng *rng, double sd_mm, double *field, rc_error *err) {
  const int64_t n = (int64_t)FIELD * FIELD * FIELD;
  double weight[2 * FIELD_RADIUS + 1], squares = 0.0;
  int64_t radius = (int64_t)ceil(3.5 * sd_mm);
  if (radius > FIELD_RADIUS)
    radius = FIELD_RADIUS;
  double *scratch = calloc((size_t)n, sizeof *scratch);
  if (scratch == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for the tumour's tissue");
  for (int64_t k = -radius; k <= radius; k++) {
    weight[k + radius] = exp(-0.5 * (double)(k * k) / (sd_mm * sd_mm));
    squares += weight[k + radius] * weight[k + radius];
  }
  for (int64_t k = 0; k <= 2 * radius; k++)
    weight[k] /= sqrt(squares);
  for (int64_t i = 0; i < n; i++)
    field[i] = rc_rng_normal(rng);
  smooth_axis(field, scratch, 1, weight, radius);
  smooth_axis(scratch, field, FIELD, weight, radius);
  smooth_axis(field, scratch, (int64_t)FIELD * FIELD, weight, radius);
  for (int64_t i = 0; i < n; i++)
    field[i] = scratch[i];
  free(scratch);
  return RC_OK;
}

static double between(rc_rng *rng, double low, double high) {
  return low + (high - low) * rc_rng_uniform(rng);
}

/// A tumour of 12 to 21 mm half axis, in front of the muscle and well inside the body.
static void draw_shape(rc_rng *rng, rc_phantom *phantom) {
  double size = between(rng, 12.0, 21.0);
  phantom->centre[0] = between(rng, -8.0, 8.0);
  phantom->centre[1] = between(rng, -12.0, -2.0);
  phantom->centre[2] = between(rng, -6.0, 6.0);
  for (int d = 0; d < 3; d++)
    phantom->axis[d] = size * between(rng, 0.8, 1.0);
  for (int b = 0; b < BUMPS; b++) {
    for (int d = 0; d < 3; d++)
      phantom->bump_wave[b][d] = between(rng, -2.5, 2.5);
    phantom->bump_phase[b] = between(rng, 0.0, 6.283185307179586);
  }
}

rc_status rc_phantom_create(uint64_t seed, int64_t patient, double correlation_mm, rc_phantom **out,
                            rc_error *err) {
  *out = NULL;
  rc_status status = RC_OK;
  rc_phantom *phantom = calloc(1, sizeof *phantom);
  if (phantom != NULL)
    phantom->field = calloc((size_t)FIELD * FIELD * FIELD, sizeof *phantom->field);
  if (phantom == NULL || phantom->field == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory for a patient's body");
    goto done;
  }
  rc_rng shape = rc_truth_stream(seed, patient, RC_PURPOSE_SHAPE);
  rc_rng tissue = rc_truth_stream(seed, patient, RC_PURPOSE_FIELD);
  draw_shape(&shape, phantom);
  status = draw_field(&tissue, correlation_mm, phantom->field, err);
done:
  if (status == RC_OK) {
    *out = phantom;
    phantom = NULL;
  }
  rc_phantom_destroy(phantom);
  return status;
}

void rc_phantom_destroy(rc_phantom *phantom) {
  if (phantom == NULL)
    return;
  free(phantom->field);
  free(phantom);
}

static bool inside_tumour(const rc_phantom *phantom, const double place[3]) {
  double from[3], scaled = 0.0, length = 0.0, surface = 1.0;
  for (int d = 0; d < 3; d++) {
    from[d] = place[d] - phantom->centre[d];
    scaled += from[d] * from[d] / (phantom->axis[d] * phantom->axis[d]);
    length += from[d] * from[d];
  }
  length = sqrt(length);
  if (length < 1e-9)
    return true;
  for (int b = 0; b < BUMPS; b++)
    surface +=
        bump_height * cos(dot(phantom->bump_wave[b], from) / length + phantom->bump_phase[b]);
  return sqrt(scaled) < surface;
}

static bool inside_muscle(const double place[3]) {
  double scaled = 0.0;
  for (int d = 0; d < 3; d++) {
    double from = (place[d] - muscle_centre[d]) / muscle_axis[d];
    scaled += from * from;
  }
  return scaled < 1.0;
}

static bool inside_body(const double place[3]) {
  double x = place[0] / body_axis[0], y = place[1] / body_axis[1];
  return x * x + y * y < 1.0;
}

bool rc_phantom_inside(const rc_phantom *phantom, rc_structure structure, const double place[3]) {
  return structure == RC_STRUCTURE_TUMOUR ? inside_tumour(phantom, place) : inside_muscle(place);
}

/// Trilinear between the field's places.
static double field_at(const rc_phantom *phantom, const double place[3]) {
  int64_t low[3], high[3];
  double part[3];
  for (int d = 0; d < 3; d++) {
    double at = place[d] - phantom->centre[d] + FIELD / 2;
    double floor_at = floor(at);
    part[d] = at - floor_at;
    low[d] = (((int64_t)floor_at % FIELD) + FIELD) % FIELD;
    high[d] = (low[d] + 1) % FIELD;
  }
  double sum = 0.0;
  for (int corner = 0; corner < 8; corner++) {
    int64_t index[3];
    double weight = 1.0;
    for (int d = 0; d < 3; d++) {
      bool up = (corner >> d & 1) != 0;
      index[d] = up ? high[d] : low[d];
      weight *= up ? part[d] : 1.0 - part[d];
    }
    sum += weight * phantom->field[index[0] + FIELD * (index[1] + FIELD * index[2])];
  }
  return sum;
}

rc_tissue rc_phantom_at(const rc_phantom *phantom, const double place[3], double *texture) {
  *texture = 0.0;
  if (!inside_body(place))
    return RC_TISSUE_AIR;
  if (inside_tumour(phantom, place)) {
    *texture = field_at(phantom, place);
    return RC_TISSUE_TUMOUR;
  }
  return inside_muscle(place) ? RC_TISSUE_MUSCLE : RC_TISSUE_FAT;
}

bool rc_phantom_outline(const rc_phantom *phantom, rc_structure structure, const double point[3],
                        const double u[3], const double v[3], int64_t n, double (*out)[3]) {
  const double *centre = structure == RC_STRUCTURE_TUMOUR ? phantom->centre : muscle_centre;
  const double normal[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2],
                            u[0] * v[1] - u[1] * v[0]};
  double foot[3], away = dot(point, normal) - dot(centre, normal);
  for (int d = 0; d < 3; d++)
    foot[d] = centre[d] + away * normal[d];
  if (!rc_phantom_inside(phantom, structure, foot))
    return false;
  for (int64_t i = 0; i < n; i++) {
    double angle = 6.283185307179586 * (double)i / (double)n;
    double low = 0.0, high = 128.0, place[3];
    while (high - low > 1e-6) {
      double middle = 0.5 * (low + high);
      for (int d = 0; d < 3; d++)
        place[d] = foot[d] + middle * (cos(angle) * u[d] + sin(angle) * v[d]);
      if (rc_phantom_inside(phantom, structure, place))
        low = middle;
      else
        high = middle;
    }
    for (int d = 0; d < 3; d++)
      out[i][d] = foot[d] + low * (cos(angle) * u[d] + sin(angle) * v[d]);
  }
  return true;
}
