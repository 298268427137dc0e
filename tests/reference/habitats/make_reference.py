# SPDX-License-Identifier: Apache-2.0
"""Writes reference.csv: habitats of sarcoma regions by nibabel, scipy and scikit-learn.

    make_reference.py DATA > reference.csv

Voxels of the mask on the image's own grid; other images sampled there by trilinear interpolation;
each standardised; k-means (Lloyd) from 50 k-means++ starts. needs: pip install scikit-learn scipy
nibabel
"""

import pathlib
import sys

import nibabel
import numpy as np
from scipy.ndimage import map_coordinates
from sklearn.cluster import KMeans

from cases import CASES


def values_at(image, world):
    index = nibabel.affines.apply_affine(np.linalg.inv(image.affine), world)
    size = np.array(image.shape[:3])
    value = map_coordinates(image.get_fdata(), index.T, order=1, mode="nearest")
    value[((index < -0.5) | (index > size - 0.5)).any(axis=1)] = np.nan
    return value


def habitats(data, patient, images, k):
    def load(name):
        return nibabel.load(data / f"sts/nifti/{patient}/{name}.nii.gz")

    first = load(f"{images[0]}_image")
    voxel = np.argwhere(load(f"{images[0]}_mask").get_fdata() != 0)
    world = nibabel.affines.apply_affine(first.affine, voxel)
    channels = [first.get_fdata()[tuple(voxel.T)]]
    channels += [values_at(load(f"{name}_image"), world) for name in images[1:]]
    table = np.stack(channels, axis=1)
    table = table[np.isfinite(table).all(axis=1)]
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    found = KMeans(k, n_init=50, tol=0, max_iter=1000, random_state=1).fit(scaled)
    label = found.labels_
    order = np.argsort([table[label == h, 0].mean() for h in range(k)])
    parts = {h: (np.sum(label == old) / len(voxel), table[label == old].mean(axis=0))
             for h, old in enumerate(order, 1)}
    return parts, table.mean(axis=0), table.std(axis=0), found.inertia_ / len(table)


def main():
    data = pathlib.Path(sys.argv[1])
    print("case,habitat,quantity,value")
    for case, (patient, images, k) in CASES.items():
        parts, mean, sd, inertia = habitats(data, patient, images, k)
        print(f"{case},,inertia,{float(inertia)!r}")
        for c, name in enumerate(images):
            print(f"{case},,mean_{name},{float(mean[c])!r}")
            print(f"{case},,sd_{name},{float(sd[c])!r}")
        for h, (part, means) in parts.items():
            print(f"{case},{h},part,{float(part)!r}")
            for name, value in zip(images, means):
                print(f"{case},{h},mean_{name},{float(value)!r}")


if __name__ == "__main__":
    main()
