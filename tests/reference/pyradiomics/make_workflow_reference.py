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
from workflow_cases import WORKFLOW_CASES, parameters


def measure(case, data, scratch):
    params = parameters(case)
    params["setting"]["additionalInfo"] = False
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
