// SPDX-License-Identifier: Apache-2.0
// RTSTRUCT regions: names, and contours turned into voxels on an image's grid (DICOM PS3.3, A.19).
#include "images/dicom.h"
#include "images/internal.h"
#include "images/rasterise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MODALITY RC_TAG(0x0008, 0x0060)
#define STRUCTURE_SET_ROI RC_TAG(0x3006, 0x0020)
#define ROI_NUMBER RC_TAG(0x3006, 0x0022)
#define ROI_NAME RC_TAG(0x3006, 0x0026)
#define ROI_CONTOUR RC_TAG(0x3006, 0x0039)
#define REFERENCED_ROI_NUMBER RC_TAG(0x3006, 0x0084)
#define CONTOUR RC_TAG(0x3006, 0x0040)
#define CONTOUR_TYPE RC_TAG(0x3006, 0x0042)
#define CONTOUR_DATA RC_TAG(0x3006, 0x0050)

#define NAME_TEXT 256
#define MAX_POINTS INT64_C(10000000)
#define LARGEST_MM 1e6
/// Contours of one slice may differ this much in position (in slices) and still count as one plane.
#define PLANE_TOLERANCE 0.01

static rc_status open_rtstruct(const char *path, rc_dicom **out, rc_error *err) {
  char modality[17] = "";
  rc_status status = rc_dicom_open(path, out, err);
  if (status != RC_OK)
    return status;
  rc_dicom_text(rc_dicom_root(*out), MODALITY, modality, sizeof modality);
  if (strcmp(modality, "RTSTRUCT") == 0)
    return RC_OK;
  rc_dicom_close(*out);
  *out = NULL;
  return rc_fail(err, RC_ERR_FORMAT,
                 "%s: Modality (0008,0060) is '%s'; a DICOM mask must be an RTSTRUCT", path,
                 modality);
}

rc_status rc_rtstruct_names(const rc_dicom_item *root, rc_arena *arena, rc_texts *names,
                            rc_error *err) {
  int64_t n = rc_dicom_sequence_length(root, STRUCTURE_SET_ROI);
  names->n = 0;
  names->item = rc_arena_alloc(arena, (size_t)n, sizeof *names->item);
  for (int64_t i = 0; names->item != NULL && i < n; i++) {
    char name[NAME_TEXT] = "";
    rc_dicom_text(rc_dicom_sequence_item(root, STRUCTURE_SET_ROI, i), ROI_NAME, name, sizeof name);
    names->item[i] = rc_arena_strdup(arena, name);
    if (names->item[i] == NULL)
      break;
    names->n++;
  }
  if (names->item == NULL || names->n != n)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  return RC_OK;
}

rc_status rc_rtstruct_rois(const char *path, rc_arena *arena, rc_texts *names, rc_error *err) {
  rc_dicom *dicom = NULL;
  rc_status status = open_rtstruct(path, &dicom, err);
  if (status == RC_OK)
    status = rc_rtstruct_names(rc_dicom_root(dicom), arena, names, err);
  rc_dicom_close(dicom);
  return status;
}

/// The ROINumber of the one region with that name.
static rc_status find_roi(const char *path, const rc_dicom_item *root, const char *roi,
                          double *roi_number, rc_error *err) {
  int64_t n = rc_dicom_sequence_length(root, STRUCTURE_SET_ROI), found = 0;
  for (int64_t i = 0; i < n; i++) {
    const rc_dicom_item *item = rc_dicom_sequence_item(root, STRUCTURE_SET_ROI, i);
    char name[NAME_TEXT] = "";
    rc_dicom_text(item, ROI_NAME, name, sizeof name);
    if (strcmp(name, roi) != 0)
      continue;
    if (rc_dicom_numbers(item, ROI_NUMBER, roi_number, 1) != 1)
      return rc_fail(err, RC_ERR_FORMAT, "%s: missing ROINumber (3006,0022)", path);
    found++;
  }
  if (found == 1)
    return RC_OK;
  return rc_fail(err, found == 0 ? RC_ERR_NOT_FOUND : RC_ERR_FORMAT,
                 "%s: %lld regions are named '%s' among %lld", path, (long long)found, roi,
                 (long long)n);
}

static const rc_dicom_item *find_contours(const rc_dicom_item *root, double roi_number) {
  int64_t n = rc_dicom_sequence_length(root, ROI_CONTOUR);
  for (int64_t i = 0; i < n; i++) {
    const rc_dicom_item *item = rc_dicom_sequence_item(root, ROI_CONTOUR, i);
    double number = NAN;
    if (rc_dicom_numbers(item, REFERENCED_ROI_NUMBER, &number, 1) == 1 && number == roi_number)
      return item;
  }
  return NULL;
}

/// A closed contour in voxel coordinates of the grid.
typedef struct contour {
  double *point; ///< n pairs (x, y)
  int64_t n;
  double z; ///< slice coordinate
} contour;

/// Points from patient to voxel coordinates; the contour must lie in one slice's plane.
static rc_status place(const char *path, const double *mm, int64_t n, const rc_geometry *grid,
                       contour *c, rc_error *err) {
  double least = INFINITY, most = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; i++) {
    double index[3];
    for (int d = 0; d < 3; d++)
      if (!(fabs(mm[3 * i + d]) <= LARGEST_MM))
        return rc_fail(err, RC_ERR_FORMAT, "%s: a coordinate of ContourData (3006,0050) is absurd",
                       path);
    rc_geometry_to_index(grid, mm + 3 * i, index);
    c->point[2 * i] = index[0];
    c->point[2 * i + 1] = index[1];
    least = fmin(least, index[2]);
    most = fmax(most, index[2]);
    sum += index[2];
  }
  c->n = n;
  c->z = sum / (double)n;
  if (most - least > 0.5)
    return rc_fail(err, RC_ERR_GEOMETRY,
                   "%s: a contour is not parallel to the image's slices; was it drawn on another "
                   "series?",
                   path);
  return RC_OK;
}

