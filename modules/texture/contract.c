// SPDX-License-Identifier: Apache-2.0
#include "texture/contract.h"

#include <stdbool.h>

typedef struct aggregation_facts {
  const char *suffix, *ibsi, *meaning;
} aggregation_facts;

static const aggregation_facts aggregations[RC_AGG_COUNT] = {
#define X(enumerator, suffix, ibsi, meaning) {suffix, ibsi, meaning},
    RC_AGGREGATION_LIST(X)
#undef X
};

static bool aggregation_valid(rc_aggregation aggregation) {
  return (unsigned)aggregation < RC_AGG_COUNT;
}

const char *rc_aggregation_suffix(rc_aggregation aggregation) {
  return aggregation_valid(aggregation) ? aggregations[aggregation].suffix : "?";
}

const char *rc_aggregation_ibsi(rc_aggregation aggregation) {
  return aggregation_valid(aggregation) ? aggregations[aggregation].ibsi : "?";
}

const char *rc_aggregation_meaning(rc_aggregation aggregation) {
  return aggregation_valid(aggregation) ? aggregations[aggregation].meaning : "?";
}

/// The square of an image unit; rc_intensity_unit_name has the unit itself.
static const char *intensity_squared(rc_intensity_unit image) {
  switch (image) {
  case RC_UNIT_HU:
    return "HU^2";
  case RC_UNIT_SUV:
    return "SUV^2";
  case RC_UNIT_BQML:
    return "(Bq/ml)^2";
  case RC_UNIT_GRAY:
    return "Gy^2";
  case RC_UNIT_ARBITRARY:
    break;
  }
  return "";
}

static const char *intensity_times_volume(rc_intensity_unit image) {
  switch (image) {
  case RC_UNIT_HU:
    return "HU mm^3";
  case RC_UNIT_SUV:
    return "SUV mm^3";
  case RC_UNIT_BQML:
    return "Bq/ml mm^3";
  case RC_UNIT_GRAY:
    return "Gy mm^3";
  case RC_UNIT_ARBITRARY:
    break;
  }
  return "mm^3";
}

const char *rc_feature_unit_text(rc_feature_unit unit, rc_intensity_unit image) {
  switch (unit) {
  case RC_FU_MM:
    return "mm";
  case RC_FU_MM2:
    return "mm^2";
  case RC_FU_MM3:
    return "mm^3";
  case RC_FU_PER_MM:
    return "1/mm";
  case RC_FU_INTENSITY:
    return rc_intensity_unit_name(image);
  case RC_FU_INTENSITY2:
    return intensity_squared(image);
  case RC_FU_INTENSITY_MM3:
    return intensity_times_volume(image);
  case RC_FU_LEVEL:
    return "level";
  case RC_FU_LEVEL2:
    return "level^2";
  case RC_FU_BIT:
    return "bit";
  case RC_FU_VOXEL:
    return "voxel";
  case RC_FU_NONE:
    break;
  }
  return "";
}
