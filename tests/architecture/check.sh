# SPDX-License-Identifier: Apache-2.0
# Shared by the architecture tests: collects broken rules and ends with the right exit status.
# shellcheck shell=bash
broken=0

# forbid RULE FINDINGS: the findings, when there are any, break the rule.
forbid() {
  [ -z "$2" ] && return 0
  broken=$((broken + 1))
  printf 'BROKEN: %s\n' "$1"
  printf '%s\n' "$2" | head -n 20 | sed 's/^/    /'
}

# code_lines FOLDER...: "file:line:text" of C and C++ sources, without comment lines.
code_lines() {
  grep -rnE '' --include='*.c' --include='*.h' --include='*.cpp' --include='*.def' "$@" 2>/dev/null |
    grep -vE '^[^:]+:[0-9]+: *//'
}

finish() {
  [ "$broken" -eq 0 ] && echo "every rule holds"
  exit $((broken > 0))
}
