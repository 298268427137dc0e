// SPDX-License-Identifier: Apache-2.0
#include "roi.h"

#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *zeroed(int64_t count, size_t size) {
  void *memory = calloc((size_t)count, size);
  if (memory == NULL)
    fail_msg("out of memory for %lld items", (long long)count);
  return memory;
}

static test_roi *empty_region(const int64_t size[3], const double spacing_mm[3]) {
  test_roi *region = zeroed(1, sizeof *region);
  rc_geometry *grid = &region->roi.grid;
  int64_t n = 1;
  for (int d = 0; d < 3; d++) {
    grid->size[d] = size[d];
    grid->spacing_mm[d] = spacing_mm[d];
    grid->direction[4 * d] = 1.0;
    n *= size[d];
  }
  region->intensity = zeroed(n, sizeof *region->intensity);
  region->morph = zeroed(n, sizeof *region->morph);
  region->mask = zeroed(n, sizeof *region->mask);
  for (int64_t i = 0; i < n; i++)
    region->intensity[i] = NAN;
  region->roi.intensity = region->intensity;
  region->roi.morph = region->morph;
  region->roi.mask = region->mask;
  return region;
}

static int64_t voxels(const test_roi *region) {
  const int64_t *size = region->roi.grid.size;
  return size[0] * size[1] * size[2];
}

static uint16_t *own_levels(test_roi *region) {
  if (region->level == NULL)
    region->level = zeroed(voxels(region), sizeof *region->level);
  region->roi.texture.value = region->level;
  region->roi.ivh.value = region->level;
  return region->level;
}

test_roi *test_roi_create(const int64_t size[3], const double spacing_mm[3],
                          const double *intensity, const uint8_t *morph, const uint8_t *mask,
                          const test_margin *margin) {
  static const test_margin one = TEST_MARGIN_ONE;
  const test_margin *m = margin != NULL ? margin : &one;
  int64_t whole[3];
  for (int d = 0; d < 3; d++)
    whole[d] = m->low[d] + size[d] + m->high[d];
  test_roi *region = empty_region(whole, spacing_mm);
  int64_t from = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, from++) {
        int64_t to = x + m->low[0] + whole[0] * (y + m->low[1] + whole[1] * (z + m->low[2]));
        region->intensity[to] = intensity[from];
        region->morph[to] = morph[from] != 0;
        region->mask[to] = (mask != NULL ? mask : morph)[from] != 0;
      }
  test_roi_recount(region);
  return region;
}

void test_roi_destroy(test_roi *region) {
  if (region == NULL)
    return;
  free(region->intensity);
  free(region->morph);
  free(region->mask);
  free(region->level);
  free(region);
}

void test_roi_recount(test_roi *region) {
  region->roi.n_morph = region->roi.n_mask = 0;
  for (int64_t i = 0; i < voxels(region); i++) {
    region->roi.n_morph += region->morph[i] != 0;
    region->roi.n_mask += region->mask[i] != 0;
    if (region->level != NULL && region->mask[i] == 0)
      region->level[i] = 0;
  }
}

static void intensity_range(const test_roi *region, double *low, double *high) {
  *low = INFINITY;
  *high = -INFINITY;
  for (int64_t i = 0; i < voxels(region); i++) {
    if (!region->mask[i])
      continue;
    *low = fmin(*low, region->intensity[i]);
    *high = fmax(*high, region->intensity[i]);
  }
}

void test_roi_levels_as_is(test_roi *region) {
  uint16_t *level = own_levels(region);
  int32_t highest = 0;
  for (int64_t i = 0; i < voxels(region); i++) {
    level[i] = region->mask[i] ? (uint16_t)region->intensity[i] : 0;
    if (region->mask[i])
      assert_true(level[i] >= 1 && (double)level[i] == region->intensity[i]);
    highest = level[i] > highest ? level[i] : highest;
  }
  double low, high;
  intensity_range(region, &low, &high);
  rc_levels levels = {RC_DISCRETISE_NONE, level, highest, low, 1.0, high};
  region->roi.texture = region->roi.ivh = levels;
}

void test_roi_levels_fixed_number(test_roi *region, int32_t n_levels) {
  uint16_t *level = own_levels(region);
  double low, high;
  intensity_range(region, &low, &high);
  for (int64_t i = 0; i < voxels(region); i++) {
    if (!region->mask[i])
      continue;
    double position = high > low ? n_levels * (region->intensity[i] - low) / (high - low) : 0.0;
    level[i] = (uint16_t)(position >= n_levels ? n_levels : floor(position) + 1);
  }
  double width = high > low ? (high - low) / n_levels : 1.0;
  rc_levels levels = {RC_DISCRETISE_FIXED_BIN_NUMBER, level, n_levels, low, width, high};
  region->roi.texture = region->roi.ivh = levels;
}

