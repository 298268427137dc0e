# SPDX-License-Identifier: Apache-2.0
"""Compares our filters with PyRadiomics' image types: check_image_types.py PROGRAM DATA SCRATCH

image_types.csv holds voxels that PyRadiomics 3.0.1 computed (make_image_types.py). Exit code 77:
the data is not there. Needs the standard library only.
"""

import csv
import os
import pathlib
import subprocess
import sys

from image_types import IMAGES, USES, file_of, pairs, step_of

TOLERANCE = 1e-6  # of the response's range
HERE = pathlib.Path(__file__).parent


def read_responses(program, image, words, data, scratch, step):
    """Name to voxels of every response; None where the image is too small."""
    _, box, kind = IMAGES[image]
    command = [program, file_of(image, data, scratch), kind, ",".join(map(str, box)), step, *words]
    run = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if run.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{run.stderr}")
    lines = run.stdout.splitlines()
    return {name: None if line == "-" else [float(word) for word in line.split()]
            for name, line in zip(lines[::2], lines[1::2])}


def compare(where, spread, theirs, ours):
    if len(theirs) != len(ours):
        return [f"{where}: {len(ours)} voxels, PyRadiomics {len(theirs)}"]
    worst = max(abs(a - b) for a, b in zip(theirs, ours))
    if worst <= TOLERANCE * spread:
        return []
    return [f"{where}: off by {worst:.3g}, {worst / spread if spread else 1:.1e} of the range"]


def main():
    program, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    if not (data / "pyradiomics").is_dir() or not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    reference = {}
    with open(HERE / "image_types.csv") as file:
        for row in csv.DictReader(file):
            reference.setdefault((row["use"], row["image"]), {})[row["response"]] = (
                float(row["range"]), [float(word) for word in row["voxels"].split()])
    wrong, n = [], 0
    for use, image in pairs():
        theirs = reference.get((use, image), {})
        ours = read_responses(program, image, USES[use][2], data, scratch, step_of(image))
        ours = {name: values for name, values in ours.items() if values is not None}
        for name in sorted(ours.keys() | theirs.keys()):
            where = f"{use} {image} {name}"
            if name not in ours or name not in theirs:
                wrong.append(f"{where}: only {'ours' if name in ours else 'theirs'}")
                continue
            wrong += compare(where, *theirs[name], ours[name])
            n += 1
    print(f"{n} responses compared, {len(wrong)} differ")
    print("\n".join(wrong))
    sys.exit(1 if wrong or n == 0 else 0)


if __name__ == "__main__":
    main()
