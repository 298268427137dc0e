// SPDX-License-Identifier: Apache-2.0
// Morphology, IBSI-1 section 3.1: the shape of the region's surface (by marching cubes) and of its
// voxel centres, and how intensity is spread over it.
#include "texture/morphology.h"
#include "base/linear.h"
#include "texture/autocorrelation.h"
#include "texture/hull.h"
#include "texture/mesh.h"
#include "texture/registry.h"

#include <math.h>
#include <stdbool.h>

#define FEATURES(X)                                                                                \
  X(VOLUME, "morph_volume", "Volume (mesh)", "RNU0", RC_FU_MM3, "Volume inside the surface, V")    \
  X(VOXEL_VOLUME, "morph_vol_approx", "Volume (voxel counting)", "YEKZ", RC_FU_MM3,                \
    "Number of voxels times the volume of one")                                                    \
  X(AREA, "morph_area_mesh", "Surface area (mesh)", "C0JK", RC_FU_MM2, "Area of the surface, A")   \
  X(AREA_TO_VOLUME, "morph_av", "Surface to volume ratio", "2PR5", RC_FU_PER_MM, "A / V")          \
  X(COMPACTNESS_1, "morph_comp_1", "Compactness 1", "SKGS", RC_FU_NONE, "V / sqrt(pi A^3)")        \
  X(COMPACTNESS_2, "morph_comp_2", "Compactness 2", "BQWJ", RC_FU_NONE, "36 pi V^2 / A^3")         \
  X(DISPROPORTION, "morph_sph_dispr", "Spherical disproportion", "KRCK", RC_FU_NONE,               \
    "A over the area of a sphere of volume V")                                                     \
  X(SPHERICITY, "morph_sphericity", "Sphericity", "QCFX", RC_FU_NONE,                              \
    "Area of a sphere of volume V over A")                                                         \
  X(ASPHERICITY, "morph_asphericity", "Asphericity", "25C7", RC_FU_NONE,                           \
    "Spherical disproportion less 1")                                                              \
  X(CENTRE_SHIFT, "morph_com", "Centre of mass shift", "KLMA", RC_FU_MM,                           \
    "Distance from the centre of the voxels to their intensity-weighted centre")                   \
  X(DIAMETER, "morph_diam", "Maximum 3D diameter", "L0JK", RC_FU_MM,                               \
    "Largest distance between two points of the surface")                                          \
  X(MAJOR_AXIS, "morph_pca_maj_axis", "Major axis length", "TDIC", RC_FU_MM,                       \
    "4 times the standard deviation of voxel centres along the first principal axis")              \
  X(MINOR_AXIS, "morph_pca_min_axis", "Minor axis length", "P9VJ", RC_FU_MM,                       \
    "The same for the second principal axis")                                                      \
  X(LEAST_AXIS, "morph_pca_least_axis", "Least axis length", "7J51", RC_FU_MM,                     \
    "The same for the third principal axis")                                                       \
  X(ELONGATION, "morph_pca_elongation", "Elongation", "Q3CK", RC_FU_NONE,                          \
    "Minor over major axis length")                                                                \
  X(FLATNESS, "morph_pca_flatness", "Flatness", "N17B", RC_FU_NONE,                                \
    "Least over major axis length")                                                                \
  X(BOX_VOLUME, "morph_vol_dens_aabb", "Volume density (axis-aligned bounding box)", "PBX1",       \
    RC_FU_NONE, "V over the volume of the box around the surface")                                 \
  X(BOX_AREA, "morph_area_dens_aabb", "Area density (axis-aligned bounding box)", "R59B",          \
    RC_FU_NONE, "A over the area of that box")                                                     \
  X(TURNED_BOX_VOLUME, "morph_vol_dens_ombb", "Volume density (oriented minimum bounding box)",    \
    "ZH1A", RC_FU_NONE, "V over the volume of the smallest box in any orientation")                \
  X(TURNED_BOX_AREA, "morph_area_dens_ombb", "Area density (oriented minimum bounding box)",       \
    "IQYR", RC_FU_NONE, "A over the area of that box")                                             \
  X(PCA_ELLIPSOID_VOLUME, "morph_vol_dens_aee",                                                    \
    "Volume density (approximate enclosing ellipsoid)", "6BDE", RC_FU_NONE,                        \
    "V over the volume of the ellipsoid with the principal axes")                                  \
  X(PCA_ELLIPSOID_AREA, "morph_area_dens_aee", "Area density (approximate enclosing ellipsoid)",   \
    "RDD2", RC_FU_NONE, "A over the area of that ellipsoid")                                       \
  X(ELLIPSOID_VOLUME, "morph_vol_dens_mvee",                                                       \
    "Volume density (minimum volume enclosing ellipsoid)", "SWZ1", RC_FU_NONE,                     \
    "V over the volume of the smallest ellipsoid around the surface")                              \
  X(ELLIPSOID_AREA, "morph_area_dens_mvee", "Area density (minimum volume enclosing ellipsoid)",   \
    "BRI8", RC_FU_NONE, "A over the area of that ellipsoid")                                       \
  X(HULL_VOLUME, "morph_vol_dens_conv_hull", "Volume density (convex hull)", "R3ER", RC_FU_NONE,   \
    "V over the volume of the convex hull of the surface")                                         \
  X(HULL_AREA, "morph_area_dens_conv_hull", "Area density (convex hull)", "7T7F", RC_FU_NONE,      \
    "A over the area of that hull")                                                                \
  X(INTEGRATED, "morph_integ_int", "Integrated intensity", "99N0", RC_FU_INTENSITY_MM3,            \
    "Mean intensity times V")                                                                      \
  X(MORAN_I, "morph_moran_i", "Moran's I index", "N365", RC_FU_NONE,                               \
    "Correlation of pairs of voxels, weighted by 1 / distance")                                    \
  X(GEARY_C, "morph_geary_c", "Geary's C measure", "NPT7", RC_FU_NONE,                             \
    "Squared difference of pairs of voxels, weighted by 1 / distance, over the variance")

