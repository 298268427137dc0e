# SPDX-License-Identifier: Apache-2.0
"""Compares the whole program with PyRadiomics: check_workflows.py RADCOHORT DATA SCRATCH [CASE ...]

One workflow with an entry of `images:` for each case of workflow_cases.py is run, and the table it
exports is compared with workflow_reference.csv (make_workflow_reference.py). Where PyRadiomics 3.0.1
can be imported, it is asked itself, too. Exit code 77: the data is not there. Needs the standard
library only.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys

from cases import usable
from check_values import TEXTURES, compare
from workflow_cases import WORKFLOW_CASES

HERE = pathlib.Path(__file__).parent
INTERPOLATORS = {"sitkBSpline": "b_spline", "sitkLinear": "linear",
                 "sitkNearestNeighbor": "nearest"}
# setting: section, key of a workflow
STEPS = {"binWidth": ("discretisation", "bin_width"), "binCount": ("discretisation", "bins"),
         "resampledPixelSpacing": ("interpolation", "spacing"),
         "interpolator": ("interpolation", "image"), "padDistance": ("interpolation", "pad"),
         "preCrop": ("interpolation", "pre_crop"), "resegmentRange": ("resegmentation", "range"),
         "resegmentMode": ("resegmentation", "mode"), "resegmentShape": ("resegmentation", "shape"),
         "normalizeScale": ("normalise", "scale"),
         "removeOutliers": ("normalise", "remove_outliers")}
# setting: classes, key of their sections
CLASSES = {"voxelArrayShift": (["firstorder"], "voxel_array_shift"),
           "distances": (["glcm", "gldm", "ngtdm"], "distances"), "gldm_a": (["gldm"], "alpha"),
           "force2D": (TEXTURES, "force_2d"), "force2Ddimension": (TEXTURES, "force_2d_dimension"),
           "weightingNorm": (["glcm", "glrlm"], "weighting_norm"),
           "symmetricalGLCM": (["glcm"], "symmetric")}


def entry_of(case, settings):
    entry = {"modality": case, "features": {}}
    for key, value in settings.items():
        if key == "normalize":
            entry.setdefault("normalise", {})
        elif key in STEPS:
            section, name = STEPS[key]
            entry.setdefault(section, {})[name] = INTERPOLATORS.get(value, value) \
                if key == "interpolator" else value
        else:
            families, name = CLASSES[key]
            for family in families:
                entry["features"].setdefault(family, {})[name] = value
    return entry


def write_workflow(cases, data, scratch):
    """A workflow (JSON is YAML) and its case list."""
    images, rows = {}, ["patient,modality,image,mask,roi"]
    for case in cases:
        paths, settings = WORKFLOW_CASES[case]
        image, mask = (usable(path, data, scratch) for path in paths)
        images[case] = entry_of(case, settings)
        rows.append(f"{case},{case},{image},{mask},1")
    (scratch / "cases.csv").write_text("\n".join(rows) + "\n")
    workflow = {"profile": "pyradiomics", "cohort": {"root": str(scratch), "list": "cases.csv"},
                "images": images, "output": {"file": str(scratch / "cases.h5mu")}}
    path = scratch / "cases.yaml"
    path.write_text(json.dumps(workflow, indent=1))
    return path


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def values_of(radcohort, cohort, case):
    table = list(csv.DictReader(io.StringIO(call(radcohort, "export", cohort, "--table", case))))
    return {key: float(value) for key, value in table[0].items()
            if value != "" and key.count("_") >= 2 and key.split("_")[-2] in [
                "shape", "firstorder", *TEXTURES]}


def read_reference():
    expected = {}
    with open(HERE / "workflow_reference.csv") as file:
        for row in csv.DictReader(file):
            expected.setdefault(row["case"], {})[row["feature"]] = float(row["value"])
    return expected


def ask(case, data, scratch):
    """What PyRadiomics says now; None: it cannot be imported."""
    try:
        import make_workflow_reference as reference
    except ImportError:
        return None
    return {key: float(value) for key, value in reference.measure(case, data, scratch).items()}


def main():
    radcohort, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    cases = sys.argv[4:] or list(WORKFLOW_CASES)
    if not (data / "pyradiomics").is_dir() or not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    cohort = scratch / "cases.h5mu"
    call(radcohort, "run", write_workflow(cases, data, scratch), "--quiet")
    reference, wrong = read_reference(), []
    for case in cases:
        ours = values_of(radcohort, cohort, case)
        differ = compare(case, reference[case], ours)
        live = ask(case, data, scratch)
        if live is not None:
            differ += compare(f"{case} (PyRadiomics asked now)", live, ours)
        print(f"{case}: {len(reference[case])} values, {len(differ)} differ")
        wrong += differ
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
