// SPDX-License-Identifier: Apache-2.0
#include "processing/box.h"
#include "processing/discretise.h"
#include "processing/processing.h"
#include "processing/pyradiomics.h"
#include "processing/resample.h"

#include <math.h>
#include <string.h>

// The sphere of 1 cm^3 that the local-intensity features look at (IBSI-1 section 3.2).
#define PEAK_RADIUS_MM 6.2035049089940001
// Grids of image and mask may differ by this part of a voxel.
#define GRID_TOLERANCE 0.01
// What rounding may take from a partial volume that is the threshold itself.
#define PARTIAL_VOLUME_SLACK 1e-10

/// One call's inputs and the grids of its stages.
typedef struct chain {
  const rc_volume *image;
  const rc_mask *mask;
  const rc_processing_settings *settings;
  rc_arena *arena;
  rc_box old_box;     ///< of the mask, on the image's grid
  rc_axis_map map[3]; ///< from the image's grid to the new one
  rc_geometry grid;   ///< the whole new grid
  rc_box box;         ///< of the ROI's arrays, on the new grid; may reach outside it
} chain;

static rc_status too_large(const rc_geometry *grid, int64_t max_voxels, rc_error *err) {
  return rc_fail(err, RC_ERR_LIMIT,
                 "a grid of %lld x %lld x %lld voxels exceeds the limit of %lld voxels",
                 (long long)grid->size[0], (long long)grid->size[1], (long long)grid->size[2],
                 (long long)max_voxels);
}

static bool fits(const int64_t size[3], int64_t max_voxels) {
  int64_t most = max_voxels > 0 ? max_voxels : INT64_MAX;
  return size[0] <= most && size[1] <= most / size[0] && size[2] <= most / size[0] / size[1];
}

/// The new grid, its centre on that of the image.
static rc_status make_grid(chain *c, int64_t max_voxels, rc_error *err) {
  const rc_reals *spacing = &c->settings->interpolation.spacing_mm;
  const rc_geometry *old = &c->image->geometry;
  double first[3];
  c->grid = *old;
  for (int d = 0; d < 3; d++) {
    double wanted = old->spacing_mm[d];
    if (spacing->n == 1)
      wanted = spacing->value[0];
    else if (d < spacing->n)
      wanted = spacing->value[d];
    rc_status status = rc_axis_map_make(old->size[d], old->spacing_mm[d], wanted, &c->map[d], err);
    if (status != RC_OK)
      return status;
    c->grid.size[d] = c->map[d].n_out;
    if (!c->map[d].identity)
      c->grid.spacing_mm[d] = wanted;
    first[d] = rc_axis_position(&c->map[d], 0);
  }
  rc_geometry_to_world(old, first, c->grid.origin_mm);
  if (!fits(c->grid.size, max_voxels))
    return too_large(&c->grid, max_voxels, err);
  return RC_OK;
}

/// The part of the image that `box` of the new grid is made of.
static rc_box support(const chain *c, const rc_box *box, int method) {
  rc_box old;
  for (int d = 0; d < 3; d++)
    rc_axis_support(&c->map[d], method, box->low[d], box->high[d], &old.low[d], &old.high[d]);
  return old;
}

/// The mask on `box` of the new grid, 0 or 1, into the array `out` that holds box `outer`.
static rc_status sample_mask(const chain *c, const rc_box *box, const rc_box *outer, uint8_t *out,
                             rc_error *err) {
  const rc_interpolation_settings *s = &c->settings->interpolation;
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  rc_box old = support(c, box, s->mask_method), all = whole(&c->image->geometry);
  rc_status status = RC_OK;
  double *held = rc_arena_alloc(c->arena, (size_t)voxels_of(&old), sizeof *held);
  double *part = rc_arena_alloc(c->arena, (size_t)voxels_of(box), sizeof *part);
  if (held == NULL || part == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the mask");
    goto done;
  }
  double *to = held;
  for (int64_t z = old.low[2]; z < old.high[2]; z++)
    for (int64_t y = old.low[1]; y < old.high[1]; y++) {
      const uint8_t *from = c->mask->value + line_start(&all, &old, y, z);
      for (int64_t x = 0; x < extent(&old, 0); x++)
        *to++ = from[x] != 0;
    }
  status = rc_resample(held, &old, c->map, s->mask_method, box, c->arena, part, err);
  if (status != RC_OK)
    goto done;
  const double *value = part;
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++) {
      uint8_t *line = out + line_start(outer, box, y, z);
      for (int64_t x = 0; x < extent(box, 0); x++)
        line[x] = *value++ >= s->mask_threshold - PARTIAL_VOLUME_SLACK;
    }

