# SPDX-License-Identifier: Apache-2.0
"""Compares our values with PyRadiomics': check_values.py PROGRAM DATA SCRATCH [CASE ...]

reference.csv holds what PyRadiomics 3.0.1 says (make_reference.py); the baseline tables that it
ships are read from the data. Exit code 77: the data is not there. Needs the standard library only.
"""

import ast
import csv
import os
import pathlib
import subprocess
import sys

from cases import CASES, usable

TOLERANCE = 1e-6
HERE = pathlib.Path(__file__).parent
CLASSES = ["firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
# The shipped baseline of brain1's surface dates from PyRadiomics 2.0.1. PyRadiomics 3.0.1 itself
# says otherwise (by 1e-3, reference.csv), as we do.
OUTDATED = {("shape", "brain1"): ["shape_MeshVolume", "shape_Sphericity", "shape_SurfaceArea",
                                  "shape_SurfaceVolumeRatio"]}
TEXTURES = ["glcm", "glrlm", "glszm", "gldm", "ngtdm"]


def setting_arguments(settings):
    """PyRadiomics' settings as arguments of the program."""
    yield from (["count", settings["binCount"]] if "binCount" in settings
                else ["width", settings["binWidth"]])
    for key, value in settings.items():
        if key == "voxelArrayShift":
            yield f"firstorder.voxel_array_shift={value}"
        elif key == "distances":
            text = ",".join(map(str, value))
            yield from (f"{name}.distances={text}" for name in ("glcm", "gldm", "ngtdm"))
        elif key == "gldm_a":
            yield f"gldm.alpha={value}"
        elif key == "force2D":
            yield from (f"{name}.force_2d={str(value).lower()}" for name in TEXTURES)
        elif key == "force2Ddimension":
            yield from (f"{name}.force_2d_dimension={value}" for name in TEXTURES)
        elif key == "weightingNorm" and value is not None:
            yield from (f"{name}.weighting_norm={value}" for name in ("glcm", "glrlm"))
        elif key == "symmetricalGLCM":
            yield f"glcm.symmetric={str(value).lower()}"


def measure(program, data, scratch, paths, settings):
    image, mask = (usable(path, data, scratch) for path in paths)
    command = [program, image, mask, "1", *setting_arguments(settings)]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{run.stderr}")
    return {name: float(value) for name, value in map(str.split, run.stdout.splitlines())}


def compare(case, expected, ours):
    """Lists what differs. Both sides must have the same features."""
    wrong = []
    for name in sorted(expected.keys() | ours.keys()):
        if name not in expected or name not in ours:
            wrong.append(f"{case} {name}: only {'ours' if name in ours else 'theirs'}")
            continue
        theirs, value = expected[name], ours[name]
        if not abs(value - theirs) <= TOLERANCE * max(abs(theirs), 1e-9):
            wrong.append(f"{case} {name}: {value:.12g}, PyRadiomics {theirs:.12g}, "
                         f"relative {abs(value - theirs) / max(abs(theirs), 1e-300):.1e}")
    return wrong


def read_reference():
    expected = {}
    with open(HERE / "reference.csv") as file:
        for row in csv.DictReader(file):
            expected.setdefault(row["case"], {})[row["feature"]] = float(row["value"])
    return expected


def baselines(data):
    """What PyRadiomics ships: class, case, settings and values."""
    for path in sorted((data / "pyradiomics/baseline").glob("*.csv")):
        with open(path) as file:
            rows = list(csv.reader(file))
        for c, case in enumerate(rows[0][1:], 1):
            column = {row[0]: row[c] for row in rows[1:]}
            settings = ast.literal_eval(column["diagnostics_Configuration_Settings"])
            values = {key.removeprefix("original_"): float(value) for key, value in column.items()
                      if key.startswith("original_")}
            yield path.stem, case, settings, values


def check_baselines(program, data, scratch):
    wrong, n = [], 0
    for family, case, settings, values in baselines(data):
        if case.endswith("_resampling"): # check_workflows.py has them
            continue
        paths = CASES[case][0]
        ours = measure(program, data, scratch, paths, settings)
        for name in OUTDATED.get((family, case), []):
            del values[name]
        ours = {key: value for key, value in ours.items() if key in values}
        if not values or ours.keys() != values.keys():
            wrong.append(f"baseline {family} {case}: {sorted(values.keys() - ours.keys())} missing")
        wrong += compare(f"baseline {family} {case}", {k: values[k] for k in ours}, ours)
        n += len(values)
    return wrong, n


def main():
    program, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    wanted = sys.argv[4:]
    if not (data / "pyradiomics").is_dir() or not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    wrong, n = check_baselines(program, data, scratch) if not wanted else ([], 0)
    print(f"{n} values of the baselines that PyRadiomics ships, {len(wrong)} differ")
    reference = read_reference()
    for case in wanted or CASES:
        paths, settings = CASES[case]
        differ = compare(case, reference[case],
                         measure(program, data, scratch, paths, settings))
        print(f"{case}: {len(reference[case])} values, {len(differ)} differ")
        wrong += differ
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
