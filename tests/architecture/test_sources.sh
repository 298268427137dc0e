#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every tracked source names its licence on its first lines, no file knows a path of one machine,
# and nothing is left unfinished.
set -u
# shellcheck source=tests/architecture/check.sh
. "$(dirname "$0")/check.sh"
cd "$1" || exit 1

tracked() {
  git ls-files -- "$@" 2>/dev/null | grep -q . && git ls-files -- "$@" && return
  # A source archive has no git: take what is there, without build folders.
  local pattern names=()
  for pattern in "$@"; do names+=(-o -name "${pattern##*/}"); done
  find . -path './build*' -prune -o -path './.venv' -prune -o -type f \( "${names[@]:1}" \) -print
}

mapfile -t sources < <(tracked '*.c' '*.h' '*.cpp' '*.def' '*.sh' '*.py' '*.R' '*.cmake' \
  'CMakeLists.txt' '*/CMakeLists.txt' 'setup' '*.sbatch')
[ ${#sources[@]} -ge 50 ] || forbid "the sources are found" "only ${#sources[@]}"
for source in "${sources[@]}"; do
  head -n 2 "$source" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
    forbid "the licence stands in the first two lines" "$source"
done

# Written so that this file does not find itself.
mapfile -t texts < <(tracked '*.c' '*.h' '*.cpp' '*.def' '*.sh' '*.py' '*.R' '*.cmake' '*.txt' \
  '*.md' '*.yaml' '*.csv' 'setup' '*.sbatch')
forbid "no paths of one machine" \
  "$(grep -nE '(^|[^A-Za-z0-9_.~-])/(home|work|Users|root)/[a-z]' "${texts[@]}")"
forbid "nothing is left unfinished" "$(grep -nE 'TO''DO|FIX''ME|XX''X' "${texts[@]}" |
  grep -vE 'mktemp|TXXX')"
finish
