# SPDX-License-Identifier: Apache-2.0
"""Writes workflow_reference.csv: what PyRadiomics itself says of the cases in workflow_cases.py.

    make_workflow_reference.py DATA SCRATCH [CASE ...] > workflow_reference.csv

needs pyradiomics 3.0.1; make_reference.py says how it is installed.
"""

import logging
import pathlib
import sys

import radiomics
from radiomics import featureextractor

from cases import usable
from workflow_cases import WORKFLOW_CASES

SECTIONS = ("imageType", "featureClass")


def parameters(case):
    """A parameter file's content, as PyRadiomics takes it."""
    given = WORKFLOW_CASES[case][1]
    params = {"setting": {k: v for k, v in given.items() if k not in SECTIONS}}
    params.update({k: given[k] for k in SECTIONS if k in given})
    return params


def measure(case, data, scratch):
    params = parameters(case)
    params["setting"]["additionalInfo"] = False
    params.setdefault("featureClass", {name: None for name in (
        "shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")})
    extractor = featureextractor.RadiomicsFeatureExtractor(params)
    return extractor.execute(*(str(usable(p, data, scratch)) for p in WORKFLOW_CASES[case][0]))


def main():
    data, scratch = (pathlib.Path(word) for word in sys.argv[1:3])
    scratch.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.CRITICAL)
    print("case,feature,value")
    for case in sys.argv[3:] or WORKFLOW_CASES:
        for key, value in measure(case, data, scratch).items():
            print(f"{case},{key},{float(value)!r}", flush=True)


if __name__ == "__main__":
    assert radiomics.__version__.startswith("v3.0.1") or radiomics.__version__ == "3.0.1"
    main()