enum { FEATURES(RC_FEATURE_ENUM) N_FEATURES };
static const rc_feature features[] = {FEATURES(RC_FEATURE_ROW)};

static const double pi = 3.14159265358979324;

/// Both reasons a value may be undefined, each at most once.
typedef enum shape_gap { SHAPE_WHOLE, SHAPE_FLAT, N_SHAPE_GAPS } shape_gap;
typedef enum intensity_gap {
  INTENSITY_WHOLE,
  INTENSITY_EMPTY,
  INTENSITY_CONSTANT,
  INTENSITY_ZERO,
  INTENSITY_BALANCED,
  N_INTENSITY_GAPS
} intensity_gap;

#define FLAT "voxel centres do not span three dimensions"
#define EMPTY "the intensity mask is empty"
#define CONSTANT "all intensities are equal"
#define ZERO "all intensities are zero"
#define BALANCED "intensities sum to zero"
static const char *const reasons[N_SHAPE_GAPS][N_INTENSITY_GAPS] = {
    {NULL, EMPTY, CONSTANT, ZERO, BALANCED},
    {FLAT, FLAT ", " EMPTY, FLAT ", " CONSTANT, FLAT ", " ZERO, FLAT ", " BALANCED}};

// --- the surface and what encloses it ----------------------------------------------------------

static void describe_surface(double volume, double area, double *value) {
  double sphere_area = cbrt(36.0 * pi * volume * volume);
  value[VOLUME] = volume;
  value[AREA] = area;
  value[AREA_TO_VOLUME] = area / volume;
  value[COMPACTNESS_1] = volume / sqrt(pi * area * area * area);
  value[COMPACTNESS_2] = 36.0 * pi * volume * volume / (area * area * area);
  value[DISPROPORTION] = area / sphere_area;
  value[SPHERICITY] = sphere_area / area;
  value[ASPHERICITY] = area / sphere_area - 1.0;
}

static double ellipsoid_volume(const double semi_axis[3]) {
  return 4.0 / 3.0 * pi * semi_axis[0] * semi_axis[1] * semi_axis[2];
}