done:
  rc_arena_rewind(c->arena, mark);
  return status;
}

/// Finds the mask on the new grid and the ROI's box: the mask's and the margin that roi.h promises.
static rc_status make_box(chain *c, int64_t max_voxels, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  rc_status status = RC_OK;
  rc_box near, found;
  for (int d = 0; d < 3; d++)
    rc_axis_cover(&c->map[d], c->old_box.low[d], c->old_box.high[d], 1, &near.low[d],
                  &near.high[d]);
  uint8_t *sampled = rc_arena_alloc(c->arena, (size_t)voxels_of(&near), sizeof *sampled);
  if (sampled == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the mask");
    goto done;
  }
  if (voxels_of(&near) > 0)
    status = sample_mask(c, &near, &near, sampled, err);
  if (status != RC_OK)
    goto done;
  found = bounds(sampled, &near);
  if (voxels_of(&found) == 0) {
    status = rc_fail(err, RC_ERR_EMPTY,
                     "no voxel of the ROI is left after interpolation: use a smaller spacing or a "
                     "lower mask_threshold");
    goto done;
  }
  rc_geometry size = c->grid;
  for (int d = 0; d < 3; d++) {
    double reach = floor(PEAK_RADIUS_MM / c->grid.spacing_mm[d]) + 1;
    int64_t margin = reach > INT32_MAX ? INT32_MAX : (int64_t)reach;
    c->box.low[d] = found.low[d] - margin;
    c->box.high[d] = found.high[d] + margin;
    size.size[d] = extent(&c->box, d);
  }
  // The margin may exceed the image, though not absurdly.
  if (!fits(size.size, max_voxels > INT64_MAX / 8 ? 0 : 8 * max_voxels))
    status = too_large(&size, max_voxels, err);

done:
  rc_arena_rewind(c->arena, mark);
  return status;
}

static rc_status not_held(rc_error *err) {
  return rc_fail(err, RC_ERR_INTERNAL, "a part of the image is needed that was not read");
}

/// What is not in memory must not be looked at.
static rc_status check_held(const chain *c, const rc_box *old, rc_error *err) {
  const rc_box inside = intersect(old, &c->image->held);
  return memcmp(&inside, old, sizeof inside) == 0 ? RC_OK : not_held(err);
}

static int64_t count_not_finite(const chain *c, const rc_box *old) {
  int64_t n = 0;
  for (int64_t z = old->low[2]; z < old->high[2]; z++)
    for (int64_t y = old->low[1]; y < old->high[1]; y++) {
      const double *line = c->image->value + line_start(&c->image->held, old, y, z);
      for (int64_t x = 0; x < extent(old, 0); x++)
        n += !isfinite(line[x]);
    }
  return n;
}

/// Intensities on `box` of the new grid (which lies inside it), rounded if asked.
static rc_status sample_image(const chain *c, const rc_box *box, double *out, rc_error *err) {
  const rc_interpolation_settings *s = &c->settings->interpolation;
  rc_box old = support(c, box, s->image_method);
  bool resampled = !(c->map[0].identity && c->map[1].identity && c->map[2].identity);
  rc_status status = check_held(c, &old, err);
  if (status != RC_OK)
    return status;
  if (resampled && s->image_method == RC_INTERP_CUBIC_SPLINE) {
    int64_t n = count_not_finite(c, &old);
    if (n > 0)
      return rc_fail(err, RC_ERR_NUMERIC,
                     "%lld voxels near the ROI have no finite intensity, which a cubic spline "
                     "would spread: use linear interpolation",
                     (long long)n);
  }
  status = rc_resample(c->image->value, &c->image->held, c->map, s->image_method, box, c->arena,
                       out, err);
  if (status != RC_OK || !s->round)
    return status;
  int64_t n = voxels_of(box);
  for (int64_t i = 0; i < n; i++)
    out[i] = rint(out[i]);
  return RC_OK;
}