test_roi *test_roi_phantom(void) {
  // One string a row, rows by y, four rows a slice; '.' lies outside the region.
  static const char *const row[16] = {"14411", "14611", "41641", "44641", "14411", "11611",
                                      ".1311", "44611", "144..", "11111", "11.11", "11611",
                                      "144..", "11111", "11111", "11611"};
  // Intensities outside the region count for local intensity: 1 but for one voxel of 9.
  static const int64_t size[3] = {5, 4, 4};
  static const double spacing_mm[3] = {2.0, 2.0, 2.0};
  double intensity[80];
  uint8_t mask[80];
  for (int i = 0; i < 80; i++) {
    char voxel = row[i / 5][i % 5];
    mask[i] = voxel != '.';
    intensity[i] = voxel != '.' ? voxel - '0' : 1.0;
  }
  intensity[2 + 5 * (2 + 4 * 2)] = 9.0;
  test_roi *region = test_roi_create(size, spacing_mm, intensity, mask, NULL, NULL);
  test_roi_levels_as_is(region);
  return region;
}

static double random_unit(uint64_t *state) {
  // splitmix64
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

test_roi *test_roi_random(const int64_t size[3], const double spacing_mm[3], int32_t n_levels,
                          uint64_t seed) {
  int64_t n = size[0] * size[1] * size[2];
  double *intensity = zeroed(n, sizeof *intensity);
  uint8_t *morph = zeroed(n, 1), *mask = zeroed(n, 1);
  double phase[3];
  for (int d = 0; d < 3; d++)
    phase[d] = 6.0 * random_unit(&seed);
  int64_t i = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        double wave = sin(0.7 * (double)x + phase[0]) + sin(0.5 * (double)y + phase[1]) +
                      sin(0.9 * (double)z + phase[2]);
        intensity[i] = 40.0 + 25.0 * wave + 20.0 * random_unit(&seed);
        morph[i] = random_unit(&seed) < 0.62 + 0.1 * wave;
        mask[i] = morph[i] && random_unit(&seed) < 0.97;
      }
  // However small the box, there is a voxel to work on.
  morph[n / 2] = mask[n / 2] = 1;
  test_roi *region = test_roi_create(size, spacing_mm, intensity, morph, mask, NULL);
  test_roi_levels_fixed_number(region, n_levels);
  free(intensity);
  free(morph);
  free(mask);
  return region;
}

/// Copies one voxel, and the level if there is one.
static void copy_voxel(const test_roi *from, int64_t i, test_roi *to, int64_t j) {
  to->intensity[j] = from->intensity[i];
  to->morph[j] = from->morph[i];
  to->mask[j] = from->mask[i];
  if (from->level != NULL)
    to->level[j] = from->level[i];
}

/// A region of another shape with the facts of `from`, and levels if it has them.
static test_roi *region_like(const test_roi *from, const int64_t size[3],
                             const double spacing_mm[3]) {
  test_roi *region = empty_region(size, spacing_mm);
  region->roi.unit = from->roi.unit;
  if (from->level == NULL)
    return region;
  region->roi.texture = from->roi.texture;
  region->roi.ivh = from->roi.ivh;
  own_levels(region);
  return region;
}

test_roi *test_roi_turn(const test_roi *region, const int axes[3], const bool mirror[3]) {
  const rc_geometry *grid = &region->roi.grid;
  int64_t size[3];
  double spacing_mm[3];
  for (int d = 0; d < 3; d++) {
    size[d] = grid->size[axes[d]];
    spacing_mm[d] = grid->spacing_mm[axes[d]];
  }
  test_roi *turned = region_like(region, size, spacing_mm);
  int64_t j = 0;
  int64_t at[3];
  for (at[2] = 0; at[2] < size[2]; at[2]++)
    for (at[1] = 0; at[1] < size[1]; at[1]++)
      for (at[0] = 0; at[0] < size[0]; at[0]++, j++) {
        int64_t old[3];
        for (int d = 0; d < 3; d++)
          old[axes[d]] = mirror[d] ? size[d] - 1 - at[d] : at[d];
        copy_voxel(region, old[0] + grid->size[0] * (old[1] + grid->size[1] * old[2]), turned, j);
      }
  test_roi_recount(turned);
  return turned;
}

test_roi *test_roi_widen(const test_roi *region, const test_margin *margin) {
  const rc_geometry *grid = &region->roi.grid;
  int64_t size[3];
  for (int d = 0; d < 3; d++)
    size[d] = margin->low[d] + grid->size[d] + margin->high[d];
  test_roi *wide = region_like(region, size, grid->spacing_mm);
  int64_t i = 0;
  for (int64_t z = 0; z < grid->size[2]; z++)
    for (int64_t y = 0; y < grid->size[1]; y++)
      for (int64_t x = 0; x < grid->size[0]; x++, i++) {
        int64_t to =
            x + margin->low[0] + size[0] * (y + margin->low[1] + size[1] * (z + margin->low[2]));
        copy_voxel(region, i, wide, to);
      }
  test_roi_recount(wide);
  return wide;
}
