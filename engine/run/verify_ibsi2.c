// SPDX-License-Identifier: Apache-2.0
#include "run/verify.h"

#include "images/images.h"
#include "run/checks.h"
#include "run/transform.h"
#include "workflow/columns.h"

#include <math.h>
#include <string.h>

#define REFERENCE_BYTES (1 << 20)
#define MAP_TOLERANCE 0.01

/// A test of phase 1: the map is named after it, with '_' for '.'.
typedef struct map_test {
  const char *name, *phantom, *transform;
} map_test;

#define LAWS_A "filter: laws, kernels: E5L5S5, boundary: zero"
#define LAWS_B "filter: laws, kernels: E3W5R5"
#define LAWS_C "filter: laws, kernels: L5S5"
#define GABOR_A "filter: gabor, sigma: 10, lambda: 4, gamma: 0.5, boundary: zero"
#define GABOR_B "filter: gabor, sigma: 20, lambda: 8, gamma: 2.5"
#define DB2 "filter: separable_wavelet, wavelet: db2, bands: LHL, boundary: zero"
#define COIF1 "filter: separable_wavelet, wavelet: coif1, bands: HHL, boundary: periodic"
#define HAAR "filter: separable_wavelet, wavelet: haar, level: 2, rotations: true"
#define RIESZ_LOG "filter: laplacian_of_gaussian, sigma: 3, boundary: zero, padding: 0.25"

static const map_test maps[] = {
    {"1.a.1", "checkerboard", "{filter: mean, size: 15, boundary: zero}"},
    {"1.a.2", "checkerboard", "{filter: mean, size: 15, boundary: nearest}"},
    {"1.a.3", "checkerboard", "{filter: mean, size: 15, boundary: periodic}"},
    {"1.a.4", "checkerboard", "{filter: mean, size: 15, boundary: mirror}"},
    {"1.b.1", "impulse", "{filter: mean, size: 15, dimensions: 2, boundary: zero}"},
    {"2.a", "impulse", "{filter: laplacian_of_gaussian, sigma: 3, boundary: zero}"},
    {"2.b", "checkerboard", "{filter: laplacian_of_gaussian, sigma: 5}"},
    {"2.c", "checkerboard", "{filter: laplacian_of_gaussian, sigma: 5, dimensions: 2}"},
    {"3.a.1", "impulse", "{" LAWS_A "}"},
    {"3.a.2", "impulse", "{" LAWS_A ", rotations: true}"},
    {"3.a.3", "impulse", "{" LAWS_A ", rotations: true, energy: 7}"},
    {"3.b.1", "checkerboard", "{" LAWS_B "}"},
    {"3.b.2", "checkerboard", "{" LAWS_B ", rotations: true}"},
    {"3.b.3", "checkerboard", "{" LAWS_B ", rotations: true, energy: 7}"},
    {"3.c.1", "checkerboard", "{" LAWS_C "}"},
    {"3.c.2", "checkerboard", "{" LAWS_C ", rotations: true}"},
    {"3.c.3", "checkerboard", "{" LAWS_C ", rotations: true, energy: 7}"},
    {"4.a.1", "impulse", "{" GABOR_A ", theta: 60}"},
    {"4.a.2", "impulse", "{" GABOR_A ", step: 45, planes: true}"},
    {"4.b.1", "sphere", "{" GABOR_B ", theta: 225}"},
    {"4.b.2", "sphere", "{" GABOR_B ", step: 22.5, planes: true}"},
    {"5.a.1", "impulse", "{" DB2 "}"},
    {"5.a.2", "impulse", "{" DB2 ", rotations: true}"},
    {"6.a.1", "sphere", "{" COIF1 "}"},
    {"6.a.2", "sphere", "{" COIF1 ", rotations: true}"},
    {"7.a.1", "checkerboard", "{" HAAR ", bands: LLL}"},
    {"7.a.2", "checkerboard", "{" HAAR ", bands: HHH}"},
    {"8.a.1", "checkerboard", "{filter: nonseparable_wavelet, level: 1}"},
    {"8.a.2", "checkerboard", "{filter: nonseparable_wavelet, level: 2}"},
    {"8.a.3", "checkerboard", "{filter: nonseparable_wavelet, level: 3}"},
    {"9.a", "impulse", "{" RIESZ_LOG ", riesz: [1, 0, 0]}"},
    {"9.b.1", "sphere", "{" RIESZ_LOG ", riesz: [0, 2, 0]}"},
    {"10.b.1", "pattern_1",
     "{filter: nonseparable_wavelet, level: 1, riesz: [0, 2, 0], boundary: nearest, padding: "
     "0.25}"},
};

