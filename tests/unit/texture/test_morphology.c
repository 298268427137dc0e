// SPDX-License-Identifier: Apache-2.0
// Morphology: against the IBSI-1 reference values, closed forms and brute force.
#include "roi.h"
#include "support.h"

#include "base/arena.h"
#include "texture/autocorrelation.h"
#include "texture/hull.h"
#include "texture/mesh.h"
#include "texture/registry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979324;

#define MAX_FEATURES 64

/// A region's morphology, by tag.
typedef struct result {
  double value[MAX_FEATURES];
  const char *undefined;
} result;

static result measure(const test_roi *region) {
  result out = {{0}, NULL};
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  assert_true(rc_family_morphology.n_features <= MAX_FEATURES);
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
    out.value[f] = NAN;
  rc_family_output output = {out.value, NULL};
  rc_status status = rc_family_morphology.compute(&region->roi, NULL, RC_AGG_BIT(RC_AGG_NONE),
                                                  arena, &output, &err);
  if (status != RC_OK)
    fail_msg("%s", err.message);
  out.undefined = output.undefined;
  rc_arena_destroy(arena);
  return out;
}

static int64_t feature_index(const char *tag) {
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
    if (strcmp(rc_family_morphology.feature[f].tag, tag) == 0)
      return f;
  fail_msg("no feature %s", tag);
  return -1;
}

static double get(const result *r, const char *tag) {
  return r->value[feature_index(tag)];
}

/// A region from a rule on voxel indices; intensity varies with position.
typedef bool (*rule)(double x, double y, double z, const double *parameter);

static test_roi *region_where(rule inside, const double *parameter, const int64_t size[3],
                              const double spacing_mm[3]) {
  int64_t n = size[0] * size[1] * size[2], i = 0;
  double *intensity = calloc((size_t)n, sizeof *intensity);
  uint8_t *mask = calloc((size_t)n, 1);
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++)
      for (int64_t x = 0; x < size[0]; x++, i++) {
        double at[3] = {(double)x, (double)y, (double)z};
        for (int d = 0; d < 3; d++)
          at[d] = (at[d] - 0.5 * (double)(size[d] - 1)) * spacing_mm[d];
        intensity[i] = 10.0 + (double)(x + 2 * y) + sin((double)z);
        mask[i] = inside(at[0], at[1], at[2], parameter);
      }
  test_roi *region = test_roi_create(size, spacing_mm, intensity, mask, NULL, NULL);
  free(intensity);
  free(mask);
  return region;
}

static bool in_ellipsoid(double x, double y, double z, const double *axis) {
  x /= axis[0];
  y /= axis[1];
  z /= axis[2];
  return x * x + y * y + z * z <= 1.0;
}

static bool everywhere(double x, double y, double z, const double *unused) {
  (void)x;
  (void)y;
  (void)z;
  (void)unused;
  return true;
}

/// A bar of 40 x 12 x 8 mm turned by 30 degrees around z and then 20 around x.
static bool in_turned_bar(double x, double y, double z, const double *unused) {
  (void)unused;
  double c = cos(pi / 6.0), s = sin(pi / 6.0), c2 = cos(pi / 9.0), s2 = sin(pi / 9.0);
  double y1 = c2 * y + s2 * z, z1 = -s2 * y + c2 * z;
  double u = c * x + s * y1, v = -s * x + c * y1;
  return fabs(u) <= 20.0 && fabs(v) <= 6.0 && fabs(z1) <= 4.0;
}

// --- outside truth -----------------------------------------------------------------------------

static void agrees_with_ibsi_on_the_phantom(void **state) {
  (void)state;
  static const struct {
    const char *tag;
    double value, tolerance;
  } reference[] = {
      {"morph_volume", 556, 4},
      {"morph_vol_approx", 592, 4},
      {"morph_area_mesh", 388, 3},
      {"morph_av", 0.698, 0.004},
      {"morph_comp_1", 0.0411, 0.0003},
      {"morph_comp_2", 0.599, 0.004},
      {"morph_sph_dispr", 1.19, 0.01},
      {"morph_sphericity", 0.843, 0.005},
      {"morph_asphericity", 0.186, 0.001},
      {"morph_com", 0.672, 0.004},
      {"morph_diam", 13.1, 0.1},
      {"morph_pca_maj_axis", 11.4, 0.1},
      {"morph_pca_min_axis", 9.31, 0.06},
      {"morph_pca_least_axis", 8.54, 0.05},
      {"morph_pca_elongation", 0.816, 0.005},
      {"morph_pca_flatness", 0.749, 0.005},
      {"morph_vol_dens_aabb", 0.869, 0.005},
      {"morph_area_dens_aabb", 0.866, 0.005},
      {"morph_vol_dens_aee", 1.17, 0.01},
      {"morph_area_dens_aee", 1.36, 0.01},
      {"morph_vol_dens_conv_hull", 0.961, 0.006},
      {"morph_area_dens_conv_hull", 1.03, 0.01},
      {"morph_integ_int", 1200, 10},
      {"morph_moran_i", 0.0397, 0.0003},
      {"morph_geary_c", 0.974, 0.006},
  };
  test_roi *phantom = test_roi_phantom();
  result r = measure(phantom);
  for (size_t i = 0; i < sizeof reference / sizeof reference[0]; i++)
    test_near(get(&r, reference[i].tag), reference[i].value, reference[i].tolerance, 0.0,
              reference[i].tag, __FILE__, __LINE__);
  assert_null(r.undefined);
  // No reference, but a box cannot be larger than the aligned one, nor anything smaller than the
  // hull.
  assert_true(get(&r, "morph_vol_dens_ombb") >= get(&r, "morph_vol_dens_aabb") * (1 - 1e-12));
  assert_true(get(&r, "morph_vol_dens_ombb") <= get(&r, "morph_vol_dens_conv_hull"));
  assert_true(get(&r, "morph_vol_dens_mvee") <= get(&r, "morph_vol_dens_conv_hull"));
  test_roi_destroy(phantom);
}

