# SPDX-License-Identifier: Apache-2.0
"""Which image types are compared with PyRadiomics, on which images."""

import struct

from cases import CT, MR, PET, nifti, noise, sarcoma, shipped, usable

# name: file, box (x0, y0, z0, x1, y1, z1), type of the voxels in PyRadiomics
IMAGES = {
    "ct": (sarcoma("001", CT)[0], (60, 70, 20, 81, 88, 35), "single"),
    "pet": (sarcoma("015", PET)[0], (4, 5, 10, 23, 21, 26), "single"),
    "mr": (sarcoma("003", MR)[0], (40, 50, 12, 57, 70, 25), "single"),
    "brain1": (shipped("brain1")[0], (120, 100, 5, 141, 119, 18), "integer"),
    "double": ("ragged_image.wave", (0, 0, 0, 13, 11, 9), "double"),
    "even": ("even_image.wave", (0, 0, 0, 12, 10, 8), "double"),
    "small": ("small_image.wave", (0, 0, 0, 5, 4, 7), "double"),
    "tiny": ("tiny_image.wave", (0, 0, 0, 3, 2, 5), "double"),
}
# name: size, spacing
WAVES = {"ragged": ((13, 11, 9), (0.7, 1.3, 2.5)), "even": ((12, 10, 8), (1, 1, 3)),
         "small": ((5, 4, 7), (1.5, 1, 0.5)), "tiny": ((3, 2, 5), (1, 2, 3))}

# name: image type in PyRadiomics, its settings, our filter with its parameters
USES = {
    "square": ("Square", {}, ["square"]),
    "squareroot": ("SquareRoot", {}, ["square_root"]),
    "logarithm": ("Logarithm", {}, ["logarithm"]),
    "exponential": ("Exponential", {}, ["exponential"]),
    "gradient": ("Gradient", {}, ["gradient"]),
    "log": ("LoG", {"sigma": [1.0, 2.5, 0.7, 4.0]},
            ["laplacian_of_gaussian", "sigma=1,2.5,0.7,4"]),
    "wavelet": ("Wavelet", {}, ["wavelet"]),
    "wavelet_db4": ("Wavelet", {"wavelet": "db4", "level": 2},
                    ["wavelet", "wavelet=db4", "level=2"]),
    "wavelet_haar": ("Wavelet", {"wavelet": "haar", "level": 2, "start_level": 1},
                     ["wavelet", "wavelet=haar", "level=2", "start_level=1"]),
    "wavelet_slices": ("Wavelet", {"force2D": True}, ["wavelet", "force_2d=true"]),
    "wavelet_slices_y": ("Wavelet", {"wavelet": "db2", "force2D": True, "force2Ddimension": 1},
                         ["wavelet", "wavelet=db2", "force_2d=true", "force_2d_dimension=1"]),
    "lbp2d": ("LBP2D", {}, ["local_binary_pattern_2d"]),
    "lbp2d_default": ("LBP2D", {"lbp2DMethod": "default", "lbp2DRadius": 2.5},
                      ["local_binary_pattern_2d", "method=default", "radius=2.5"]),
    "lbp2d_ror": ("LBP2D", {"lbp2DMethod": "ror", "lbp2DSamples": 9, "force2Ddimension": 1},
                  ["local_binary_pattern_2d", "method=ror", "samples=9", "force_2d_dimension=1"]),
    "lbp2d_nri": ("LBP2D", {"lbp2DMethod": "nri_uniform", "lbp2DSamples": 7,
                            "force2Ddimension": 2},
                  ["local_binary_pattern_2d", "method=nri_uniform", "samples=7",
                   "force_2d_dimension=2"]),
    "lbp2d_var": ("LBP2D", {"lbp2DMethod": "var", "lbp2DRadius": 1.3, "lbp2DSamples": 12},
                  ["local_binary_pattern_2d", "method=var", "radius=1.3", "samples=12"]),
    "lbp3d": ("LBP3D", {}, ["local_binary_pattern_3d"]),
    "lbp3d_fine": ("LBP3D", {"lbp3DLevels": 4, "lbp3DIcosphereRadius": 1.5,
                             "lbp3DIcosphereSubdivision": 2},
                   ["local_binary_pattern_3d", "levels=4", "icosphere_radius=1.5",
                    "icosphere_subdivision=2"]),
    "wavelet_sym": ("Wavelet", {"wavelet": "sym8"}, ["wavelet", "wavelet=sym8"]),
    "wavelet_db15": ("Wavelet", {"wavelet": "db15"}, ["wavelet", "wavelet=db15"]),
    "wavelet_dmey": ("Wavelet", {"wavelet": "dmey"}, ["wavelet", "wavelet=dmey"]),
    "wavelet_bior": ("Wavelet", {"wavelet": "bior2.4", "level": 2},
                     ["wavelet", "wavelet=bior2.4", "level=2"]),
    "wavelet_rbio": ("Wavelet", {"wavelet": "rbio3.5"}, ["wavelet", "wavelet=rbio3.5"]),
    "gradient_voxel": ("Gradient", {"gradientUseSpacing": False},
                       ["gradient", "use_spacing=false"]),
}

# Not compared: (use, image) to why.
EXCEPTIONS = {
    ("lbp2d_var", "brain1"): "PyRadiomics puts variances above 32,767 into 16 bits",
}


def pairs():
    """Every use on every image that is compared."""
    return [(use, image) for use in USES for image in IMAGES if (use, image) not in EXCEPTIONS]


def step_of(image):
    """About forty voxels of an image are compared."""
    x0, y0, z0, x1, y1, z1 = IMAGES[image][1]
    return max(1, (x1 - x0) * (y1 - y0) * (z1 - z0) // 40)


def wave(name):
    """Noise around 100 with values of both signs."""
    size, spacing = WAVES[name]
    numbers = noise(size[0] * size[1] * size[2], seed=len(name))
    voxels = [n % 100000 / 250 - 100 for n in numbers]
    return nifti(size, spacing, 64, 8, struct.pack(f"<{len(voxels)}d", *voxels))


def file_of(image, data, scratch):
    """The path of an image of IMAGES, made when it is none of the data."""
    path = IMAGES[image][0]
    if not path.endswith(".wave"):
        return usable(path, data, scratch)
    target = scratch / f"{path.removesuffix('.wave')}.nii"
    target.write_bytes(wave(path.split("_")[0]))
    return target
