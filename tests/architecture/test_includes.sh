#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Dependencies point one way: engine -> modules -> modules/base. Each rule below is a list of files
# and what none of them may contain; the test first shows on a made-up tree that each rule can fail.
set -u
LC_ALL=C
# shellcheck source=tests/architecture/check.sh
. "$(dirname "$0")/check.sh"

# What a module may include besides itself. Those on one level do not see each other.
below() {
  case $1 in
  base) ;;
  data) echo base ;;
  filters | genomics | images | processing | report | statistics | texture) echo base data ;;
  *) return 1 ;;
  esac
}

# FOLDER: quoted includes of a module's files that reach beyond what it may see.
check_module() {
  local folder=$1 module allowed
  module=$(basename "$folder")
  allowed="$(below "$module") $module" || {
    forbid "every module has a place in this test" "$module"
    return
  }
  forbid "modules/$module includes only: $allowed" "$(code_lines "$folder" |
    grep -E '# *include *"' | grep -vE "include *\"((${allowed// /|})/|[a-z_0-9]+\.def\")")"
}

check_tree() {
  local source=$1 folder
  for folder in "$source"/modules/*/; do
    check_module "$folder"
  done
  forbid "modules know no MPI and no HDF5" "$(code_lines "$source/modules" |
    grep -E 'include *[<"](mpi|hdf5[a-z_]*|H5[A-Za-z]*)\.h')"
  forbid "modules print nothing" "$(code_lines "$source/modules" |
    grep -E '[^a-z_]((printf|puts|putchar|perror|vprintf) *\(|(stdout|stderr)[^a-z_])')"
  forbid "modules write no files" "$(code_lines "$source/modules" |
    grep -E '[^a-z_](fopen|fdopen|freopen|gzopen) *\([^;]*, *"[^"]*[wa+]|[^a-z_](fwrite|gzwrite|mkdir|rename|unlink|mkstemp|tmpfile|creat) *\(|std::ofstream|O_(WRONLY|RDWR|CREAT)')"
  forbid "nothing but the command line ends the process" "$(code_lines "$source/modules" "$source/engine" |
    grep -vE '/engine/cli/' | grep -E '[^a-z_](exit|_exit|abort|quick_exit|MPI_Abort) *\(')"
  forbid "hdf5.h only in engine/store" "$(code_lines "$source/engine" | grep -v '/engine/store/' |
    grep -E 'include *[<"](hdf5|H5)[A-Za-z_]*\.h')"
  forbid "MPI is called only in engine/dist, engine/store and engine/cli" \
    "$(code_lines "$source/engine" | grep -vE '/engine/(dist|store|cli)/' | grep -E '[^A-Za-z_]MPI_[A-Z][a-z_]+ *\(')"
  forbid "no unchecked conversions (rc_parse_* instead)" \
    "$(code_lines "$source/modules" "$source/engine" "$source/datasets" |
      grep -E '[^a-z_](atoi|atol|atoll|atof|sscanf|gets|rand|srand) *\(')"
}

# Each rule must catch its smell.
self_test() {
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  mkdir -p "$tree"/modules/{base,data,texture,odd} "$tree"/engine/{store,run} "$tree/datasets"
  smell() { # FILE LINE RULE
    printf '%s\n' "$2" >"$tree/$1"
    local said
    said=$(check_tree "$tree")
    case $said in
    *"$3"*) ;;
    *) forbid "the rule '$3' must catch: $2" "it does not" ;;
    esac
    rm "$tree/$1"
  }
  smell modules/base/a.c '#include "data/frame.h"' 'modules/base includes only'
  smell modules/texture/a.c '#include "images/images.h"' 'modules/texture includes only'
  smell modules/texture/a.c '#include "run/case.h"' 'modules/texture includes only'
  smell modules/odd/a.c '' 'every module has a place'
  smell modules/data/a.h '#include <mpi.h>' 'modules know no MPI'
  smell modules/data/a.cpp '#include <hdf5.h>' 'modules know no MPI'
  smell modules/data/a.c '  printf("x");' 'modules print nothing'
  smell modules/data/a.c '  fprintf(stderr, "x");' 'modules print nothing'
  smell modules/data/a.c '  f = fopen(path, "wb");' 'modules write no files'
  smell modules/data/a.c '  fwrite(a, 1, 1, f);' 'modules write no files'
  smell engine/run/a.c '  exit(1);' 'nothing but the command line ends'
  smell engine/run/a.c '#include <hdf5.h>' 'hdf5.h only in'
  smell engine/run/a.c '  MPI_Barrier(comm);' 'MPI is called only'
  smell engine/run/a.c '  n = atoi(text);' 'no unchecked conversions'
}

self_test
check_tree "$1"
finish