// --- the mesh ----------------------------------------------------------------------------------

/// Calls `visit` with every triangle of a region's mesh, corners in half voxels of the grid.
static void each_triangle(const test_roi *region, void (*visit)(const rc_half_point[3], void *),
                          void *context) {
  const int64_t *size = region->roi.grid.size;
  for (int64_t z = 0; z + 1 < size[2]; z++)
    for (int64_t y = 0; y + 1 < size[1]; y++)
      for (int64_t x = 0; x + 1 < size[0]; x++) {
        int corners = 0;
        for (int b = 0; b < 8; b++)
          corners |=
              region->morph[x + (b >> 2) + size[0] * (y + (b & 1) + size[1] * (z + (b >> 1 & 1)))]
              << b;
        rc_half_point triangle[RC_MESH_MAX_TRIANGLES][3];
        int n = rc_mesh_cube(corners, triangle);
        for (int t = 0; t < n; t++) {
          for (int k = 0; k < 3; k++) {
            triangle[t][k].at[0] += (int32_t)(2 * x);
            triangle[t][k].at[1] += (int32_t)(2 * y);
            triangle[t][k].at[2] += (int32_t)(2 * z);
          }
          visit(triangle[t], context);
        }
      }
}

typedef struct edge {
  rc_half_point a, b; ///< a before b
  int way;            ///< +1: from a to b
} edge;

typedef struct mesh_facts {
  double spacing_mm[3], volume, area;
  edge *edge;
  rc_half_point *point;
  int64_t n_edges, n_points, capacity;
} mesh_facts;

static int compare_half_points(const void *a, const void *b) {
  return memcmp(a, b, sizeof(rc_half_point));
}

static void add_triangle(const rc_half_point t[3], void *context) {
  mesh_facts *m = context;
  double p[3][3], u[3], v[3];
  for (int k = 0; k < 9; k++)
    p[k / 3][k % 3] = 0.5 * t[k / 3].at[k % 3] * m->spacing_mm[k % 3];
  for (int d = 0; d < 3; d++) {
    u[d] = p[1][d] - p[0][d];
    v[d] = p[2][d] - p[0][d];
  }
  double n[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
  m->area += 0.5 * sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  m->volume += (p[0][0] * n[0] + p[0][1] * n[1] + p[0][2] * n[2]) / 6.0;
  if (m->n_points + 3 > m->capacity) {
    m->capacity = 2 * m->capacity + 300;
    m->edge = realloc(m->edge, (size_t)m->capacity * sizeof *m->edge);
    m->point = realloc(m->point, (size_t)m->capacity * sizeof *m->point);
    assert_true(m->edge != NULL && m->point != NULL);
  }
  for (int k = 0; k < 3; k++) {
    rc_half_point a = t[k], b = t[(k + 1) % 3];
    bool forward = compare_half_points(&a, &b) < 0;
    m->edge[m->n_edges++] = forward ? (edge){a, b, 1} : (edge){b, a, -1};
    m->point[m->n_points++] = a;
  }
}

static int compare_edges(const void *a, const void *b) {
  const edge *p = a, *q = b;
  int order = compare_half_points(&p->a, &q->a);
  return order != 0 ? order : compare_half_points(&p->b, &q->b);
}

static mesh_facts mesh_of(const test_roi *region) {
  mesh_facts m = {{0}, 0, 0, NULL, NULL, 0, 0, 0};
  memcpy(m.spacing_mm, region->roi.grid.spacing_mm, sizeof m.spacing_mm);
  each_triangle(region, add_triangle, &m);
  return m;
}

static void free_mesh(mesh_facts *m) {
  free(m->edge);
  free(m->point);
}

static void surface_is_closed(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 8; seed++) {
    test_roi *region = test_roi_random((int64_t[]){9, 8, 7}, (double[]){0.9, 1.3, 2.1}, 8, seed);
    mesh_facts m = mesh_of(region);
    qsort(m.edge, (size_t)m.n_edges, sizeof *m.edge, compare_edges);
    for (int64_t i = 0; i < m.n_edges;) {
      int balance = 0;
      int64_t j = i;
      for (; j < m.n_edges && compare_edges(&m.edge[i], &m.edge[j]) == 0; j++)
        balance += m.edge[j].way;
      assert_int_equal(balance, 0); // as often one way as the other
      i = j;
    }
    result r = measure(region);
    assert_near(get(&r, "morph_volume"), m.volume, 0.0, 1e-12);
    assert_near(get(&r, "morph_area_mesh"), m.area, 0.0, 1e-12);
    free_mesh(&m);
    test_roi_destroy(region);
  }
}

