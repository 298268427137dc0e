#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A case that fails is recorded with its reason and the cohort goes on; a run that cannot start says why
# and leaves nothing half-written behind; exit codes are the documented ones.
source "$(dirname "$0")/common.sh"
small_cohort 5

# One truncated slice, one missing slice, one RTSTRUCT that is garbage behind a DICOM header.
victim() { find "cohort/dicom" -maxdepth 1 -mindepth 1 -type d | sort | sed -n "$1p"; }
slice=$(find "$(victim 1)/CT" -type f | sort | sed -n 5p)
head -c 900 "$slice" >slice.part && mv slice.part "$slice"
rm "$(find "$(victim 2)/CT" -type f | sort | sed -n 8p)"

expect_code 4 ranks 2 "$radcohort" run demo.yaml --set output.file=partly.h5mu
[ -f partly.h5mu ] || fail "no cohort file although only some cases failed"
[ ! -e partly.h5mu.part ] || fail "the .part file was left behind"
"$radcohort" export partly.h5mu --table CT/obs >obs.csv
[ "$(grep -c ',ok,' obs.csv)" -ge 3 ] || fail "the other cases did not go on"
grep -q 'missing' obs.csv || fail "the missing slice was not recorded"
grep -q 'CT .* failed' partly.h5mu.log || fail "the log does not name the failed case"
grep -qi 'cases failed' out || fail "the summary does not tell of failed cases"

expect_code 2 "$radcohort" run
expect_code 2 "$radcohort" frobnicate
expect_code 2 "$radcohort" run demo.yaml --colour
grep -q 'unknown or incomplete option' err || fail "an unknown option is not named"
expect_code 3 "$radcohort" run nonexistent.yaml
expect_code 3 "$radcohort" run demo.yaml --set images.CT.discretisation.bin_widht=3
grep -q "did you mean 'bin_width'" err || fail "no suggestion for a misspelt key"
expect_code 3 ranks 2 "$radcohort" run demo.yaml --set cohort.roi=nothing
grep -q 'no case was found' err || fail "an empty cohort is not explained"
expect_code 5 ranks 2 "$radcohort" run demo.yaml --set output.file=/proc/nowhere/x.h5mu
grep -q '/proc/nowhere' err || fail "the unwritable output is not named"
expect_code 5 ranks 2 "$radcohort" run demo.yaml --set tables.clinical.file=missing.csv
grep -q 'missing.csv' err || fail "the missing table is not named"
expect_code 0 "$radcohort" --help
expect_code 0 "$radcohort" --version
for verb in run plan features show export verify; do
  expect_code 0 "$radcohort" "$verb" --help
  grep -q Examples out || fail "$verb --help shows no example"
done
echo "failures are recorded and explained"
