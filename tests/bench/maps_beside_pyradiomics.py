# SPDX-License-Identifier: Apache-2.0
"""Times feature maps beside PyRadiomics' voxel-based extraction, class by class:

    maps_beside_pyradiomics.py BENCH_MAPS [AXIS [RADIUS ...]]

BENCH_MAPS is build/tests/bench/bench_maps; the region is its ball of that radius in voxels (8), with
32 grey levels; RADIUS is of the cube (1 and 2). One thread each; of ours the fastest of three runs,
PyRadiomics runs once, all voxels in one batch. Needs pyradiomics 3.0.1 (see
../reference/pyradiomics/make_reference.py), which check_maps.py there compares the values with.
"""

import logging
import math
import subprocess
import sys
import time
import warnings

import numpy
import SimpleITK as sitk
from radiomics import featureextractor

CLASSES = ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]


def ball(axis):
    """Image and mask as bench_maps makes them."""
    side = 2 * math.ceil(axis) + 3
    state, voxels = 1, []
    at = [k - 0.5 * (side - 1) for k in range(side)]
    for z in at:
        for y in at:
            for x in at:
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                noise = (state >> 40) / 16777216
                voxels.append(math.floor(60 * math.sin(0.11 * x) * math.cos(0.13 * y)
                                         + 40 * math.sin(0.17 * z) + 80 * noise))
    z, y, x = numpy.meshgrid(at, at, at, indexing="ij")
    inside = (x * x + y * y + z * z <= axis * axis).astype(numpy.uint8)
    image = numpy.array(voxels, float).reshape(inside.shape)
    return sitk.GetImageFromArray(image), sitk.GetImageFromArray(inside), int(inside.sum())


def theirs(image, mask, n, name, radius):
    """Microseconds a voxel."""
    extractor = featureextractor.RadiomicsFeatureExtractor(
        additionalInfo=False, binCount=32, kernelRadius=radius, maskedKernel=True)
    extractor.disableAllFeatures()
    extractor.enableFeatureClassByName(name)
    start = time.perf_counter()
    extractor.execute(image, mask, voxelBased=True)
    return 1e6 * (time.perf_counter() - start) / n


def ours(program, axis, name, radius):
    """Microseconds a voxel of cubes computed afresh, and of the sliding cube."""
    command = [program, "--profile", "pyradiomics", "--axis", str(axis), "--family", name,
               "--radius", str(radius)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in run.stdout.splitlines()[-1].split()[2:4]]


def main():
    program, axis = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    image, mask, n = ball(axis)
    print(f"{n} voxels; microseconds a voxel\n")
    print("| class | radius | PyRadiomics | afresh | slid | ratio |\n|---|---|---|---|---|---|")
    for radius in map(int, sys.argv[3:] or ("1", "2")):
        for name in CLASSES:
            peer, (afresh, slid) = (theirs(image, mask, n, name, radius),
                                    ours(program, axis, name, radius))
            print(f"| {name} | {radius} | {peer:.0f} | {afresh:.2f} | {slid:.2f} "
                  f"| {peer / slid:.0f} |", flush=True)


if __name__ == "__main__":
    main()