/// IBSI's area of an ellipsoid with semi-axes a >= b >= c: a series of Legendre polynomials up to
/// order 20. It takes both eccentricities relative to a; with those of (a, c) and (b, c) it would
/// be the true area, which is larger (4 % on the digital phantom) and misses the reference values.
/// Sums (alpha beta)^n P_n(x) by their own recurrence, which stays finite for spheres.
static double ellipsoid_area(const double semi_axis[3]) {
  double a = semi_axis[0], b = semi_axis[1], c = semi_axis[2];
  if (a <= 0.0)
    return 0.0;
  double alpha2 = 1.0 - b * b / (a * a), beta2 = 1.0 - c * c / (a * a);
  double half_sum = 0.5 * (alpha2 + beta2), product = alpha2 * beta2;
  double before = 1.0, now = half_sum, sum = 1.0;
  for (int n = 1; n <= 20; n++) {
    sum += now / (1.0 - 4.0 * n * n);
    double next = ((2 * n + 1) * half_sum * now - n * product * before) / (n + 1);
    before = now;
    now = next;
  }
  return 4.0 * pi * a * b * sum;
}

/// NaN instead of a division by nothing.
static double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : NAN;
}

static rc_status describe_hull(const rc_roi *roi, const rc_box *box, rc_arena *arena, double *value,
                               rc_error *err) {
  rc_half_point *point = NULL;
  int64_t n = 0;
  rc_hull hull;
  rc_hull_box_size turned;
  double semi_axis[3], hull_volume, hull_area;
  rc_status status = rc_mesh_outline(roi->morph, roi->grid.size, box, arena, &point, &n, err);
  if (status == RC_OK)
    status = rc_hull_create(point, n, roi->grid.spacing_mm, arena, &hull, err);
  if (status == RC_OK)
    status = rc_hull_oriented_box(&hull, arena, &turned, err);
  if (status == RC_OK)
    status = rc_hull_ellipsoid(&hull, arena, semi_axis, err);
  if (status != RC_OK)
    return status;
  rc_hull_box_size aligned = rc_hull_aligned_box(&hull);
  rc_hull_measure(&hull, &hull_volume, &hull_area);
  value[DIAMETER] = rc_hull_diameter(&hull);
  value[BOX_VOLUME] = value[VOLUME] / rc_hull_box_volume(&aligned);
  value[BOX_AREA] = value[AREA] / rc_hull_box_area(&aligned);
  value[TURNED_BOX_VOLUME] = value[VOLUME] / rc_hull_box_volume(&turned);
  value[TURNED_BOX_AREA] = value[AREA] / rc_hull_box_area(&turned);
  value[ELLIPSOID_VOLUME] = value[VOLUME] / ellipsoid_volume(semi_axis);
  value[ELLIPSOID_AREA] = value[AREA] / ellipsoid_area(semi_axis);
  value[HULL_VOLUME] = value[VOLUME] / hull_volume;
  value[HULL_AREA] = value[AREA] / hull_area;
  return RC_OK;
}

// --- voxel centres -----------------------------------------------------------------------------

/// Sums over the voxels of the mask of their index from the middle of the box, and of products of
/// two: whole numbers, so in any order the same.
typedef struct moments {
  int64_t n, first[3], second[6]; ///< xx, yy, zz, xy, xz, yz
} moments;

static void middle_of(const rc_box *box, int64_t middle[3]) {
  for (int d = 0; d < 3; d++)
    middle[d] = (box->low[d] + box->high[d]) / 2;
}

static void add_row(const uint8_t *row, const rc_box *box, const int64_t middle[3], int64_t y,
                    int64_t z, moments *m) {
  int64_t n = 0, sum = 0, squares = 0;
  for (int64_t x = box->low[0]; x < box->high[0]; x++) {
    int64_t set = row[x] != 0, i = set * (x - middle[0]);
    n += set;
    sum += i;
    squares += i * i;
  }
  int64_t j = y - middle[1], k = z - middle[2];
  m->n += n;
  m->first[0] += sum;
  m->first[1] += n * j;
  m->first[2] += n * k;
  const int64_t second[6] = {squares, n * j * j, n * k * k, sum * j, sum * k, n * j * k};
  for (int t = 0; t < 6; t++)
    m->second[t] += second[t];
}

