// SPDX-License-Identifier: Apache-2.0
#include "texture/mesh.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/// Per set of corners: the edges crossed by each triangle, three hexadecimal digits a triangle (see
/// rc_mesh_edge).
static const char *const cubes[256] = {
    "",
    "480",
    "419",
    "809019",
    "852",
    "450520",
    "419852",
    "012192952",
    "935",
    "480935",
    "415135",
    "805035013",
    "892932",
    "490930320",
    "418128132",
    "012132",
    "0a6",
    "4868a6",
    "4190a6",
    "8a9a69619",
    "8520a6",
    "4565262a6",
    "4198520a6",
    "9515212a1a61",
    "0a6935",
    "4868a6935",
    "4151350a6",
    "8a5a65615135",
    "8929320a6",
    "4969269322a6",
    "4181281320a6",
    "1261322a6",
    "16b",
    "48016b",
    "4696b9",
    "8b980b06b",
    "85216b",
    "45052016b",
    "4696b9852",
    "0626926b9952",
    "93516b",
    "48093516b",
    "4656b5b35",
    "8050656b5b35",
    "89293216b",
    "49093032016b",
    "4686b8b38328",
    "0320636b3",
    "0a1ab1",
    "4818b18ab",
    "4090a9ab9",
    "8a9ab9",
    "8520a1ab1",
    "4515212a1ab1",
    "4090a9ab9852",
    "9ab95a52a",
    "0a1ab1935",
    "4818b18ab935",
    "4050b50abb35",
    "8b58abb35",
    "8929320a1ab1",
    "4a142a492932ab1",
    "4384b340b0ab328",
    "2a3ab3",
    "27a",
    "48027a",
    "41927a",
    "80901927a",
    "85a57a",
    "4704577a0",
    "41985a57a",
    "01a19a95a57a",
    "93527a",
    "48093527a",
    "41513527a",
    "80503501327a",
    "89a93a37a",
    "4909303707a0",
    "4181781377a8",
    "03a01337a",
    "026276",
    "476487827",
    "419026276",
    "829269276619",
    "850560576",
    "456576",
    "419850560576",
    "951561576",
    "026276935",
    "476487827935",
    "415135026276",
    "815861826276135",
    "890930370760",
    "476497937",
    "438413378708760",
    "136376",
    "16b27a",
    "48016b27a",
    "4696b927a",
    "8b980b06b27a",
    "85a57a16b",
    "4704577a016b",
    "4696b985a57a",
    "05a0950696b957a",
    "93516b27a",
    "48093516b27a",
    "4656b5b3527a",
    "8050656b5b3527a",
    "89a93a37a16b",
    "4909303707a016b",
    "4384b346b3787a8",
    "03a0636b337a",
    "0212717b1",
    "4818212717b1",
    "4090790277b9",
    "8b982b27b",
    "8505b057bb10",
    "4714577b1",
    "4b940b07b087857",
    "95b57b",
    "0212717b1935",
    "4818212717b1935",
    "4354b340b07b027",
    "8b582b27bb35",
    "8708378937b0b10",
    "4714979377b1",
    "40837b",
    "37b",
    "3b7",
    "4803b7",
    "4193b7",
    "8090193b7",
    "8523b7",
    "4505203b7",
    "4198523b7",
    "0121929523b7",
    "9b5b75",
    "4809b5b75",
    "4754171b7",
    "8050b501bb75",
    "8b289bb72",
    "4909709b7720",
    "4181b8b78728",
    "0121b2b72",
    "0a63b7",
    "4868a63b7",
    "4190a63b7",
    "8a9a696193b7",
    "8520a63b7",
    "4565262a63b7",
    "4198520a63b7",
    "9515212a1a613b7",
    "0a69b5b75",
    "4868a69b5b75",
    "4754171b70a6",
    "8158618a61b5b75",
    "8b289bb720a6",
    "4a642a4929729b7",
    "4181b8b787280a6",
    "1261b2b722a6",
    "163673",
    "480163673",
    "479467739",
    "809079067739",
    "852163673",
    "450520163673",
    "479467739852",
    "052095069639673",
    "915165675",
    "480915165675",
    "465675",
    "805065675",
    "892912162672",
    "420492972917167",
    "478467728",
    "062672",
    "0310a3a73",
    "4818718a7731",
    "4090a9a79739",
    "8a9a79739",
    "8520310a3a73",
    "4a142a452a71731",
    "4090a9a79739852",
    "9a395a52aa73",
    "0a1a51a75591",
    "4a148aa71791759",
    "4754070a7",
    "8a5a75",
    "8929729171a710a",
    "4912a7",
    "4784070a7728",
    "2a7",
    "23a3ba",
    "48023a3ba",
    "41923a3ba",
    "80901923a3ba",
    "8ba85b53b",
    "4505303b0ba0",
    "4198ba85b53b",
    "05a09501953a3ba",
    "9a59baa25",
    "4809a59baa25",
    "4151a51baa25",
    "8158011b5b25ba2",
    "89a9ba",
    "4909a09ba",
    "4181b8ba8",
    "01a1ba",
    "0360233b6",
    "4868368233b6",
    "4190360233b6",
    "8198618262b623b",
    "8505303b0b60",
    "4565363b6",
    "4198505303b0b60",
    "9515615363b6",
    "0262565969b6",
    "4868262b625b59b",
    "4151b5b25b62602",
    "8251b6",
    "8b089bb60",
    "4969b6",
    "4181b8b68608",
    "1b6",
    "1231626a2",
    "4801231626a2",
    "4696a9a29239",
    "8090696396a3a23",
    "85a51a53116a",
    "4505a053a36a316",
    "4696396a3a53a85",
    "06a953",
    "9151656a5a25",
    "4809151656a5a25",
    "4656a5a25",
    "8050656a5a25",
    "89a91a16a",
    "4909a091a16a",
    "4686a8",
    "06a",
    "021231",
    "481821231",
    "409039023",
    "829239",
    "850530310",
    "451531",
    "409039083853",
    "953",
    "021251591",
    "481821251591",
    "405025",
    "825",
    "890910",
    "491",
    "408",
    "",
};