static void outline_holds_the_whole_hull(void **state) {
  (void)state;
  for (uint64_t seed = 20; seed < 26; seed++) {
    test_roi *region = test_roi_random((int64_t[]){11, 6, 9}, (double[]){1.0, 1.5, 0.7}, 8, seed);
    const rc_geometry *grid = &region->roi.grid;
    // Thin it out so that its hull is irregular.
    for (int64_t i = 0, k = 0; i < rc_geometry_voxels(grid); i++)
      if (region->morph[i] && k++ % 7 != 0)
        region->morph[i] = region->mask[i] = 0;
    test_roi_recount(region);
    mesh_facts m = mesh_of(region);
    rc_arena *arena = rc_arena_create(0);
    rc_error err = RC_ERROR_INIT;
    rc_hull all;
    double volume, area, far = 0.0;
    assert_int_equal(rc_hull_create(m.point, m.n_points, grid->spacing_mm, arena, &all, &err),
                     RC_OK);
    rc_hull_measure(&all, &volume, &area);
    for (int64_t i = 0; i < m.n_points; i++)
      for (int64_t j = 0; j < i; j++) {
        double square = 0.0;
        for (int d = 0; d < 3; d++) {
          double step = 0.5 * (m.point[i].at[d] - m.point[j].at[d]) * grid->spacing_mm[d];
          square += step * step;
        }
        far = fmax(far, sqrt(square));
      }
    result r = measure(region);
    assert_near(get(&r, "morph_volume") / get(&r, "morph_vol_dens_conv_hull"), volume, 0, 1e-12);
    assert_near(get(&r, "morph_area_mesh") / get(&r, "morph_area_dens_conv_hull"), area, 0, 1e-12);
    assert_near(get(&r, "morph_diam"), far, 0.0, 1e-12);
    rc_arena_destroy(arena);
    free_mesh(&m);
    test_roi_destroy(region);
  }
}

// --- closed forms ------------------------------------------------------------------------------

static void matches_closed_forms_of_a_cuboid(void **state) {
  (void)state;
  const int64_t n[3] = {9, 5, 4};
  const double s[3] = {1.5, 2.0, 0.75};
  test_roi *region = region_where(everywhere, NULL, n, s);
  result r = measure(region);
  // Marching cubes cut the edges and corners of a cuboid.
  double a = (double)n[0] - 1, b = (double)n[1] - 1, c = (double)n[2] - 1,
         cell = s[0] * s[1] * s[2];
  double volume = (a * b * c + a * b + b * c + c * a + (a + b + c) / 2.0 + 1.0 / 6.0) * cell;
  double box[3], variance[3], far = 0.0;
  for (int d = 0; d < 3; d++) {
    box[d] = (double)n[d] * s[d];
    variance[d] = ((double)(n[d] * n[d]) - 1.0) / 12.0 * s[d] * s[d] * 180.0 / 179.0;
    double square = 0.0; // between opposite ends of two faces
    for (int e = 0; e < 3; e++) {
      double side = (double)(n[e] - (e != d)) * s[e];
      square += side * side;
    }
    far = fmax(far, sqrt(square));
  }
  assert_near(get(&r, "morph_volume"), volume, 0.0, 1e-12);
  assert_near(get(&r, "morph_vol_approx"), 180.0 * cell, 0.0, 1e-12);
  assert_near(get(&r, "morph_vol_dens_aabb"), volume / (box[0] * box[1] * box[2]), 0.0, 1e-12);
  assert_near(get(&r, "morph_area_mesh") / get(&r, "morph_area_dens_aabb"),
              2.0 * (box[0] * box[1] + box[1] * box[2] + box[2] * box[0]), 0.0, 1e-12);
  assert_near(get(&r, "morph_vol_dens_conv_hull"), 1.0, 0.0, 1e-12);
  assert_near(get(&r, "morph_area_dens_conv_hull"), 1.0, 0.0, 1e-12);
  assert_near(get(&r, "morph_diam"), far, 0.0, 1e-12);
  assert_near(get(&r, "morph_pca_maj_axis"), 4.0 * sqrt(variance[0]), 0.0, 1e-12);
  assert_near(get(&r, "morph_pca_min_axis"), 4.0 * sqrt(variance[1]), 0.0, 1e-12);
  assert_near(get(&r, "morph_pca_least_axis"), 4.0 * sqrt(variance[2]), 0.0, 1e-12);
  test_roi_destroy(region);
}

