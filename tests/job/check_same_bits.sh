#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Same input, same bits: 1, 2, 3 and 8 ranks, one thread and several, twice the same. Everything but
# times, host and rank count must be equal, and more ranks than cases must be harmless.
source "$(dirname "$0")/common.sh"
small_cohort 14

run() { # name ranks threads read_ahead
  OMP_NUM_THREADS=$3 ranks "$2" "$radcohort" run demo.yaml --quiet \
    --set images.CT.transforms="[original, nonseparable_wavelet]" --set run.read_ahead="$4" \
    --set images.CT.habitats="{clusters: 3, with: [PET], features: {families: [statistics]}}" \
    --set images.CT.maps="{features: [cm_contrast_3D_comb, stat_var]}" \
    --set output.file="$1.h5mu" --set run.threads="$3" >"$1.out" 2>"$1.err" || {
    cat "$1.out" "$1.err" >&2
    fail "run $1"
  }
  # Every table as text with all digits, then every dataset.
  "$radcohort" export "$1.h5mu" --list | sed 1d | grep -v ^provenance | while read -r table _; do
    echo "== $table"
    "$radcohort" export "$1.h5mu" --table "$table"
  done >"$1.txt"
}

run base 1 1 never
grep -q '^== CT$' base.txt || fail "the export does not list the CT table"
[ "$(wc -l <base.txt)" -gt 100 ] || fail "the export is suspiciously short"
grep -q habitat_3_mean_PET base.txt || fail "the export has no habitats"
[ "$(find base.maps -name '*.nii.gz' | wc -l)" -eq 42 ] || fail "expected three volumes a case"
n=0
for setting in "1 1 auto" "1 4 always" "2 1 always" "2 2 auto" "3 1 never" "8 1 always"; do
  read -r r t ahead <<<"$setting"
  run "r${r}_t${t}" "$r" "$t" "$ahead"
  cmp base.txt "r${r}_t${t}.txt" || fail "tables differ with $r ranks and $t threads"
  h5diff -q --exclude-path=/uns/provenance base.h5mu "r${r}_t${t}.h5mu" ||
    fail "datasets differ with $r ranks and $t threads"
  diff -rq base.maps "r${r}_t${t}.maps" || fail "maps differ with $r ranks and $t threads"
  n=$((n + 1))
done
# The comparison itself must be able to fail.
OMP_NUM_THREADS=1 ranks 1 "$radcohort" run demo.yaml --quiet --set output.file=other.h5mu \
  --set images.CT.discretisation.bin_width=11 >/dev/null 2>&1
if h5diff -q --exclude-path=/uns/provenance base.h5mu other.h5mu; then
  fail "h5diff sees no difference between different settings"
fi
echo "$n runs, equal in every bit"
