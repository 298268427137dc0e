// SPDX-License-Identifier: Apache-2.0
#include "filters/icosphere.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FACES = 320, MAX_EDGES = 480 };

typedef struct mesh {
  int64_t n_vertices, n_faces;
  double (*vertex)[3];
  int64_t face[MAX_FACES][3];
} mesh;

typedef struct edge {
  int64_t low, high; ///< vertices
} edge;

static void make_icosahedron(mesh *m) {
  static const int64_t faces[20][3] = {{0, 11, 5}, {0, 5, 1},  {0, 1, 7},   {0, 7, 10}, {0, 10, 11},
                                       {1, 5, 9},  {5, 11, 4}, {11, 10, 2}, {10, 7, 6}, {7, 1, 8},
                                       {3, 9, 4},  {3, 4, 2},  {3, 2, 6},   {3, 6, 8},  {3, 8, 9},
                                       {4, 9, 5},  {2, 4, 11}, {6, 2, 10},  {8, 6, 7},  {9, 8, 1}};
  const double t = (1.0 + pow(5.0, 0.5)) / 2.0, length = sqrt(2.0 + t);
  const double corner[12][3] = {{-1, t, 0}, {1, t, 0}, {-1, -t, 0}, {1, -t, 0},
                                {0, -1, t}, {0, 1, t}, {0, -1, -t}, {0, 1, -t},
                                {t, 0, -1}, {t, 0, 1}, {-t, 0, -1}, {-t, 0, 1}};
  m->n_vertices = 12;
  m->n_faces = 20;
  memcpy(m->face, faces, sizeof faces);
  for (int v = 0; v < 12; v++)
    for (int d = 0; d < 3; d++)
      m->vertex[v][d] = corner[v][d] / length;
}

static edge edge_of(int64_t a, int64_t b) {
  return a < b ? (edge){a, b} : (edge){b, a};
}

static int by_high_end(const void *a, const void *b) {
  const edge *p = a, *q = b;
  if (p->high != q->high)
    return p->high < q->high ? -1 : 1;
  return (p->low > q->low) - (p->low < q->low);
}

/// Every edge once, sorted; returns their number.
static int64_t list_edges(const mesh *m, edge out[2 * MAX_EDGES]) {
  int64_t n = 0, different = 0;
  for (int64_t f = 0; f < m->n_faces; f++)
    for (int k = 0; k < 3; k++)
      out[n++] = edge_of(m->face[f][k], m->face[f][(k + 1) % 3]);
  qsort(out, (size_t)n, sizeof *out, by_high_end);
  for (int64_t i = 0; i < n; i++)
    if (i == 0 || by_high_end(&out[i], &out[different - 1]) != 0)
      out[different++] = out[i];
  return different;
}

static int64_t find_edge(const edge *list, int64_t n, int64_t a, int64_t b) {
  const edge wanted = edge_of(a, b);
  const edge *found = bsearch(&wanted, list, (size_t)n, sizeof *list, by_high_end);
  assert(found != NULL);
  return found - list;
}

/// Each triangle becomes four, with new vertices in the middle of its edges.
static void divide(mesh *m) {
  edge list[2 * MAX_EDGES];
  int64_t face[MAX_FACES][3], n = list_edges(m, list), first = m->n_vertices;
  for (int64_t e = 0; e < n; e++)
    for (int d = 0; d < 3; d++)
      m->vertex[first + e][d] = (m->vertex[list[e].low][d] + m->vertex[list[e].high][d]) / 2.0;
  for (int64_t f = 0; f < m->n_faces; f++) {
    const int64_t *a = m->face[f];
    int64_t middle[3];
    for (int k = 0; k < 3; k++)
      middle[k] = first + find_edge(list, n, a[k], a[(k + 1) % 3]);
    const int64_t four[4][3] = {{a[0], middle[0], middle[2]},
                                {middle[0], a[1], middle[1]},
                                {middle[2], middle[1], a[2]},
                                {middle[0], middle[1], middle[2]}};
    memcpy(face[4 * f], four, sizeof four);
  }
  m->n_vertices += n;
  m->n_faces *= 4;
  memcpy(m->face, face, (size_t)m->n_faces * sizeof *face);
}

static void move_onto_sphere(mesh *m, double radius) {
  for (int64_t v = 0; v < m->n_vertices; v++) {
    double *at = m->vertex[v];
    double length = sqrt(at[0] * at[0] + at[1] * at[1] + at[2] * at[2]);
    for (int d = 0; d < 3; d++)
      at[d] += at[d] / length * (radius - length);
  }
}

int64_t rc_icosphere(int64_t subdivision, double radius,
                     double vertex[RC_ICOSPHERE_MAX_VERTICES][3]) {
  assert(subdivision >= 0 && subdivision <= RC_ICOSPHERE_MAX_SUBDIVISION);
  mesh m = {.vertex = vertex};
  make_icosahedron(&m);
  for (int64_t i = 0; i < subdivision; i++) {
    divide(&m);
    move_onto_sphere(&m, radius);
  }
  return m.n_vertices;
}
