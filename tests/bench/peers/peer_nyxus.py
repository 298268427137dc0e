# SPDX-License-Identifier: Apache-2.0
"""Nyxus reads files within its one call, and a process that has seen a region reuses some of its
results, so compare.py starts a process for each class and takes the cheapest call of a round for the
reading; the others are what they take beyond that, a little too little. Nyxus gets grey levels and
its IBSI mode, so that definitions are comparable; for first order features it gets intensities.
"""

import time

import nyxus
from worker import numbers, serve

GROUP = {
    "first order": "*3D_ALL_INTENSITY*",
    "glcm": "*3D_GLCM*",
    "glrlm": "*3D_GLRLM*",
    "glszm": "*3D_GLSZM*",
    "ngldm": "*3D_GLDM*",
    "ngtdm": "*3D_NGTDM*",
    "shape": "*3D_ALL_MORPHOLOGY*",
}


def run(case, name, answer):
    if name == "prepare":
        return
    image = case["image"] if name == "first order" else case["levels"]
    program = nyxus.Nyxus3D(
        [GROUP[name]], coarse_gray_depth=case["bins"], n_feature_calc_threads=1, ibsi=True
    )
    start = time.perf_counter()
    table = program.featurize_files([image], [case["mask"]], True)
    took = 1e3 * (time.perf_counter() - start)
    answer["ms"][name] = took
    answer["values"][name] = numbers(list(table.iloc[0].items())[4:])


serve(nyxus.__version__, run)