/// A configuration of phase 2: in slices natively (A), or in a volume of 1 mm voxels (B).
typedef struct configuration {
  const char *name;
  bool volume;
  const char *transform;
} configuration;

#define IN_SLICES "dimensions: 2"
#define GABOR "filter: gabor, sigma: 5, lambda: 2, gamma: 1.5, step: 22.5"

static const configuration configurations[] = {
    {"1.A", false, "original"},
    {"1.B", true, "original"},
    {"2.A", false, "{filter: mean, size: 5, " IN_SLICES "}"},
    {"2.B", true, "{filter: mean, size: 5}"},
    {"3.A", false, "{filter: laplacian_of_gaussian, sigma: 1.5, " IN_SLICES "}"},
    {"3.B", true, "{filter: laplacian_of_gaussian, sigma: 1.5}"},
    {"4.A", false, "{filter: laws, kernels: L5E5, rotations: true, energy: 7}"},
    {"4.B", true, "{filter: laws, kernels: L5E5E5, rotations: true, energy: 7}"},
    {"5.A", false, "{" GABOR "}"},
    {"5.B", true, "{" GABOR ", planes: true}"},
    {"6.A", false, "{filter: separable_wavelet, wavelet: db3, bands: LH, rotations: true}"},
    {"6.B", true, "{filter: separable_wavelet, wavelet: db3, bands: LLH, rotations: true}"},
    {"7.A", false,
     "{filter: separable_wavelet, wavelet: db3, bands: HH, level: 2, rotations: true}"},
    {"7.B", true,
     "{filter: separable_wavelet, wavelet: db3, bands: HHH, level: 2, rotations: true}"},
    {"8.A", false, "{filter: nonseparable_wavelet, level: 1, " IN_SLICES "}"},
    {"8.B", true, "{filter: nonseparable_wavelet, level: 1}"},
    {"9.A", false, "{filter: nonseparable_wavelet, level: 2, " IN_SLICES "}"},
    {"9.B", true, "{filter: nonseparable_wavelet, level: 2}"},
};

#define COUNT(table) ((int64_t)(sizeof(table) / sizeof(table)[0]))

static rc_status no_memory(rc_error *err) {
  return rc_fail(err, RC_ERR_MEMORY, "no memory");
}

/// An image entry with the defaults of a workflow and the statistics family alone.
static rc_status make_entry(rc_arena *arena, rc_image_entry *out, rc_error *err) {
  rc_status status = rc_processing_defaults(arena, &out->processing, err);
  if (status == RC_OK)
    status = rc_feature_settings_default(RC_PROFILE_IBSI, arena, &out->features, err);
  out->features.families = 0;
  for (int64_t i = 0; i < rc_n_families; i++)
    if (rc_families[i] == rc_family_find(RC_PROFILE_IBSI, "statistics"))
      out->features.families = UINT64_C(1) << i;
  return status;
}

static rc_status read_image(const char *data, const char *below, rc_arena *arena, rc_volume *out,
                            rc_error *err) {
  const rc_image_limits limits = rc_image_limits_default();
  const char *path = rc_arena_printf(arena, "%s/%s", data, below);
  return path == NULL ? no_memory(err) : rc_image_read(path, NULL, NULL, &limits, out, NULL, err);
}

// ---- phase 1 -----------------------------------------------------------------------------------

/// Compares a response with the map as it comes.
typedef struct comparison {
  const rc_volume *map;
  double worst; ///< largest difference over the map's range
} comparison;

static rc_status compare_response(void *user, int64_t response, const double *value,
                                  rc_error *err) {
  comparison *c = user;
  double low = INFINITY, high = -INFINITY, worst = 0;
  (void)response, (void)err;
  for (int64_t i = 0; i < rc_geometry_voxels(&c->map->geometry); i++) {
    low = fmin(low, c->map->value[i]);
    high = fmax(high, c->map->value[i]);
    worst = isnan(value[i]) ? INFINITY : fmax(worst, fabs(value[i] - c->map->value[i]));
  }
  c->worst = high > low ? worst / (high - low) : INFINITY;
  return RC_OK;
}

static const char *map_path(const char *name, rc_arena *arena) {
  char *path = rc_arena_printf(arena, "ibsi2/response_maps/%s.nii.gz", name);
  for (char *c = path == NULL ? NULL : path + strlen("ibsi2/response_maps/");
       c != NULL && strcmp(c, ".nii.gz") != 0; c++)
    *c = *c == '.' ? '_' : *c;
  return path;
}

