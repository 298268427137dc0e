# SPDX-License-Identifier: Apache-2.0
"""Compares feature maps with PyRadiomics' voxel-based extraction:

    check_maps.py PROGRAM DATA SCRATCH [CASE ...]

map_reference.csv holds what PyRadiomics 3.0.1 says (make_map_reference.py): facts of each map and
single voxels. Where PyRadiomics 3.0.1 can be imported it is asked itself, too, and all voxels are
compared. Exit code 77: the data is not there. Needs the standard library only.
"""

import csv
import math
import os
import pathlib
import subprocess
import sys

from cases import usable
from check_values import setting_arguments
from map_cases import MAP_CASES, describe

TOLERANCE = 1e-6
# Absolute tolerances. A third moment that is 0 but for rounding has no relative accuracy: that of
# sums of levels up to 40 is good to about 40^3 * 2^-53.
ABSOLUTE = {"glcm_ClusterShade": 1e-11}
HERE = pathlib.Path(__file__).parent


def measure(program, case, data, scratch):
    paths, settings, radius = MAP_CASES[case]
    image, mask = (usable(path, data, scratch) for path in paths)
    command = [program, image, mask, "1", *setting_arguments(settings), f"radius={radius}"]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{run.stderr}")
    return as_pyradiomics({line.split()[0]: [float(word) for word in line.split()[1:]]
                           for line in run.stdout.splitlines()})


def as_pyradiomics(maps):
    """Our values, but for the one difference. PyRadiomics' maximal correlation is 1 where a region
    has one level only. A cube of one level in a region of several still has rows of zeros for the
    others there, and 0; here it is as any region of one level."""
    entropy, mcc = maps["firstorder_Entropy"], maps["glcm_MCC"]
    if any(e > 1e-9 for e in entropy):
        maps["glcm_MCC"] = [0.0 if e < 1e-9 and v == 1 else v for e, v in zip(entropy, mcc)]
    return maps


def differs(ours, theirs, absolute):
    if math.isnan(theirs) or math.isnan(ours):
        return math.isnan(theirs) != math.isnan(ours)
    return not abs(ours - theirs) <= max(TOLERANCE * abs(theirs), absolute)


def compare(case, map, expected, ours):
    """Lists what differs. Both sides must have the same names."""
    where, wrong = f"{case} {map}", []
    absolute = ABSOLUTE.get(map, 1e-15)
    for name in sorted(expected.keys() | ours.keys()):
        if name not in expected or name not in ours:
            wrong.append(f"{where} {name}: only {'ours' if name in ours else 'theirs'}")
        elif differs(ours[name], expected[name], absolute):
            wrong.append(f"{where} {name}: {ours[name]:.12g}, PyRadiomics {expected[name]:.12g}")
    return wrong


def read_reference():
    expected = {}
    with open(HERE / "map_reference.csv") as file:
        for row in csv.DictReader(file):
            map_of = expected.setdefault(row["case"], {}).setdefault(row["map"], {})
            map_of[row["fact"]] = float(row["value"])
    return expected


def ask(case, data, scratch):
    """What PyRadiomics says now; None: it cannot be imported."""
    try:
        import make_map_reference as reference
    except ImportError:
        return None
    return reference.measure(case, data, scratch)


def main():
    program, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    if not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    reference, wrong = read_reference(), []
    for case in sys.argv[4:] or MAP_CASES:
        ours = measure(program, case, data, scratch)
        live = ask(case, data, scratch)
        differ = []
        for name in sorted(ours.keys() | reference[case].keys()):
            differ += compare(case, name, reference[case].get(name, {}),
                              describe(ours[name]) if name in ours else {})
        print(f"{case}: {len(reference[case])} maps, {len(differ)} facts differ")
        wrong += differ
        if live is None:
            continue
        differ = []
        for name in sorted(ours.keys() | live.keys()):
            differ += compare(case, name, *(dict(enumerate(side.get(name, []))) for side in (live, ours)))
        n = sum(len(voxel) for voxel in live.values())
        print(f"{case}: PyRadiomics asked now, {n} voxels, {len(differ)} differ")
        wrong += differ
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
