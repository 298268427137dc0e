#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The generator's command line: same options, same bytes; every failure has a message and a code.
set -u
make_cohort=$1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE TEXT COMMAND...: exit status and a part of standard error.
expect() {
  local code=$1 text=$2 said
  shift 2
  said=$("$@" 2>&1 >/dev/null)
  local got=$?
  [ $got -eq "$code" ] || fail "$* exits with $got, not $code ($said)"
  case $said in
  *"$text"*) ;;
  *) fail "$* says '$said', not '$text'" ;;
  esac
}

small=(--patients 3 --quiet --ct 16x16x8 --pet 16x16x8 --mr 16x16x8)
"$make_cohort" "${small[@]}" --seed 4 --out "$folder/a" || fail "first run"
"$make_cohort" "${small[@]}" --seed 4 --out "$folder/b" || fail "second run"
"$make_cohort" "${small[@]}" --seed 5 --out "$folder/c" || fail "third run"
diff -r "$folder/a" "$folder/b" || fail "the same seed gives other bytes"
cmp -s "$folder/a/dicom/TCGA-ZZ-0001/CT/0001.dcm" "$folder/c/dicom/TCGA-ZZ-0001/CT/0001.dcm" &&
  fail "another seed gives the same image"
[ "$(find "$folder/a" -name '*.dcm' | wc -l)" -eq 81 ] || fail "not 3 x (3 x 8 + 3) DICOM files"
[ "$(wc -l <"$folder/a/clinical.csv")" -eq 4 ] || fail "not 3 patients in clinical.csv"
[ "$(zcat "$folder/a/variants.maf.gz" | cut -f14 | cut -c1-12 | grep -c TCGA-ZZ-0003)" -ge 3 ] ||
  fail "variants.maf.gz lacks a patient"

expect 2 "not a valid value: '0'" "$make_cohort" --patients 0
expect 2 "not a valid value: '12y'" "$make_cohort" --seed 12y
expect 2 "not a valid value: '64x64'" "$make_cohort" --ct 64x64
expect 2 "not a valid value: '64x64x2000'" "$make_cohort" --ct 64x64x2000
expect 2 "unknown or incomplete option '--pateints'" "$make_cohort" --pateints 3
expect 2 "unexpected argument" "$make_cohort" here
echo "in the way" >"$folder/file"
expect 5 "a file of that name is in the way" "$make_cohort" "${small[@]}" --out "$folder/file"
expect 5 "a file of that name is in the way" "$make_cohort" "${small[@]}" --out "$folder/file/deeper"
# A disk that fills up: no file may grow beyond 1 KiB.
expect 5 "cannot write: File too large" \
  bash -c 'trap "" XFSZ; ulimit -f 1; exec "$@"' - "$make_cohort" "${small[@]}" --out "$folder/full"
[ -z "$(find "$folder/full" -type f)" ] || fail "a partly written file was left behind"

[ $failures -eq 0 ] && echo "all well"
exit $((failures > 0))
