# SPDX-License-Identifier: Apache-2.0
"""From files to features: the CT of sarcoma patients at 1 mm, as it is, on five scales of the
Laplacian of Gaussian and on eight wavelet bands, by one parameter file of PyRadiomics, which we
import. One core each; PyRadiomics' start is not counted, ours and the cohort file are."""

import csv
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CLASSES = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
PARAMETERS = {
    "setting": {"binWidth": 10, "resampledPixelSpacing": [1, 1, 1], "interpolator": "sitkBSpline",
                "resegmentRange": [-200, 200], "label": 1},
    "imageType": {"Original": {}, "LoG": {"sigma": [1.0, 2.0, 3.0, 4.0, 5.0]}, "Wavelet": {}},
    "featureClass": {name: None for name in CLASSES},
}
TOLERANCE = 1e-6


def call(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words[0]} {words[1]}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr}")
    return done.stdout


class Study:
    def __init__(self, home, build, data):
        self.home, self.build, self.data = home, build, data
        self.folder = home / "out/study"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.params = self.folder / "params.json"
        self.params.write_text(json.dumps(PARAMETERS))
        self.every = sorted(p.name for p in (data / "sts/nifti").iterdir() if p.is_dir())

    def settings(self, patients, output):
        return ["--set", f"cohort.root={self.data / 'sts'}",
                "--set", "cohort.image='nifti/{patient}/{modality}_image.nii.gz'",
                "--set", "cohort.mask='nifti/{patient}/{modality}_mask.nii.gz'",
                "--set", f"cohort.patients=[{', '.join(patients)}]",
                "--set", f"output.file={output}", "--set", "run.threads=1"]

    def run(self, workflow, patients):
        """Milliseconds of a whole run of one rank."""
        output = self.folder / "out.h5mu"
        output.unlink(missing_ok=True)
        start = time.perf_counter()
        call(self.build / "radcohort", "run", workflow, *self.settings(patients, output))
        return 1e3 * (time.perf_counter() - start)

    def imported(self):
        workflow = self.folder / "imported.yaml"
        workflow.unlink(missing_ok=True)
        call(self.build / "radcohort", "import-params", self.params, "--out", workflow,
             "--modality", "CT")
        return workflow

    def values(self):
        """patient: {column: value} of the last run."""
        table = call(self.build / "radcohort", "export", self.folder / "out.h5mu", "--table", "CT")
        return {row["patient"]: {k: float(v) for k, v in row.items()
                                 if v and len(k.split("_")) == 3 and k.split("_")[1] in CLASSES}
                for row in csv.DictReader(io.StringIO(table))}

    def theirs(self, patients):
        """patient: (milliseconds, values) by PyRadiomics."""
        lines = call(self.home / "pyradiomics/bin/python", HERE / "study_pyradiomics.py",
                     self.data / "sts", self.params, *patients).splitlines()
        answers = [json.loads(line) for line in lines]
        return {a["patient"]: (a["ms"], a["values"]) for a in answers}


def differences(ours, theirs):
    """(how many values both have, how many differ, the worst relative difference)"""
    n = wrong = 0
    worst = 0.0
    for patient, (_, values) in theirs.items():
        for name, value in values.items():
            own = ours.get(patient, {}).get(name, float("inf"))
            gap = abs(own - value) / max(abs(value), 1e-9)
            n, wrong, worst = n + 1, wrong + (not gap <= TOLERANCE), max(worst, gap)
    return n, wrong, worst


def measure(home, build, data, n_patients, rounds=3):
    """Dictionary of figures for the report."""
    study = Study(home, build, data)
    few, workflow = study.every[:n_patients], study.imported()
    ibsi = HERE.parents[2] / "workflows/filters.yaml"
    result = {
        "patients": len(few),
        "every": len(study.every),
        "ours": statistics.median(study.run(workflow, few) for _ in range(rounds)) / len(few),
    }
    ours = study.values()
    result["columns"] = len(next(iter(ours.values())))
    result["ours_every"] = study.run(workflow, study.every) / len(study.every)
    result["ibsi_every"] = study.run(ibsi, study.every) / len(study.every)
    if (home / "pyradiomics/ready").exists():
        theirs = study.theirs(few)
        result["theirs"] = sum(ms for ms, _ in theirs.values()) / len(few)
        result["values"], result["differ"], result["worst"] = differences(ours, theirs)
    return result
