// SPDX-License-Identifier: Apache-2.0
#include "datasets/scanner.h"

#include "datasets/truth.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const rc_scanner rc_scanners[RC_SCANNER_COUNT] = {
#define X(enumerator, folder, modality, sop_class, description, width, height, nx, ny, nz)         \
  {folder, modality, sop_class, description, width, height, {nx, ny, nz}},
    RC_SCANNER_LIST(X)
#undef X
};

/// How tissue looks to a scanner: value[tissue] + contrast * texture, seen through a blur of
/// +-`blur_mm` along each axis, plus white noise.
typedef struct rc_look {
  double value[4]; ///< by rc_tissue
  double contrast;
  double blur_mm;
  double noise;
} rc_look;

static const rc_look looks[RC_SCANNER_COUNT] = {
    [RC_SCANNER_CT] = {{-1000.0, -95.0, 58.0, 42.0}, 30.0, 0.0, 8.0},
    [RC_SCANNER_PET] = {{0.02, 0.5, 0.9, 5.5}, 1.8, 2.0, 0.06},
    [RC_SCANNER_MR] = {{4.0, 620.0, 310.0, 430.0}, 60.0, 0.0, 14.0},
};

static double round_to(double value, double step) {
  return round(value / step) * step;
}

/// Where the couch and the field of view were: drawn once a patient, so that all series agree.
static void draw_position(uint64_t seed, int64_t patient, double centre_mm[3], double zoom[2]) {
  rc_rng rng = rc_truth_stream(seed, patient, RC_PURPOSE_SCANNER);
  centre_mm[0] = round_to(40.0 * (rc_rng_uniform(&rng) - 0.5), 0.1);
  centre_mm[1] = round_to(-180.0 + 40.0 * (rc_rng_uniform(&rng) - 0.5), 0.1);
  centre_mm[2] = round_to(-600.0 + 400.0 * rc_rng_uniform(&rng), 0.1);
  for (int i = 0; i < 2; i++)
    zoom[i] = 0.95 + 0.15 * rc_rng_uniform(&rng);
}

static rc_geometry place_grid(rc_scanner_kind kind, int64_t patient, const int64_t size[3],
                              const double centre_mm[3], const double zoom[2]) {
  const rc_scanner *scanner = &rc_scanners[kind];
  rc_geometry grid = {.direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  if (kind == RC_SCANNER_MR && patient % 3 == 2) {
    // A 3-4-5-like triple (20, 99, 101): an exact rotation of 11.4 degrees about the x axis.
    const double c = 99.0 / 101.0, s = 20.0 / 101.0;
    const double tilted[9] = {1, 0, 0, 0, c, -s, 0, s, c};
    memcpy(grid.direction, tilted, sizeof tilted);
  }
  for (int d = 0; d < 3; d++)
    grid.size[d] = size[d];
  grid.spacing_mm[0] = round_to(scanner->width_mm * zoom[0] / (double)size[0], 0.001);
  grid.spacing_mm[1] = round_to(scanner->width_mm * zoom[0] / (double)size[1], 0.001);
  grid.spacing_mm[2] = round_to(scanner->height_mm * zoom[1] / (double)size[2], 0.01);
  for (int r = 0; r < 3; r++) {
    grid.origin_mm[r] = centre_mm[r];
    for (int c = 0; c < 3; c++)
      grid.origin_mm[r] -=
          grid.direction[3 * r + c] * 0.5 * (double)(size[c] - 1) * grid.spacing_mm[c];
  }
  return grid;
}

static double look_at(const rc_look *look, const rc_phantom *phantom, const double place[3]) {
  double texture;
  rc_tissue tissue = rc_phantom_at(phantom, place, &texture);
  return look->value[tissue] + look->contrast * texture;
}

/// The mean over a cross of 27 places when the scanner blurs.
static double blurred(const rc_look *look, const rc_phantom *phantom, const double place[3]) {
  if (look->blur_mm <= 0.0)
    return look_at(look, phantom, place);
  double sum = 0.0;
  for (int i = 0; i < 27; i++) {
    const int step[3] = {i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1};
    double moved[3];
    for (int d = 0; d < 3; d++)
      moved[d] = place[d] + look->blur_mm * step[d];
    sum += look_at(look, phantom, moved);
  }
  return sum / 27.0;
}

static void expose(const rc_phantom *phantom, rc_rng *rng, rc_scan *scan) {
  const rc_look *look = &looks[scan->kind];
  const int64_t *size = scan->geometry.size;
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++) {
        const double index[3] = {(double)x, (double)y, (double)z};
        double place[3];
        rc_geometry_to_world(&scan->geometry, index, place);
        for (int d = 0; d < 3; d++)
          place[d] -= scan->centre_mm[d];
        scan->value[i++] = blurred(look, phantom, place) + look->noise * rc_rng_normal(rng);
      }
}

rc_status rc_scan_make(const rc_phantom *phantom, uint64_t seed, int64_t patient,
                       rc_scanner_kind kind, const int64_t size[3], rc_scan *out, rc_error *err) {
  rc_scan scan = {.kind = kind};
  double zoom[2];
  draw_position(seed, patient, scan.centre_mm, zoom);
  scan.geometry = place_grid(kind, patient, size, scan.centre_mm, zoom);
  scan.value = calloc((size_t)rc_geometry_voxels(&scan.geometry), sizeof *scan.value);
  if (scan.value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory for an image of %lld voxels",
                   (long long)rc_geometry_voxels(&scan.geometry));
  rc_rng noise = rc_truth_stream(seed, patient, RC_PURPOSE_NOISE + (int)kind);
  expose(phantom, &noise, &scan);
  *out = scan;
  return RC_OK;
}

void rc_scan_release(rc_scan *scan) {
  free(scan->value);
  scan->value = NULL;
}