/// Mean and extremes of the finite values, summed in order.
static void summarise_image(const double *value, int64_t n, rc_stage_facts *out) {
  double sum = 0;
  int64_t count = 0;
  out->image_min = out->image_max = out->image_mean = NAN;
  for (int64_t i = 0; i < n; i++) {
    if (!isfinite(value[i]))
      continue;
    out->image_min = count == 0 || value[i] < out->image_min ? value[i] : out->image_min;
    out->image_max = count == 0 || value[i] > out->image_max ? value[i] : out->image_max;
    sum += value[i];
    count++;
  }
  if (count > 0)
    out->image_mean = sum / (double)count;
}

static void set_grid_facts(const rc_geometry *grid, rc_stage_facts *out) {
  memcpy(out->image_size, grid->size, sizeof out->image_size);
  memcpy(out->spacing_mm, grid->spacing_mm, sizeof out->spacing_mm);
  out->image_mean = out->image_min = out->image_max = NAN;
}

static void set_mask_facts(const rc_box *frame, const uint8_t *morph, const uint8_t *mask,
                           const double *intensity, rc_stage_facts *out) {
  int64_t n = voxels_of(frame);
  rc_box morph_box = bounds(morph, frame), int_box = bounds(mask, frame);
  rc_intensity_summary summary = rc_intensity_summarise(intensity, mask, n);
  for (int d = 0; d < 3; d++) {
    out->morph_box[d] = extent(&morph_box, d);
    out->int_box[d] = extent(&int_box, d);
  }
  out->morph_voxels = 0;
  for (int64_t i = 0; i < n; i++)
    out->morph_voxels += morph[i];
  out->int_voxels = summary.n;
  out->int_mean = summary.mean;
  out->int_min = summary.low;
  out->int_max = summary.high;
}

/// Facts of the image and mask as they came.
static rc_status set_init_facts(const chain *c, rc_stage_facts *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  const rc_geometry *grid = &c->image->geometry;
  rc_box all = whole(grid);
  size_t n = (size_t)voxels_of(&c->old_box);
  rc_status status = check_held(c, &c->old_box, err);
  if (status != RC_OK)
    return status;
  uint8_t *morph = rc_arena_alloc(c->arena, n, sizeof *morph);
  uint8_t *finite = rc_arena_alloc(c->arena, n, sizeof *finite);
  double *intensity = rc_arena_alloc(c->arena, n, sizeof *intensity);
  if (morph == NULL || finite == NULL || intensity == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the ROI's voxels");
    goto done;
  }
  int64_t i = 0;
  for (int64_t z = c->old_box.low[2]; z < c->old_box.high[2]; z++)
    for (int64_t y = c->old_box.low[1]; y < c->old_box.high[1]; y++) {
      const uint8_t *inside = c->mask->value + line_start(&all, &c->old_box, y, z);
      const double *value = c->image->value + line_start(&c->image->held, &c->old_box, y, z);
      for (int64_t x = 0; x < extent(&c->old_box, 0); x++, i++) {
        morph[i] = inside[x] != 0;
        intensity[i] = value[x];
        finite[i] = morph[i] && isfinite(intensity[i]);
      }
    }
  set_grid_facts(grid, out);
  set_mask_facts(&c->old_box, morph, finite, intensity, out);
  if (c->settings->whole_image_facts)
    status = check_held(c, &all, err);
  if (c->settings->whole_image_facts && status == RC_OK)
    summarise_image(c->image->value, rc_geometry_voxels(grid), out);

done:
  rc_arena_rewind(c->arena, mark);
  return status;
}