/// Middle of each edge, in half voxels from corner 0 (x, y, z).
static const int8_t middle[12][3] = {{1, 0, 0}, {1, 2, 0}, {1, 0, 2}, {1, 2, 2},
                                     {0, 1, 0}, {0, 1, 2}, {2, 1, 0}, {2, 1, 2},
                                     {0, 0, 1}, {0, 2, 1}, {2, 0, 1}, {2, 2, 1}};

rc_half_point rc_mesh_edge(char digit) {
  const int8_t *at = middle[digit <= '9' ? digit - '0' : digit - 'a' + 10];
  return (rc_half_point){{at[0], at[1], at[2]}};
}

int rc_mesh_cube(int corners, rc_half_point triangle[RC_MESH_MAX_TRIANGLES][3]) {
  int n = 0;
  for (const char *digit = cubes[corners]; *digit != '\0'; digit++, n++)
    triangle[n / 3][n % 3] = rc_mesh_edge(*digit);
  return n / 3;
}

rc_box rc_mesh_bounds(const uint8_t *mask, const int64_t size[3], int64_t *n_set) {
  rc_box box = {{size[0], size[1], size[2]}, {0, 0, 0}};
  int64_t n = 0;
  for (int64_t z = 0; z < size[2]; z++)
    for (int64_t y = 0; y < size[1]; y++) {
      const uint8_t *row = mask + size[0] * (y + size[1] * z);
      int64_t first = 0, last = size[0] - 1, before = n;
      while (first <= last && row[first] == 0)
        first++;
      while (last >= first && row[last] == 0)
        last--;
      for (int64_t x = first; x <= last; x++)
        n += row[x] != 0;
      if (n == before)
        continue;
      const int64_t low[3] = {first, y, z}, high[3] = {last + 1, y + 1, z + 1};
      for (int d = 0; d < 3; d++) {
        box.low[d] = low[d] < box.low[d] ? low[d] : box.low[d];
        box.high[d] = high[d] > box.high[d] ? high[d] : box.high[d];
      }
    }
  if (n == 0)
    box = (rc_box){{0, 0, 0}, {0, 0, 0}};
  *n_set = n;
  return box;
}

static double triple(const double a[3], const double b[3], const double c[3]) {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
         a[2] * (b[0] * c[1] - b[1] * c[0]);
}

