# SPDX-License-Identifier: Apache-2.0
"""MIRP reads and prepares within its one call, and cannot be asked for that alone: its times
contain both, for each family again."""

import logging
import time
from importlib.metadata import version

import mirp
from worker import numbers, serve

FAMILY = {
    "first order": "statistics",
    "glcm": "glcm",
    "glrlm": "glrlm",
    "glszm": "glszm",
    "ngldm": "ngldm",
    "ngtdm": "ngtdm",
    "shape": "morphology",
}
logging.disable(logging.CRITICAL)


def call(case, family):
    start = time.perf_counter()
    table = mirp.extract_features(
        image=case["image"],
        mask=case["mask"],
        image_modality="ct",
        by_slice=False,
        base_discretisation_method="fixed_bin_number",
        base_discretisation_n_bins=case["bins"],
        base_feature_families=family,
        glcm_spatial_method="3d_average",
        glrlm_spatial_method="3d_average",
    )[0]
    return 1e3 * (time.perf_counter() - start), table


def run(case, name, answer):
    if name == "prepare":
        answer["ms"][name] = 0.0
        return
    answer["ms"][name], table = call(case, FAMILY[name])
    answer["values"][name] = numbers(table.iloc[0].items())


serve(version("mirp"), run)
