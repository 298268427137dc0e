#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a user sees: progress lines where there is no terminal, a bar where there is one, JSON lines on
# request, a log file, and no identifiers other than patient ids.
source "$(dirname "$0")/common.sh"
small_cohort 14

expect_code 0 ranks 2 "$radcohort" run demo.yaml --set output.file=plain.h5mu
grep -q 'cases done in' err || fail "no closing line of progress"
grep -q 'Cohort file: plain.h5mu' out || fail "the cohort file is not named"
grep -q 'Findings' out || fail "no findings"
[ -s plain.h5mu.log ] || fail "no log file"

expect_code 0 "$radcohort" run demo.yaml --set output.file=quiet.h5mu --quiet
! grep -q 'cases done' err || fail "--quiet is not quiet"
expect_code 0 "$radcohort" run demo.yaml --set output.file=loud.h5mu --verbose
[ "$(grep -c 'on rank 0' err)" -eq 42 ] || fail "--verbose does not show every case"
expect_code 0 "$radcohort" run demo.yaml --set output.file=json.h5mu --json-log
python3 -c '
import json, sys
events = [json.loads(line)["event"] for line in open("json.h5mu.log")]
sys.exit(not {"start", "progress_end"} <= set(events))' || fail "the JSON log is not JSON lines"

# On a terminal (a pseudo-terminal by script) there is a bar.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  script -qec "$radcohort run demo.yaml --set output.file=bar.h5mu" typescript >/dev/null </dev/null
  grep -q 'ETA' typescript || fail "no progress bar on a terminal"
else
  [ "${CI:-}" != true ] || fail "no pseudo-terminal can be made here"
  echo "the progress bar was not checked: no pseudo-terminal can be made here"
fi

expect_code 0 "$radcohort" plan demo.yaml
grep -q '42 regions in all' out || fail "the plan does not count regions"
expect_code 0 "$radcohort" show plain.h5mu
grep -q 'CT' out || fail "show names no modality"

# The cohort's DICOM files hold a planted PatientName and PatientBirthDate; nothing we write may.
grep -rqa 'Planted' cohort/dicom || fail "the cohort holds no planted identifier to look for"
for file in plain.h5mu plain.h5mu.log loud.h5mu.log json.h5mu.log out err; do
  ! grep -qaE 'Planted|19010203' "$file" || fail "an identifier is in $file"
done
echo "outputs are as documented"
