# SPDX-License-Identifier: Apache-2.0
"""Writes image_types.csv: voxels of PyRadiomics' image types, and their range.

    make_image_types.py DATA SCRATCH > image_types.csv
    make_image_types.py DATA SCRATCH PROGRAM    # compares every voxel instead, and says how well

needs pyradiomics 3.0.1 (see make_reference.py), and for local binary patterns
    pip install "numpy<2" "scipy<1.15" scikit-image==0.26.0 trimesh==3.23.5
"""

import logging
import pathlib
import sys
import types

import numpy
import SimpleITK as sitk
from radiomics import imageoperations

from check_image_types import read_responses
from image_types import IMAGES, USES, file_of, pairs, step_of

# A response that is zero but for rounding has no range; this part of the image's counts then.
FLOOR = 1e-6
NUMPY = {"single": numpy.float32, "integer": numpy.int16, "double": numpy.float64}


def crop_of(image, data, scratch):
    """The image's box, of PyRadiomics' type, and a mask that is 1 everywhere."""
    x0, y0, z0, x1, y1, z1 = IMAGES[image][1]
    whole = sitk.ReadImage(str(file_of(image, data, scratch)))
    voxels = sitk.GetArrayFromImage(whole).astype(NUMPY[IMAGES[image][2]])[z0:z1, y0:y1, x0:x1]
    crop = sitk.GetImageFromArray(voxels)
    crop.SetSpacing(whole.GetSpacing())
    mask = sitk.GetImageFromArray(numpy.ones(voxels.shape, numpy.uint8))
    mask.CopyInformation(crop)
    return crop, mask


def responses(kind, settings, crop, mask):
    make = getattr(imageoperations, f"get{kind}Image")
    for image, name, _ in make(crop, mask, **settings):
        yield name, sitk.GetArrayFromImage(image).astype(numpy.float64).ravel()


def compare(use, image, expected, ours, voxels):
    expected = dict(expected)
    left = {name for name, values in ours.items() if values is not None} ^ expected.keys()
    if left:
        print(f"{use} {image}: only one of us has {sorted(left)}")
    for name, theirs in expected.items():
        values = numpy.array(ours.get(name, numpy.full(theirs.shape, numpy.nan)))
        spread = max(numpy.ptp(theirs), FLOOR * numpy.ptp(voxels))
        print(f"{use} {image} {name}: {numpy.abs(values - theirs).max() / spread:.1e} of its "
              f"range, {numpy.mean(values == theirs):.1%} of voxels the same bits")


def main():
    data, scratch = (pathlib.Path(word) for word in sys.argv[1:3])
    scratch.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.CRITICAL)
    if len(sys.argv) < 4:
        print("use,image,response,range,voxels")
    for use, image in pairs():
        kind, settings, words = USES[use]
        crop, mask = crop_of(image, data, scratch)
        voxels = sitk.GetArrayFromImage(crop).astype(numpy.float64)
        expected = responses(kind, settings, crop, mask)
        if len(sys.argv) > 3:
            ours = read_responses(sys.argv[3], image, words, data, scratch, 1)
            compare(use, image, expected, ours, voxels)
            continue
        for name, values in expected:
            spread = max(numpy.ptp(values), FLOOR * numpy.ptp(voxels))
            print(f"{use},{image},{name},{float(spread)!r},"
                  + " ".join(repr(float(v)) for v in values[::step_of(image)]))


if __name__ == "__main__":
    # Moved inside SciPy since PyRadiomics 3.0.1.
    import scipy.ndimage
    module = types.ModuleType("scipy.ndimage.interpolation")
    module.map_coordinates = scipy.ndimage.map_coordinates
    sys.modules["scipy.ndimage.interpolation"] = module
    main()
