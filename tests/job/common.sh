# SPDX-License-Identifier: Apache-2.0
# Sourced by the checks of this folder: $radcohort, $make_cohort, a fresh folder as working directory.
set -euo pipefail
radcohort=$1
make_cohort=$2
folder="$RADCOHORT_BUILD_DIR/test-output/$(basename "$0" .sh)"
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# ranks N COMMAND...
ranks() {
  local n=$1
  shift
  mpirun --oversubscribe --bind-to none -n "$n" "$@"
}

# expect_code CODE COMMAND...: runs it, output to ./out and ./err
expect_code() {
  local wanted=$1 code=0
  shift
  "$@" >out 2>err || code=$?
  [ "$code" -eq "$wanted" ] || {
    cat out err >&2
    fail "exit code $code instead of $wanted: $*"
  }
}

# The demo workflow on a cohort of $1 patients in ./cohort, settings of the shipped file.
small_cohort() {
  "$make_cohort" --quiet --patients "$1" --seed 5 --out cohort --ct 48x48x16 --pet 24x24x16 --mr 48x48x14
  sed 's|root: .*|root: cohort|; s|min_patients: 3|min_patients: 1|' "$RADCOHORT_SOURCE_DIR/workflows/demo.yaml" >demo.yaml
}
