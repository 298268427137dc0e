#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A rank that is killed in the middle takes the run down, but the file opens and holds the rows that
# were written.
set -eu
writer=$1 mpiexec=$2 reader=$3 folder=$4
mkdir -p "$folder"
rm -f "$folder/killed.h5mu.part"
if "$mpiexec" -n 2 "$writer" "$folder/killed.h5mu.part" 400 20 150 >/dev/null 2>&1; then
  echo "the run was to be killed, but it ended well"
  exit 1
fi
"$reader" "$folder/killed.h5mu.part" 400 150