static moments centre_moments(const uint8_t *mask, const int64_t size[3], const rc_box *box) {
  moments m = {0};
  int64_t middle[3];
  middle_of(box, middle);
  for (int64_t z = box->low[2]; z < box->high[2]; z++)
    for (int64_t y = box->low[1]; y < box->high[1]; y++)
      add_row(mask + size[0] * (y + size[1] * z), box, middle, y, z, &m);
  return m;
}

/// Variances of voxel centres along their principal axes, largest first; those that are left by
/// rounding alone are 0.
static rc_status principal_variances(const moments *m, const double spacing_mm[3],
                                     double variance[3], rc_error *err) {
  static const int place[9] = {0, 3, 4, 3, 1, 5, 4, 5, 2};
  double n = (double)m->n, covariance[9];
  for (int k = 0; k < 9; k++) {
    int r = k / 3, c = k % 3;
    double mean_product = (double)m->first[r] / n * ((double)m->first[c] / n);
    covariance[k] =
        ((double)m->second[place[k]] / n - mean_product) * spacing_mm[r] * spacing_mm[c];
  }
  if (!rc_eigenvalues3(covariance, variance))
    return rc_fail(err, RC_ERR_NUMERIC, "the covariance of voxel positions is not finite");
  for (int d = 2; d >= 0; d--)
    variance[d] = variance[d] > 1e-13 * variance[0] ? variance[d] : 0.0;
  return RC_OK;
}

rc_status rc_principal_variances(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                                 const double spacing_mm[3], double variance[3], rc_error *err) {
  moments m = centre_moments(mask, size, box);
  return principal_variances(&m, spacing_mm, variance, err);
}

/// Principal axes, longest first, and the ellipsoid they make. The reference values need the sample
/// covariance (divided by n - 1); a single voxel has axes of length zero.
static rc_status describe_axes(const moments *m, const double spacing_mm[3], double *value,
                               shape_gap *gap, rc_error *err) {
  double n = (double)m->n, correction = m->n > 1 ? n / (n - 1.0) : 0.0;
  double variance[3], semi_axis[3];
  rc_status status = principal_variances(m, spacing_mm, variance, err);
  if (status != RC_OK)
    return status;
  for (int d = 0; d < 3; d++)
    semi_axis[d] = 2.0 * sqrt(correction * variance[d]);
  *gap = semi_axis[2] > 0.0 ? SHAPE_WHOLE : SHAPE_FLAT;
  value[MAJOR_AXIS] = 2.0 * semi_axis[0];
  value[MINOR_AXIS] = 2.0 * semi_axis[1];
  value[LEAST_AXIS] = 2.0 * semi_axis[2];
  value[ELONGATION] = ratio(semi_axis[1], semi_axis[0]);
  value[FLATNESS] = ratio(semi_axis[2], semi_axis[0]);
  value[PCA_ELLIPSOID_VOLUME] = ratio(value[VOLUME], ellipsoid_volume(semi_axis));
  value[PCA_ELLIPSOID_AREA] = ratio(value[AREA], ellipsoid_area(semi_axis));
  return RC_OK;
}

// --- intensity ---------------------------------------------------------------------------------

/// Sum of intensities, and of intensity times index from the middle of the morphological box;
/// slice by slice, so the order never changes.
typedef struct weighted {
  double sum, first[3];
} weighted;

