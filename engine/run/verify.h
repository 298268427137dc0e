// SPDX-License-Identifier: Apache-2.0
/// @file verify.h
/// Checks the program against published reference values, on the user's own machine. Answers are
/// frames of checks.h.
#ifndef RADCOHORT_ENGINE_VERIFY_H
#define RADCOHORT_ENGINE_VERIFY_H

#include "base/arena.h"
#include "base/error.h"
#include "data/frame.h"
#include <stdbool.h>

/// Does a value agree with a published one? References are printed with three significant digits,
/// so the value is rounded to as many before it is compared. `whole` is for the diagnostic values,
/// where counts and intensities are printed in full: they are rounded no coarser than to integers.
/// NaN never agrees.
bool rc_verify_agrees(double value, double reference, double tolerance, bool whole);

/// Computes the digital phantom and configurations A to E of the CT phantom, these from NIfTI and
/// from DICOM with RTSTRUCT, and compares every reference row that has a value. `data` holds
/// ibsi1/{digital_phantom,ct_phantom,reference}. A data set that cannot be read or computed is
/// RC_ERR_*; a value out of tolerance, or one that no family offers, is a row that did not pass.
rc_status rc_verify_ibsi1(const char *data, rc_arena *arena, rc_frame **out, rc_error *err);

/// IBSI-2: the response maps of phase 1 (a map passes when no voxel is off by more than 1 % of the
/// map's range: value is the largest difference over the range), and the statistics of responses on
/// the CT phantom, phase 2. `data` holds ibsi2/{digital_phantom,response_maps,reference_values.csv}
/// and ibsi1/ct_phantom. Errors as for rc_verify_ibsi1.
rc_status rc_verify_ibsi2(const char *data, rc_arena *arena, rc_frame **out, rc_error *err);

#endif
