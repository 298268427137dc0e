// SPDX-License-Identifier: Apache-2.0
// The chain of PyRadiomics 3: check of the mask, z-score of the whole image, cropping or
// resampling, re-segmentation. Whole numbers stay whole and single precision stays single, as they
// do there.
#include "processing/box.h"
#include "processing/itk_resample.h"
#include "processing/pyradiomics.h"

#include <math.h>
#include <string.h>

/// One call's inputs and the grid of the processed image.
typedef struct chain {
  const rc_volume *image;
  const rc_processing_settings *settings;
  rc_arena *arena;
  double shift, scale; ///< of the z-score
  rc_voxel_type type;  ///< of processed intensities
  rc_geometry grid;    ///< the whole processed image
  bool resampled;      ///< else the grid is a part of the image's
  int64_t first[3];    ///< that begins at this voxel
} chain;

static bool same_spacing(const rc_geometry *a, const rc_geometry *b) {
  return memcmp(a->spacing_mm, b->spacing_mm, sizeof a->spacing_mm) == 0;
}

static double as_stored(const rc_volume *image, double value) {
  return image->type == RC_VOXEL_SINGLE ? (double)(float)value : value;
}

/// A sum that keeps what rounding takes away (Neumaier 1974), so that it does not depend on how
/// others split it among threads.
typedef struct long_sum {
  double sum, rest;
} long_sum;

static void add(long_sum *s, double value) {
  const double next = s->sum + value;
  s->rest += fabs(s->sum) >= fabs(value) ? (s->sum - next) + value : (value - next) + s->sum;
  s->sum = next;
}

/// Mean and sample standard deviation of the whole image. The formula for the latter is ITK's: a
/// bin's edge may lie on an intensity, so that rounding errors decide.
static rc_status find_normal(chain *c, rc_error *err) {
  const int64_t n = rc_geometry_voxels(&c->image->geometry);
  const double *value = c->image->value;
  long_sum sums = {0, 0}, squares = {0, 0};
  c->type = c->image->type;
  c->shift = 0;
  c->scale = 1;
  if (!c->settings->pyradiomics.normalise.enabled)
    return RC_OK;
  for (int64_t i = 0; i < n; i++) {
    const double v = as_stored(c->image, value[i]);
    add(&sums, v);
    add(&squares, v * v);
  }
  const double sum = sums.sum + sums.rest, squared = squares.sum + squares.rest;
  const double mean = sum / (double)n;
  c->shift = -mean;
  c->scale = 1 / sqrt((squared - sum * sum / (double)n) / (double)(n - 1));
  c->type = RC_VOXEL_DOUBLE;
  if (!isfinite(c->scale))
    return rc_fail(err, RC_ERR_NUMERIC,
                   "normalise: the image is constant, or has intensities that are not finite");
  return RC_OK;
}

static double normal(const chain *c, double value) {
  const rc_pyradiomics_normalise_settings *s = &c->settings->pyradiomics.normalise;
  value = (value + c->shift) * c->scale;
  if (!isnan(s->remove_outliers))
    value = fmin(fmax(value, -s->remove_outliers), s->remove_outliers);
  return value * s->scale;
}

/// A box of the image, normalised if asked.
static void load(const chain *c, const rc_box *box, double *out) {
  const bool normalise = c->settings->pyradiomics.normalise.enabled;
  rc_box all = whole(&c->image->geometry);
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++, out += extent(box, 0)) {
      const double *from = c->image->value + line_start(&all, box, y, z);
      for (int64_t x = 0; x < extent(box, 0); x++) {
        out[x] = as_stored(c->image, from[x]);
        out[x] = normalise ? normal(c, out[x]) : out[x];
      }
    }
}

static rc_status refuse_not_finite(const double *value, int64_t n, rc_error *err) {
  int64_t bad = 0;
  for (int64_t i = 0; i < n; i++)
    bad += !isfinite(value[i]);
  return bad == 0 ? RC_OK
                  : rc_fail(err, RC_ERR_NUMERIC,
                            "%lld voxels near the ROI have no finite intensity, which a B-spline "
                            "would spread: use linear interpolation",
                            (long long)bad);
}