static void ellipsoid_area_matches_the_sum_of_its_series(void **state) {
  (void)state;
  // Square across, so the two short principal axes are equal and every Legendre polynomial is 1.
  test_roi *region =
      region_where(everywhere, NULL, (int64_t[]){8, 5, 5}, (double[]){1.0, 1.0, 1.0});
  result r = measure(region);
  double a = 0.5 * get(&r, "morph_pca_maj_axis"), b = 0.5 * get(&r, "morph_pca_min_axis");
  double e = sqrt(1.0 - b * b / (a * a));
  double area = 2.0 * pi * a * b * (1.0 + (1.0 - e * e) / e * atanh(e));
  // The series stops at order 20.
  assert_near(get(&r, "morph_area_mesh") / get(&r, "morph_area_dens_aee"), area, 0.0, 1e-6);
  assert_near(get(&r, "morph_volume") / get(&r, "morph_vol_dens_aee"), 4.0 / 3.0 * pi * a * b * b,
              0.0, 1e-12);
  test_roi_destroy(region);

  region = region_where(everywhere, NULL, (int64_t[]){6, 6, 6}, (double[]){1.0, 1.0, 1.0});
  r = measure(region);
  a = 0.5 * get(&r, "morph_pca_maj_axis");
  assert_near(get(&r, "morph_area_mesh") / get(&r, "morph_area_dens_aee"), 4.0 * pi * a * a, 0.0,
              1e-12);
  test_roi_destroy(region);
}

static void approaches_an_ellipsoid(void **state) {
  (void)state;
  const double axis[3] = {24.0, 18.0, 12.0}, spacing[3] = {1.0, 0.8, 1.25};
  test_roi *region = region_where(in_ellipsoid, axis, (int64_t[]){53, 51, 23}, spacing);
  result r = measure(region);
  double volume = 4.0 / 3.0 * pi * axis[0] * axis[1] * axis[2];
  assert_near(get(&r, "morph_volume"), volume, 0.0, 0.01);
  assert_near(get(&r, "morph_pca_maj_axis"), 4.0 / sqrt(5.0) * axis[0], 0.0, 0.01);
  assert_near(get(&r, "morph_pca_min_axis"), 4.0 / sqrt(5.0) * axis[1], 0.0, 0.01);
  assert_near(get(&r, "morph_pca_least_axis"), 4.0 / sqrt(5.0) * axis[2], 0.0, 0.01);
  assert_near(get(&r, "morph_diam"), 2.0 * axis[0], 0.0, 0.04);
  assert_near(get(&r, "morph_vol_dens_mvee"), 1.0, 0.1, 0.0);
  assert_near(get(&r, "morph_vol_dens_aabb"), pi / 6.0, 0.0, 0.08);
  assert_near(get(&r, "morph_vol_dens_conv_hull"), 1.0, 0.06, 0.0);
  test_roi_destroy(region);
}

static void finds_the_box_of_a_turned_bar(void **state) {
  (void)state;
  test_roi *region =
      region_where(in_turned_bar, NULL, (int64_t[]){45, 41, 31}, (double[]){1.0, 1.0, 1.0});
  result r = measure(region);
  double box = get(&r, "morph_volume") / get(&r, "morph_vol_dens_ombb");
  assert_near(box, 40.0 * 12.0 * 8.0, 0.0, 0.2);
  assert_true(get(&r, "morph_vol_dens_ombb") > 2.0 * get(&r, "morph_vol_dens_aabb"));
  test_roi_destroy(region);
}

