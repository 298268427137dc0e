// SPDX-License-Identifier: Apache-2.0
// Square, square root, logarithm and exponential of the intensities, scaled so that the largest
// magnitude in the image maps to itself: with m = max |x| over the whole image
//   square      (x / sqrt(m))^2
//   square root sign(x) sqrt(m |x|)
//   logarithm   sign(x) log(|x| + 1) m / log(m + 1)
//   exponential exp(x log(m) / m)
// as PyRadiomics defines them. An image that is zero everywhere has no scale; its square, root and
// logarithm are 0 then and its exponential 1.
#include "filters/registry.h"
#include "filters/settings.h"

#include <math.h>
#include <stddef.h>

/// What a map needs to know of the whole image.
typedef struct scale {
  double largest; ///< m
  double factor;  ///< of the map
} scale;

typedef struct map {
  double (*factor)(double largest);
  double (*value)(double x, const scale *s);
} map;

static double square_factor(double largest) {
  return 1.0 / sqrt(largest);
}

static double square_value(double x, const scale *s) {
  double root = s->factor * x;
  return root * root;
}

static double no_factor(double largest) {
  (void)largest;
  return 1.0;
}

static double square_root_value(double x, const scale *s) {
  return x < 0 ? -sqrt(-x * s->largest) : sqrt(x * s->largest);
}

static double logarithm_factor(double largest) {
  return largest / log(largest + 1.0);
}

static double logarithm_value(double x, const scale *s) {
  return (x < 0 ? -log(1.0 - x) : log(x + 1.0)) * s->factor;
}

static double exponential_factor(double largest) {
  return log(largest) / largest;
}

static double exponential_value(double x, const scale *s) {
  return exp(s->factor * x);
}

static double largest_magnitude(const rc_filter_image *image) {
  const int64_t n = rc_geometry_voxels(&image->grid);
  double largest = 0.0;
#pragma omp parallel for schedule(static) reduction(max : largest)
  for (int64_t i = 0; i < n; i++) {
    double magnitude = fabs(image->value[i]);
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest;
}

static void run(const map *m, const rc_filter_image *image, double *out) {
  const rc_box *box = &image->wanted;
  const int64_t *size = image->grid.size;
  scale s = {.largest = largest_magnitude(image)};
  if (s.largest > 0.0)
    s.factor = m->factor(s.largest);
#pragma omp parallel for schedule(static)
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++) {
      const int64_t row = size[0] * (y + size[1] * z);
      for (int64_t x = box->low[0]; x < box->high[0]; x++)
        out[row + x] = m->value(image->value[row + x], &s);
    }
}

static rc_status apply_map(const map *m, const rc_filter_image *image, rc_arena *arena,
                           rc_filter_take take, void *user, rc_error *err) {
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  double *out = NULL;
  rc_status status = rc_filter_response(image, arena, &out, err);
  if (status == RC_OK) {
    run(m, image, out);
    status = take(user, 0, out, err);
  }
  rc_arena_rewind(arena, mark);
  return status;
}

static rc_status support(const void *settings, const double spacing_mm[3], rc_filter_support *out,
                         rc_error *err) {
  (void)settings, (void)spacing_mm, (void)err;
  *out = (rc_filter_support){.whole = true};
  return RC_OK;
}

/// One map: its functions, and its descriptor in each profile.
#define POINTWISE(id, factor_of, shown_name, pyradiomics_label, what)                              \
  static const rc_param_table id##_table = {.name = #id, .help = what};                            \
  static const map id##_map = {factor_of, id##_value};                                             \
  static rc_status id##_apply(const void *settings, const rc_filter_image *image, rc_arena *arena, \
                              rc_filter_take take, void *user, rc_error *err) {                    \
    (void)settings;                                                                                \
    return apply_map(&id##_map, image, arena, take, user, err);                                    \
  }                                                                                                \
  static void id##_label(const void *settings, int64_t response, char *out, size_t capacity) {     \
    (void)settings, (void)response;                                                                \
    out[0] = '\0';                                                                                 \
    rc_filter_label_add(out, capacity, "%s", #id);                                                 \
  }                                                                                                \
  static void id##_pyradiomics_label(const void *settings, int64_t response, char *out,            \
                                     size_t capacity) {                                            \
    (void)settings, (void)response;                                                                \
    out[0] = '\0';                                                                                 \
    rc_filter_label_add(out, capacity, "%s", pyradiomics_label);                                   \
  }                                                                                                \
  const rc_filter rc_filter_##id = {.key = #id,                                                    \
                                    .name = shown_name,                                            \
                                    .ibsi = "",                                                    \
                                    .source = "PyRadiomics 3, imageoperations",                    \
                                    .profile = RC_PROFILE_IBSI,                                    \
                                    .params = &id##_table,                                         \
                                    .label = id##_label,                                           \
                                    .support = support,                                            \
                                    .apply = id##_apply};                                          \
  const rc_filter rc_filter_pyradiomics_##id = {.key = #id,                                        \
                                                .name = shown_name,                                \
                                                .ibsi = "",                                        \
                                                .source = "PyRadiomics 3, imageoperations",        \
                                                .profile = RC_PROFILE_PYRADIOMICS,                 \
                                                .params = &id##_table,                             \
                                                .label = id##_pyradiomics_label,                   \
                                                .support = support,                                \
                                                .apply = id##_apply};

POINTWISE(square, square_factor, "Square", "square",
          "(x / sqrt(m))^2, where m is the largest magnitude in the image.")
POINTWISE(square_root, no_factor, "Square root", "squareroot",
          "sign(x) sqrt(m |x|), where m is the largest magnitude in the image.")
POINTWISE(logarithm, logarithm_factor, "Logarithm", "logarithm",
          "sign(x) m log(|x| + 1) / log(m + 1), where m is the largest magnitude in the image.")
POINTWISE(exponential, exponential_factor, "Exponential", "exponential",
          "exp(x log(m) / m), where m is the largest magnitude in the image.")