/// Intensities on `box` of the grid where `mask` (which holds it; NULL: everywhere) is set; others
/// stay as they are.
static rc_status sample(const chain *c, const rc_box *box, const uint8_t *mask, double *out,
                        rc_error *err) {
  if (!c->resampled) {
    rc_box part = moved(box, c->first);
    load(c, &part, out);
    return RC_OK;
  }
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  const rc_itk_interpolator method =
      (rc_itk_interpolator)c->settings->pyradiomics.interpolation.image_method;
  const rc_itk_map map = rc_itk_map_make(&c->image->geometry, &c->grid);
  rc_box held = rc_itk_support(&map, method, box);
  const int64_t n = voxels_of(box), n_held = voxels_of(&held);
  double *value = rc_arena_alloc(c->arena, (size_t)n_held, sizeof *value);
  rc_status status =
      value == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory for interpolation") : RC_OK;
  if (status == RC_OK) {
    load(c, &held, value);
    if (method == RC_ITK_B_SPLINE)
      status = refuse_not_finite(value, n_held, err);
  }
  if (status == RC_OK) {
    if (method == RC_ITK_B_SPLINE)
      rc_itk_prefilter(value, &held);
    rc_itk_resample(value, &held, &map, method, box, mask, out);
    for (int64_t i = 0; i < n; i++)
      if (mask == NULL || mask[i])
        out[i] = rc_itk_cast(c->image, c->type, out[i]);
  }
  rc_arena_rewind(c->arena, mark);
  return status;
}

// ---- the grid ----------------------------------------------------------------------------------

/// The image, or the part of it within `pad` voxels of the mask.
static void crop_grid(chain *c, const rc_box *mask, bool crop) {
  const int64_t pad = c->settings->pyradiomics.interpolation.pad;
  rc_box all = whole(&c->image->geometry), part = *mask;
  for (int d = 0; d < 3; d++) {
    part.low[d] -= pad;
    part.high[d] += pad;
  }
  part = crop ? intersect(&part, &all) : all;
  memcpy(c->first, part.low, sizeof c->first);
  c->grid = rc_geometry_crop(&c->image->geometry, &part);
}

/// The spacing wanted: an axis along which the mask has one voxel keeps its own.
static bool find_spacing(const chain *c, const rc_box *mask, double out[3]) {
  const rc_reals *spacing = &c->settings->pyradiomics.interpolation.spacing_mm;
  const double *old = c->image->geometry.spacing_mm;
  bool changes = false;
  for (int d = 0; d < 3; d++) {
    out[d] = spacing->n == 0 ? 0 : spacing->value[spacing->n == 1 ? 0 : d];
    if (out[d] == 0 || extent(mask, d) == 1)
      out[d] = old[d];
    changes = changes || !(fabs(old[d] - out[d]) <= 1e-8 + 1e-5 * fabs(out[d]));
  }
  return changes;
}

/// Where the corners of the first voxels of both grids meet, in voxels of the image, and how many
/// voxels from there the part around the mask begins and ends.
static rc_status resample_grid(chain *c, const rc_box *mask, const double spacing[3],
                               rc_error *err) {
  const rc_geometry *old = &c->image->geometry;
  const double pad = (double)c->settings->pyradiomics.interpolation.pad;
  double index[3];
  c->grid = *old;
  for (int d = 0; d < 3; d++) {
    const double ratio = old->spacing_mm[d] / spacing[d];
    double low = floor(((double)mask->low[d] - 0.5) * ratio - pad);
    double high = ceil(((double)mask->high[d] - 0.5) * ratio + pad);
    const double last = ceil((double)old->size[d] * ratio) - 1;
    low = low < 0 ? 0 : low;
    high = high > last ? last : high;
    if (!(high - low < INT32_MAX))
      return rc_fail(err, RC_ERR_LIMIT,
                     "interpolating %lld voxels of %g mm to %g mm gives too large a grid",
                     (long long)old->size[d], old->spacing_mm[d], spacing[d]);
    if (high < low)
      return rc_fail(err, RC_ERR_EMPTY, "no voxel is left: a spacing of %g mm is too large",
                     spacing[d]);
    c->grid.size[d] = (int64_t)(high - low + 1);
    c->grid.spacing_mm[d] = spacing[d];
    index[d] = 0.5 * (spacing[d] - old->spacing_mm[d]) / old->spacing_mm[d] + low / ratio;
  }
  for (int r = 0; r < 3; r++) {
    double sum = 0;
    for (int d = 0; d < 3; d++)
      sum += old->direction[3 * r + d] * old->spacing_mm[d] * index[d];
    c->grid.origin_mm[r] = sum + old->origin_mm[r];
  }
  c->resampled = true;
  return RC_OK;
}