static void hull_measures_known_solids(void **state) {
  (void)state;
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_hull hull;
  rc_hull_box_size box;
  double volume, area, axis[3];
  rc_half_point corner[9];
  for (int i = 0; i < 8; i++)
    corner[i] = (rc_half_point){{i & 1 ? 12 : 0, i & 2 ? 6 : 0, i & 4 ? 10 : 0}};
  corner[8] = (rc_half_point){{4, 3, 5}}; // inside
  assert_int_equal(rc_hull_create(corner, 9, (double[]){1.0, 1.0, 0.4}, arena, &hull, &err), RC_OK);
  rc_hull_measure(&hull, &volume, &area); // 6 x 3 x 2 mm
  assert_int_equal(hull.n_vertices, 8);
  assert_near(volume, 36.0, 0.0, 1e-14);
  assert_near(area, 72.0, 0.0, 1e-14);
  assert_near(rc_hull_diameter(&hull), 7.0, 0.0, 1e-14);
  assert_int_equal(rc_hull_oriented_box(&hull, arena, &box, &err), RC_OK);
  assert_near(rc_hull_box_volume(&box), 36.0, 0.0, 1e-12);
  assert_near(rc_hull_box_area(&box), 72.0, 0.0, 1e-12);
  assert_int_equal(rc_hull_ellipsoid(&hull, arena, axis, &err), RC_OK);
  assert_near(axis[0], 3.0 * sqrt(3.0), 0.0, 1e-6);
  assert_near(axis[1], 1.5 * sqrt(3.0), 0.0, 1e-6);
  assert_near(axis[2], 1.0 * sqrt(3.0), 0.0, 1e-6);

  // Every other corner of a cube of 10 mm: a regular tetrahedron, whose ellipsoid is its sphere and
  // whose smallest box is the cube, with no face flush.
  const rc_half_point tetrahedron[4] = {{{0, 0, 0}}, {{20, 20, 0}}, {{20, 0, 20}}, {{0, 20, 20}}};
  assert_int_equal(rc_hull_create(tetrahedron, 4, (double[]){1, 1, 1}, arena, &hull, &err), RC_OK);
  rc_hull_measure(&hull, &volume, &area);
  assert_near(volume, 1000.0 / 3.0, 0.0, 1e-14);
  assert_int_equal(rc_hull_ellipsoid(&hull, arena, axis, &err), RC_OK);
  for (int d = 0; d < 3; d++)
    assert_near(axis[d], 5.0 * sqrt(3.0), 0.0, 1e-6);
  assert_int_equal(rc_hull_oriented_box(&hull, arena, &box, &err), RC_OK);
  assert_true(rc_hull_box_volume(&box) <= 1000.0 * (1 + 1e-12));

  const rc_half_point flat[4] = {{{0, 0, 0}}, {{2, 0, 0}}, {{0, 2, 0}}, {{2, 2, 0}}};
  assert_int_equal(rc_hull_create(flat, 4, (double[]){1, 1, 1}, arena, &hull, &err),
                   RC_ERR_NUMERIC);
  assert_non_null(strstr(err.message, "Qhull"));
  rc_arena_destroy(arena);
}

static double extent_along(const rc_hull *hull, const double axis[3]) {
  double low = INFINITY, high = -INFINITY;
  for (int64_t i = 0; i < hull->n_vertices; i++) {
    const double *p = hull->vertex_mm[i];
    double at = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
    low = fmin(low, at);
    high = fmax(high, at);
  }
  return high - low;
}

/// No box around a hull in any of many random orientations is smaller than the one found.
static void no_random_box_is_smaller(void **state) {
  (void)state;
  test_roi *region = test_roi_random((int64_t[]){7, 9, 6}, (double[]){1.0, 1.2, 1.6}, 8, 5);
  mesh_facts m = mesh_of(region);
  rc_arena *arena = rc_arena_create(0);
  rc_error err = RC_ERROR_INIT;
  rc_hull hull;
  rc_hull_box_size box;
  assert_int_equal(rc_hull_create(m.point, m.n_points, m.spacing_mm, arena, &hull, &err), RC_OK);
  assert_int_equal(rc_hull_oriented_box(&hull, arena, &box, &err), RC_OK);
  double least = INFINITY;
  for (int k = 0; k < 4000; k++) {
    double axis[3][3], u = 0.61803398875 * k, v = 0.7548776662 * k, w = 0.5698402910 * k;
    double a = 2 * pi * (u - floor(u)), b = acos(2 * (v - floor(v)) - 1),
           c = 2 * pi * (w - floor(w)), extent = 1.0;
    const double turn[3][3] = {{cos(a) * cos(b) * cos(c) - sin(a) * sin(c),
                                -cos(a) * cos(b) * sin(c) - sin(a) * cos(c), cos(a) * sin(b)},
                               {sin(a) * cos(b) * cos(c) + cos(a) * sin(c),
                                -sin(a) * cos(b) * sin(c) + cos(a) * cos(c), sin(a) * sin(b)},
                               {-sin(b) * cos(c), sin(b) * sin(c), cos(b)}};
    memcpy(axis, turn, sizeof axis);
    for (int d = 0; d < 3; d++)
      extent *= extent_along(&hull, axis[d]);
    least = fmin(least, extent);
  }
  assert_true(rc_hull_box_volume(&box) <= least);
  rc_arena_destroy(arena);
  free_mesh(&m);
  test_roi_destroy(region);
}

static void cross(const double a[3], const double b[3], double out[3]) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

