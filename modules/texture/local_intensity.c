// SPDX-License-Identifier: Apache-2.0
// Local intensity, IBSI-1 section 3.2: mean intensities in spheres of 1 cm^3. Spheres reach outside
// the region, but not outside the image (NaN).
#include "texture/registry.h"

#include "base/clones.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>

#define FEATURES(X)                                                                                \
  X(LOCAL_PEAK, "loc_peak_loc", "Local intensity peak", "VJGA", RC_FU_INTENSITY,                   \
    "Mean in a 1 cm^3 sphere around the brightest voxel (the highest mean if there are several)")  \
  X(GLOBAL_PEAK, "loc_peak_glob", "Global intensity peak", "0F91", RC_FU_INTENSITY,                \
    "Highest mean in a 1 cm^3 sphere around any voxel of the region")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

/// A sphere cut into rows: for one (dy, dz), the voxels dx = -reach .. reach.
typedef struct chord {
  int64_t dy, dz, reach;
} chord;

/// Sums from the start of each row: sum[x] covers voxels 0 .. x - 1, so the sum of any part of a
/// row is one difference. Its rounding error is below 1e-13 of the row's largest partial sum, and
/// none for whole-number intensities such as HU.
typedef struct prefix {
  int64_t n[3];   ///< voxels of the grid
  double *sum;    ///< [z][y][n[0] + 1]
  int32_t *count; ///< voxels inside the image, same shape
} prefix;

/// Largest whole number r with (r * spacing)^2 <= room, not above `most`.
static int64_t steps_within(double room, double spacing, int64_t most) {
  double steps = floor(sqrt(room) / spacing);
  return steps < (double)most ? (int64_t)steps : most;
}

/// The chords of the sphere, cut to what can lie in the grid. Returns their number; `out` NULL only
/// counts.
static int64_t list_chords(const rc_geometry *grid, chord *out) {
  static const double four_thirds_pi = 4.18879020478639098;
  double radius = 10.0 * cbrt(1.0 / four_thirds_pi), square = radius * radius;
  const double *spacing = grid->spacing_mm;
  int64_t n = 0, z_reach = steps_within(square, spacing[2], grid->size[2] - 1);
  for (int64_t dz = -z_reach; dz <= z_reach; dz++) {
    double z_mm = (double)dz * spacing[2], left = square - z_mm * z_mm;
    int64_t y_reach = steps_within(fmax(left, 0.0), spacing[1], grid->size[1] - 1);
    for (int64_t dy = -y_reach; dy <= y_reach; dy++, n++) {
      double y_mm = (double)dy * spacing[1];
      if (out != NULL)
        out[n] = (chord){
            dy, dz, steps_within(fmax(left - y_mm * y_mm, 0.0), spacing[0], grid->size[0] - 1)};
    }
  }
  return n;
}

static void fill_prefix(const rc_roi *roi, prefix *p) {
#pragma omp parallel for schedule(static)
  for (int64_t z = 0; z < p->n[2]; z++)
    for (int64_t y = 0; y < p->n[1]; y++) {
      const double *row = roi->intensity + p->n[0] * (y + p->n[1] * z);
      int64_t start = (p->n[0] + 1) * (y + p->n[1] * z);
      double sum = 0.0;
      int32_t count = 0;
      for (int64_t x = 0; x < p->n[0]; x++) {
        bool inside = !isnan(row[x]);
        sum += inside ? row[x] : 0.0;
        count += inside;
        p->sum[start + x + 1] = sum;
        p->count[start + x + 1] = count;
      }
    }
}

/// Sums of spheres around voxels first .. last of a row, while chords are added.
typedef struct spheres {
  int64_t first, last;
  double *sum;    ///< by x
  int32_t *count; ///< by x: voxels inside the image
} spheres;

/// Adds one chord that ends inside the grid and the image around every voxel.
RC_CLONES static void add_whole_chord(const double *row_sum, int64_t reach, spheres *s) {
  for (int64_t x = s->first; x <= s->last; x++)
    s->sum[x] += row_sum[x + reach + 1] - row_sum[x - reach];
}

/// Adds one chord that may be cut by the ends of the grid, or hold voxels outside the image.
RC_CLONES static void add_cut_chord(const double *row_sum, const int32_t *row_count, int64_t nx,
                                    int64_t reach, spheres *s) {
  for (int64_t x = s->first; x <= s->last; x++) {
    int64_t start = x > reach ? x - reach : 0, end = x + reach + 1 < nx ? x + reach + 1 : nx;
    s->sum[x] += row_sum[end] - row_sum[start];
    s->count[x] += row_count[end] - row_count[start];
  }
}