/// Image facts of the new grid, for which all of it is interpolated.
static rc_status set_interp_image_facts(const chain *c, rc_stage_facts *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  rc_box all = whole(&c->grid);
  rc_status status = RC_OK;
  double *value = rc_arena_alloc(c->arena, (size_t)voxels_of(&all), sizeof *value);
  if (value == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the whole interpolated image");
  if (status == RC_OK)
    status = sample_image(c, &all, value, err);
  if (status == RC_OK)
    summarise_image(value, voxels_of(&all), out);
  rc_arena_rewind(c->arena, mark);
  return status;
}

/// The ROI's intensities: NaN outside the image.
static rc_status fill_intensity(const chain *c, double *out, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(c->arena);
  rc_box all = whole(&c->grid), inside = intersect(&c->box, &all);
  double *part = rc_arena_alloc(c->arena, (size_t)voxels_of(&inside), sizeof *part);
  rc_status status = RC_OK;
  if (part == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the ROI's intensities");
  if (status == RC_OK)
    status = sample_image(c, &inside, part, err);
  if (status == RC_OK) {
    int64_t n = voxels_of(&c->box);
    for (int64_t i = 0; i < n; i++)
      out[i] = NAN;
    const double *line = part;
    for (int64_t z = inside.low[2]; z < inside.high[2]; z++)
      for (int64_t y = inside.low[1]; y < inside.high[1]; y++, line += extent(&inside, 0))
        memcpy(out + line_start(&c->box, &inside, y, z), line,
               (size_t)extent(&inside, 0) * sizeof *out);
  }
  rc_arena_rewind(c->arena, mark);
  return status;
}

static rc_status fill_morph(const chain *c, uint8_t *out, rc_error *err) {
  rc_box all = whole(&c->grid), inside = intersect(&c->box, &all);
  return sample_mask(c, &inside, &c->box, out, err);
}

/// From the chosen grid to the finished ROI.
static rc_status fill_roi(const chain *c, rc_roi *roi, rc_error *err) {
  const rc_processing_settings *s = c->settings;
  int64_t n = voxels_of(&c->box);
  double *intensity = rc_arena_alloc(c->arena, (size_t)n, sizeof *intensity);
  uint8_t *morph = rc_arena_alloc(c->arena, (size_t)n, sizeof *morph);
  uint8_t *mask = rc_arena_alloc(c->arena, (size_t)n, sizeof *mask);
  if (intensity == NULL || morph == NULL || mask == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for an ROI of %lld voxels", (long long)n);
  rc_status status = fill_morph(c, morph, err);
  if (status == RC_OK)
    status = fill_intensity(c, intensity, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++) {
    intensity[i] = isfinite(intensity[i]) ? intensity[i] : NAN;
    mask[i] = morph[i] && !isnan(intensity[i]);
  }

  roi->grid = rc_geometry_crop(&c->grid, &c->box);
  roi->box = c->box;
  roi->image_grid = c->grid;
  roi->unit = c->image->unit;
  roi->intensity = intensity;
  roi->morph = morph;
  roi->mask = mask;
  set_grid_facts(&c->grid, &roi->interp);
  set_mask_facts(&c->box, morph, mask, intensity, &roi->interp);
  if (s->whole_image_facts)
    status = set_interp_image_facts(c, &roi->interp, err);
  if (status != RC_OK)
    return status;

  roi->n_mask = rc_resegment(&s->resegmentation, intensity, mask, n);
  roi->reseg = roi->interp;
  set_mask_facts(&c->box, morph, mask, intensity, &roi->reseg);
  roi->n_morph = roi->reseg.morph_voxels;
  const rc_reals *range = &s->resegmentation.range;
  status =
      rc_discretise(&s->discretisation, range, intensity, mask, n, c->arena, &roi->texture, err);
  if (status == RC_OK)
    status = rc_discretise(&s->ivh, range, intensity, mask, n, c->arena, &roi->ivh, err);
  return status;
}

/// The voxels that an axis' part of the ROI's box and of its surroundings may have.
static void widen(const chain *c, int d, const rc_surroundings_wish *wish, rc_box *box) {
  const double margin = floor(PEAK_RADIUS_MM / c->grid.spacing_mm[d]) + 1;
  const int64_t most = c->grid.size[d], reach = wish->reach[d] < most ? wish->reach[d] : most;
  const int64_t by = (margin < (double)most ? (int64_t)margin : most) + reach;
  box->low[d] = box->low[d] > by ? box->low[d] - by : 0;
  box->high[d] = box->high[d] < most - by ? box->high[d] + by : most;
}

rc_status rc_processing_extent(const rc_geometry *image, const rc_box *mask,
                               const rc_processing_settings *settings,
                               const rc_surroundings_wish *wish, rc_box *out, rc_error *err) {
  const rc_volume nothing = {.geometry = *image};
  chain c = {.image = &nothing, .settings = settings};
  *out = whole(image);
  if (settings->profile == RC_PROFILE_PYRADIOMICS || settings->whole_image_facts || wish->whole ||
      wish->wraps || voxels_of(mask) == 0)
    return RC_OK;
  rc_status status = make_grid(&c, 0, err);
  if (status != RC_OK)
    return status;
  rc_box box;
  for (int d = 0; d < 3; d++) {
    rc_axis_cover(&c.map[d], mask->low[d], mask->high[d], 1, &box.low[d], &box.high[d]);
    widen(&c, d, wish, &box);
  }
  const rc_box old = support(&c, &box, settings->interpolation.image_method);
  for (int d = 0; d < 3; d++) {
    out->low[d] = old.low[d] < mask->low[d] ? old.low[d] : mask->low[d];
    out->high[d] = old.high[d] > mask->high[d] ? old.high[d] : mask->high[d];
  }
  return RC_OK;
}

rc_status rc_roi_prepare(const rc_volume *image, const rc_mask *mask,
                         const rc_processing_settings *settings, int64_t max_voxels,
                         rc_arena *arena, rc_roi *out, rc_error *err) {
  chain c = {.image = image, .mask = mask, .settings = settings, .arena = arena};
  rc_roi roi = {0};
  rc_status status = rc_processing_check(settings, err);
  if (status != RC_OK)
    return status;
  status = rc_geometry_match(&image->geometry, &mask->geometry, GRID_TOLERANCE, err);
  if (status != RC_OK)
    return rc_error_context(err, "image and mask");
  c.old_box = rc_mask_bounds(mask);
  if (voxels_of(&c.old_box) == 0)
    return rc_fail(err, RC_ERR_EMPTY, "the mask is empty");
  if (settings->profile == RC_PROFILE_PYRADIOMICS && !rc_volume_is_whole(image))
    return not_held(err);
  if (settings->profile == RC_PROFILE_PYRADIOMICS)
    return rc_pyradiomics_prepare(image, mask, settings, max_voxels, arena, out, err);
  status = make_grid(&c, max_voxels, err);
  if (status == RC_OK)
    status = make_box(&c, max_voxels, err);
  if (status == RC_OK)
    status = set_init_facts(&c, &roi.init, err);
  if (status == RC_OK)
    status = fill_roi(&c, &roi, err);
  if (status == RC_OK)
    *out = roi;
  return status;
}

// --- responses of filters ----------------------------------------------------------------------

rc_status rc_roi_surroundings(const rc_volume *image, const rc_processing_settings *settings,
                              const rc_roi *roi, const rc_surroundings_wish *wish, rc_arena *arena,
                              rc_surroundings *out, rc_error *err) {
  if (settings->profile == RC_PROFILE_PYRADIOMICS && !rc_volume_is_whole(image))
    return not_held(err);
  if (settings->profile == RC_PROFILE_PYRADIOMICS)
    return rc_pyradiomics_surroundings(image, settings, roi, wish, arena, out, err);
  chain c = {.image = image, .settings = settings, .arena = arena};
  rc_status status = make_grid(&c, 0, err);
  if (status != RC_OK)
    return status;
  rc_box all = whole(&c.grid), frame = whole(&roi->grid);
  rc_box wanted = wish->around_mask ? frame : bounds(roi->morph, &frame);
  wanted = moved(&wanted, roi->box.low);
  wanted = intersect(&wanted, &all);
  rc_box box = spread(&wanted, &all, wish);
  int64_t n = voxels_of(&box), bad = 0;
  double *value = rc_arena_alloc(arena, (size_t)n, sizeof *value);
  if (value == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the %lld voxels a filter looks at",
                   (long long)n);
  status = sample_image(&c, &box, value, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++)
    bad += !isfinite(value[i]);
  if (bad > 0)
    return rc_fail(err, RC_ERR_NUMERIC,
                   "%lld voxels that a filter looks at have no finite intensity", (long long)bad);
  const int64_t back[3] = {-box.low[0], -box.low[1], -box.low[2]};
  *out = (rc_surroundings){.grid = rc_geometry_crop(&c.grid, &box),
                           .value = value,
                           .wanted = moved(&wanted, back),
                           .box = box,
                           .type = image->type};
  return RC_OK;
}

/// Fills the ROI's arrays from a response: NaN where it is not wanted or not finite, which takes a
/// voxel from the mask. Returns the number of voxels left.
static int64_t place_response(const rc_roi *base, const rc_surroundings *around,
                              const double *response, double *intensity, uint8_t *mask) {
  const rc_box frame = base->box, wanted = moved(&around->wanted, around->box.low);
  const int64_t rows = extent(&frame, 1) * extent(&frame, 2), width = extent(&frame, 0);
  const int64_t first = wanted.low[0] - frame.low[0], end = wanted.high[0] - frame.low[0];
  int64_t left = 0;
#pragma omp parallel for schedule(static) reduction(+ : left)
  for (int64_t r = 0; r < rows; r++) {
    const int64_t y = frame.low[1] + r % extent(&frame, 1),
                  z = frame.low[2] + r / extent(&frame, 1);
    const bool used =
        y >= wanted.low[1] && y < wanted.high[1] && z >= wanted.low[2] && z < wanted.high[2];
    double *row = intensity + r * width;
    for (int64_t x = 0; x < (used ? first : width); x++)
      row[x] = NAN;
    if (!used)
      continue; // the mask is zero as it comes
    const double *from = response + line_start(&around->box, &wanted, y, z);
    for (int64_t x = first; x < end; x++) {
      const bool finite = isfinite(from[x - first]);
      row[x] = finite ? from[x - first] : NAN;
      mask[r * width + x] = base->mask[r * width + x] && finite;
      left += mask[r * width + x];
    }
    for (int64_t x = end; x < width; x++)
      row[x] = NAN;
  }
  return left;
}

rc_status rc_roi_of_response(const rc_roi *base, const rc_surroundings *around,
                             const double *response, const rc_discretisation_settings *levels,
                             const rc_discretisation_settings *ivh, rc_arena *arena, rc_roi *out,
                             rc_error *err) {
  const rc_reals no_range = {0};
  int64_t n = voxels_of(&base->box);
  double *intensity = rc_arena_alloc(arena, (size_t)n, sizeof *intensity);
  uint8_t *mask = rc_arena_alloc(arena, (size_t)n, sizeof *mask);
  if (intensity == NULL || mask == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for an ROI of %lld voxels", (long long)n);
  rc_roi roi = *base;
  roi.n_mask = place_response(base, around, response, intensity, mask);
  roi.unit = RC_UNIT_ARBITRARY;
  roi.intensity = intensity;
  roi.mask = mask;
  rc_status status = rc_discretise(levels, &no_range, intensity, mask, n, arena, &roi.texture, err);
  if (status == RC_OK)
    status = rc_discretise(ivh, &no_range, intensity, mask, n, arena, &roi.ivh, err);
  if (status == RC_OK)
    *out = roi;
  return status;
}

// Bytes a voxel: the decoded image and mask; the ROI's intensities, two masks and two sets of
// levels; what the hungriest family takes beside them, as measured on regions of 10^5 to 5 * 10^7
// voxels and 32 to 65,000 levels, and more for the transforms of smaller regions, which are made at
// once.
#define IMAGE_BYTES 9
#define ROI_BYTES 14
#define FAMILY_BYTES 48
#define TRANSFORM_BYTES 24
#define TRANSFORM_VOXELS 1e6

size_t rc_processing_bytes(int64_t image_voxels, int64_t box_voxels) {
  // Interpolation reads up to 30 voxels around the box, whose voxels may be twice the image's, and
  // holds its input and three passes.
  double image = (double)image_voxels, box = (double)box_voxels;
  double read = fmin(image, 8 * pow(cbrt(box) + 60, 3));
  double family = FAMILY_BYTES * box + TRANSFORM_BYTES * fmin(box, TRANSFORM_VOXELS);
  double scratch = fmax(2 * sizeof(double) * (read + box), family);
  double bytes = IMAGE_BYTES * image + ROI_BYTES * box + scratch;
  return bytes < (double)(SIZE_MAX / 2) ? (size_t)bytes : SIZE_MAX / 2;
}