static rc_status make_grid(chain *c, const rc_box *mask, int64_t max_voxels, rc_error *err) {
  const rc_pyradiomics_interpolation_settings *s = &c->settings->pyradiomics.interpolation;
  double spacing[3];
  c->resampled = false;
  if (!find_spacing(c, mask, spacing)) {
    crop_grid(c, mask, s->spacing_mm.n > 0 || s->pre_crop);
    return RC_OK;
  }
  rc_status status = resample_grid(c, mask, spacing, err);
  const int64_t *size = c->grid.size, most = max_voxels > 0 ? max_voxels : INT64_MAX;
  if (status == RC_OK &&
      (size[0] > most || size[1] > most / size[0] || size[2] > most / size[0] / size[1]))
    return rc_fail(err, RC_ERR_LIMIT,
                   "a grid of %lld x %lld x %lld voxels exceeds the limit of %lld voxels",
                   (long long)size[0], (long long)size[1], (long long)size[2], (long long)most);
  return status;
}

/// The grid of a region that is there already.
static void recall_grid(chain *c, const rc_roi *roi) {
  double index[3];
  c->grid = roi->image_grid;
  c->resampled = !same_spacing(&c->grid, &c->image->geometry);
  rc_geometry_to_index(&c->image->geometry, c->grid.origin_mm, index);
  for (int d = 0; d < 3; d++)
    c->first[d] = (int64_t)rint(index[d]);
}

// ---- the mask ----------------------------------------------------------------------------------

/// checkMask: how many dimensions and voxels a region needs.
static rc_status check_mask(const chain *c, const rc_box *box, int64_t n, const char *when,
                            rc_error *err) {
  const rc_pyradiomics_mask_settings *s = &c->settings->pyradiomics.mask;
  int64_t dimensions = 0;
  for (int d = 0; d < 3; d++)
    dimensions += extent(box, d) > 1;
  if (n == 0)
    return rc_fail(err, RC_ERR_EMPTY, "no voxel of the ROI is left %s", when);
  if (dimensions == 0)
    return rc_fail(err, RC_ERR_EMPTY, "the ROI has one voxel only %s", when);
  if (dimensions < s->minimum_dimensions)
    return rc_fail(err, RC_ERR_EMPTY,
                   "the ROI has %lld dimensions %s; mask.minimum_dimensions is %lld",
                   (long long)dimensions, when, (long long)s->minimum_dimensions);
  if (s->minimum_size > 0 && n <= s->minimum_size)
    return rc_fail(err, RC_ERR_EMPTY,
                   "the ROI has %lld voxels %s; mask.minimum_size wants more than %lld",
                   (long long)n, when, (long long)s->minimum_size);
  return RC_OK;
}

/// The resampled mask on all of the grid.
static rc_status resample_mask(const chain *c, const rc_mask *mask, uint8_t *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  const rc_itk_map map = rc_itk_map_make(&c->image->geometry, &c->grid);
  rc_box box = whole(&c->grid), held = rc_itk_support(&map, RC_ITK_NEAREST, &box);
  rc_box all = whole(&mask->geometry);
  const int64_t n = voxels_of(&box), width = extent(&held, 0);
  double *value = rc_arena_alloc(c->arena, (size_t)voxels_of(&held), sizeof *value);
  double *near = rc_arena_alloc(c->arena, (size_t)n, sizeof *near);
  rc_status status =
      value == NULL || near == NULL ? rc_fail(err, RC_ERR_MEMORY, "no memory for the mask") : RC_OK;
  if (status == RC_OK) {
    double *to = value;
    for (int64_t z = held.low[2]; z < held.high[2]; z++)
      for (int64_t y = held.low[1]; y < held.high[1]; y++)
        for (int64_t x = 0; x < width; x++)
          *to++ = mask->value[line_start(&all, &held, y, z) + x] != 0;
    rc_itk_resample(value, &held, &map, RC_ITK_NEAREST, &box, NULL, near);
    for (int64_t i = 0; i < n; i++)
      out[i] = near[i] != 0;
  }
  rc_arena_rewind(c->arena, mark);
  return status;
}

/// The mask on the grid, in an array that holds its bounds and a voxel on every side.
typedef struct placed_mask {
  rc_box found, box;
  uint8_t *value;
} placed_mask;