/// Makes a vector one long; false if it has no length.
static bool normalise(double v[3]) {
  double norm = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  for (int d = 0; d < 3; d++)
    v[d] /= norm;
  return norm > 1e-9;
}

/// The smallest box flush with a face, trying the direction between any two vertices.
static double flush_box(const rc_hull *hull) {
  double least = INFINITY;
  for (int64_t f = 0; f < hull->n_faces; f++) {
    const double *p[3];
    double u[3], v[3], n[3];
    for (int k = 0; k < 3; k++)
      p[k] = hull->vertex_mm[hull->face[f][k]];
    for (int d = 0; d < 3; d++) {
      u[d] = p[1][d] - p[0][d];
      v[d] = p[2][d] - p[0][d];
    }
    cross(u, v, n);
    if (!normalise(n))
      continue;
    double height = extent_along(hull, n);
    for (int64_t i = 0; i < hull->n_vertices; i++)
      for (int64_t j = 0; j < i; j++) {
        double across[3], along[3];
        for (int d = 0; d < 3; d++)
          u[d] = hull->vertex_mm[i][d] - hull->vertex_mm[j][d];
        cross(n, u, across);
        if (!normalise(across))
          continue;
        cross(across, n, along);
        least = fmin(least, height * extent_along(hull, across) * extent_along(hull, along));
      }
  }
  return least;
}

static void no_box_flush_with_a_face_is_smaller(void **state) {
  (void)state;
  for (uint64_t seed = 100; seed < 106; seed++) {
    test_roi *region = test_roi_random((int64_t[]){4, 6, 5}, (double[]){1.0, 1.3, 0.8}, 8, seed);
    for (int64_t i = 0, k = 0; i < rc_geometry_voxels(&region->roi.grid); i++)
      if (region->morph[i] && k++ % 6 != 0)
        region->morph[i] = 0;
    mesh_facts m = mesh_of(region);
    rc_arena *arena = rc_arena_create(0);
    rc_error err = RC_ERROR_INIT;
    rc_hull hull;
    rc_hull_box_size box;
    assert_int_equal(rc_hull_create(m.point, m.n_points, m.spacing_mm, arena, &hull, &err), RC_OK);
    assert_int_equal(rc_hull_oriented_box(&hull, arena, &box, &err), RC_OK);
    assert_true(rc_hull_box_volume(&box) <= flush_box(&hull) * (1.0 + 1e-12));
    rc_arena_destroy(arena);
    free_mesh(&m);
    test_roi_destroy(region);
  }
}

// --- spatial autocorrelation -------------------------------------------------------------------

static void moran_and_geary(const test_roi *region, rc_pair_method method, double out[2]) {
  const rc_roi *roi = &region->roi;
  int64_t n;
  double mean = 0.0;
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  rc_box box = rc_mesh_bounds(roi->mask, roi->grid.size, &n);
  for (int64_t i = 0; i < rc_geometry_voxels(&roi->grid); i++)
    mean += roi->mask[i] ? roi->intensity[i] / (double)n : 0.0;
  assert_int_equal(rc_autocorrelation(roi->intensity, roi->mask, roi->grid.size, &box,
                                      roi->grid.spacing_mm, mean, method, arena, &out[0], &out[1],
                                      &err),
                   RC_OK);
  rc_arena_destroy(arena);
}

static void transforms_agree_with_pairs(void **state) {
  (void)state;
  static const int64_t size[][3] = {{13, 9, 11}, {1, 17, 6}, {23, 14, 1}, {30, 1, 1}, {2, 2, 2}};
  for (size_t k = 0; k < sizeof size / sizeof size[0]; k++) {
    test_roi *region = test_roi_random(size[k], (double[]){0.8, 1.7, 3.0}, 8, 40 + k);
    double direct[2], fourier[2], cost[2];
    moran_and_geary(region, RC_PAIRS_DIRECT, direct);
    moran_and_geary(region, RC_PAIRS_FOURIER, fourier);
    moran_and_geary(region, RC_PAIRS_BY_COST, cost);
    for (int i = 0; i < 2; i++) {
      assert_near(fourier[i], direct[i], 1e-12, 1e-12);
      assert_near(cost[i], direct[i], 1e-12, 1e-12);
    }
    test_roi_destroy(region);
  }
}

