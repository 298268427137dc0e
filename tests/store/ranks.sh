#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sample cohort written by 1, 2, 3 and 8 ranks (more than there are rows) is the same file, byte
# for byte; h5diff says what differs when it is not.
set -eu
writer=$1 mpiexec=$2 h5diff=$3 folder=$4
mkdir -p "$folder"
rm -f "$folder"/*.h5mu
for ranks in 1 2 3 8; do
  "$mpiexec" -n "$ranks" "$writer" "$folder/$ranks.h5mu" 7 5 >/dev/null
  if ! cmp "$folder/1.h5mu" "$folder/$ranks.h5mu"; then
    "$h5diff" "$folder/1.h5mu" "$folder/$ranks.h5mu" || true
    echo "$ranks ranks made another file than one rank"
    exit 1
  fi
done
# A file that differs is told apart: the test can fail.
"$mpiexec" -n 2 "$writer" "$folder/other.h5mu" 7 6 >/dev/null
if cmp -s "$folder/1.h5mu" "$folder/other.h5mu"; then
  echo "different cohorts made equal files"
  exit 1
fi
