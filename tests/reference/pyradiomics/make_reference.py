# SPDX-License-Identifier: Apache-2.0
"""Writes reference.csv: what PyRadiomics itself says of the cases in cases.py.

    make_reference.py DATA SCRATCH [CASE ...] > reference.csv

needs pyradiomics 3.0.1, which builds from source with:
    pip install "numpy<2" "setuptools<80" wheel versioneer cython
    pip install --no-build-isolation pyradiomics==3.0.1
"""

import logging
import pathlib
import sys

import radiomics
from radiomics import featureextractor

from cases import CASES, usable

CLASSES = ["firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]


def measure(data, scratch, paths, settings):
    extractor = featureextractor.RadiomicsFeatureExtractor(
        additionalInfo=False, minimumROIDimensions=1, **settings)
    extractor.disableAllFeatures()
    for name in CLASSES:
        extractor.enableFeatureClassByName(name)
    return extractor.execute(*(str(usable(path, data, scratch)) for path in paths))


def main():
    data, scratch = (pathlib.Path(word) for word in sys.argv[1:3])
    scratch.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.CRITICAL)
    print("case,feature,value")
    for name in sys.argv[3:] or CASES:
        for key, value in measure(data, scratch, *CASES[name]).items():
            print(f"{name},{key.removeprefix('original_')},{float(value)!r}")


if __name__ == "__main__":
    assert radiomics.__version__.startswith("v3.0.1") or radiomics.__version__ == "3.0.1"
    main()
