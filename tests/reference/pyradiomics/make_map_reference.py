# SPDX-License-Identifier: Apache-2.0
"""Writes map_reference.csv: what PyRadiomics' voxel-based extraction says of map_cases.py.

    make_map_reference.py DATA SCRATCH [CASE ...] > map_reference.csv

needs pyradiomics 3.0.1; make_reference.py says how it is installed.
"""

import logging
import pathlib
import sys
import warnings

import numpy
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

from cases import usable
from map_cases import CLASSES, MAP_CASES, describe


# One voxel at a time (voxelBatch): of several, PyRadiomics drops only the directions that are empty
# in all, and some features of the others are then not computed.
def measure(case, data, scratch):
    """The values of each map in the mask, x fastest."""
    paths, settings, radius = MAP_CASES[case]
    image, mask = (sitk.ReadImage(str(usable(path, data, scratch))) for path in paths)
    mask = sitk.Cast(mask == 1, sitk.sitkUInt8)
    extractor = featureextractor.RadiomicsFeatureExtractor(
        additionalInfo=False, minimumROIDimensions=1, kernelRadius=radius, maskedKernel=True,
        initValue=numpy.nan, voxelBatch=1, **settings)
    extractor.disableAllFeatures()
    for name in CLASSES:
        extractor.enableFeatureClassByName(name)
    maps = extractor.execute(image, mask, voxelBased=True)
    inside = sitk.GetArrayFromImage(mask) == 1
    return {key.removeprefix("original_"): on_grid(map, image)[inside].tolist()
            for key, map in maps.items()}


def on_grid(map, image):
    """A map, which covers the region only, on the image's grid."""
    whole = sitk.Resample(map, image, sitk.Transform(), sitk.sitkNearestNeighbor, numpy.nan)
    return sitk.GetArrayFromImage(whole)


def main():
    data, scratch = (pathlib.Path(word) for word in sys.argv[1:3])
    scratch.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    print("case,map,fact,value")
    for case in sys.argv[3:] or MAP_CASES:
        for name, voxel in measure(case, data, scratch).items():
            for fact, value in describe(voxel).items():
                print(f"{case},{name},{fact},{float(value)!r}", flush=True)


if __name__ == "__main__":
    assert radiomics.__version__.startswith("v3.0.1") or radiomics.__version__ == "3.0.1"
    main()
