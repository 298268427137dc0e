# SPDX-License-Identifier: Apache-2.0
"""What is compared with PyRadiomics: regions, and the settings they are measured with."""

import ast
import gzip
import math
import struct

CT, MR, PET = "CT", "MR_T1", "PET"
TYPES = {"short": (4, 2), "int": (8, 4)}  # of NRRD: code of NIfTI, bytes


def sarcoma(patient, modality):
    folder = f"sts/nifti/STS_{patient}/{modality}"
    return f"{folder}_image.nii.gz", f"{folder}_mask.nii.gz"


def shipped(name):
    return f"pyradiomics/{name}_image.nrrd", f"pyradiomics/{name}_label.nrrd"


def made(name, how="made"):
    return f"{name}_image.{how}", f"{name}_mask.{how}"


def noise(n, seed):
    """Whole numbers from a linear congruential generator."""
    state = seed
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


# name: size, spacing, intensity and mask of a voxel from its random number; or from that and its x
MADE = {
    "flat": ((5, 4, 3), (1, 1.5, 2), lambda r: 100, lambda r: 1),
    "flat_holes": ((7, 6, 5), (1, 1.5, 2), lambda r: -20, lambda r: r % 3 > 0),
    "slice": ((9, 8, 1), (0.7, 0.7, 3), lambda r: r % 200, lambda r: r % 5 > 0),
    "line": ((1, 12, 1), (1, 1, 1), lambda r: r % 100, lambda r: 1),
    "two_levels": ((8, 7, 6), (1, 1, 3), lambda r: 10 + 30 * (r % 4 == 0), lambda r: r % 3 > 0),
    "scattered": ((14, 13, 12), (0.9, 1.1, 2), lambda r: r % 300 - 150, lambda r: r % 29 == 0),
    "dust": ((16, 15, 14), (1, 1, 1), lambda r: r % 300, lambda r: r % 300 == 7),
    "ragged": ((20, 18, 16), (0.9, 1.1, 2), lambda r: r % 900 / 3, lambda r: r % 2),
    # Three parts that share no level: pairs of the first are never with voxels of another.
    "parts": ((46, 40, 38), (1, 1, 1),
              lambda r, x: r % 300 if x < 40 else 1000 * (x - 40) + r % 40,
              lambda r, x: x < 40 or (x != 40 and x != 43 and r % 40 == 0)),
}


def nifti(size, spacing, code, n_bytes, body, turn=0.0):
    """A file whose image lies along the axes, or is turned about z by `turn` radians."""
    head = struct.pack("<i36x8h14x2h2x8f", 348, 3, *size, 1, 1, 1, 1, code, 8 * n_bytes, 1,
                       *spacing, 1, 1, 1, 1)
    head += struct.pack("<3f", 352, 1, 0)
    head += bytes(252 - len(head)) + struct.pack("<2h", 0, 2) + bytes(24)  # sform
    c, s = math.cos(turn), math.sin(turn)
    for row in ((c, -s, 0), (s, c, 0), (0, 0, 1)):
        head += struct.pack("<4f", *(r * step for r, step in zip(row, spacing)), 0)
    return head + bytes(344 - len(head)) + b"n+1\0" + bytes(4) + body


def from_nrrd(source):
    """The voxels of a NRRD file with the same spacing along its own axes."""
    head, body = source.read_bytes().split(b"\n\n", 1)
    field = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    size = [int(n) for n in field["sizes"].split()]
    steps = [sum(x * x for x in ast.literal_eval(v)) ** 0.5
             for v in field["space directions"].split()]
    return nifti(size, steps, *TYPES[field["type"]], gzip.decompress(body))


def make(name, kind, turn=0.0):
    """A region of MADE with a border of one voxel that is not in the mask."""
    size, spacing, intensity, inside = MADE[name]
    numbers = noise(2 * size[0] * size[1] * size[2], seed=len(name))
    wide = [n + 2 for n in size]
    voxels = [0.0] * (wide[0] * wide[1] * wide[2])
    for z in range(1, size[2] + 1):
        for y in range(1, size[1] + 1):
            for x in range(1, size[0] + 1):
                value, chance = (f(next(numbers), *[x - 1] * (f.__code__.co_argcount - 1))
                                 for f in (intensity, inside))
                voxels[x + wide[0] * (y + wide[1] * z)] = (value if kind == "image"
                                                           else float(bool(chance)))
    return nifti(wide, spacing, 64, 8, struct.pack(f"<{len(voxels)}d", *voxels), turn)


