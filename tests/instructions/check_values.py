# SPDX-License-Identifier: Apache-2.0
"""Values of two builds on this processor, and as an older one: check_values.py PROGRAM PLAIN

PLAIN has no code for wide registers: not a bit may differ. The C library's functions have versions
of their own, chosen by processor; without fused multiply-adds they may round otherwise, but values
must agree to TOLERANCE.
"""

import math
import os
import platform
import subprocess
import sys

TOLERANCE = 1e-13
OLD = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4,"
                         "-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ"}


def values(program, extra=None):
    run = subprocess.run([program], capture_output=True, text=True,
                         env={**os.environ, **(extra or {})})
    if run.returncode != 0:
        raise SystemExit(f"{program}: {run.stderr}")
    return dict(line.split() for line in run.stdout.splitlines())


def differing(a, b):
    return [name for name in a if a[name] != b[name]]


def relative(a, b):
    x, y = float.fromhex(a), float.fromhex(b)
    if math.isnan(x) or math.isnan(y):
        return 0.0 if math.isnan(x) and math.isnan(y) else math.inf
    return abs(x - y) / max(abs(x), abs(y), 1e-12)


def main():
    wide, plain = values(sys.argv[1]), values(sys.argv[2])
    if len(wide) < 1000 or wide.keys() != plain.keys():
        raise SystemExit(f"{len(wide)} and {len(plain)} values")
    wrong = differing(wide, plain)
    print(f"{len(wide)} values, {len(wrong)} differ without wide registers")
    if platform.machine() == "x86_64":
        old = values(sys.argv[1], OLD)
        others = differing(wide, old)
        far = max((relative(wide[name], old[name]), name) for name in wide)
        print(f"{len(others)} differ with the C library for older processors, {far[1]} by "
              f"{far[0]:.1e}")
        wrong += [name for name in wide if not relative(wide[name], old[name]) <= TOLERANCE]
    for name in wrong:
        print(f"{name}: {wide[name]} {plain[name]}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
