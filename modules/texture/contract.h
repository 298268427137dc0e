// SPDX-License-Identifier: Apache-2.0
/// @file contract.h
/// What a feature family must provide. A family is one file: a list of its features, a parameter
/// table, static helpers and one exported const descriptor; families.def names it in one line.
/// `radcohort features`, the workflow schema, the cohort file's `var` and the docs derive from it.
#ifndef RADCOHORT_TEXTURE_CONTRACT_H
#define RADCOHORT_TEXTURE_CONTRACT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/param.h"
#include "data/profile.h"
#include "data/roi.h"
#include <stdint.h>

/// How values from slices and directions are combined (IBSI-1 section 3.6 to 3.11).
//    enumerator       suffix       IBSI code  meaning
#define RC_AGGREGATION_LIST(X)                                                                     \
  X(RC_AGG_NONE, "", "", "over the whole ROI")                                                     \
  X(RC_AGG_2D_AVG, "2D_avg", "BTW3", "by slice and direction, averaged")                           \
  X(RC_AGG_2D_COMB, "2D_comb", "SUJT", "by slice, directions merged, averaged")                    \
  X(RC_AGG_2_5D_AVG, "2_5D_avg", "JJUI", "by direction, slices merged, averaged")                  \
  X(RC_AGG_2_5D_COMB, "2_5D_comb", "ZW7Z", "slices and directions merged")                         \
  X(RC_AGG_3D_AVG, "3D_avg", "ITBB", "by 3-D direction, averaged")                                 \
  X(RC_AGG_3D_COMB, "3D_comb", "IAZD", "3-D directions merged")                                    \
  X(RC_AGG_2D, "2D", "8QNN", "by slice, averaged")                                                 \
  X(RC_AGG_2_5D, "2_5D", "62GR", "slices merged")                                                  \
  X(RC_AGG_3D, "3D", "KOBO", "over the volume")

typedef enum rc_aggregation {
#define X(enumerator, suffix, ibsi, meaning) enumerator,
  RC_AGGREGATION_LIST(X)
#undef X
      RC_AGG_COUNT
} rc_aggregation;

#define RC_AGG_BIT(aggregation) (UINT32_C(1) << (aggregation))
/// What GLCM and GLRLM offer, and what the zone and neighbourhood families offer.
#define RC_AGG_DIRECTIONAL                                                                         \
  (RC_AGG_BIT(RC_AGG_2D_AVG) | RC_AGG_BIT(RC_AGG_2D_COMB) | RC_AGG_BIT(RC_AGG_2_5D_AVG) |          \
   RC_AGG_BIT(RC_AGG_2_5D_COMB) | RC_AGG_BIT(RC_AGG_3D_AVG) | RC_AGG_BIT(RC_AGG_3D_COMB))
#define RC_AGG_ZONAL (RC_AGG_BIT(RC_AGG_2D) | RC_AGG_BIT(RC_AGG_2_5D) | RC_AGG_BIT(RC_AGG_3D))

const char *rc_aggregation_suffix(rc_aggregation aggregation);
const char *rc_aggregation_ibsi(rc_aggregation aggregation);
const char *rc_aggregation_meaning(rc_aggregation aggregation);

/// Units of a feature, resolved to text when the image is known.
typedef enum rc_feature_unit {
  RC_FU_NONE,          ///< dimensionless
  RC_FU_MM,            ///< mm
  RC_FU_MM2,           ///< mm^2
  RC_FU_MM3,           ///< mm^3
  RC_FU_PER_MM,        ///< 1/mm
  RC_FU_INTENSITY,     ///< the image's unit
  RC_FU_INTENSITY2,    ///< its square
  RC_FU_INTENSITY_MM3, ///< the image's unit times mm^3
  RC_FU_LEVEL,         ///< grey level
  RC_FU_LEVEL2,        ///< grey level squared
  RC_FU_BIT,           ///< entropy
  RC_FU_VOXEL          ///< count
} rc_feature_unit;

/// E.g. (RC_FU_INTENSITY, RC_UNIT_HU) -> "HU".
const char *rc_feature_unit_text(rc_feature_unit unit, rc_intensity_unit image);

typedef struct rc_feature {
  const char *tag;  ///< stem of the IBSI reference tag, "cm_joint_max"; or PyRadiomics' name
  const char *name; ///< IBSI name, e.g. "Joint maximum"
  const char *ibsi; ///< IBSI code, e.g. "GYBY"; "" where IBSI has no such definition
  rc_feature_unit unit;
  const char *definition; ///< one line, in our own words
} rc_feature;

/// A family lists its features once, X(enumerator, tag, name, ibsi, unit, definition), and expands
/// the list with these two into the enum that indexes its output and the table of its features.
#define RC_FEATURE_ENUM(enumerator, tag, name, ibsi, unit, definition) enumerator,
#define RC_FEATURE_ROW(enumerator, tag, name, ibsi, unit, definition)                              \
  {tag, name, ibsi, unit, definition},

/// Where compute writes. `value` is poisoned with NaN by the caller; compute fills
/// value[a * n_features + f] for the a-th set bit (ascending) of `aggregations`.
typedef struct rc_family_output {
  double *value;
  const char *undefined; ///< static text: why some values are NaN; NULL when all are defined
} rc_family_output;

struct rc_window;