static double triangle_area(const double a[3], const double b[3], const double c[3]) {
  double u[3], v[3];
  for (int d = 0; d < 3; d++) {
    u[d] = b[d] - a[d];
    v[d] = c[d] - a[d];
  }
  double n[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
  return 0.5 * sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
}

/// Area of the inside on the face of the cube where axis d is at its far end, in cell faces.
static double far_face_inside(int corners, int d) {
  static const int far_corners[3][4] = {{4, 5, 7, 6}, {1, 3, 7, 5}, {2, 6, 7, 3}}; // x, y, z
  int set[4], n = 0;
  for (int i = 0; i < 4; i++)
    n += set[i] = corners >> far_corners[d][i] & 1;
  if (n == 2)
    return set[0] == set[2] ? 0.25 : 0.5; // diagonal corners stay apart
  static const double area[5] = {0.0, 0.125, 0.5, 0.875, 1.0};
  return area[n];
}

/// Volume (cells) of the inside of one cube, by the divergence theorem around corner 0: the
/// surface's triangles and the parts of the three far faces of the cube that lie inside.
static double cube_volume(int corners) {
  rc_half_point triangle[RC_MESH_MAX_TRIANGLES][3];
  int n = rc_mesh_cube(corners, triangle);
  double sixfold = 0.0;
  for (int t = 0; t < n; t++) {
    double p[3][3];
    for (int k = 0; k < 9; k++)
      p[k / 3][k % 3] = 0.5 * triangle[t][k / 3].at[k % 3];
    sixfold += triple(p[0], p[1], p[2]);
  }
  for (int d = 0; d < 3; d++)
    sixfold += 2.0 * far_face_inside(corners, d);
  return sixfold / 6.0;
}

static double cube_area(int corners, const double spacing_mm[3]) {
  rc_half_point triangle[RC_MESH_MAX_TRIANGLES][3];
  int n = rc_mesh_cube(corners, triangle);
  double area = 0.0;
  for (int t = 0; t < n; t++) {
    double p[3][3];
    for (int k = 0; k < 9; k++)
      p[k / 3][k % 3] = 0.5 * triangle[t][k / 3].at[k % 3] * spacing_mm[k % 3];
    area += triangle_area(p[0], p[1], p[2]);
  }
  return area;
}

#define CHUNK 1024

/// Counts the cubes between rows y, y + 1 of slices z, z + 1 over the whole width of the box, and
/// adds up their places along x if `place` is not NULL.
static void count_row(const uint8_t *mask, const int64_t size[3], const rc_box *box, int64_t y,
                      int64_t z, int64_t count[256], int64_t *place) {
  int corners = 0;
  for (int64_t start = box->low[0]; start < box->high[0]; start += CHUNK) {
    uint8_t column[CHUNK] = {0}; // the four voxels of the rows at one x, as bits dy 1, dz 2
    int64_t n = box->high[0] - start < CHUNK ? box->high[0] - start : CHUNK;
    for (int b = 0; b < 4; b++) {
      int64_t ry = y + (b & 1), rz = z + (b >> 1);
      if (ry < box->low[1] || ry >= box->high[1] || rz < box->low[2] || rz >= box->high[2])
        continue;
      const uint8_t *row = mask + start + size[0] * (ry + size[1] * rz);
      for (int64_t x = 0; x < n; x++)
        column[x] |= (uint8_t)((row[x] != 0) << b);
    }
    for (int64_t x = 0; x < n; x++) {
      corners = corners >> 4 | column[x] << 4;
      count[corners]++;
      if (place != NULL)
        place[corners] += start + x - box->low[0];
    }
  }
  count[corners >> 4]++;
  if (place != NULL)
    place[corners >> 4] += box->high[0] - box->low[0];
}

/// Counts a row with places along all axes.
static void place_row(const uint8_t *mask, const int64_t size[3], const rc_box *box, int64_t y,
                      int64_t z, int64_t count[256], int64_t place[3 * 256]) {
  int64_t row[256] = {0};
  count_row(mask, size, box, y, z, row, place);
  for (int c = 0; c < 256; c++) {
    count[c] += row[c];
    place[256 + c] += row[c] * (y - box->low[1] + 1);
    place[512 + c] += row[c] * (z - box->low[2] + 1);
  }
}

void rc_mesh_count(const uint8_t *mask, const int64_t size[3], const rc_box *box, bool places,
                   rc_mesh_census *out) {
  int64_t count[256] = {0}, place[3 * 256] = {0};
  int64_t cells = (box->high[0] - box->low[0]) * (box->high[1] - box->low[1]);
#pragma omp parallel for schedule(static) reduction(+ : count[:256], place[:768]) if (cells > 4096)
  for (int64_t z = box->low[2] - 1; z < box->high[2]; z++)
    for (int64_t y = box->low[1] - 1; y < box->high[1]; y++)
      if (places)
        place_row(mask, size, box, y, z, count, place);
      else
        count_row(mask, size, box, y, z, count, NULL);
  memcpy(out->count, count, sizeof count);
  memcpy(out->place, place, sizeof place);
}

void rc_mesh_measure(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                     const double spacing_mm[3], double *volume_mm3, double *area_mm2) {
  rc_mesh_census census;
  double cells_inside = 0.0, area = 0.0;
  rc_mesh_count(mask, size, box, false, &census);
  for (int c = 1; c < 256; c++) {
    cells_inside += (double)census.count[c] * cube_volume(c);
    area += (double)census.count[c] * cube_area(c, spacing_mm);
  }
  *volume_mm3 = cells_inside * spacing_mm[0] * spacing_mm[1] * spacing_mm[2];
  *area_mm2 = area;
}

void rc_mesh_plane_clear(rc_mesh_plane *p) {
  for (int32_t i = 0; i < p->n; i++) {
    p->low[i] = INT32_MAX;
    p->high[i] = INT32_MIN;
  }
}

void rc_mesh_plane_add(rc_mesh_plane *p, int32_t u, int32_t v) {
  if (u < p->low[v + 1])
    p->low[v + 1] = u;
  if (u > p->high[v + 1])
    p->high[v + 1] = u;
}

/// Appends one side of the plane's convex outline: `side` +1 for the high ends, -1 for the low.
/// Returns the new end of the list.
static rc_half_point *chain(const rc_mesh_plane *p, int32_t z, int side, rc_half_point *list) {
  rc_half_point *end = list;
  for (int32_t i = 0; i < p->n; i++) {
    if (p->low[i] > p->high[i])
      continue;
    int64_t u = side > 0 ? p->high[i] : p->low[i], v = i - 1;
    while (end - list >= 2) {
      const int32_t *a = end[-2].at, *b = end[-1].at;
      int64_t turn = (b[0] - a[0]) * (v - a[1]) - (int64_t)(b[1] - a[1]) * (u - a[0]);
      if (side * turn > 0)
        break; // b is a corner
      end--;
    }
    *end++ = (rc_half_point){{(int32_t)u, (int32_t)v, z}};
  }
  return end;
}

/// Both sides; they share a point where a row has only one.
rc_half_point *rc_mesh_plane_outline(const rc_mesh_plane *p, int32_t z, rc_half_point *list) {
  rc_half_point *middle_of_list = chain(p, z, -1, list);
  return chain(p, z, +1, middle_of_list);
}

/// What the outline is collected from while slices pass by, box-relative indices.
typedef struct scan {
  int32_t n[3];     ///< size of the box
  int32_t *first_y; ///< [x] of this slice; -1: none yet
  int32_t *last_y;
  int32_t *first_z; ///< [y][x]
  int32_t *last_z;
  rc_mesh_plane slice;
} scan;

/// Collects the points within slice z (between voxels of the slice), and first_z, last_z.
static void scan_slice(scan *s, const uint8_t *mask, const int64_t size[3], const rc_box *box,
                       int32_t z) {
  rc_mesh_plane_clear(&s->slice);
  for (int32_t x = 0; x < s->n[0]; x++)
    s->first_y[x] = s->last_y[x] = -1;
  for (int32_t y = 0; y < s->n[1]; y++) {
    const uint8_t *row =
        mask + box->low[0] + size[0] * (box->low[1] + y + size[1] * (box->low[2] + z));
    int32_t *first_z = s->first_z + (int64_t)y * s->n[0],
            *last_z = s->last_z + (int64_t)y * s->n[0];
    int32_t first = 0, last = s->n[0] - 1;
    while (first <= last && row[first] == 0)
      first++;
    while (last >= first && row[last] == 0)
      last--;
    if (first > last)
      continue;
    rc_mesh_plane_add(&s->slice, 2 * first - 1, 2 * y);
    rc_mesh_plane_add(&s->slice, 2 * last + 1, 2 * y);
    for (int32_t x = first; x <= last; x++) {
      bool set = row[x] != 0;
      s->first_y[x] = set && s->first_y[x] < 0 ? y : s->first_y[x];
      s->last_y[x] = set ? y : s->last_y[x];
      first_z[x] = set && first_z[x] < 0 ? z : first_z[x];
      last_z[x] = set ? z : last_z[x];
    }
  }
  for (int32_t x = 0; x < s->n[0]; x++) {
    if (s->first_y[x] < 0)
      continue;
    rc_mesh_plane_add(&s->slice, 2 * x, 2 * s->first_y[x] - 1);
    rc_mesh_plane_add(&s->slice, 2 * x, 2 * s->last_y[x] + 1);
  }
}

/// The outermost columns (x, y) whose first (or last) voxel lies in slice z, as low[z][y] and
/// high[z][y]; low > high where there is none.
static void column_ends(const int32_t *z_of, const int32_t n[3], int32_t *low, int32_t *high) {
  for (int64_t i = 0; i < (int64_t)n[1] * n[2]; i++) {
    low[i] = INT32_MAX;
    high[i] = INT32_MIN;
  }
  for (int32_t y = 0; y < n[1]; y++)
    for (int32_t x = 0; x < n[0]; x++) {
      int32_t z = z_of[x + (int64_t)n[0] * y];
      if (z < 0)
        continue;
      int64_t i = y + (int64_t)n[1] * z;
      if (x < low[i])
        low[i] = x;
      high[i] = x; // x grows
    }
}

/// Points between slices: z of the plane is 2 * slice + shift.
static rc_half_point *outline_between(scan *s, const int32_t *low, const int32_t *high,
                                      int32_t shift, rc_half_point *end) {
  for (int32_t z = 0; z < s->n[2]; z++) {
    rc_mesh_plane_clear(&s->slice);
    for (int32_t y = 0; y < s->n[1]; y++) {
      int64_t i = y + (int64_t)s->n[1] * z;
      if (low[i] > high[i])
        continue;
      rc_mesh_plane_add(&s->slice, 2 * low[i], 2 * y);
      rc_mesh_plane_add(&s->slice, 2 * high[i], 2 * y);
    }
    end = rc_mesh_plane_outline(&s->slice, 2 * z + shift, end);
  }
  return end;
}

rc_status rc_mesh_outline(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                          rc_arena *arena, rc_half_point **point, int64_t *n, rc_error *err) {
  scan s = {0};
  for (int d = 0; d < 3; d++) {
    int64_t extent = box->high[d] - box->low[d];
    if (extent > RC_MESH_MAX_EXTENT)
      return rc_fail(
          err, RC_ERR_LIMIT,
          "the region is %lld voxels long, more than %d: interpolate to a larger spacing",
          (long long)extent, RC_MESH_MAX_EXTENT);
    s.n[d] = (int32_t)extent;
  }
  size_t nx = (size_t)s.n[0], ny = (size_t)s.n[1], nz = (size_t)s.n[2];
  s.slice.n = 2 * s.n[1] + 1;
  // Two ends a row: slices have 2 ny + 1 rows, the planes between them ny each, both ways.
  rc_half_point *list = rc_arena_alloc(arena, nz * (8 * ny + 2), sizeof *list);
  rc_arena_mark mark = rc_arena_get_mark(arena);
  s.slice.low = rc_arena_alloc(arena, (size_t)s.slice.n, sizeof(int32_t));
  s.slice.high = rc_arena_alloc(arena, (size_t)s.slice.n, sizeof(int32_t));
  s.first_y = rc_arena_alloc(arena, nx, sizeof(int32_t));
  s.last_y = rc_arena_alloc(arena, nx, sizeof(int32_t));
  s.first_z = rc_arena_alloc(arena, nx * ny, sizeof(int32_t));
  s.last_z = rc_arena_alloc(arena, nx * ny, sizeof(int32_t));
  int32_t *low = rc_arena_alloc(arena, ny * nz, sizeof *low);
  int32_t *high = rc_arena_alloc(arena, ny * nz, sizeof *high);
  if (list == NULL || s.slice.low == NULL || s.slice.high == NULL || s.first_y == NULL ||
      s.last_y == NULL || s.first_z == NULL || s.last_z == NULL || low == NULL || high == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "no memory for the outline of the region");

  for (size_t i = 0; i < nx * ny; i++)
    s.first_z[i] = s.last_z[i] = -1;
  rc_half_point *end = list;
  for (int32_t z = 0; z < s.n[2]; z++) {
    scan_slice(&s, mask, size, box, z);
    end = rc_mesh_plane_outline(&s.slice, 2 * z, end);
  }
  column_ends(s.first_z, s.n, low, high);
  end = outline_between(&s, low, high, -1, end);
  column_ends(s.last_z, s.n, low, high);
  end = outline_between(&s, low, high, +1, end);
  rc_arena_rewind(arena, mark);
  *point = list;
  *n = end - list;
  return RC_OK;
}
