# SPDX-License-Identifier: Apache-2.0
"""Regions as uncompressed NIfTI files cropped to a margin of two voxels, the same for all programs,
so that reading weighs little where it cannot be told apart."""

import numpy as np
import SimpleITK as sitk

BINS = 32


def write(folder, name, image, mask, spacing):
    image = np.rint(image)
    at = np.argwhere(mask)
    low, high = np.maximum(at.min(0) - 2, 0), np.minimum(at.max(0) + 3, mask.shape)
    cut = tuple(slice(int(a), int(b)) for a, b in zip(low, high))
    lowest, highest = image[mask].min(), image[mask].max()
    levels = np.minimum(np.floor(BINS * (image - lowest) / (highest - lowest)) + 1, BINS)
    levels[~mask] = 0
    case = {"name": name, "voxels": int(mask.sum()), "bins": BINS}
    for key, array in (
        ("image", image.astype(np.int16)),
        ("mask", mask.astype(np.uint8)),
        ("levels", levels.astype(np.uint16)),
    ):
        volume = sitk.GetImageFromArray(array[cut])
        volume.SetSpacing(spacing)
        case[key] = str(folder / f"{name}_{key}.nii")
        sitk.WriteImage(volume, case[key])
    return case


def ball(folder, name, radius):
    """Smooth lumps plus noise in a ball."""
    side = np.arange(2 * int(np.ceil(radius)) + 3) - (np.ceil(radius) + 1)
    z, y, x = np.meshgrid(side, side, side, indexing="ij", sparse=True)
    noise = np.random.default_rng(1).random((side.size,) * 3)
    image = 60 * np.sin(0.11 * x) * np.cos(0.13 * y) + 40 * np.sin(0.17 * z) + 80 * noise
    return write(folder, name, image, x * x + y * y + z * z <= radius * radius, (1.0, 1.0, 1.0))


def phantom(folder, data):
    at = data / "ibsi1/ct_phantom/nifti"
    image = sitk.ReadImage(str(at / "image.nii.gz"), sitk.sitkFloat64)
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(at / "mask.nii.gz"))) > 0
    return write(folder, "phantom", sitk.GetArrayFromImage(image), mask, image.GetSpacing())
