// SPDX-License-Identifier: Apache-2.0
#include "texture/hull.h"

#include "base/clones.h"
#include "base/linear.h"

#include <float.h>
#include <libqhull_r/libqhull_r.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- the hull itself ---------------------------------------------------------------------------

/// The n x 3 coordinates Qhull wants.
static double *coordinates(const rc_half_point *point, int64_t n, rc_arena *arena) {
  double *out = rc_arena_alloc(arena, (size_t)n, 3 * sizeof *out);
  for (int64_t i = 0; out != NULL && i < n; i++)
    for (int d = 0; d < 3; d++)
      out[3 * i + d] = point[i].at[d];
  return out;
}

/// Vertices in the order of the input points, and a lookup from point to vertex.
static rc_status take_vertices(qhT *qh, const rc_half_point *point, int64_t n, rc_arena *arena,
                               int32_t **vertex_of, rc_hull *hull, rc_error *err) {
  int32_t *number = rc_arena_alloc(arena, (size_t)n, sizeof *number);
  hull->vertex = rc_arena_alloc(arena, (size_t)qh->num_vertices, sizeof *hull->vertex);
  hull->vertex_mm = rc_arena_alloc(arena, (size_t)qh->num_vertices, sizeof *hull->vertex_mm);
  if (number == NULL || hull->vertex == NULL || hull->vertex_mm == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the convex hull");
  vertexT *vertex;
  FORALLvertices number[qh_pointid(qh, vertex->point)] = 1;
  for (int64_t i = 0; i < n; i++) {
    if (number[i] == 0)
      continue;
    int64_t v = hull->n_vertices++;
    number[i] = (int32_t)v;
    hull->vertex[v] = point[i];
    for (int d = 0; d < 3; d++)
      hull->vertex_mm[v][d] = point[i].at[d] * hull->half_mm[d];
  }
  *vertex_of = number;
  return RC_OK;
}

/// Six times the signed volume, in half voxels, of the tetrahedron from p to triangle a, b, c.
static double tetrahedron(const double p[3], const int32_t a[3], const int32_t b[3],
                          const int32_t c[3]) {
  double u[3], v[3], w[3];
  for (int d = 0; d < 3; d++) {
    u[d] = a[d] - p[d];
    v[d] = b[d] - p[d];
    w[d] = c[d] - p[d];
  }
  return u[0] * (v[1] * w[2] - v[2] * w[1]) + u[1] * (v[2] * w[0] - v[0] * w[2]) +
         u[2] * (v[0] * w[1] - v[1] * w[0]);
}

static rc_status take_faces(qhT *qh, const int32_t *vertex_of, rc_arena *arena, rc_hull *hull,
                            rc_error *err) {
  hull->face = rc_arena_alloc(arena, (size_t)qh->num_facets, sizeof *hull->face);
  if (hull->face == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the convex hull");
  double inside[3] = {0};
  for (int64_t v = 0; v < hull->n_vertices; v++)
    for (int d = 0; d < 3; d++)
      inside[d] += hull->vertex[v].at[d] / (double)hull->n_vertices;
  facetT *facet;
  vertexT *vertex, **vertexp;
  FORALLfacets {
    int32_t *face = hull->face[hull->n_faces];
    int k = 0;
    FOREACHvertex_(facet->vertices) if (k < 3) face[k++] = vertex_of[qh_pointid(qh, vertex->point)];
    if (k < 3)
      return rc_fail(err, RC_ERR_NUMERIC, "the convex hull has a face that is no triangle");
    if (tetrahedron(inside, hull->vertex[face[0]].at, hull->vertex[face[1]].at,
                    hull->vertex[face[2]].at) < 0.0) {
      int32_t other = face[1];
      face[1] = face[2];
      face[2] = other;
    }
    hull->n_faces++;
  }
  return RC_OK;
}

rc_status rc_hull_create(const rc_half_point *point, int64_t n, const double spacing_mm[3],
                         rc_arena *arena, rc_hull *out, rc_error *err) {
  rc_status status = RC_OK;
  char *message = NULL;
  size_t message_size = 0;
  int32_t *vertex_of = NULL;
  rc_hull hull = {0};
  bool started = false;
  qhT qh;
  for (int d = 0; d < 3; d++)
    hull.half_mm[d] = 0.5 * spacing_mm[d];
  if (n > INT32_MAX)
    return rc_fail(err, RC_ERR_LIMIT, "the region's surface has too many points for Qhull");
  double *xyz = coordinates(point, n, arena);
  FILE *chatter = open_memstream(&message, &message_size); // Qhull insists on a stream
  if (xyz == NULL || chatter == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "no memory for the convex hull");
    goto done;
  }
  char options[] = "qhull Qt Pp";
  qh_zero(&qh, chatter);
  started = true;
  if (qh_new_qhull(&qh, 3, (int)n, xyz, False, options, NULL, chatter) != 0) {
    fflush(chatter);
    status = rc_fail(err, RC_ERR_NUMERIC, "convex hull of %lld points: Qhull says: %.*s",
                     (long long)n, (int)strcspn(message, "\n"), message);
    goto done;
  }
  status = take_vertices(&qh, point, n, arena, &vertex_of, &hull, err);
  if (status == RC_OK)
    status = take_faces(&qh, vertex_of, arena, &hull, err);
  if (status == RC_OK)
    *out = hull;

done:
  if (started) {
    int long_bytes, long_count;
    qh_freeqhull(&qh, !qh_ALL);
    qh_memfreeshort(&qh, &long_bytes, &long_count);
  }
  if (chatter != NULL)
    fclose(chatter);
  free(message);
  return status;
}

static void face_normal_mm(const rc_hull *hull, int64_t f, double normal[3]) {
  const double *a = hull->vertex_mm[hull->face[f][0]], *b = hull->vertex_mm[hull->face[f][1]],
               *c = hull->vertex_mm[hull->face[f][2]];
  double u[3], v[3];
  for (int d = 0; d < 3; d++) {
    u[d] = b[d] - a[d];
    v[d] = c[d] - a[d];
  }
  normal[0] = u[1] * v[2] - u[2] * v[1];
  normal[1] = u[2] * v[0] - u[0] * v[2];
  normal[2] = u[0] * v[1] - u[1] * v[0];
}

static double length(const double v[3]) {
  return sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

void rc_hull_measure(const rc_hull *hull, double *volume_mm3, double *area_mm2) {
  // Around a vertex, every term is a whole number, so the sum has no rounding.
  double origin[3], sixfold = 0.0, area = 0.0;
  for (int d = 0; d < 3; d++)
    origin[d] = hull->vertex[0].at[d];
  for (int64_t f = 0; f < hull->n_faces; f++) {
    const int32_t *face = hull->face[f];
    double normal[3];
    sixfold += tetrahedron(origin, hull->vertex[face[0]].at, hull->vertex[face[1]].at,
                           hull->vertex[face[2]].at);
    face_normal_mm(hull, f, normal);
    area += 0.5 * length(normal);
  }
  *volume_mm3 = sixfold / 6.0 * hull->half_mm[0] * hull->half_mm[1] * hull->half_mm[2];
  *area_mm2 = area;
}

double rc_hull_diameter(const rc_hull *hull) {
  double largest = 0.0;
  const int64_t n = hull->n_vertices;
#pragma omp parallel for schedule(dynamic, 64) reduction(max : largest) if (n > 512)
  for (int64_t i = 0; i < n; i++)
    for (int64_t j = 0; j < i; j++) {
      const double *a = hull->vertex_mm[i], *b = hull->vertex_mm[j];
      double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
      double squared = x * x + y * y + z * z;
      largest = squared > largest ? squared : largest;
    }
  return sqrt(largest);
}

// --- boxes -------------------------------------------------------------------------------------

double rc_hull_box_volume(const rc_hull_box_size *box) {
  return box->side_mm[0] * box->side_mm[1] * box->side_mm[2];
}

double rc_hull_box_area(const rc_hull_box_size *box) {
  const double *s = box->side_mm;
  return 2.0 * (s[0] * s[1] + s[1] * s[2] + s[2] * s[0]);
}

rc_hull_box_size rc_hull_aligned_box(const rc_hull *hull) {
  rc_hull_box_size box;
  for (int d = 0; d < 3; d++) {
    int32_t low = INT32_MAX, high = INT32_MIN;
    for (int64_t v = 0; v < hull->n_vertices; v++) {
      int32_t at = hull->vertex[v].at[d];
      low = at < low ? at : low;
      high = at > high ? at : high;
    }
    box.side_mm[d] = (high - low) * hull->half_mm[d];
  }
  return box;
}

typedef struct flat_point {
  double u, v;
} flat_point;

/// A box with the directions of its sides.
typedef struct turned_box {
  rc_hull_box_size size;
  double axis[3][3]; ///< unit vectors of side_mm[0..2]
} turned_box;

static int compare_points(const void *a, const void *b) {
  const flat_point *p = a, *q = b;
  if (p->u != q->u)
    return p->u < q->u ? -1 : 1;
  return (p->v > q->v) - (p->v < q->v);
}

static double turn(flat_point a, flat_point b, flat_point c) {
  return (b.u - a.u) * (c.v - a.v) - (b.v - a.v) * (c.u - a.u);
}

/// Convex outline of n points, anticlockwise (Andrew's monotone chain). Sorts `point`; `out` has
/// room for n + 1. Returns its number of corners.
static int64_t flat_hull(flat_point *point, int64_t n, flat_point *out) {
  qsort(point, (size_t)n, sizeof *point, compare_points);
  int64_t k = 0;
  for (int64_t i = 0; i < n; i++) {
    while (k >= 2 && turn(out[k - 2], out[k - 1], point[i]) <= 0.0)
      k--;
    out[k++] = point[i];
  }
  int64_t lower = k + 1;
  for (int64_t i = n - 2; i >= 0; i--) {
    while (k >= lower && turn(out[k - 2], out[k - 1], point[i]) <= 0.0)
      k--;
    out[k++] = point[i];
  }
  return k - 1;
}

static double along(flat_point p, flat_point direction) {
  return p.u * direction.u + p.v * direction.v;
}

/// The rectangle of least area around a convex outline of n corners: its sides and the direction
/// of the first.
static void least_rectangle(const flat_point *corner, int64_t n, double side[2],
                            flat_point *direction) {
  double least = INFINITY;
  int64_t far = 1, top = 1, back = 1; // extreme along the edge, across it, against it
  for (int64_t i = 0; i < n; i++) {
    flat_point a = corner[i], b = corner[(i + 1) % n];
    double norm = hypot(b.u - a.u, b.v - a.v);
    if (norm == 0.0)
      continue;
    flat_point e = {(b.u - a.u) / norm, (b.v - a.v) / norm}, across = {-e.v, e.u},
               against = {-e.u, -e.v};
    int64_t *pointer[3] = {&far, &top, &back};
    const flat_point way[3] = {e, across, against};
    for (int k = 0; k < 3; k++) {
      // Each extreme follows the one before it around the outline.
      if (i == 0 && k > 0)
        *pointer[k] = *pointer[k - 1];
      for (int64_t steps = 0; steps < n; steps++) {
        int64_t next = (*pointer[k] + 1) % n;
        if (along(corner[next], way[k]) < along(corner[*pointer[k]], way[k]))
          break;
        *pointer[k] = next;
      }
    }
    double width = along(corner[far], e) - along(corner[back], e);
    double height = along(corner[top], across) - along(a, across);
    if (width * height < least) {
      least = width * height;
      side[0] = width;
      side[1] = height;
      *direction = e;
    }
  }
}

/// Two unit vectors that complete unit vector `n` to a right-handed frame.
static void frame_of(const double n[3], double u[3], double v[3]) {
  int d = fabs(n[0]) < fabs(n[1]) ? 0 : 1;
  if (fabs(n[2]) < fabs(n[d]))
    d = 2;
  double axis[3] = {0};
  axis[d] = 1.0;
  u[0] = n[1] * axis[2] - n[2] * axis[1];
  u[1] = n[2] * axis[0] - n[0] * axis[2];
  u[2] = n[0] * axis[1] - n[1] * axis[0];
  double norm = length(u);
  for (int k = 0; k < 3; k++)
    u[k] /= norm;
  v[0] = n[1] * u[2] - n[2] * u[1];
  v[1] = n[2] * u[0] - n[0] * u[2];
  v[2] = n[0] * u[1] - n[1] * u[0];
}

/// Points of a projection, in the frame of its direction, and the extent along the direction.
typedef struct projection {
  double *vertex[3];       ///< coordinates of the hull's vertices in mm
  double n[3], u[3], v[3]; ///< right-handed frame
  double low[2], high[2];  ///< extents: along n, along u
  double *at_u, *at_v;     ///< of each vertex
  int32_t *strip;          ///< of each vertex, see cut_strips
  flat_point *point;       ///< room for one a vertex
  flat_point *corner;      ///< room for one more than that
} projection;

/// Extremes are taken of so many points side by side.
#define LANES 8

RC_CLONES static void project_vertices(const double *x, const double *y, const double *z, int64_t n,
                                       projection *p) {
  double low[2][LANES], high[2][LANES], u[3], v[3], w[3];
  memcpy(u, p->u, sizeof u);
  memcpy(v, p->v, sizeof v);
  memcpy(w, p->n, sizeof w);
  for (int l = 0; l < LANES; l++) {
    low[0][l] = low[1][l] = INFINITY;
    high[0][l] = high[1][l] = -INFINITY;
  }
  for (int64_t i = 0; i < n; i += LANES)
    for (int64_t l = 0; l < LANES; l++) {
      double height = x[i + l] * w[0] + y[i + l] * w[1] + z[i + l] * w[2];
      double along = x[i + l] * u[0] + y[i + l] * u[1] + z[i + l] * u[2];
      p->at_u[i + l] = along;
      p->at_v[i + l] = x[i + l] * v[0] + y[i + l] * v[1] + z[i + l] * v[2];
      low[0][l] = height < low[0][l] ? height : low[0][l];
      high[0][l] = height > high[0][l] ? height : high[0][l];
      low[1][l] = along < low[1][l] ? along : low[1][l];
      high[1][l] = along > high[1][l] ? along : high[1][l];
    }
  for (int k = 0; k < 2; k++) {
    p->low[k] = INFINITY;
    p->high[k] = -INFINITY;
    for (int l = 0; l < LANES; l++) {
      p->low[k] = fmin(p->low[k], low[k][l]);
      p->high[k] = fmax(p->high[k], high[k][l]);
    }
  }
}

/// Vertices in a number that LANES divides: the last is repeated, which changes no outline.
static int64_t n_padded(const rc_hull *hull) {
  return (hull->n_vertices + LANES - 1) / LANES * LANES;
}

static bool projection_create(const rc_hull *hull, double *const vertex[3], rc_arena *arena,
                              projection *p) {
  const size_t n = (size_t)n_padded(hull);
  for (int d = 0; d < 3; d++)
    p->vertex[d] = vertex[d];
  p->at_u = rc_arena_alloc(arena, 2 * n, sizeof *p->at_u);
  p->at_v = p->at_u == NULL ? NULL : p->at_u + n;
  p->strip = rc_arena_alloc(arena, n, sizeof *p->strip);
  p->point = rc_arena_alloc(arena, n, sizeof *p->point);
  p->corner = rc_arena_alloc(arena, n + 1, sizeof *p->corner);
  return p->at_u != NULL && p->strip != NULL && p->point != NULL && p->corner != NULL;
}

static void project(const rc_hull *hull, const double normal[3], projection *p) {
  double norm = length(normal);
  for (int d = 0; d < 3; d++)
    p->n[d] = normal[d] / norm;
  frame_of(p->n, p->u, p->v);
  project_vertices(p->vertex[0], p->vertex[1], p->vertex[2], n_padded(hull), p);
}

/// Appends a point to a convex chain that turns left, from u small to large or back.
static int64_t append(flat_point *chain, int64_t k, int64_t start, flat_point point) {
  while (k - start >= 2 && turn(chain[k - 2], chain[k - 1], point) <= 0.0)
    k--;
  chain[k++] = point;
  return k;
}

/// A projection cut into strips along v. The outermost points of each make a convex outline within
/// the true one.
#define MOST_STRIPS 256
#define FEW_STRIPS 64
#define FEW_POINTS 4096
typedef struct strips {
  int n;
  double first, per_unit; ///< strip of a point: (u - first) * per_unit
  int64_t n_lower;        ///< corners from the leftmost point to the rightmost
  int64_t n_corners;      ///< the first is not repeated
  flat_point corner[2 * MOST_STRIPS + 4];
} strips;

RC_CLONES static void find_strips(const double *u, double first, double per_unit, int64_t n,
                                  int32_t *restrict strip) {
  for (int64_t i = 0; i < n; i++)
    strip[i] = (int32_t)((u[i] - first) * per_unit);
}

/// Cuts the n points of a projection.
static void cut_strips(projection *p, int64_t n, strips *s) {
  flat_point low[MOST_STRIPS], high[MOST_STRIPS], left = {p->low[1], 0.0},
                                                  right = {p->high[1], 0.0};
  const double *u = p->at_u, *v = p->at_v;
  s->n = n > FEW_POINTS ? MOST_STRIPS : FEW_STRIPS;
  for (int64_t i = n; i-- > 0;) { // the first of several
    left.v = u[i] == left.u ? v[i] : left.v;
    right.v = u[i] == right.u ? v[i] : right.v;
  }
  for (int k = 0; k < s->n; k++) {
    low[k].v = INFINITY;
    high[k].v = -INFINITY;
  }
  s->first = left.u;
  s->per_unit = (s->n - 1e-6) / (right.u - left.u);
  find_strips(u, s->first, s->per_unit, n, p->strip);
  for (int64_t i = 0; i < n; i++) {
    const int32_t k = p->strip[i];
    if (v[i] < low[k].v)
      low[k] = (flat_point){u[i], v[i]};
    if (v[i] > high[k].v)
      high[k] = (flat_point){u[i], v[i]};
  }
  int64_t end = append(s->corner, 0, 0, left);
  for (int k = 0; k < s->n; k++)
    if (low[k].v <= high[k].v)
      end = append(s->corner, end, 0, low[k]);
  end = append(s->corner, end, 0, right);
  s->n_lower = end;
  for (int k = s->n - 1; k >= 0; k--)
    if (low[k].v <= high[k].v)
      end = append(s->corner, end, s->n_lower - 1, high[k]);
  end = append(s->corner, end, s->n_lower - 1, left);
  s->n_corners = end - 1;
}

/// v at the border before strip k of a chain of corners with u from small to large (step 1) or back
/// (step -1); `at` follows it.
static double chain_at_border(const strips *s, int k, int64_t step, int64_t *at) {
  const double u = s->first + k / s->per_unit;
  const int64_t n = s->n_corners;
  int64_t next = (*at + step + n) % n;
  while (s->corner[next].u < u && s->corner[(next + step + n) % n].u > s->corner[next].u) {
    *at = next;
    next = (next + step + n) % n;
  }
  const flat_point a = s->corner[*at], b = s->corner[next];
  const double share = b.u > a.u ? (u - a.u) / (b.u - a.u) : 0.0;
  return a.v + fmin(fmax(share, 0.0), 1.0) * (b.v - a.v);
}

/// Gathers the points that may be corners of the outline in p->point: not those that lie within the
/// outline of the strips for sure. In a strip, its convex lower side is nowhere above its ends, and
/// the upper one nowhere below. Returns how many there are.
static int64_t gather_outer(const strips *s, projection *p, int64_t n) {
  double low[MOST_STRIPS + 1], high[MOST_STRIPS + 1], most = 0.0;
  int64_t lower = 0, upper = 0, kept = 0;
  for (int64_t i = 0; i < s->n_corners; i++)
    most = fmax(most, fabs(s->corner[i].v));
  for (int k = 0; k <= s->n; k++) {
    low[k] = chain_at_border(s, k, 1, &lower) + 1e-9 * most;
    high[k] = chain_at_border(s, k, -1, &upper) - 1e-9 * most;
  }
  for (int64_t i = 0; i < n; i++) {
    const int32_t k = p->strip[i];
    const double v = p->at_v[i];
    if (v > low[k] && v > low[k + 1] && v < high[k] && v < high[k + 1])
      continue;
    p->point[kept++] = (flat_point){p->at_u[i], v};
  }
  return kept;
}

/// The smallest box with a side across `normal` (any length).
static turned_box box_around(const rc_hull *hull, const double normal[3], projection *p) {
  turned_box box;
  flat_point e = {1.0, 0.0};
  strips s;
  project(hull, normal, p);
  cut_strips(p, hull->n_vertices, &s);
  int64_t outer = gather_outer(&s, p, hull->n_vertices);
  int64_t corners = flat_hull(p->point, outer, p->corner);
  least_rectangle(p->corner, corners, box.size.side_mm, &e);
  box.size.side_mm[2] = p->high[0] - p->low[0];
  for (int d = 0; d < 3; d++) {
    box.axis[0][d] = e.u * p->u[d] + e.v * p->v[d];
    box.axis[1][d] = -e.v * p->u[d] + e.u * p->v[d];
    box.axis[2][d] = p->n[d];
  }
  return box;
}

/// The volume of a box no larger than box_around's and without sorting: around the outline of the
/// strips.
static double volume_bound(const rc_hull *hull, const double normal[3], projection *p) {
  double side[2] = {0.0, 0.0};
  flat_point e;
  strips s;
  project(hull, normal, p);
  cut_strips(p, hull->n_vertices, &s);
  least_rectangle(s.corner, s.n_corners, side, &e);
  return side[0] * side[1] * (p->high[0] - p->low[0]);
}

/// Whole-number direction of a face's normal in half voxels, free of common factors and of sign,
/// so that coplanar and opposite faces have the same.
typedef struct face_direction {
  int64_t n[3];
} face_direction;

static int64_t common_factor(int64_t a, int64_t b) {
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

static face_direction direction_of(const rc_hull *hull, int64_t f) {
  const int32_t *a = hull->vertex[hull->face[f][0]].at, *b = hull->vertex[hull->face[f][1]].at,
                *c = hull->vertex[hull->face[f][2]].at;
  int64_t u[3], v[3];
  for (int d = 0; d < 3; d++) {
    u[d] = (int64_t)b[d] - a[d];
    v[d] = (int64_t)c[d] - a[d];
  }
  face_direction out = {
      {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]}};
  int64_t factor = common_factor(common_factor(out.n[0], out.n[1]), out.n[2]);
  if (factor == 0)
    return out;
  int64_t first = out.n[0] != 0 ? out.n[0] : out.n[1] != 0 ? out.n[1] : out.n[2];
  for (int d = 0; d < 3; d++)
    out.n[d] /= first < 0 ? -factor : factor;
  return out;
}

static int compare_directions(const void *a, const void *b) {
  const face_direction *p = a, *q = b;
  for (int d = 0; d < 3; d++)
    if (p->n[d] != q->n[d])
      return p->n[d] < q->n[d] ? -1 : 1;
  return 0;
}

/// Distinct directions of faces. `out` has room for all faces.
static int64_t distinct_directions(const rc_hull *hull, face_direction *out) {
  int64_t n = 0, kept = 0;
  for (int64_t f = 0; f < hull->n_faces; f++) {
    face_direction d = direction_of(hull, f);
    if (d.n[0] != 0 || d.n[1] != 0 || d.n[2] != 0)
      out[n++] = d;
  }
  qsort(out, (size_t)n, sizeof *out, compare_directions);
  for (int64_t i = 0; i < n; i++)
    if (i == 0 || compare_directions(&out[i], &out[kept - 1]) != 0)
      out[kept++] = out[i];
  return kept;
}

/// Clearly smaller in volume, or as small with less surface; rounding does not decide.
static bool smaller(const rc_hull_box_size *a, const rc_hull_box_size *b) {
  double va = rc_hull_box_volume(a), vb = rc_hull_box_volume(b);
  if (fabs(va - vb) > 1e-12 * vb)
    return va < vb;
  return rc_hull_box_area(a) < rc_hull_box_area(b) * (1.0 - 1e-12);
}

/// A normal in mm from one in half voxels: covariant, so divided by the spacing.
static void normal_in_mm(const rc_hull *hull, const face_direction *direction, double normal[3]) {
  double shortest = fmin(hull->half_mm[0], fmin(hull->half_mm[1], hull->half_mm[2]));
  for (int d = 0; d < 3; d++)
    normal[d] = (double)direction->n[d] * (shortest / hull->half_mm[d]);
}

/// A direction and a volume that its box does not fall below.
typedef struct candidate {
  double normal[3], bound;
  int64_t order; ///< settles ties
} candidate;

static int compare_candidates(const void *a, const void *b) {
  const candidate *p = a, *q = b;
  if (p->bound != q->bound)
    return p->bound < q->bound ? -1 : 1;
  return (p->order > q->order) - (p->order < q->order);
}

/// Fewer candidates are not worth more threads.
#define CANDIDATES_PER_THREAD 64

/// All distinct directions, most promising first; p[] has a projection for each of the threads.
static rc_status rank_directions(const rc_hull *hull, rc_arena *arena, const projection *p,
                                 int n_threads, candidate **out, int64_t *n, rc_error *err) {
  face_direction *direction = rc_arena_alloc(arena, (size_t)hull->n_faces, sizeof *direction);
  candidate *list = rc_arena_alloc(arena, (size_t)hull->n_faces, sizeof *list);
  if (direction == NULL || list == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the oriented bounding box");
  *n = distinct_directions(hull, direction);
  const int64_t n_list = *n;
#pragma omp parallel for num_threads(n_threads) schedule(static) if (n_list > CANDIDATES_PER_THREAD)
  for (int64_t i = 0; i < n_list; i++) {
    projection own = p[omp_get_thread_num()];
    normal_in_mm(hull, &direction[i], list[i].normal);
    list[i].bound = volume_bound(hull, list[i].normal, &own);
    list[i].order = i;
  }
  qsort(list, (size_t)*n, sizeof *list, compare_candidates);
  *out = list;
  return RC_OK;
}

/// Turns the best box around each of its own axes as long as that makes it smaller.
static void refine(const rc_hull *hull, projection *p, turned_box *best) {
  for (bool improved = true; improved;) {
    improved = false;
    for (int side = 0; side < 3; side++) {
      turned_box turned = box_around(hull, best->axis[side], p);
      if (!smaller(&turned.size, &best->size))
        continue;
      *best = turned;
      improved = true;
    }
  }
}

rc_status rc_hull_oriented_box(const rc_hull *hull, rc_arena *arena, rc_hull_box_size *out,
                               rc_error *err) {
  turned_box best = {rc_hull_aligned_box(hull), {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  candidate *list = NULL;
  int64_t n = 0;
  const int n_threads = omp_get_max_threads();
  const int64_t padded = n_padded(hull);
  double *coordinate = rc_arena_alloc(arena, 3 * (size_t)padded, sizeof *coordinate);
  projection *p = rc_arena_alloc(arena, (size_t)n_threads, sizeof *p);
  bool enough = p != NULL && coordinate != NULL;
  for (int t = 0; t < n_threads && enough; t++)
    enough = projection_create(
        hull, (double *[3]){coordinate, coordinate + padded, coordinate + 2 * padded}, arena,
        &p[t]);
  if (!enough)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the oriented bounding box");
  for (int64_t i = 0; i < padded; i++)
    for (int d = 0; d < 3; d++)
      coordinate[d * padded + i] =
          hull->vertex_mm[i < hull->n_vertices ? i : hull->n_vertices - 1][d];
  rc_status status = rank_directions(hull, arena, p, n_threads, &list, &n, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < n; i++) {
    if (list[i].bound > rc_hull_box_volume(&best.size) * (1.0 + 1e-9))
      break;
    turned_box turned = box_around(hull, list[i].normal, p);
    if (smaller(&turned.size, &best.size))
      best = turned;
  }
  refine(hull, p, &best);
  *out = best.size;
  return RC_OK;
}

// --- ellipsoid ---------------------------------------------------------------------------------

/// Khachiyan's ascent: weights of the lifted points q = (p, 1), and what follows from them.
typedef struct ascent {
  int64_t n;
  double *q[3];   ///< x, y, z: centred and scaled to a box of about +-1; the fourth is 1
  double *weight; ///< sum 1
  double *m;      ///< q' inverse(X) q, at most 4 at the optimum
  double inverse[16];
} ascent;

/// Point j, lifted.
static void lifted(const ascent *a, int64_t j, double q[4]) {
  for (int d = 0; d < 3; d++)
    q[d] = a->q[d][j];
  q[3] = 1.0;
}

/// Recomputes the inverse of X = sum weight q q' and every m from the weights.
static rc_status refresh(ascent *a, rc_error *err) {
  double x[16] = {0};
  for (int64_t i = 0; i < a->n; i++) {
    if (a->weight[i] == 0.0)
      continue;
    double q[4];
    lifted(a, i, q);
    for (int r = 0; r < 4; r++)
      for (int c = 0; c < 4; c++)
        x[4 * r + c] += a->weight[i] * q[r] * q[c];
  }
  if (!rc_cholesky(x, 4))
    return rc_fail(err, RC_ERR_NUMERIC, "enclosing ellipsoid: the weighted points are flat");
  rc_cholesky_inverse(x, 4, a->inverse);
  for (int64_t i = 0; i < a->n; i++) {
    double sum = 0.0, q[4];
    lifted(a, i, q);
    for (int r = 0; r < 4; r++)
      for (int c = 0; c < 4; c++)
        sum += q[r] * a->inverse[4 * r + c] * q[c];
    a->m[i] = sum;
  }
  return RC_OK;
}

/// m[i] = m[i] / keep - factor (q z)^2 for n points with coordinates x, y, z, 1.
RC_CLONES static void update_m(const double *x, const double *y, const double *z,
                               const double to[4], double keep, double factor, int64_t n,
                               double *restrict m) {
  for (int64_t i = 0; i < n; i++) {
    double dot = x[i] * to[0] + y[i] * to[1] + z[i] * to[2] + to[3];
    m[i] = m[i] / keep - factor * dot * dot;
  }
}

RC_CLONES static void scale_weights(double keep, int64_t n, double *weight) {
  for (int64_t i = 0; i < n; i++)
    weight[i] *= keep;
}

/// X becomes keep X + step q q' with point j's q: updates the inverse and m in O(n) (Sherman and
/// Morrison).
static void change_weight(ascent *a, int64_t j, double keep, double step) {
  double z[4], q[4], own = a->m[j] / keep;
  lifted(a, j, q);
  for (int r = 0; r < 4; r++) {
    z[r] = 0.0;
    for (int c = 0; c < 4; c++)
      z[r] += a->inverse[4 * r + c] / keep * q[c];
  }
  double factor = step / (1.0 + step * own);
  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++)
      a->inverse[4 * r + c] = a->inverse[4 * r + c] / keep - factor * z[r] * z[c];
  update_m(a->q[0], a->q[1], a->q[2], z, keep, factor, a->n, a->m);
  a->weight[j] += step;
}

/// Moves weight to point j (step > 0) or away from it (step < 0), from or to all in proportion.
static void move_weight(ascent *a, int64_t j, double step) {
  scale_weights(1.0 - step, a->n, a->weight);
  change_weight(a, j, 1.0 - step, step);
}

/// Points that cannot lie on the ellipsoid, given how far from optimal it is, leave for good
/// (Harman and Pronzato 2007, doi:10.1016/j.spl.2007.05.019).
static void eliminate(ascent *a) {
  double most = 0.0;
  for (int64_t i = 0; i < a->n; i++)
    most = fmax(most, a->m[i]);
  double gap = fmax(most - 4.0, 0.0);
  double least = 4.0 * (1.0 + 0.5 * gap - 0.5 * sqrt(gap * (3.0 + gap)));
  int64_t kept = 0;
  double weight = 0.0;
  for (int64_t i = 0; i < a->n; i++) {
    if (a->m[i] < least * (1.0 - 1e-9))
      continue;
    for (int d = 0; d < 3; d++)
      a->q[d][kept] = a->q[d][i];
    a->m[kept] = a->m[i];
    a->weight[kept] = a->weight[i];
    weight += a->weight[i];
    kept++;
  }
  a->n = kept;
  for (int64_t i = 0; i < kept; i++)
    a->weight[i] /= weight;
}

/// How far the weights are from optimal, and the points to blame: the one farthest outside, and
/// the one with weight that is farthest inside.
typedef struct gap {
  int64_t most, least;
  double above, below;
} gap;

/// The largest m, and the smallest of points with weight.
RC_CLONES static void find_extremes(const double *m, const double *weight, int64_t n, double *most,
                                    double *least) {
  double high[LANES], low[LANES];
  int64_t i = 0;
  for (int l = 0; l < LANES; l++) {
    high[l] = -INFINITY;
    low[l] = INFINITY;
  }
  for (; i + LANES <= n; i += LANES)
    for (int64_t l = 0; l < LANES; l++) {
      double weighted = weight[i + l] > 0.0 ? m[i + l] : INFINITY;
      high[l] = m[i + l] > high[l] ? m[i + l] : high[l];
      low[l] = weighted < low[l] ? weighted : low[l];
    }
  for (; i < n; i++) {
    high[0] = m[i] > high[0] ? m[i] : high[0];
    low[0] = weight[i] > 0.0 && m[i] < low[0] ? m[i] : low[0];
  }
  *most = high[0];
  *least = low[0];
  for (int l = 1; l < LANES; l++) {
    *most = high[l] > *most ? high[l] : *most;
    *least = low[l] < *least ? low[l] : *least;
  }
}

static gap find_gap(const ascent *a) {
  double most, least;
  gap g = {0, 0, 0.0, 0.0};
  find_extremes(a->m, a->weight, a->n, &most, &least);
  while (g.most < a->n - 1 && a->m[g.most] != most)
    g.most++;
  while (g.least < a->n - 1 && !(a->weight[g.least] > 0.0 && a->m[g.least] == least))
    g.least++;
  g.above = a->m[g.most] / 4.0 - 1.0;
  g.below = 1.0 - a->m[g.least] / 4.0;
  return g;
}

/// One step of the ascent: to the point farthest outside, or away from the one farthest inside.
static void climb(ascent *a, const gap *g) {
  if (g->above >= g->below) {
    double m = a->m[g->most];
    move_weight(a, g->most, (m - 4.0) / (4.0 * (m - 1.0)));
    return;
  }
  double m = a->m[g->least], all = a->weight[g->least] / (1.0 - a->weight[g->least]);
  double step = m > 1.0 ? (4.0 - m) / (4.0 * (m - 1.0)) : all;
  bool drop = step >= all;
  move_weight(a, g->least, -(drop ? all : step));
  if (drop)
    a->weight[g->least] = 0.0;
}

/// The best exchange of weight between points i and j alone (Boehning 1986,
/// doi:10.1007/BF01894763).
static void exchange(ascent *a, int64_t i, int64_t j) {
  double cross = 0.0, p[4], q[4];
  lifted(a, i, p);
  lifted(a, j, q);
  for (int r = 0; r < 4; r++)
    for (int c = 0; c < 4; c++)
      cross += p[r] * a->inverse[4 * r + c] * q[c];
  double curvature = a->m[i] * a->m[j] - cross * cross;
  if (curvature <= 0.0)
    return;
  double step = (a->m[j] - a->m[i]) / (2.0 * curvature); // from i to j
  bool empties_i = step >= a->weight[i], empties_j = -step >= a->weight[j];
  step = empties_i ? a->weight[i] : empties_j ? -a->weight[j] : step;
  if (step == 0.0)
    return;
  // First add, then take, so that the matrix stays positive definite.
  change_weight(a, step > 0.0 ? j : i, 1.0, fabs(step));
  change_weight(a, step > 0.0 ? i : j, 1.0, -fabs(step));
  if (empties_i || empties_j)
    a->weight[empties_i ? i : j] = 0.0;
}

/// When few candidates are left, exchanges between all pairs end the ascent faster.
static void sweep(ascent *a) {
  for (int64_t i = 0; i < a->n; i++)
    for (int64_t j = 0; j < i; j++)
      exchange(a, i, j);
}

/// Equal weights on the extreme points of three independent directions (Kumar and Yildirim).
static void start_weights(ascent *a) {
  double way[3] = {1.0, 0.0, 0.0}, first[3] = {0};
  for (int k = 0; k < 3; k++) {
    int64_t low = 0, high = 0;
    double low_at = INFINITY, high_at = -INFINITY;
    for (int64_t i = 0; i < a->n; i++) {
      double at = a->q[0][i] * way[0] + a->q[1][i] * way[1] + a->q[2][i] * way[2];
      if (at < low_at) {
        low_at = at;
        low = i;
      }
      if (at > high_at) {
        high_at = at;
        high = i;
      }
    }
    a->weight[low] += 1.0 / 6.0;
    a->weight[high] += 1.0 / 6.0;
    double span[3], u[3], v[3], norm;
    for (int d = 0; d < 3; d++)
      span[d] = a->q[d][high] - a->q[d][low];
    norm = length(span);
    for (int d = 0; d < 3; d++)
      span[d] /= norm;
    if (k == 0) {
      memcpy(first, span, sizeof first);
      frame_of(first, u, v);
      memcpy(way, u, sizeof way);
    } else if (k == 1) {
      way[0] = first[1] * span[2] - first[2] * span[1];
      way[1] = first[2] * span[0] - first[0] * span[2];
      way[2] = first[0] * span[1] - first[1] * span[0];
    }
  }
}

static rc_status lift(const rc_hull *hull, rc_arena *arena, ascent *a, double centre[3],
                      double scale[3], rc_error *err) {
  a->n = hull->n_vertices;
  double *q = rc_arena_alloc(arena, 3 * (size_t)a->n, sizeof *q);
  a->weight = rc_arena_alloc(arena, (size_t)a->n, sizeof *a->weight);
  a->m = rc_arena_alloc(arena, (size_t)a->n, sizeof *a->m);
  if (q == NULL || a->weight == NULL || a->m == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the enclosing ellipsoid");
  for (int d = 0; d < 3; d++) {
    int32_t low = INT32_MAX, high = INT32_MIN;
    a->q[d] = q + d * a->n;
    for (int64_t i = 0; i < a->n; i++) {
      int32_t at = hull->vertex[i].at[d];
      low = at < low ? at : low;
      high = at > high ? at : high;
    }
    centre[d] = 0.5 * ((double)low + high);
    scale[d] = 0.5 * ((double)high - low);
    for (int64_t i = 0; i < a->n; i++)
      a->q[d][i] = (hull->vertex[i].at[d] - centre[d]) / scale[d];
  }
  return RC_OK;
}

/// Semi-axes of the ellipsoid around the weighted mean with the weighted covariance, scaled until
/// the farthest point lies on it.
static rc_status semi_axes(const ascent *a, const double unit_mm[3], double semi_axis_mm[3],
                           rc_error *err) {
  double mean[3] = {0}, shape[9] = {0}, farthest = 0.0, value[3];
  for (int64_t i = 0; i < a->n; i++) {
    for (int d = 0; d < 3; d++)
      mean[d] += a->weight[i] * a->q[d][i];
    farthest = fmax(farthest, a->m[i] - 1.0); // squared Mahalanobis distance from the mean
  }
  for (int64_t i = 0; i < a->n; i++)
    for (int k = 0; k < 9; k++)
      shape[k] += a->weight[i] * (a->q[k / 3][i] - mean[k / 3]) * (a->q[k % 3][i] - mean[k % 3]);
  for (int k = 0; k < 9; k++)
    shape[k] *= farthest * unit_mm[k / 3] * unit_mm[k % 3];
  if (!rc_eigenvalues3(shape, value))
    return rc_fail(err, RC_ERR_NUMERIC, "enclosing ellipsoid: its shape is not finite");
  for (int d = 0; d < 3; d++)
    semi_axis_mm[d] = sqrt(fmax(value[d], 0.0));
  return RC_OK;
}

#define FEW_CANDIDATES 64
#define MOST_STEPS 5000
#define MOST_SWEEPS 200
#define REFRESH_EVERY 100

/// Ascends until the gap is below `tolerance` or the work is up.
static rc_status ascend(ascent *a, double tolerance, rc_error *err) {
  int64_t sweeps = 0;
  for (int64_t k = 0; k < MOST_STEPS && sweeps < MOST_SWEEPS; k++) {
    bool few = a->n <= FEW_CANDIDATES;
    if (few || k % REFRESH_EVERY == 0) { // lets no rounding error add up
      rc_status status = refresh(a, err);
      if (status != RC_OK)
        return status;
      eliminate(a);
    }
    gap g = find_gap(a);
    if (g.above <= tolerance && g.below <= tolerance)
      break;
    if (few) {
      sweep(a);
      sweeps++;
    } else {
      climb(a, &g);
    }
  }
  return RC_OK;
}

rc_status rc_hull_ellipsoid(const rc_hull *hull, rc_arena *arena, double semi_axis_mm[3],
                            rc_error *err) {
  ascent a = {0};
  double centre[3], unit[3];
  rc_status status = lift(hull, arena, &a, centre, unit, err);
  if (status != RC_OK)
    return status;
  for (int d = 0; d < 3; d++)
    unit[d] *= hull->half_mm[d];
  start_weights(&a);
  status = ascend(&a, 1e-10, err);
  if (status == RC_OK)
    status = refresh(&a, err);
  if (status == RC_OK)
    status = semi_axes(&a, unit, semi_axis_mm, err);
  return status;
}
