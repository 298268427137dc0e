// SPDX-License-Identifier: Apache-2.0
// The surface as PyRadiomics measures it: marching cubes whose table has only the sets of corners
// without corner 3; a set with it takes the triangles of the opposite set, turned over. On faces
// with two diagonal corners set the two cubes that share it may disagree, so that the surface has a
// hole there and the volume depends on where the volume's origin is: at the centre of the voxel
// below the box. Cubes are counted with their places, and the sum over triangles follows from that.
#include "texture/mesh.h"

#include <math.h>

/// As in mesh.c, for the sets of corners 0..255 without corner 3, in order: Lorensen and Cline's
/// cases with PyRadiomics' choice of triangles (triTable of its cshape.c).
static const char *const cubes[128] = {
    "",
    "480",
    "419",
    "019980",
    "852",
    "420452",
    "852419",
    "529219201",
    "0a6",
    "4868a6",
    "0a6419",
    "6199a698a",
    "0a6852",
    "2a6526456",
    "0a6852419",
    "95292aa191a6",
    "b16",
    "480b16",
    "6b44b9",
    "06bb80b98",
    "b16852",
    "524204b16",
    "6b44b9852",
    "6b9926206952",
    "b1aa10",
    "4818b18ab",
    "40aa94ab9",
    "b8a8b9",
    "b1a10a852",
    "ab15a1451a52",
    "85240aa94ab9",
    "952a92b9a",
    "27a",
    "27a480",
    "27a419",
    "01998027a",
    "a85a57",
    "a04a47574",
    "a57a85419",
    "a5715aa01519",
    "270760",
    "278748764",
    "270760419",
    "761871819827",
    "085560765",
    "576456",
    "419860856576",
    "961956576",
    "b1627a",
    "480b1627a",
    "6b44b927a",
    "a2706bb80b98",
    "a85a57b16",
    "b16a047a4574",
    "a85a576b44b9",
    "057a0709506b0b9",
    "7b1127021",
    "7b1714274248",
    "02790797b409",
    "82787b8b9",
    "8107185787b1",
    "7b1471574",
    "0b994007b850057",
    "7b9957",
    "b73",
    "480b73",
    "419b73",
    "019980b73",
    "852b73",
    "420452b73",
    "419852b73",
    "529219201b73",
    "0a6b73",
    "4868a6b73",
    "0a6419b73",
    "6199a698ab73",
    "0a6852b73",
    "2a6526456b73",
    "0a6419852b73",
    "95292aa191a6b73",
    "736316",
    "736316480",
    "943473467",
    "980790670397",
    "852736316",
    "420452736316",
    "852943473467",
    "967397906952920",
    "73a30a310",
    "8a7187317148",
    "943340730a70",
    "a739a38a9",
    "85273a30a310",
    "a45a52a143a7a31",
    "852943340730a70",
    "a739a3a52a95",
    "a2bb23",
    "a2bb23480",
    "419a2bb23",
    "019980a2bb23",
    "b53b85ba8",
    "b535b0ba0450",
    "419b53b85ba8",
    "5015195a0b535ba",
    "b6003b023",
    "486836238b63",
    "419b6003b023",
    "623b63826619986",
    "b535b6856860",
    "b535b6456",
    "b535b6856860419",
    "61995663b536",
    "a26216231",
    "a26216231480",
    "23aa34a46439",
    "986680639a26623",
    "316836a86853",
    "a31a16a53a04a45",
    "3a8853a36439346",
    "6a0953",
    "210312",
    "148218312",
    "943340023",
    "238983",
    "850305103",
    "451531",
    "850305940039",
    "953",
};

/// Of corner 3.
#define OPPOSITE 8

/// The triangles of a set of corners summed: area in mm^2, six times the volume between them and
/// corner 0, and twice their area vector, both in voxels.
typedef struct cube_facts {
  double area_mm2, sixfold, twice_area[3];
} cube_facts;

static void cross(const double a[3], const double b[3], double out[3]) {
  for (int d = 0; d < 3; d++)
    out[d] = a[(d + 1) % 3] * b[(d + 2) % 3] - a[(d + 2) % 3] * b[(d + 1) % 3];
}

static double dot(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void add_triangle(const char edge[3], const double spacing_mm[3], cube_facts *facts) {
  double corner[3][3], side[2][3], normal[3], normal_mm[3];
  for (int k = 0; k < 3; k++) {
    rc_half_point middle = rc_mesh_edge(edge[k]);
    for (int d = 0; d < 3; d++)
      corner[k][d] = 0.5 * middle.at[d];
  }
  for (int k = 0; k < 2; k++)
    for (int d = 0; d < 3; d++)
      side[k][d] = corner[k + 1][d] - corner[0][d];
  cross(side[0], side[1], normal);
  for (int d = 0; d < 3; d++) {
    normal_mm[d] = normal[d] * spacing_mm[(d + 1) % 3] * spacing_mm[(d + 2) % 3];
    facts->twice_area[d] += normal[d];
  }
  facts->area_mm2 += 0.5 * sqrt(dot(normal_mm, normal_mm));
  facts->sixfold += dot(corner[0], normal);
}

/// Six times the volume that the cubes with corners `c` add, in voxels: a triangle moved by its
/// cube's place gains the place times twice its area vector.
static double volume_of(const rc_mesh_census *census, int c, const cube_facts *facts) {
  double sixfold = (double)census->count[c] * facts->sixfold;
  for (int d = 0; d < 3; d++)
    sixfold += (double)census->place[d][c] * facts->twice_area[d];
  return sixfold;
}

void rc_mesh_measure_pyradiomics(const uint8_t *mask, const int64_t size[3], const rc_box *box,
                                 const double spacing_mm[3], double *volume_mm3, double *area_mm2) {
  rc_mesh_census census;
  double sixfold = 0.0, area = 0.0;
  rc_mesh_count(mask, size, box, true, &census);
  for (int k = 1; k < 128; k++) {
    const int corners = (k & (OPPOSITE - 1)) | (k & ~(OPPOSITE - 1)) << 1, rest = corners ^ 0xff;
    cube_facts facts = {0};
    for (const char *edge = cubes[k]; *edge != '\0'; edge += 3)
      add_triangle(edge, spacing_mm, &facts);
    sixfold += volume_of(&census, corners, &facts) - volume_of(&census, rest, &facts);
    area += (double)(census.count[corners] + census.count[rest]) * facts.area_mm2;
  }
  *volume_mm3 = sixfold / 6.0 * spacing_mm[0] * spacing_mm[1] * spacing_mm[2];
  *area_mm2 = area;
}
