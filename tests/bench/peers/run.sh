#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Speed and values beside PyRadiomics, Nyxus and MIRP, on one core:
#
#   tests/bench/peers/run.sh [--data DIR] [--build DIR] [--rounds N] [--patients N] [--quick]
#
# Makes virtual environments below the build folder, installs what can be had, then calls
# compare.py, which writes tables, plots and peers.csv into <build>/peers/out. A peer that cannot
# be installed is reported as such.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$root/build
for word in "$@"; do
  if [ "${previous:-}" = --build ]; then build=$(cd "$word" && pwd); fi
  previous=$word
done
home=$build/peers
mkdir -p "$home/out"
cmake --build "$build" -j2 >"$home/out/build.log" 2>&1 || { tail "$home/out/build.log"; exit 1; }

# name, then what pip is to install first and then; one environment each, for their demands on
# numpy differ. PyRadiomics' source needs numpy in sight while it is built.
install() {
  name=$1 first=$2 then=$3
  [ -e "$home/$name/ready" ] && return 0
  python3 -m venv "$home/$name"
  if { [ -z "$first" ] || "$home/$name/bin/pip" -q install $first; } &&
    "$home/$name/bin/pip" -q install $then; then
    touch "$home/$name/ready"
  else
    echo "$name cannot be installed here; see $home/out/$name.log" >&2
    return 0
  fi
} 2>"$home/out/$1.log" >&2

install tools "" "numpy SimpleITK matplotlib"
install pyradiomics "numpy<2 setuptools<80 wheel versioneer cython" \
  "--no-build-isolation pyradiomics==3.0.1"
install nyxus "" "nyxus==0.11.0"
install mirp "" "mirp==2.7.0"
[ -e "$home/tools/ready" ] || { cat "$home/out/tools.log"; exit 1; }

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
  ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS=1
exec taskset -c "$(taskset -cp $$ | sed 's/.*[ ,-]//')" \
  "$home/tools/bin/python" "$here/compare.py" --home "$home" --build "$build" "$@"