/// What a sliding family is to follow.
typedef struct rc_sliding_wish {
  const void *params;    ///< as compute has them; they outlive the state
  uint32_t aggregations; ///< as compute has them
  const bool *wanted;    ///< [n_features]: the others may stay NaN
} rc_sliding_wish;

/// How a family follows a cube that moves along a row of voxels (window.h), so that a feature map
/// need not look at every cube as a whole. The state holds whole numbers only, or whatever is the
/// same for the same set of planes: values are those that compute gives for the cube, to the bit,
/// and do not depend on the way that the cube came.
typedef struct rc_sliding {
  /// A state for the window, which is empty. *state stays NULL where the family cannot follow with
  /// these parameters and aggregations, or where that takes more memory than it is worth.
  rc_status (*create)(const struct rc_window *window, const rc_sliding_wish *wish, rc_arena *arena,
                      void **state, rc_error *err);
  /// window->last has come. NULL, as remove may be: the window itself says enough.
  void (*add)(void *state, const struct rc_window *window);
  void (*remove)(void *state, const struct rc_window *window); ///< window->first is to go
  /// The values of a cube with a voxel in the intensity mask, laid out as compute's; NaN before.
  /// Levels that are present have been listed. `value` holds columns that are not wanted, too.
  rc_status (*finish)(void *state, const struct rc_window *window, double *value, rc_error *err);
} rc_sliding;

typedef struct rc_family {
  rc_profile profile;        ///< whose definitions these are
  const char *key;           ///< "glcm": name in the workflow; unique within the profile
  const char *name;          ///< "Grey level co-occurrence matrix"
  const char *ibsi;          ///< "LFYI"
  const char *source;        ///< "IBSI-1 section 3.6"
  uint32_t aggregations;     ///< offered: RC_AGG_BIT(...)s
  const rc_feature *feature; ///< in output order
  int64_t n_features;
  const rc_param_table *params; ///< NULL when it has none
  bool needs_levels;            ///< needs roi->texture.value
  bool by_default;              ///< part of `families: all` (diagnostics are not)
  bool original_only;           ///< says nothing new about a filtered image: masks, whole chain
  bool looks_around;            ///< reads intensities outside the masks
  /// Computes every feature for the asked aggregations. `roi` has n_morph > 0 and may have
  /// n_mask == 0 (then intensity features are NaN with a reason; not an error). `params` has the
  /// layout of `params->struct_size` or is NULL. Scratch comes from `arena` only (marked and
  /// rewound by the caller). Results must not depend on the number of OpenMP threads: integer
  /// counts may be merged in any order, floating-point sums in a fixed one.
  rc_status (*compute)(const rc_roi *roi, const void *params, uint32_t aggregations,
                       rc_arena *arena, rc_family_output *out, rc_error *err);
  const rc_sliding *sliding; ///< NULL: maps compute each cube afresh
} rc_family;

/// All families in their documented order (families.def); ends with NULL.
extern const rc_family *const rc_families[];
extern const int64_t rc_n_families;
const rc_family *rc_family_find(rc_profile profile, const char *key); ///< NULL if unknown

/// The families of a profile stand together: rc_families[first] .. rc_families[end - 1].
typedef struct rc_family_range {
  int64_t first, end;
} rc_family_range;

rc_family_range rc_families_of(rc_profile profile);
uint64_t rc_family_bits(rc_profile profile); ///< all of them, as in rc_feature_settings

/// Which features a workflow asks for. Made with rc_feature_settings_default.
typedef struct rc_feature_settings {
  rc_profile profile;    ///< of all families that are asked for
  uint64_t families;     ///< bit i: rc_families[i]
  uint32_t aggregations; ///< RC_AGG_BITs wanted; families offer a subset. RC_AGG_NONE is implied
  void **params;         ///< [rc_n_families], NULL: no parameters, or of another profile
} rc_feature_settings;

/// The profile's families with by_default set, aggregations 3D, 3D_avg and 3D_comb, default
/// parameters.
rc_status rc_feature_settings_default(rc_profile profile, rc_arena *arena, rc_feature_settings *out,
                                      rc_error *err);

/// One output column: a feature under an aggregation.
typedef struct rc_feature_column {
  const rc_family *family;
  const rc_feature *feature;
  rc_aggregation aggregation;
  const char *name; ///< tag plus suffix, "cm_joint_max_3D_avg"; PyRadiomics: "glcm_JointEnergy"
} rc_feature_column;

/// The aggregations of `family` that `settings` asks for, as RC_AGG_BITs; 0: family not selected.
uint32_t rc_feature_wanted(const rc_feature_settings *settings, int64_t family);

/// The columns for `settings`, in output order: family, then aggregation, then feature.
rc_status rc_feature_columns(const rc_feature_settings *settings, rc_arena *arena,
                             rc_feature_column **columns, int64_t *n, rc_error *err);

/// Computes all columns of one ROI into value[n] (n from rc_feature_columns). Undefined features
/// are NaN; `undefined`, when not NULL, gets an arena string "family: reason; ..." or "". The
/// arena is rewound after each family, so the peak is that of the hungriest one. RC_ERR_EMPTY: the
/// morphological mask is empty; otherwise a family's own error, with its name in front.
rc_status rc_features_compute(const rc_feature_settings *settings, const rc_roi *roi,
                              rc_arena *arena, double *value, const char **undefined,
                              rc_error *err);

#endif