/// So large a box that its spectra are made in parts; few voxels, so that pairs can be summed.
static void transforms_in_parts_agree_with_pairs(void **state) {
  (void)state;
  const int64_t size[3] = {280, 300, 40}, n = size[0] * size[1] * size[2];
  double *intensity = calloc((size_t)n, sizeof *intensity);
  uint8_t *mask = calloc((size_t)n, sizeof *mask);
  double direct[2], fourier[2];
  uint64_t random = 7;
  for (int64_t i = 0; i < n; i++) {
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    mask[i] = i == 0 || i == n - 1 || random >> 53 == 0; // one in 2048
    intensity[i] = (double)(random >> 40 & 1023);
  }
  test_roi *region = test_roi_create(size, (double[]){0.8, 0.8, 3.0}, intensity, mask, NULL, NULL);
  moran_and_geary(region, RC_PAIRS_DIRECT, direct);
  moran_and_geary(region, RC_PAIRS_FOURIER, fourier);
  for (int i = 0; i < 2; i++)
    assert_near(fourier[i], direct[i], 1e-12, 1e-12);
  test_roi_destroy(region);
  free(mask);
  free(intensity);
}

static void two_voxels_are_anticorrelated(void **state) {
  (void)state;
  const double intensity[2] = {3.0, 8.0};
  const uint8_t mask[2] = {1, 1};
  test_roi *region =
      test_roi_create((int64_t[]){2, 1, 1}, (double[]){2.5, 1, 1}, intensity, mask, NULL, NULL);
  result r = measure(region);
  assert_near(get(&r, "morph_moran_i"), -1.0, 1e-14, 0.0);
  assert_near(get(&r, "morph_geary_c"), 1.0, 1e-14, 0.0);
  test_roi_destroy(region);
}

// --- invariances -------------------------------------------------------------------------------

static void does_not_depend_on_orientation(void **state) {
  (void)state;
  static const int axes[][3] = {{1, 0, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}, {0, 1, 2}};
  static const bool mirror[][3] = {{1, 0, 0}, {0, 0, 1}, {1, 1, 0}, {0, 0, 0}, {1, 1, 1}};
  for (uint64_t seed = 60; seed < 63; seed++) {
    test_roi *region = test_roi_random((int64_t[]){12, 8, 10}, (double[]){1.0, 1.5, 2.2}, 8, seed);
    result before = measure(region);
    for (size_t k = 0; k < sizeof axes / sizeof axes[0]; k++) {
      test_roi *turned = test_roi_turn(region, axes[k], mirror[k]);
      result after = measure(turned);
      for (int64_t f = 0; f < rc_family_morphology.n_features; f++) {
        const char *tag = rc_family_morphology.feature[f].tag;
        double tolerance = strstr(tag, "mvee") != NULL ? 1e-8 : 1e-12; // found by iteration
        test_near(after.value[f], before.value[f], 1e-12, tolerance, tag, __FILE__, __LINE__);
      }
      test_roi_destroy(turned);
    }
    test_roi_destroy(region);
  }
}

static void scales_with_the_spacing(void **state) {
  (void)state;
  const double factor = 2.5;
  test_roi *small = test_roi_random((int64_t[]){10, 9, 7}, (double[]){0.8, 1.1, 1.9}, 8, 70);
  test_roi *large = test_roi_random((int64_t[]){10, 9, 7}, (double[]){2.0, 2.75, 4.75}, 8, 70);
  result a = measure(small), b = measure(large);
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++) {
    const rc_feature *feature = &rc_family_morphology.feature[f];
    int power = 0;
    switch (feature->unit) {
    case RC_FU_MM:
      power = 1;
      break;
    case RC_FU_MM2:
      power = 2;
      break;
    case RC_FU_MM3:
    case RC_FU_INTENSITY_MM3:
      power = 3;
      break;
    case RC_FU_PER_MM:
      power = -1;
      break;
    default:
      break;
    }
    test_near(b.value[f], a.value[f] * pow(factor, power), 1e-12, 1e-11, feature->tag, __FILE__,
              __LINE__);
  }
  test_roi_destroy(small);
  test_roi_destroy(large);
}

// --- edges of the definition -------------------------------------------------------------------

/// Exactly these tags (NULL-terminated) are NaN, and the reason holds `why`.
static void check_gaps(const test_roi *region, const char *const *tags, const char *why) {
  result r = measure(region);
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++) {
    bool expected = false;
    for (int k = 0; tags[k] != NULL; k++)
      expected = expected || strcmp(tags[k], rc_family_morphology.feature[f].tag) == 0;
    if (isnan(r.value[f]) != expected)
      fail_msg("%s is %g", rc_family_morphology.feature[f].tag, r.value[f]);
  }
  if (tags[0] == NULL)
    assert_null(r.undefined);
  else
    assert_non_null(strstr(r.undefined, why));
}

