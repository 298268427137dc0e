# SPDX-License-Identifier: Apache-2.0
"""Compares the whole program with PyRadiomics: check_workflows.py RADCOHORT DATA SCRATCH [CASE ...]

The parameters of each case of workflow_cases.py are imported (`radcohort import-params`), the
workflow is run, and the table it exports is compared with workflow_reference.csv
(make_workflow_reference.py). Where PyRadiomics 3.0.1 can be imported, it is asked itself, too. Exit
code 77: the data is not there. Needs the standard library only.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys

from cases import shipped, usable
from check_values import OUTDATED, baselines, compare
from workflow_cases import CLASSES, WORKFLOW_CASES, parameters

HERE = pathlib.Path(__file__).parent


def call(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
    return done.stdout


def link(case, kind, path, folder):
    """The name of the case's image or mask, as the imported workflow's patterns want it."""
    target = folder / case / f"{kind}{''.join(path.suffixes)}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.symlink_to(path.resolve())
    return f"{{patient}}/{target.name}"


def run(radcohort, case, paths, params, data, scratch):
    """Imports the parameters and runs the workflow on the image and mask; our values by column."""
    folder = scratch / case
    folder.mkdir(exist_ok=True)
    source, workflow, cohort = (folder / name for name in ("params.json", "w.yaml", "w.h5mu"))
    for path in (workflow, cohort):
        path.unlink(missing_ok=True)
    source.write_text(json.dumps(params, indent=1))
    call(radcohort, "import-params", source, "--out", workflow, "--modality", "IMG")
    image, mask = (link(case, kind, usable(path, data, scratch), folder)
                   for kind, path in zip(("image", "mask"), paths))
    call(radcohort, "run", workflow, "--quiet", "--set", f"cohort.root={folder.resolve()}",
         "--set", f"cohort.image={image!r}", "--set", f"cohort.mask={mask!r}",
         "--set", f"output.file={cohort}")
    table = list(csv.DictReader(io.StringIO(call(radcohort, "export", cohort, "--table", "IMG"))))
    return {key: float(value) if value else float("nan") for key, value in table[0].items()
            if len(key.split("_")) == 3 and key.split("_")[1] in CLASSES}


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


def check_refusals(radcohort, scratch):
    """What the verb does about a file that is there, and about one that is no parameter file."""
    params, target = scratch / "params.yaml", scratch / "imported.yaml"
    params.write_text("setting: {binWidth: 10}\n")
    target.write_text("mine")
    command = [radcohort, "import-params", params, "-o", target]
    there = subprocess.run(command, capture_output=True, text=True)
    wrong = [] if there.returncode == 2 and target.read_text() == "mine" else [
        f"import-params over a file that is there: {there.returncode} {there.stderr}"]
    target.unlink()
    call(*command)
    if call(radcohort, "import-params", params) != target.read_text():
        wrong.append("import-params: the file is not what standard output has")
    target.unlink()
    params.write_text("images: {}\n")
    refused = subprocess.run(command, capture_output=True, text=True)
    if refused.returncode != 3 or "params.yaml:1:1" not in refused.stderr or target.exists():
        wrong.append(f"import-params of a workflow: {refused.returncode} {refused.stderr}")
    return wrong


def check_baselines(radcohort, data, scratch):
    """The values that PyRadiomics ships, those of resampled images among them."""
    runs, wrong, n = {}, [], 0
    for family, case, settings, values in baselines(data):
        _, families, expected = runs.setdefault((case, repr(settings)), (settings, {}, {}))
        families[family] = None
        expected.update({f"original_{key}": value for key, value in values.items()
                         if key not in OUTDATED.get((family, case), [])})
    for (case, _), (settings, families, expected) in runs.items():
        ours = run(radcohort, f"baseline_{case}", shipped(case.removesuffix("_resampling")),
                   {"setting": settings, "featureClass": families}, data, scratch)
        wrong += compare(f"baseline {case}", expected, {k: ours[k] for k in expected})
        n += len(expected)
    print(f"{n} values of the baselines that PyRadiomics ships, {len(wrong)} differ")
    return wrong


def main():
    radcohort, data, scratch = (pathlib.Path(word) for word in sys.argv[1:4])
    cases = sys.argv[4:] or list(WORKFLOW_CASES)
    if not (data / "pyradiomics").is_dir() or not (data / "sts/nifti").is_dir():
        print("skipped: no reference data")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    scratch.mkdir(parents=True, exist_ok=True)
    reference = read_reference()
    wrong = check_refusals(radcohort, scratch)
    if not sys.argv[4:]:
        wrong += check_baselines(radcohort, data, scratch)
    for case in cases:
        ours = run(radcohort, case, WORKFLOW_CASES[case][0], parameters(case), data, scratch)
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
