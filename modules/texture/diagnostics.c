// SPDX-License-Identifier: Apache-2.0
// What each stage of processing left of image and masks. IBSI-1 lists these values in its reference
// data sets; they tell at which step two programs begin to differ.
#include "texture/registry.h"

#include <math.h>

// One line a fact: X(tag, stage, object, member of rc_stage_facts, unit, name). `stage` is the
// member of rc_roi and part of the tag, and so is `object` (image or region of interest).
#define IMAGE_FACTS(X, stage)                                                                      \
  X("img_dim_x", stage, "img", image_size[0], RC_FU_VOXEL, "Image dimension x")                    \
  X("img_dim_y", stage, "img", image_size[1], RC_FU_VOXEL, "Image dimension y")                    \
  X("img_dim_z", stage, "img", image_size[2], RC_FU_VOXEL, "Image dimension z")                    \
  X("vox_dim_x", stage, "img", spacing_mm[0], RC_FU_MM, "Voxel dimension x")                       \
  X("vox_dim_y", stage, "img", spacing_mm[1], RC_FU_MM, "Voxel dimension y")                       \
  X("vox_dim_z", stage, "img", spacing_mm[2], RC_FU_MM, "Voxel dimension z")                       \
  X("mean_int", stage, "img", image_mean, RC_FU_INTENSITY, "Mean intensity of the image")          \
  X("min_int", stage, "img", image_min, RC_FU_INTENSITY, "Minimum intensity of the image")         \
  X("max_int", stage, "img", image_max, RC_FU_INTENSITY, "Maximum intensity of the image")

#define ROI_FACTS(X, stage)                                                                        \
  X("int_mask_dim_x", stage, "roi", image_size[0], RC_FU_VOXEL, "Mask dimension x")                \
  X("int_mask_dim_y", stage, "roi", image_size[1], RC_FU_VOXEL, "Mask dimension y")                \
  X("int_mask_dim_z", stage, "roi", image_size[2], RC_FU_VOXEL, "Mask dimension z")                \
  X("int_mask_bb_dim_x", stage, "roi", int_box[0], RC_FU_VOXEL, "Intensity mask extent x")         \
  X("int_mask_bb_dim_y", stage, "roi", int_box[1], RC_FU_VOXEL, "Intensity mask extent y")         \
  X("int_mask_bb_dim_z", stage, "roi", int_box[2], RC_FU_VOXEL, "Intensity mask extent z")         \
  X("morph_mask_bb_dim_x", stage, "roi", morph_box[0], RC_FU_VOXEL, "Morphological mask extent x") \
  X("morph_mask_bb_dim_y", stage, "roi", morph_box[1], RC_FU_VOXEL, "Morphological mask extent y") \
  X("morph_mask_bb_dim_z", stage, "roi", morph_box[2], RC_FU_VOXEL, "Morphological mask extent z") \
  X("int_mask_vox_count", stage, "roi", int_voxels, RC_FU_VOXEL, "Intensity mask voxels")          \
  X("morph_mask_vox_count", stage, "roi", morph_voxels, RC_FU_VOXEL, "Morphological mask voxels")  \
  X("int_mask_mean_int", stage, "roi", int_mean, RC_FU_INTENSITY, "Mean intensity in the mask")    \
  X("int_mask_min_int", stage, "roi", int_min, RC_FU_INTENSITY, "Minimum intensity in the mask")   \
  X("int_mask_max_int", stage, "roi", int_max, RC_FU_INTENSITY, "Maximum intensity in the mask")

#define DIAGNOSTICS(X)                                                                             \
  IMAGE_FACTS(X, init)                                                                             \
  IMAGE_FACTS(X, interp)                                                                           \
  ROI_FACTS(X, init)                                                                               \
  ROI_FACTS(X, interp)                                                                             \
  ROI_FACTS(X, reseg)

static const char meaning_init[] = "as read, before processing";
static const char meaning_interp[] = "after interpolation and rounding";
static const char meaning_reseg[] = "after re-segmentation";

static const rc_feature features[] = {
#define X(tag, stage, object, member, unit, name)                                                  \
  {tag "_" #stage "_" object, name, "", unit, meaning_##stage},
    DIAGNOSTICS(X)
#undef X
};

static rc_status compute(const rc_roi *roi, const void *params, uint32_t aggregations,
                         rc_arena *arena, rc_family_output *out, rc_error *err) {
  (void)params;
  (void)aggregations;
  (void)arena;
  (void)err;
  double *value = out->value;
#define X(tag, stage, object, member, unit, name) *value++ = (double)roi->stage.member;
  DIAGNOSTICS(X)
#undef X
  if (isnan(roi->init.image_mean))
    out->undefined = "facts of the whole image were not asked for";
  else if (roi->n_mask == 0)
    out->undefined = "the intensity mask is empty";
  return RC_OK;
}

const rc_family rc_family_diagnostics = {
    .profile = RC_PROFILE_IBSI,
    .key = "diagnostics",
    .name = "Diagnostics",
    .ibsi = "",
    .source = "IBSI-1 chapter 5, reference data sets",
    .aggregations = RC_AGG_BIT(RC_AGG_NONE),
    .feature = features,
    .n_features = (int64_t)(sizeof features / sizeof features[0]),
    .params = NULL,
    .needs_levels = false,
    .by_default = false,
    .original_only = true,
    .compute = compute,
};