static void says_what_is_undefined(void **state) {
  (void)state;
  static const char *const one_voxel[] = {"morph_pca_elongation",
                                          "morph_pca_flatness",
                                          "morph_vol_dens_aee",
                                          "morph_area_dens_aee",
                                          "morph_moran_i",
                                          "morph_geary_c",
                                          NULL};
  static const char *const slice[] = {"morph_vol_dens_aee", NULL};
  static const char *const empty[] = {"morph_com", "morph_integ_int", "morph_moran_i",
                                      "morph_geary_c", NULL};
  static const char *const balanced[] = {"morph_com", NULL};
  const double two = 2.0, unit[3] = {1.0, 1.0, 1.0};
  const uint8_t set = 1;
  test_roi *region = test_roi_create((int64_t[]){1, 1, 1}, unit, &two, &set, NULL, NULL);
  check_gaps(region, one_voxel, "do not span three dimensions, all intensities are equal");
  result r = measure(region); // an octahedron
  assert_near(get(&r, "morph_volume"), 1.0 / 6.0, 0.0, 1e-14);
  assert_near(get(&r, "morph_area_mesh"), sqrt(3.0), 0.0, 1e-14);
  assert_near(get(&r, "morph_diam"), 1.0, 0.0, 1e-14);
  test_roi_destroy(region);

  region = region_where(everywhere, NULL, (int64_t[]){5, 4, 1}, unit);
  check_gaps(region, slice, "do not span three dimensions");
  test_roi_destroy(region);

  region = test_roi_random((int64_t[]){5, 5, 5}, unit, 4, 1);
  memset(region->mask, 0, (size_t)rc_geometry_voxels(&region->roi.grid));
  test_roi_recount(region);
  check_gaps(region, empty, "intensity mask is empty");
  test_roi_destroy(region);

  const double opposite[8] = {-1, 1, -2, 2, 3, -3, 4, -4};
  const uint8_t cube[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  region = test_roi_create((int64_t[]){2, 2, 2}, unit, opposite, cube, NULL, NULL);
  check_gaps(region, balanced, "sum to zero");
  test_roi_destroy(region);
}

static void too_long_a_region_is_refused(void **state) {
  (void)state;
  test_roi *region = region_where(everywhere, NULL, (int64_t[]){RC_MESH_MAX_EXTENT + 1, 1, 1},
                                  (double[]){1e-3, 1.0, 1.0});
  rc_error err = RC_ERROR_INIT;
  rc_arena *arena = rc_arena_create(0);
  double value[MAX_FEATURES];
  rc_family_output output = {value, NULL};
  assert_int_equal(rc_family_morphology.compute(&region->roi, NULL, RC_AGG_BIT(RC_AGG_NONE), arena,
                                                &output, &err),
                   RC_ERR_LIMIT);
  assert_non_null(strstr(err.message, "65537 voxels long"));
  rc_arena_destroy(arena);
  test_roi_destroy(region);
}

static void extreme_spacings_are_no_trouble(void **state) {
  (void)state;
  test_roi *plain = test_roi_random((int64_t[]){6, 5, 4}, (double[]){1, 1, 1}, 4, 9);
  test_roi *thin = test_roi_random((int64_t[]){6, 5, 4}, (double[]){1e-4, 1, 1e4}, 4, 9);
  result a = measure(plain), b = measure(thin);
  // These do not change when an axis is stretched.
  assert_near(get(&b, "morph_volume"), get(&a, "morph_volume"), 0.0, 1e-12);
  assert_near(get(&b, "morph_vol_dens_aabb"), get(&a, "morph_vol_dens_aabb"), 0.0, 1e-12);
  assert_near(get(&b, "morph_vol_dens_conv_hull"), get(&a, "morph_vol_dens_conv_hull"), 0, 1e-12);
  for (int64_t f = 0; f < rc_family_morphology.n_features; f++)
    assert_true(isfinite(b.value[f]) || rc_family_morphology.feature[f].tag[6] == 'p' ||
                strstr(rc_family_morphology.feature[f].tag, "ee") != NULL);
  test_roi_destroy(plain);
  test_roi_destroy(thin);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_ibsi_on_the_phantom),
      cmocka_unit_test(surface_is_closed),
      cmocka_unit_test(outline_holds_the_whole_hull),
      cmocka_unit_test(matches_closed_forms_of_a_cuboid),
      cmocka_unit_test(ellipsoid_area_matches_the_sum_of_its_series),
      cmocka_unit_test(approaches_an_ellipsoid),
      cmocka_unit_test(finds_the_box_of_a_turned_bar),
      cmocka_unit_test(hull_measures_known_solids),
      cmocka_unit_test(no_random_box_is_smaller),
      cmocka_unit_test(no_box_flush_with_a_face_is_smaller),
      cmocka_unit_test(transforms_agree_with_pairs),
      cmocka_unit_test(transforms_in_parts_agree_with_pairs),
      cmocka_unit_test(two_voxels_are_anticorrelated),
      cmocka_unit_test(does_not_depend_on_orientation),
      cmocka_unit_test(scales_with_the_spacing),
      cmocka_unit_test(says_what_is_undefined),
      cmocka_unit_test(too_long_a_region_is_refused),
      cmocka_unit_test(extreme_spacings_are_no_trouble),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
