# SPDX-License-Identifier: Apache-2.0
"""Nyxus reads files within its one call, so "prepare" is a call for a single cheap feature, and
the others are what a call takes beyond that: a little too little, since that feature counts, too.
It gets grey levels in place of intensities, and its IBSI mode, so that definitions are comparable;
without that it cuts bins of its own, and its 3-D first order features need the intensities.
"""

import time

import nyxus
from worker import numbers, serve

GROUP = {
    "prepare": "3COV",
    "first order": "*3D_ALL_INTENSITY*",
    "glcm": "*3D_GLCM*",
    "glrlm": "*3D_GLRLM*",
    "glszm": "*3D_GLSZM*",
    "ngldm": "*3D_GLDM*",
    "ngtdm": "*3D_NGTDM*",
    "shape": "*3D_ALL_MORPHOLOGY*",
}


def run(case, name, answer):
    image = case["image"] if name == "first order" else case["levels"]
    program = nyxus.Nyxus3D(
        [GROUP[name]], coarse_gray_depth=case["bins"], n_feature_calc_threads=1, ibsi=True
    )
    start = time.perf_counter()
    table = program.featurize_files([image], [case["mask"]], True)
    took = 1e3 * (time.perf_counter() - start)
    if name != "prepare":
        took = max(took - answer["ms"]["prepare"], 0.0)
        answer["values"][name] = numbers(list(table.iloc[0].items())[4:])
    answer["ms"][name] = took


serve(nyxus.__version__, run)