static bool is_closed(const rc_dicom_item *item) {
  char type[33] = "";
  rc_dicom_text(item, CONTOUR_TYPE, type, sizeof type);
  return strncmp(type, "CLOSED", 6) == 0;
}

static rc_status read_contour(const char *path, const rc_dicom_item *item, const rc_geometry *grid,
                              contour *c, rc_error *err) {
  rc_status status = RC_OK;
  int64_t n = rc_dicom_numbers(item, CONTOUR_DATA, NULL, 0);
  if (n < 0 || n % 3 != 0 || n / 3 > MAX_POINTS)
    return rc_fail(err, RC_ERR_FORMAT, "%s: unreadable ContourData (3006,0050)", path);
  if (n < 9)
    return RC_OK; // a point or a line encloses nothing
  double *mm = malloc((size_t)n * sizeof *mm);
  c->point = malloc((size_t)(n / 3) * 2 * sizeof *c->point);
  if (mm == NULL || c->point == NULL)
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
  if (status == RC_OK && rc_dicom_numbers(item, CONTOUR_DATA, mm, n) != n)
    status = rc_fail(err, RC_ERR_FORMAT, "%s: unreadable ContourData (3006,0050)", path);
  if (status == RC_OK)
    status = place(path, mm, n / 3, grid, c, err);
  free(mm);
  return status;
}

/// The slice a contour belongs to, -1 when it lies off the grid.
static int64_t slice_of(const contour *c, const rc_geometry *grid) {
  double nearest = floor(c->z + 0.5);
  return nearest >= 0 && nearest < (double)grid->size[2] ? (int64_t)nearest : -1;
}

/// Draws every contour whose plane is the nearest to its slice. Planes denser than the image's
/// slices would otherwise cancel each other out.
static rc_status draw(const contour *list, int64_t n, const rc_geometry *grid, uint8_t *voxel,
                      rc_error *err) {
  rc_status status = RC_OK;
  uint8_t *flips = calloc((size_t)(grid->size[0] + 1), (size_t)grid->size[1]);
  double *nearest = malloc((size_t)grid->size[2] * sizeof *nearest);
  if (flips == NULL || nearest == NULL) {
    status = rc_fail(err, RC_ERR_MEMORY, "out of memory");
    goto done;
  }
  for (int64_t z = 0; z < grid->size[2]; z++)
    nearest[z] = INFINITY;
  for (int64_t i = 0; i < n; i++) {
    int64_t z = slice_of(&list[i], grid);
    if (z >= 0 && list[i].n > 0)
      nearest[z] = fmin(nearest[z], fabs(list[i].z - (double)z));
  }
  for (int64_t i = 0; i < n; i++) {
    int64_t z = slice_of(&list[i], grid);
    if (z >= 0 && list[i].n > 0 && fabs(list[i].z - (double)z) <= nearest[z] + PLANE_TOLERANCE)
      rc_rasterise_contour(list[i].point, list[i].n, grid->size,
                           voxel + grid->size[0] * grid->size[1] * z, flips);
  }
done:
  free(nearest);
  free(flips);
  return status;
}

static rc_status read_and_draw(const char *path, const rc_dicom_item *roi, const rc_geometry *grid,
                               uint8_t *voxel, rc_error *err) {
  int64_t n = rc_dicom_sequence_length(roi, CONTOUR);
  contour *list = calloc((size_t)n + 1, sizeof *list);
  rc_status status = list == NULL ? rc_fail(err, RC_ERR_MEMORY, "out of memory") : RC_OK;
  for (int64_t i = 0; status == RC_OK && i < n; i++) {
    const rc_dicom_item *item = rc_dicom_sequence_item(roi, CONTOUR, i);
    if (is_closed(item))
      status = read_contour(path, item, grid, &list[i], err);
  }
  if (status == RC_OK)
    status = draw(list, n, grid, voxel, err);
  for (int64_t i = 0; list != NULL && i < n; i++)
    free(list[i].point);
  free(list);
  return status;
}

rc_status rc_rtstruct_mask(const char *path, const char *roi, const rc_geometry *grid,
                           const rc_image_limits *limits, rc_mask *out, rc_error *err) {
  rc_dicom *dicom = NULL;
  double number = NAN;
  if (roi == NULL || roi[0] == '\0')
    return rc_fail(err, RC_ERR_USAGE, "%s: an RTSTRUCT needs the name of a region (roi:)", path);
  rc_status status = open_rtstruct(path, &dicom, err);
  if (status != RC_OK)
    return status;
  const rc_dicom_item *root = rc_dicom_root(dicom);
  status = find_roi(path, root, roi, &number, err);
  if (status != RC_OK)
    goto done;
  const rc_dicom_item *contours = find_contours(root, number);
  if (contours == NULL || rc_dicom_sequence_length(contours, CONTOUR) == 0) {
    status = rc_fail(err, RC_ERR_EMPTY, "%s: region '%s' has no contours", path, roi);
    goto done;
  }
  status = rc_mask_create(grid, limits->max_voxels, out, err);
  if (status == RC_OK)
    status = read_and_draw(path, contours, grid, out->value, err);
  if (status != RC_OK)
    rc_mask_release(out);
done:
  rc_dicom_close(dicom);
  return status;
}