/// Copies what `from`, which holds box `held`, has of the mask found there.
static rc_status place(const chain *c, const uint8_t *from, const rc_box *held, placed_mask *out,
                       rc_error *err) {
  for (int d = 0; d < 3; d++) {
    out->box.low[d] = out->found.low[d] - 1;
    out->box.high[d] = out->found.high[d] + 1;
  }
  out->value = rc_arena_alloc(c->arena, (size_t)voxels_of(&out->box), sizeof *out->value);
  if (out->value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the mask");
  for (int64_t z = out->found.low[2]; z < out->found.high[2]; z++)
    for (int64_t y = out->found.low[1]; y < out->found.high[1]; y++) {
      const uint8_t *line = from + line_start(held, &out->found, y, z);
      uint8_t *to = out->value + line_start(&out->box, &out->found, y, z);
      for (int64_t x = 0; x < extent(&out->found, 0); x++)
        to[x] = line[x] != 0;
    }
  return RC_OK;
}

static rc_status make_mask(const chain *c, const rc_mask *mask, const rc_box *old_box,
                           placed_mask *out, rc_error *err) {
  const int64_t back[3] = {-c->first[0], -c->first[1], -c->first[2]};
  if (!c->resampled) {
    rc_box all = whole(&mask->geometry), held = moved(&all, back);
    out->found = moved(old_box, back);
    return place(c, mask->value, &held, out, err);
  }
  rc_box held = whole(&c->grid);
  uint8_t *sampled = rc_arena_alloc(c->arena, (size_t)voxels_of(&held), sizeof *sampled);
  if (sampled == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the mask");
  rc_status status = resample_mask(c, mask, sampled, err);
  if (status != RC_OK)
    return status;
  out->found = bounds(sampled, &held);
  if (voxels_of(&out->found) == 0)
    return check_mask(c, &out->found, 0, "after interpolation", err);
  return place(c, sampled, &held, out, err);
}

// ---- the region --------------------------------------------------------------------------------

static int64_t count(const uint8_t *mask, int64_t n) {
  int64_t sum = 0;
  for (int64_t i = 0; i < n; i++)
    sum += mask[i];
  return sum;
}

/// Intensities under the mask on its box; NaN elsewhere and where they are not finite.
static rc_status fill_intensity(const chain *c, const placed_mask *mask, double *out,
                                rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  const int64_t n = voxels_of(&mask->box), n_found = voxels_of(&mask->found);
  double *part = rc_arena_alloc(c->arena, (size_t)n_found, sizeof *part);
  uint8_t *inside = rc_arena_alloc(c->arena, (size_t)n_found, sizeof *inside);
  rc_status status = part == NULL || inside == NULL
                         ? rc_fail(err, RC_ERR_MEMORY, "no memory for the ROI's intensities")
                         : RC_OK;
  const int64_t width = extent(&mask->found, 0);
  const rc_box *found = &mask->found;
  if (status == RC_OK) {
    uint8_t *to = inside;
    for (int64_t z = found->low[2]; z < found->high[2]; z++)
      for (int64_t y = found->low[1]; y < found->high[1]; y++, to += width)
        memcpy(to, mask->value + line_start(&mask->box, found, y, z), (size_t)width);
    status = sample(c, found, inside, part, err);
  }
  if (status == RC_OK) {
    const double *from = part;
    for (int64_t i = 0; i < n; i++)
      out[i] = NAN;
    for (int64_t z = found->low[2]; z < found->high[2]; z++)
      for (int64_t y = found->low[1]; y < found->high[1]; y++, from += width) {
        const int64_t at = line_start(&mask->box, found, y, z);
        for (int64_t x = 0; x < width; x++)
          if (mask->value[at + x] && isfinite(from[x]))
            out[at + x] = from[x];
      }
  }
  rc_arena_rewind(c->arena, mark);
  return status;
}

/// Re-segmentation. The shape is that of the mask before it, though only within the bounds of what
/// is left, unless it shall follow.
static rc_status resegment(const chain *c, const rc_box *box, const double *intensity,
                           uint8_t *morph, uint8_t *mask, int64_t *n_mask, rc_error *err) {
  const rc_pyradiomics_resegmentation_settings *s = &c->settings->pyradiomics.resegmentation;
  const int64_t n = voxels_of(box);
  *n_mask = count(mask, n);
  if (s->range.n == 0)
    return RC_OK;
  rc_status status = rc_pyradiomics_resegment(s, c->type, intensity, mask, n, c->arena, err);
  if (status != RC_OK)
    return status;
  *n_mask = count(mask, n);
  rc_box left = bounds(mask, box);
  status = check_mask(c, &left, *n_mask, "after re-segmentation", err);
  if (status != RC_OK)
    return status;
  int64_t i = 0;
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      for (int64_t x = box->low[0]; x < box->high[0]; x++, i++) {
        bool within = x >= left.low[0] && x < left.high[0] && y >= left.low[1] &&
                      y < left.high[1] && z >= left.low[2] && z < left.high[2];
        morph[i] = s->shape ? mask[i] : morph[i] && within;
      }
  return RC_OK;
}

static rc_status fill_roi(const chain *c, const placed_mask *placed, rc_roi *roi, rc_error *err) {
  const rc_box *box = &placed->box;
  const int64_t n = voxels_of(box);
  double *intensity = rc_arena_alloc(c->arena, (size_t)n, sizeof *intensity);
  uint8_t *mask = rc_arena_alloc(c->arena, (size_t)n, sizeof *mask);
  if (intensity == NULL || mask == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for an ROI of %lld voxels", (long long)n);
  rc_status status = fill_intensity(c, placed, intensity, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++)
    mask[i] = placed->value[i] && !isnan(intensity[i]);
  status = resegment(c, box, intensity, placed->value, mask, &roi->n_mask, err);
  if (status != RC_OK)
    return status;
  roi->image_grid = c->grid;
  roi->grid = rc_geometry_crop(&c->grid, box);
  roi->box = *box;
  roi->unit = c->settings->pyradiomics.normalise.enabled ? RC_UNIT_ARBITRARY : c->image->unit;
  roi->intensity = intensity;
  roi->morph = placed->value;
  roi->mask = mask;
  roi->n_morph = count(placed->value, n);
  return rc_pyradiomics_discretise(&c->settings->discretisation, c->type, intensity, mask, n,
                                   c->arena, &roi->texture, err);
}

rc_status rc_pyradiomics_prepare(const rc_volume *image, const rc_mask *mask,
                                 const rc_processing_settings *settings, int64_t max_voxels,
                                 rc_arena *arena, rc_roi *out, rc_error *err) {
  chain c = {.image = image, .settings = settings, .arena = arena};
  placed_mask placed = {.value = NULL};
  rc_box old_box = rc_mask_bounds(mask);
  rc_roi roi = {0};
  rc_status status = find_normal(&c, err);
  if (status == RC_OK)
    status = make_grid(&c, &old_box, max_voxels, err);
  if (status == RC_OK)
    status = make_mask(&c, mask, &old_box, &placed, err);
  if (status == RC_OK)
    status = check_mask(&c, &placed.found, count(placed.value, voxels_of(&placed.box)),
                        c.resampled ? "after interpolation" : "", err);
  if (status == RC_OK)
    status = fill_roi(&c, &placed, &roi, err);
  if (status == RC_OK)
    *out = roi;
  return status;
}

rc_status rc_pyradiomics_surroundings(const rc_volume *image,
                                      const rc_processing_settings *settings, const rc_roi *roi,
                                      const rc_surroundings_wish *wish, rc_arena *arena,
                                      rc_surroundings *out, rc_error *err) {
  chain c = {.image = image, .settings = settings, .arena = arena};
  rc_status status = find_normal(&c, err);
  if (status != RC_OK)
    return status;
  recall_grid(&c, roi);
  rc_box all = whole(&c.grid), frame = whole(&roi->grid);
  rc_box wanted = wish->around_mask ? frame : bounds(roi->mask, &frame);
  wanted = moved(&wanted, roi->box.low);
  wanted = intersect(&wanted, &all);
  rc_box box = spread(&wanted, &all, wish);
  const int64_t n = voxels_of(&box), back[3] = {-box.low[0], -box.low[1], -box.low[2]};
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the %lld voxels a filter looks at",
                   (long long)n);
  status = sample(&c, &box, NULL, value, err);
  if (status == RC_OK && refuse_not_finite(value, n, NULL) != RC_OK)
    status = rc_fail(err, RC_ERR_NUMERIC, "voxels that a filter looks at have no finite intensity");
  if (status == RC_OK)
    *out = (rc_surroundings){.grid = rc_geometry_crop(&c.grid, &box),
                             .value = value,
                             .wanted = moved(&wanted, back),
                             .box = box,
                             .type = c.type};
  return status;
}
