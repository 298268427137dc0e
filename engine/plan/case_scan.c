// SPDX-License-Identifier: Apache-2.0
// `cohort: dicom:` an archive is scanned; RTSTRUCTs are tied to the series they were drawn on.
#include "plan/cases.h"

#include <string.h>

static bool is_rtstruct(const rc_dicom_series *s) {
  return strcmp(s->modality, "RTSTRUCT") == 0;
}

/// 2: drawn on this series; 1: same frame of reference; 0: unrelated.
static int relation(const rc_dicom_series *rtstruct, const rc_dicom_series *image) {
  if (rtstruct->referenced_series_uid[0] != '\0' &&
      strcmp(rtstruct->referenced_series_uid, image->series_uid) == 0)
    return 2;
  return image->frame_uid[0] != '\0' && strcmp(rtstruct->frame_uid, image->frame_uid) == 0;
}

/// Whether the patient has images of this modality from more than one date.
static bool has_several_dates(const rc_dicom_series *first, const rc_dicom_series *end,
                              const rc_dicom_series *image) {
  for (const rc_dicom_series *s = first; s < end; s++)
    if (strcmp(s->modality, image->modality) == 0 && strcmp(s->study_date, image->study_date) != 0)
      return true;
  return false;
}

static rc_status add_pairs(const rc_dicom_series *first, const rc_dicom_series *end,
                           const rc_dicom_series *image, rc_found *found, rc_error *err) {
  int best = 0;
  for (const rc_dicom_series *s = first; s < end; s++)
    if (is_rtstruct(s) && relation(s, image) > best)
      best = relation(s, image);
  if (best == 0) {
    rc_found_note(found, "%s: %s series without an RTSTRUCT that refers to it is left out",
                  image->patient_id, image->modality);
    return RC_OK;
  }
  bool dated = has_several_dates(first, end, image);
  for (const rc_dicom_series *s = first; s < end; s++) {
    if (!is_rtstruct(s) || relation(s, image) != best)
      continue;
    rc_found_image pair = {.patient = image->patient_id,
                           .time_point = dated ? image->study_date : "",
                           .modality = image->modality,
                           .image_path = image->path,
                           .image_files = image->files,
                           .series_uid = image->series_uid,
                           .mask_path = s->path,
                           .rois = s->rois};
    rc_status status = rc_found_add(found, &pair, err);
    if (status != RC_OK)
      return status;
  }
  return RC_OK;
}

static bool wanted(const rc_cohort_settings *cohort, const rc_dicom_series *s) {
  return cohort->series.n == 0 ||
         rc_selected(&cohort->series, s->description, cohort->ignore_case) ||
         rc_selected(&cohort->series, s->series_uid, cohort->ignore_case);
}

rc_status rc_find_by_scan(const rc_workflow *workflow, rc_found *found, rc_error *err) {
  rc_dicom_index index;
  rc_image_limits limits = rc_image_limits_default();
  const char *folder = rc_workflow_input_path(workflow, workflow->cohort.dicom, found->arena);
  if (folder == NULL)
    return rc_fail(err, RC_ERR_MEMORY, "out of memory");
  rc_status status = rc_dicom_scan(folder, &limits, found->arena, &index, err);
  if (status != RC_OK)
    return status;
  for (int64_t i = 0; i < index.skipped.n; i++)
    rc_found_note(found, "unreadable DICOM file left out: %s", index.skipped.item[i]);
  const rc_dicom_series *all_end = index.series + index.n;
  for (const rc_dicom_series *first = index.series, *end; first < all_end; first = end) {
    // Series of one patient lie side by side.
    for (end = first; end < all_end && strcmp(end->patient_id, first->patient_id) == 0; end++)
      continue;
    if (first->patient_id[0] == '\0') { // rows of the cohort file are named after patients
      rc_found_note(found, "%lld DICOM series without a PatientID are left out, e.g. %s",
                    (long long)(end - first), first->path);
      continue;
    }
    for (const rc_dicom_series *s = first; status == RC_OK && s < end; s++)
      if (!is_rtstruct(s) && wanted(&workflow->cohort, s))
        status = add_pairs(first, end, s, found, err);
  }
  return status;
}
