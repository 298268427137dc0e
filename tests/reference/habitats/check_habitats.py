# SPDX-License-Identifier: Apache-2.0
"""Compares habitats with scikit-learn's: check_habitats.py RADCOHORT DATA SCRATCH

reference.csv is made by make_reference.py. Exit code 77: the data is not there. Needs the standard
library only.
"""

import csv
import os
import pathlib
import subprocess
import sys

from cases import CASES

HERE = pathlib.Path(__file__).parent
# Lloyd's iteration ends in one of many optima that differ by some voxels in thousands, and those are
# what differs between starts. So the inertia, which is what is minimised, is held against
# scikit-learn's closely; parts and means are only to be the same habitats.
INERTIA_TOLERANCE = 1e-4
PART_TOLERANCE = 0.01  # of the region
MEAN_TOLERANCE = 0.02  # of the standard deviation in the region


def workflow(data, scratch, patient, images, k):
    lines = ["cohort:", f"  root: {data / 'sts'}", "  image: nifti/{patient}/{modality}_image.nii.gz",
             "  mask: nifti/{patient}/{modality}_mask.nii.gz", f"  patients: [{patient}]", "images:"]
    for name in images:
        lines += [f"  {name}:", "    discretisation: {method: fixed_bin_number, bins: 32}"]
        if name == images[0]:
            lines.append(f"    habitats: {{clusters: {k}, starts: 50, iterations: 1000, "
                         f"with: [{', '.join(images[1:])}]}}")
    lines += ["features: {families: [statistics]}", f"output: {{file: {scratch / 'out.h5mu'}}}"]
    return "\n".join(lines) + "\n"


def measure(radcohort, data, scratch, patient, images, k):
    path = scratch / "workflow.yaml"
    path.write_text(workflow(data, scratch, patient, images, k))
    subprocess.run([radcohort, "run", path, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    table = subprocess.run([radcohort, "export", scratch / "out.h5mu", "--table", images[0]],
                           check=True, capture_output=True, text=True).stdout
    (row,) = csv.DictReader(table.splitlines())
    assert row["status"] == "ok" and row["undefined"] == "", row
    return row


def inertia(row, known, images, k):
    """Mean squared distance to the centres, from parts and means: each image's variance is 1."""
    total = len(images)
    for h in range(1, k + 1):
        for name in images:
            away = (float(row[f"habitat_{h}_mean_{name}"]) - known["", f"mean_{name}"]) / known[
                "", f"sd_{name}"]
            total -= float(row[f"habitat_{h}_part"]) * away * away
    return total


def compare(case, row, known):
    patient, images, k = CASES[case]
    ours, theirs = inertia(row, known, images, k), known["", "inertia"]
    print(f"{case}: inertia {ours:.9f}, scikit-learn {theirs:.9f}")
    wrong = [f"{case}: inertia"] if not ours <= theirs * (1 + INERTIA_TOLERANCE) else []
    for h in range(1, k + 1):
        for what in ["part", *(f"mean_{name}" for name in images)]:
            ours, theirs = float(row[f"habitat_{h}_{what}"]), known[str(h), what]
            tolerance = (PART_TOLERANCE if what == "part"
                         else MEAN_TOLERANCE * known["", what.replace("mean", "sd")])
            if not abs(ours - theirs) <= tolerance:
                wrong.append(f"{case} habitat {h} {what}: {ours}, scikit-learn {theirs}")
    return wrong


def main():
    radcohort, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    if not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    wrong, reference = [], {case: {} for case in CASES}
    with open(HERE / "reference.csv") as file:
        for row in csv.DictReader(file):
            reference[row["case"]][row["habitat"], row["quantity"]] = float(row["value"])
    for case, settings in CASES.items():
        wrong += compare(case, measure(radcohort, data, scratch, *settings), reference[case])
    print("\n".join(wrong) or "all agree")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