def usable(path, data, scratch):
    """A NIfTI file of one of the paths below."""
    name, ending = path.rsplit("/", 1)[-1].split(".", 1)
    if ending == "nii.gz":
        return data / path
    target = scratch / f"{name}_{ending}.nii"
    target.write_bytes(from_nrrd(data / path) if ending == "nrrd"
                       else make(*name.rsplit("_", 1), turn=0.3 if ending == "turned" else 0.0))
    return target


# name: (image, mask), settings as in PyRadiomics' parameter files
CASES = {
    "brain1": (shipped("brain1"), {"binWidth": 25}),
    "breast1": (shipped("breast1"), {"binWidth": 25}),
    "ct_001": (sarcoma("001", CT), {"binWidth": 25}),
    "ct_012": (sarcoma("012", CT), {"binWidth": 25, "voxelArrayShift": 1000}),
    "pet_002": (sarcoma("002", PET), {"binWidth": 0.25}),
    "pet_015": (sarcoma("015", PET), {"binCount": 32}),
    "mr_003": (sarcoma("003", MR), {"binWidth": 10}),
    "mr_fine": (sarcoma("024", MR), {"binWidth": 1}),
    "distances": (sarcoma("015", PET), {"binWidth": 0.5, "distances": [1, 3]}),
    "distance_2": (shipped("breast1"), {"binWidth": 10, "distances": [2], "gldm_a": 1}),
    "alpha": (shipped("brain1"), {"binWidth": 25, "gldm_a": 2}),
    "slices": (sarcoma("015", PET), {"binWidth": 0.5, "force2D": True}),
    "slices_y": (shipped("brain1"), {"binWidth": 25, "force2D": True, "force2Ddimension": 1}),
    "slices_x": (shipped("breast1"), {"binWidth": 10, "force2D": True, "force2Ddimension": 2}),
    "manhattan": (shipped("brain1"), {"binWidth": 25, "weightingNorm": "manhattan"}),
    "euclidean": (shipped("breast1"), {"binWidth": 10, "weightingNorm": "euclidean"}),
    "infinity": (sarcoma("015", PET), {"binWidth": 0.5, "weightingNorm": "infinity"}),
    "merged": (shipped("brain1"), {"binWidth": 25, "weightingNorm": "no_weighting"}),
    "merged_fine": (sarcoma("024", MR), {"binWidth": 1, "weightingNorm": "no_weighting"}),
    "one_way": (shipped("brain1"), {"binWidth": 25, "symmetricalGLCM": False}),
    **{name: (made(name), {"binWidth": 25}) for name in MADE},
    "ragged_fine": (made("ragged"), {"binWidth": 0.5}),
    "ragged_slices": (made("ragged"), {"binWidth": 25, "force2D": True, "force2Ddimension": 2,
                                       "distances": [1, 2], "weightingNorm": "euclidean"}),
    "scattered_merged": (made("scattered"), {"binWidth": 25, "weightingNorm": "infinity"}),
    "dust_merged": (made("dust"), {"binWidth": 25, "weightingNorm": "no_weighting"}),
    "parts_merged": (made("parts"), {"binWidth": 25, "weightingNorm": "no_weighting"}),
    "parts_one_way": (made("parts"), {"binWidth": 25, "weightingNorm": "infinity",
                                      "symmetricalGLCM": False}),
    "one_way_y": (shipped("brain1"), {"binWidth": 25, "force2D": True, "force2Ddimension": 1,
                                      "symmetricalGLCM": False}),
    "one_way_x": (shipped("breast1"), {"binWidth": 25, "force2D": True, "force2Ddimension": 2,
                                       "symmetricalGLCM": False}),
    "one_way_fine": (sarcoma("024", MR), {"binWidth": 1, "symmetricalGLCM": False}),
}