static rc_status filter_phantom(const map_test *test, const rc_volume *image, const rc_volume *map,
                                rc_arena *arena, double *worst, rc_error *err) {
  rc_image_entry entry = {0};
  rc_transform transform;
  comparison c = {map, INFINITY};
  rc_status status = rc_geometry_match(&image->geometry, &map->geometry, 0.01, err);
  if (status == RC_OK)
    status = make_entry(arena, &entry, err);
  if (status == RC_OK)
    status = rc_transform_parse(test->transform, &entry, arena, &transform, err);
  if (status != RC_OK)
    return status;
  const int64_t *size = image->geometry.size;
  rc_filter_image all = {.grid = image->geometry,
                         .value = image->value,
                         .wanted = {{0, 0, 0}, {size[0], size[1], size[2]}}};
  status = transform.filter->apply(transform.settings, &all, arena, compare_response, &c, err);
  *worst = c.worst;
  return status;
}

static rc_status check_map(const char *data, const map_test *test, rc_arena *arena,
                           rc_checks *checks, rc_error *err) {
  rc_volume image = {0}, map = {0};
  rc_check check = {test->name, "response maps", "phase 1", 0, MAP_TOLERANCE, NAN, false};
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  const char *phantom =
      rc_arena_printf(arena, "ibsi2/digital_phantom/%s/image.nii.gz", test->phantom);
  const char *path = map_path(test->name, arena);
  rc_status status = phantom == NULL || path == NULL
                         ? no_memory(err)
                         : read_image(data, phantom, arena, &image, err);
  if (status == RC_OK)
    status = read_image(data, path, arena, &map, err);
  if (status == RC_OK)
    status = filter_phantom(test, &image, &map, arena, &check.value, err);
  check.passed = check.value <= MAP_TOLERANCE;
  rc_volume_release(&image);
  rc_volume_release(&map);
  rc_arena_rewind(arena, mark);
  if (status != RC_OK)
    return rc_error_context(err, "test %s", test->name);
  rc_checks_add(checks, &check);
  return RC_OK;
}

// ---- phase 2 -----------------------------------------------------------------------------------

/// The CT phantom, read once.
typedef struct phantom {
  rc_volume image;
  rc_mask mask;
} phantom;

static rc_status read_phantom(const char *data, rc_arena *arena, phantom *out, rc_error *err) {
  const rc_image_limits limits = rc_image_limits_default();
  const char *mask = rc_arena_printf(arena, "%s/ibsi1/ct_phantom/nifti/mask.nii.gz", data);
  rc_status status = mask == NULL ? no_memory(err)
                                  : read_image(data, "ibsi1/ct_phantom/nifti/image.nii.gz", arena,
                                               &out->image, err);
  if (status == RC_OK)
    status = rc_mask_read(mask, NULL, &out->image.geometry, &limits, &out->mask, err);
  return status;
}

/// Image processing of phase 2; intensities are rounded in A too, where the file has floats that
/// are not quite integers.
static void set_processing(bool volume, rc_processing_settings *p) {
  if (volume)
    p->interpolation.spacing_mm = (rc_reals){1, {1}};
  p->interpolation.image_method = RC_INTERP_CUBIC_SPLINE;
  p->interpolation.mask_method = RC_INTERP_LINEAR;
  p->interpolation.round = true;
  p->resegmentation.range = (rc_reals){2, {-1000, 400}};
}

/// The statistics of a configuration's one response: values in the order of the family's features.
static rc_status measure(const phantom *p, const configuration *c, rc_arena *arena,
                         const rc_entry_column **column, const double **value, int64_t *n,
                         rc_error *err) {
  char undefined[RC_UNDEFINED_TEXT];
  rc_image_entry entry = {0};
  rc_transform transform;
  rc_entry_column *columns = NULL;
  rc_roi roi;
  rc_status status = make_entry(arena, &entry, err);
  set_processing(c->volume, &entry.processing);
  if (status == RC_OK)
    status = rc_transform_parse(c->transform, &entry, arena, &transform, err);
  entry.transform = &transform;
  entry.n_transforms = 1;
  if (status == RC_OK)
    status = rc_entry_columns(&entry, arena, &columns, n, err);
  double *out = status == RC_OK ? rc_arena_alloc(arena, (size_t)*n, sizeof *out) : NULL;
  if (status == RC_OK && out == NULL)
    status = no_memory(err);
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  if (status == RC_OK)
    status = rc_roi_prepare(&p->image, &p->mask, &entry.processing, 0, arena, &roi, err);
  if (status == RC_OK)
    status = rc_transforms_run(&entry, &p->image, &roi, arena, out, undefined, err);
  rc_arena_rewind(arena, mark);
  for (int64_t i = 0; status == RC_OK && i < *n; i++)
    columns[i].name = columns[i].feature.name; // without the response's label
  *column = columns;
  *value = out;
  return status;
}

