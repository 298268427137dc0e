#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Reruns make_reference.R and compares its figures with the committed ones.
here=$(dirname "$0")
missing() {
  echo "$1"
  [ "$CI" = true ] && exit 1
  exit 77
}
command -v Rscript >/dev/null || missing "skipped: Rscript is not installed"
Rscript -e 'library(survival)' >/dev/null 2>&1 ||
  missing "skipped: R's survival package is not installed (Debian: r-cran-survival)"
[ -f "$RADCOHORT_TEST_DATA/survival/lung.csv" ] ||
  missing "skipped: no reference data at $RADCOHORT_TEST_DATA"
exec Rscript "$here/make_reference.R" "$RADCOHORT_TEST_DATA" --check "$here/reference.csv"
