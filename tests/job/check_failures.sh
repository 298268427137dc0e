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
grep -q ',geometry,.*a slice is missing' obs.csv || fail "the missing slice was not recorded"
"$radcohort" show partly.h5mu | grep -q 'geometry .*a slice is missing' ||
  fail "the summary does not say why cases failed"
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
mkdir taken.h5mu
expect_code 5 "$radcohort" run demo.yaml --set output.file=taken.h5mu
grep -q 'taken.h5mu: there is something' err || fail "a folder in the output's place is not named"
mkfifo pipe.yaml
expect_code 3 timeout 10 "$radcohort" plan pipe.yaml

# Two runs on one output at once: the second refuses, the first goes on.
(exec 9>busy.h5mu.log && flock 9 && exec sleep 20) >/dev/null 2>&1 &
holder=$!
sleep 0.3
expect_code 5 ranks 2 "$radcohort" run demo.yaml --set output.file=busy.h5mu
grep -q 'another run is writing here' err || fail "two runs on one output are not told apart"
kill "$holder" 2>/dev/null || true

# A full disk, where one can be made: a clear error, a documented code, no finished file.
mkdir full
if mount -t tmpfs -o size=400k tmpfs full 2>/dev/null; then
  trap 'umount full' EXIT
  expect_code 5 ranks 2 "$radcohort" run demo.yaml --set output.file=full/a.h5mu
  grep -qi 'no space left' err || fail "a full disk is not named"
  [ ! -e full/a.h5mu ] || fail "a finished file on a full disk"
else
  echo "a full disk was not tried: no tmpfs can be mounted here"
fi

expect_code 0 "$radcohort" --help
expect_code 0 "$radcohort" --version
for verb in run plan features filters import-params show export verify; do
  expect_code 0 "$radcohort" "$verb" --help
  grep -q Examples out || fail "$verb --help shows no example"
done
for profile in ibsi pyradiomics; do
  expect_code 0 "$radcohort" filters --profile "$profile"
  grep -q '^laplacian_of_gaussian: .*' out || fail "no Laplacian of Gaussian among the filters"
  grep -q '^  sigma: ' out || fail "no sigma among its settings"
done
expect_code 2 "$radcohort" filters --filter gabour
grep -q "did you mean 'gabor'" err || fail "no hint at the filter that was meant"
echo "failures are recorded and explained"
