#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shipped workflow on the shipped cohort finds what the generator put there, and nothing else:
# from DICOM and a variant table through features and joins to the hazard ratios.
set -u
LC_ALL=C
make_cohort=$1 radcohort=$2 workflow=$3
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# cell CSV ROW COLUMN: one cell, by the row's name (first column) and the column's name.
cell() {
  awk -F, -v row="$2" -v column="$3" '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
    NR > 1 && $1 == row && at { print $at }' "$1"
}

# holds EXPRESSION TEXT: an awk condition on numbers; an empty cell is a failure of its own.
holds() {
  case $1 in *'()'*) fail "$2: a number is missing in $1" && return ;; esac
  awk "BEGIN { exit !($1) }" || fail "$2: not $1"
}

export_table() {
  "$radcohort" export "$folder/demo.h5mu" --table "$1" --out "$folder/$1.csv" ||
    fail "export of $1"
}

"$make_cohort" --quiet --out "$folder/cohort" || exit 1
mpirun --bind-to none -n 2 "$radcohort" run "$workflow" --quiet \
  --set cohort.root="$folder/cohort" --set output.file="$folder/demo.h5mu" || {
  echo "FAILED: the run ends with $?"
  exit 1
}
for table in CT variants every_feature joint; do export_table "$table"; done
truth=$folder/cohort/truth.csv hazard=$folder/cohort/truth_hazard.csv
texture=CT.rlm_lre_3D_comb

# The variant table: for every patient and gene what the generator drew.
genes=$(awk -F, '$2 == "gene" { print $1 }' "$hazard")
[ "$(wc -w <<<"$genes")" -eq 14 ] || fail "not 14 genes in truth_hazard.csv"
for gene in $genes; do
  for file in "$truth" "$folder/variants.csv"; do
    awk -F, -v gene="$gene" '
      NR == 1 { for (i = 1; i <= NF; i++) if ($i == gene) at = i }
      NR > 1 { print $1, $at + 0 }' "$file" | sort >"$file.$gene"
  done
  cmp -s "$truth.$gene" "$folder/variants.csv.$gene" || fail "mutations of $gene differ from the truth"
done

# The images: long runs are seen where the tissue is coarse.
correlation=$(awk -F, '
  FNR == 1 { file++; for (i = 1; i <= NF; i++) if ($i == "texture" || $i == "rlm_lre_3D_comb") at = i; next }
  file == 1 { x[$1] = $at; next }
  $1 in x { n++; a = x[$1]; b = $at; sa += a; sb += b; saa += a * a; sbb += b * b; sab += a * b }
  END { if (n == 60) print (n * sab - sa * sb) / sqrt((n * saa - sa * sa) * (n * sbb - sb * sb)) }
  ' "$truth" "$folder/CT.csv")
holds "($correlation) > 0.85" "correlation of the measured with the true texture"

# Alone: texture and the causal gene, no other gene, not age.
screen=$folder/every_feature.csv
holds "($(cell "$screen" $texture q)) < 0.05" "q of $texture"
holds "($(cell "$screen" $texture coef)) > 0" "coefficient of $texture"
for gene in $genes; do
  if awk -v c="$(cell "$hazard" "$gene" coef)" 'BEGIN { exit !(c != 0) }'; then
    causal=$gene
    holds "($(cell "$screen" "variants.$gene" q)) < 0.05" "q of $gene"
  else
    holds "($(cell "$screen" "variants.$gene" q)) >= 0.05" "q of $gene, which does nothing"
  fi
done
holds "($(cell "$screen" clinical.age q)) >= 0.05" "q of age, which does nothing"

# Together: the gene's hazard ratio is the true one within its 95 % interval, far from 1.
joint=$folder/joint.csv
true_hr=$(cell "$hazard" "$causal" hr)
holds "($(cell "$joint" "variants.$causal" p)) < 0.001" "p of $causal"
holds "($(cell "$joint" "variants.$causal" hr_low)) < ($true_hr)" "lower end for $causal"
holds "($(cell "$joint" "variants.$causal" hr_high)) > ($true_hr)" "upper end for $causal"
holds "($(cell "$joint" "variants.$causal" hr_low)) > 1.5" "lower end for $causal against no effect"
holds "($(cell "$joint" $texture p)) < 0.001" "p of $texture"
holds "($(cell "$joint" $texture coef)) > 0" "coefficient of $texture"
holds "($(cell "$joint" clinical.age p)) >= 0.05" "p of age, which does nothing"

echo "texture: correlation with the truth $correlation, q $(cell "$screen" $texture q)"
echo "$causal: hazard ratio $(cell "$joint" "variants.$causal" hr)" \
  "($(cell "$joint" "variants.$causal" hr_low) to $(cell "$joint" "variants.$causal" hr_high)), truly $true_hr"
[ $failures -eq 0 ] && echo "the right answer"
exit $((failures > 0))
