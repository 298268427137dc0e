#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the compiled module libraries ask the linker for: no MPI, no HDF5, no process exit, whatever
# the sources look like. And every symbol that a library exports carries the project's prefix.
set -u
# shellcheck source=tests/architecture/check.sh
. "$(dirname "$0")/check.sh"
build=$2

mapfile -t libraries < <(find "$build/modules" -name 'librc_*.a')
[ ${#libraries[@]} -ge 5 ] || forbid "the module libraries are built" "found ${#libraries[@]}"
for library in "${libraries[@]}"; do
  name=$(basename "$library")
  wanted=$(nm --undefined-only "$library" 2>/dev/null | awk 'NF == 2 {print $2}' | sort -u)
  [ -n "$wanted" ] || forbid "$name can be read by nm" "nothing found"
  forbid "$name uses no MPI and no HDF5" "$(grep -E '^(P?MPI_|H5)' <<<"$wanted")"
  forbid "$name does not end the process" "$(grep -xE 'exit|_exit|abort|quick_exit' <<<"$wanted")"
  forbid "$name does not print" "$(grep -xE 'printf|puts|putchar|perror|stdout|stderr|__printf_chk' <<<"$wanted")"
  # C++ names (_Z...) of the DICOM shim are local to it; compilers add names of their own (__...).
  forbid "$name exports only rc_ names" "$(nm --defined-only --extern-only "$library" 2>/dev/null |
    awk 'NF == 3 && $2 ~ /^[TDBR]$/ {print $3}' | grep -vE '^(rc_|_Z|__)' | sort -u)"
done
finish