static void add_chords(const prefix *p, const chord *chords, int64_t n_chords, int64_t y, int64_t z,
                       spheres *s) {
  int64_t nx = p->n[0];
  int32_t whole = 0; // voxels of the chords that were whole
  for (int64_t c = 0; c < n_chords; c++) {
    int64_t cy = y + chords[c].dy, cz = z + chords[c].dz, reach = chords[c].reach;
    if (cy < 0 || cy >= p->n[1] || cz < 0 || cz >= p->n[2])
      continue;
    int64_t start = (nx + 1) * (cy + p->n[1] * cz), low = s->first - reach,
            high = s->last + reach + 1;
    const int32_t *row_count = p->count + start;
    if (low >= 0 && high <= nx && row_count[high] - row_count[low] == high - low) {
      add_whole_chord(p->sum + start, reach, s);
      whole += (int32_t)(2 * reach + 1);
    } else {
      add_cut_chord(p->sum + start, row_count, nx, reach, s);
    }
  }
  for (int64_t x = s->first; x <= s->last; x++)
    s->count[x] += whole;
}

typedef struct peaks {
  double local, global;
} peaks;

/// The highest means of one row; -inf where it has no voxel to offer.
static peaks row_peaks(const rc_roi *roi, const prefix *p, const chord *chords, int64_t n_chords,
                       double highest, int64_t y, int64_t z, double *sum, int32_t *count) {
  peaks out = {-INFINITY, -INFINITY};
  int64_t at = p->n[0] * (y + p->n[1] * z), first = 0, last = p->n[0] - 1;
  while (first <= last && !roi->mask[at + first])
    first++;
  while (last >= first && !roi->mask[at + last])
    last--;
  spheres s = {first, last, sum, count};
  for (int64_t x = first; x <= last; x++) {
    sum[x] = 0.0;
    count[x] = 0;
  }
  if (first <= last)
    add_chords(p, chords, n_chords, y, z, &s);
  for (int64_t x = first; x <= last; x++) {
    if (!roi->mask[at + x])
      continue;
    double mean = sum[x] / count[x];
    out.global = mean > out.global ? mean : out.global;
    if (roi->intensity[at + x] == highest)
      out.local = mean > out.local ? mean : out.local;
  }
  return out;
}

static double highest_intensity(const rc_roi *roi) {
  double highest = -INFINITY;
  int64_t n = rc_geometry_voxels(&roi->grid);
  for (int64_t i = 0; i < n; i++)
    if (roi->mask[i] && roi->intensity[i] > highest)
      highest = roi->intensity[i];
  return highest;
}

static rc_status compute(const rc_roi *roi, const void *params, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)params;
  (void)aggregations;
  if (roi->n_mask == 0) {
    out->undefined = "the intensity mask is empty";
    return RC_OK;
  }
  prefix p = {{roi->grid.size[0], roi->grid.size[1], roi->grid.size[2]}, NULL, NULL};
  int64_t n_chords = list_chords(&roi->grid, NULL);
  int threads = omp_get_max_threads();
  size_t width = (size_t)p.n[0] + 1, rows = (size_t)p.n[1] * (size_t)p.n[2];
  chord *chords = rc_arena_alloc(arena, (size_t)n_chords, sizeof *chords);
  p.sum = rc_arena_alloc(arena, rows, width * sizeof *p.sum);
  p.count = rc_arena_alloc(arena, rows, width * sizeof *p.count);
  double *sum = rc_arena_alloc(arena, (size_t)threads, width * sizeof *sum);
  int32_t *count = rc_arena_alloc(arena, (size_t)threads, width * sizeof *count);
  if (chords == NULL || p.sum == NULL || p.count == NULL || sum == NULL || count == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for spheres around %lld voxels",
                   (long long)roi->n_mask);
  list_chords(&roi->grid, chords);
  fill_prefix(roi, &p);

  // The maximum does not depend on the order of rows.
  double highest = highest_intensity(roi), local = -INFINITY, global = -INFINITY;
#pragma omp parallel for schedule(dynamic) reduction(max : local, global)
  for (int64_t z = 0; z < p.n[2]; z++)
    for (int64_t y = 0; y < p.n[1]; y++) {
      size_t own = (size_t)omp_get_thread_num() * width;
      peaks row = row_peaks(roi, &p, chords, n_chords, highest, y, z, sum + own, count + own);
      local = row.local > local ? row.local : local;
      global = row.global > global ? row.global : global;
    }
  out->value[LOCAL_PEAK] = local;
  out->value[GLOBAL_PEAK] = global;
  return RC_OK;
}

const rc_family rc_family_local_intensity = {
    .profile = RC_PROFILE_IBSI,
    .key = "local_intensity",
    .name = "Local intensity",
    .ibsi = "9ST6",
    .source = "IBSI-1 section 3.2",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .by_default = true,
    .looks_around = true,
    .compute = compute,
};
