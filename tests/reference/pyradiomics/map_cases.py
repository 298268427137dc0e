# SPDX-License-Identifier: Apache-2.0
"""Which feature maps are compared with PyRadiomics, and what is said of a map."""

import math

from cases import PET, made, sarcoma

CLASSES = ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]

# name: (image, mask), settings as in PyRadiomics' parameter files, radius of the cube
MAP_CASES = {
    "ragged_r1": (made("ragged"), {"binWidth": 25}, 1),
    "ragged_r2": (made("ragged"), {"binWidth": 25}, 2),
    "flat_r1": (made("flat_holes"), {"binWidth": 25}, 1),
    "scattered_r1": (made("scattered"), {"binWidth": 25}, 1),
    "pet_r1": (sarcoma("015", PET), {"binWidth": 0.5}, 1),
    "pet_r2": (sarcoma("015", PET), {"binWidth": 0.5}, 2),
}
N_SINGLE = 5


def describe(voxel):
    """Of a map's values in the mask, x fastest: how many are numbers, and facts of those."""
    known = [v for v in voxel if not math.isnan(v)]
    n = len(known)
    facts = {"n": n}
    if n > 0:
        mean = math.fsum(known) / n
        facts |= {"mean": mean, "min": min(known), "max": max(known),
                  "sd": math.sqrt(math.fsum((v - mean) ** 2 for v in known) / n)}
    for k in range(N_SINGLE):
        at = k * (len(voxel) - 1) // (N_SINGLE - 1)
        facts[f"voxel_{at}"] = voxel[at]
    return facts
