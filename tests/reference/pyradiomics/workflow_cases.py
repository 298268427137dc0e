# SPDX-License-Identifier: Apache-2.0
"""What is compared with PyRadiomics through the whole program: regions, and parameters as in
PyRadiomics' parameter files, where all but imageType and featureClass stand in `setting`."""

from cases import CT, MR, PET, made, sarcoma, shipped

THIRD = 6.499999999999998 / 3  # of brain1's slices: every third new slice is an old one
DOUBLE = 2 * 0.664062          # of breast1's pixels: new positions lie half-way between old ones

CLASSES = ["shape", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]
SOME = {"firstorder": None, "glcm": None}

WORKFLOW_CASES = {
    "ct": (sarcoma("001", CT), {"binWidth": 25}),
    "ct_1mm": (sarcoma("002", CT), {"binWidth": 25, "resampledPixelSpacing": [1, 1, 1]}),
    "ct_2mm": (sarcoma("003", CT), {"binWidth": 10, "resampledPixelSpacing": [2, 2, 2]}),
    "ct_in_plane": (sarcoma("008", CT), {"binWidth": 25, "resampledPixelSpacing": [2, 2, 0],
                                         "padDistance": 0}),
    "ct_uneven": (sarcoma("012", CT), {"binWidth": 20, "resampledPixelSpacing": [1.3, 2.1, 4.7]}),
    "ct_linear": (sarcoma("003", CT), {"binWidth": 25, "resampledPixelSpacing": [1.5, 1.5, 1.5],
                                       "interpolator": "sitkLinear"}),
    "ct_nearest": (sarcoma("003", CT), {"binCount": 40, "resampledPixelSpacing": [2, 2, 2],
                                        "interpolator": "sitkNearestNeighbor"}),
    "ct_range": (sarcoma("001", CT), {"binWidth": 25, "resegmentRange": [-20, 80],
                                      "voxelArrayShift": 1000}),
    "ct_sigma": (sarcoma("001", CT), {"binWidth": 25, "resegmentRange": [-1, 2],
                                      "resegmentMode": "sigma",
                                      "resampledPixelSpacing": [2, 2, 2]}),
    "pet": (sarcoma("002", PET), {"binWidth": 0.25}),
    "pet_2mm": (sarcoma("015", PET), {"binWidth": 0.1, "resampledPixelSpacing": [2, 2, 2]}),
    "pet_count": (sarcoma("015", PET), {"binCount": 64, "resampledPixelSpacing": [3, 3, 3]}),
    "pet_part": (sarcoma("015", PET), {"binWidth": 0.25, "resegmentRange": [0.41],
                                       "resegmentMode": "relative"}),
    "pet_part_shape": (sarcoma("002", PET), {"binWidth": 0.25, "resegmentRange": [0.9, 0.3],
                                             "resegmentMode": "relative", "resegmentShape": True}),
    "mr": (sarcoma("003", MR), {"binWidth": 10, "preCrop": True}),
    "mr_1mm": (sarcoma("024", MR), {"binWidth": 10, "resampledPixelSpacing": [1, 1, 1]}),
    "mr_normal": (sarcoma("008", MR), {"binWidth": 5, "normalize": True, "normalizeScale": 100,
                                       "removeOutliers": 2, "voxelArrayShift": 300}),
    "mr_normal_2mm": (sarcoma("008", MR), {"binWidth": 0.1, "normalize": True,
                                           "resampledPixelSpacing": [2, 2, 2]}),
    "mr_normal_count": (sarcoma("003", MR), {"binCount": 32, "normalize": True,
                                             "normalizeScale": 100}),
    "mr_slices": (sarcoma("024", MR), {"binWidth": 10, "force2D": True, "force2Ddimension": 0,
                                       "resampledPixelSpacing": [1.5, 1.5, 0]}),
    "brain": (shipped("brain1"), {"binWidth": 25, "resampledPixelSpacing": [2, 2, 2]}),
    "brain_on_grid": (shipped("brain1"), {"binWidth": 25,
                                          "resampledPixelSpacing": [0, 0, THIRD]}),
    "brain_normal": (shipped("brain1"), {"binCount": 25, "normalize": True, "removeOutliers": 3,
                                         "resegmentRange": [-3, 3], "resegmentMode": "sigma"}),
    "breast_half_way": (shipped("breast1"), {"binWidth": 10, "distances": [1, 2],
                                             "resampledPixelSpacing": [DOUBLE, DOUBLE, 0]}),
    "breast_merged": (shipped("breast1"), {"binWidth": 5, "weightingNorm": "euclidean", "gldm_a": 1,
                                           "symmetricalGLCM": False,
                                           "resampledPixelSpacing": [1, 1, 1]}),
    "oblique": (made("ragged", "turned"), {"binWidth": 10, "resampledPixelSpacing": [1, 1, 1.5]}),
    # Image types. Filters see the image as it is resampled, cropped and normalised.
    "ct_filters": (sarcoma("003", CT), {
        "binWidth": 25, "imageType": {"LoG": {"sigma": [1, 3.5], "binWidth": 10}, "Wavelet": {}},
        "featureClass": SOME}),
    "mr_filters": (sarcoma("024", MR), {
        "binWidth": 5, "normalize": True, "normalizeScale": 100,
        "resampledPixelSpacing": [1.5, 1.5, 1.5],
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0]},
                      "Wavelet": {"wavelet": "db3", "level": 2}},
        "featureClass": SOME}),
    "pet_filters": (sarcoma("015", PET), {
        "binWidth": 0.25, "resampledPixelSpacing": [3, 3, 3], "padDistance": 8,
        "resegmentRange": [0.3], "resegmentMode": "relative",
        "imageType": {"Square": {}, "SquareRoot": {}, "Logarithm": {}, "Exponential": {},
                      "Gradient": {"gradientUseSpacing": False}},
        "featureClass": SOME}),
    "pet_filters_count": (sarcoma("002", PET), {
        "binCount": 32, "preCrop": True,
        "imageType": {"LoG": {"sigma": [5]}, "Wavelet": {"wavelet": "haar"}, "Gradient": {},
                      "Exponential": {}},
        "featureClass": SOME}),
    "brain_filters": (shipped("brain1"), {
        "binWidth": 10, "resampledPixelSpacing": [2, 2, 2],
        "imageType": {"LoG": {"sigma": [3]}, "Wavelet": {"start_level": 1}, "Square": {},
                      "Logarithm": {}, "Gradient": {}},
        "featureClass": {"firstorder": None}}),
    "breast_patterns": (shipped("breast1"), {
        "binWidth": 1, "imageType": {"LBP3D": {}, "LBP2D": {}},
        "featureClass": {"firstorder": None}}),
    "mr_slice_filters": (sarcoma("008", MR), {
        "binWidth": 20, "force2D": True, "force2Ddimension": 0,
        "resampledPixelSpacing": [1, 1, 0],
        "imageType": {"Wavelet": {}, "LBP2D": {"binWidth": 1, "lbp2DRadius": 2}},
        "featureClass": {"shape": None, "firstorder": None, "glszm": None}}),
}


def parameters(case):
    """The content of a case's parameter file."""
    given = WORKFLOW_CASES[case][1]
    sections = ("imageType", "featureClass")
    params = {"setting": {k: v for k, v in given.items() if k not in sections}}
    params["featureClass"] = dict.fromkeys(CLASSES) # without, shape2D would be among them
    params.update({k: given[k] for k in sections if k in given})
    return params