static rc_status intensity_moments(const rc_roi *roi, const rc_box *morph_box, rc_arena *arena,
                                   weighted *out, rc_error *err) {
  const int64_t *size = roi->grid.size;
  const rc_arena_mark mark = rc_arena_get_mark(arena);
  int64_t middle[3];
  middle_of(morph_box, middle);
  weighted total = {0}, *slice = rc_arena_alloc(arena, (size_t)size[2], sizeof *slice);
  if (slice == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the centre of intensity");
#pragma omp parallel for schedule(static) if (roi->n_mask > 100000)
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++) {
      int64_t start = size[0] * (y + size[1] * z);
      double row = 0.0, moment = 0.0;
      for (int64_t x = 0; x < size[0]; x++) {
        if (!roi->mask[start + x])
          continue;
        row += roi->intensity[start + x];
        moment += roi->intensity[start + x] * (double)(x - middle[0]);
      }
      slice[z].sum += row;
      slice[z].first[0] += moment;
      slice[z].first[1] += row * (double)(y - middle[1]);
    }
  for (int64_t z = 0; z < size[2]; z++) {
    total.sum += slice[z].sum;
    total.first[0] += slice[z].first[0];
    total.first[1] += slice[z].first[1];
    total.first[2] += slice[z].sum * (double)(z - middle[2]);
  }
  rc_arena_rewind(arena, mark);
  *out = total;
  return RC_OK;
}

static double centre_shift(const moments *m, const weighted *w, const double spacing_mm[3]) {
  double square = 0.0;
  for (int d = 0; d < 3; d++) {
    double shift = ((double)m->first[d] / (double)m->n - w->first[d] / w->sum) * spacing_mm[d];
    square += shift * shift;
  }
  return sqrt(square);
}

static rc_status describe_intensity(const rc_roi *roi, const rc_box *morph_box, const moments *m,
                                    rc_arena *arena, double *value, intensity_gap *gap,
                                    rc_error *err) {
  int64_t n_mask;
  rc_box box = rc_mesh_bounds(roi->mask, roi->grid.size, &n_mask);
  if (n_mask == 0) {
    *gap = INTENSITY_EMPTY;
    return RC_OK;
  }
  weighted w = {0};
  rc_status status = intensity_moments(roi, morph_box, arena, &w, err);
  if (status != RC_OK)
    return status;
  double mean = w.sum / (double)n_mask;
  value[INTEGRATED] = value[VOLUME] * mean;
  if (w.sum != 0.0)
    value[CENTRE_SHIFT] = centre_shift(m, &w, roi->grid.spacing_mm);
  else
    *gap = INTENSITY_BALANCED;
  status = rc_autocorrelation(roi->intensity, roi->mask, roi->grid.size, &box, roi->grid.spacing_mm,
                              mean, RC_PAIRS_BY_COST, arena, &value[MORAN_I], &value[GEARY_C], err);
  if (status == RC_OK && isnan(value[MORAN_I]))
    *gap = w.sum != 0.0 ? INTENSITY_CONSTANT : INTENSITY_ZERO;
  return status;
}

static rc_status compute(const rc_roi *roi, const void *params, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)params;
  (void)aggregations;
  const double *spacing = roi->grid.spacing_mm;
  double *value = out->value, volume, area;
  shape_gap shape = SHAPE_WHOLE;
  intensity_gap intensity = INTENSITY_WHOLE;
  int64_t n_morph;
  rc_box box = rc_mesh_bounds(roi->morph, roi->grid.size, &n_morph);
  rc_mesh_measure(roi->morph, roi->grid.size, &box, spacing, &volume, &area);
  describe_surface(volume, area, value);
  value[VOXEL_VOLUME] = (double)n_morph * spacing[0] * spacing[1] * spacing[2];

  rc_arena_mark mark = rc_arena_get_mark(arena);
  rc_status status = describe_hull(roi, &box, arena, value, err);
  if (status != RC_OK)
    return status;
  rc_arena_rewind(arena, mark);
  moments m = centre_moments(roi->morph, roi->grid.size, &box);
  status = describe_axes(&m, spacing, value, &shape, err);
  if (status != RC_OK)
    return status;
  status = describe_intensity(roi, &box, &m, arena, value, &intensity, err);
  out->undefined = reasons[shape][intensity];
  return status;
}

const rc_family rc_family_morphology = {
    .profile = RC_PROFILE_IBSI,
    .key = "morphology",
    .name = "Morphology",
    .ibsi = "HCUG",
    .source = "IBSI-1 section 3.1",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = N_FEATURES,
    .by_default = true,
    .original_only = true,
    .compute = compute,
};