static double value_named(const rc_entry_column *column, const double *value, int64_t n,
                          const char *tag) {
  for (int64_t i = 0; i < n; i++)
    if (strcmp(column[i].name, tag) == 0)
      return value[i];
  return NAN;
}

/// The published values, with the columns that are read.
typedef struct consensus {
  const rc_frame *frame;
  const rc_column *filter, *tag, *value, *tolerance;
} consensus;

static rc_status read_consensus(const char *data, rc_arena *arena, consensus *out, rc_error *err) {
  rc_frame *frame = NULL;
  const char *path = rc_arena_printf(arena, "%s/ibsi2/reference_values.csv", data);
  if (path == NULL)
    return no_memory(err);
  rc_status status = rc_frame_read_csv(path, REFERENCE_BYTES, arena, &frame, err);
  if (status != RC_OK)
    return status;
  *out = (consensus){frame, rc_frame_find(frame, "filter_id"), rc_frame_find(frame, "feature_tag"),
                     rc_frame_find(frame, "consensus_value"), rc_frame_find(frame, "tolerance")};
  if (out->filter == NULL || out->tag == NULL || out->value == NULL || out->tolerance == NULL ||
      out->filter->type != RC_COLUMN_TEXT || out->tag->type != RC_COLUMN_TEXT ||
      out->value->type != RC_COLUMN_REAL || out->tolerance->type != RC_COLUMN_REAL)
    return rc_fail(err, RC_ERR_FORMAT, "%s: a column is missing or of another kind", path);
  return RC_OK;
}

static int64_t count_valued(const consensus *c) {
  int64_t n = 0;
  for (int64_t i = 0; i < c->frame->n_rows; i++)
    n += !isnan(c->value->real[i]);
  return n;
}

static void compare(const configuration *c, const consensus *published,
                    const rc_entry_column *column, const double *value, int64_t n,
                    rc_checks *checks) {
  for (int64_t i = 0; i < published->frame->n_rows; i++) {
    if (isnan(published->value->real[i]) || strcmp(published->filter->text[i], c->name) != 0)
      continue;
    rc_check check = {.tag = published->tag->text[i],
                      .set = c->volume ? "CT phantom, volume" : "CT phantom, slices",
                      .family = c->name,
                      .reference = published->value->real[i],
                      .tolerance = published->tolerance->real[i],
                      .value = value_named(column, value, n, published->tag->text[i])};
    check.passed = rc_verify_agrees(check.value, check.reference, check.tolerance, false);
    rc_checks_add(checks, &check);
  }
}

static rc_status check_statistics(const char *data, const consensus *published, rc_arena *arena,
                                  rc_checks *checks, rc_error *err) {
  phantom p = {0};
  const int64_t before = checks->n;
  rc_status status = read_phantom(data, arena, &p, err);
  for (int64_t i = 0; status == RC_OK && i < COUNT(configurations); i++) {
    const rc_entry_column *column = NULL;
    const double *value = NULL;
    int64_t n = 0;
    status = measure(&p, &configurations[i], arena, &column, &value, &n, err);
    if (status == RC_OK)
      compare(&configurations[i], published, column, value, n, checks);
    else
      rc_error_context(err, "configuration %s", configurations[i].name);
  }
  rc_volume_release(&p.image);
  rc_mask_release(&p.mask);
  if (status == RC_OK && checks->n - before != count_valued(published))
    status = rc_fail(err, RC_ERR_FORMAT, "reference_values.csv has configurations unknown here");
  return status;
}

rc_status rc_verify_ibsi2(const char *data, rc_arena *arena, rc_frame **out, rc_error *err) {
  rc_checks checks = {0};
  consensus published = {0};
  rc_status status = read_consensus(data, arena, &published, err);
  if (status == RC_OK)
    status = rc_checks_create(COUNT(maps) + count_valued(&published), arena, &checks, err);
  for (int64_t i = 0; status == RC_OK && i < COUNT(maps); i++)
    status = check_map(data, &maps[i], arena, &checks, err);
  if (status == RC_OK)
    status = check_statistics(data, &published, arena, &checks, err);
  *out = checks.frame;
  return status;
}
