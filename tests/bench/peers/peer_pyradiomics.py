# SPDX-License-Identifier: Apache-2.0
"""PyRadiomics: reading is not timed; "prepare" is the check of the mask and the crop."""

import logging
import time

import radiomics
import SimpleITK as sitk
from radiomics import firstorder, glcm, gldm, glrlm, glszm, imageoperations, ngtdm, shape
from worker import numbers, serve

CLASS = {
    "first order": firstorder.RadiomicsFirstOrder,
    "glcm": glcm.RadiomicsGLCM,
    "glrlm": glrlm.RadiomicsGLRLM,
    "glszm": glszm.RadiomicsGLSZM,
    "ngldm": gldm.RadiomicsGLDM,
    "ngtdm": ngtdm.RadiomicsNGTDM,
    "shape": shape.RadiomicsShape,
}
logging.getLogger("radiomics").setLevel(logging.ERROR)
held = {}


def load(case):
    if held.get("case") == (case["image"], case["mask"]):
        return
    image = sitk.ReadImage(case["image"])
    mask = sitk.Cast(sitk.ReadImage(case["mask"]) > 0, sitk.sitkUInt8)
    held.update(case=(case["image"], case["mask"]), image=image, mask=mask)


def run(case, name, answer):
    load(case)
    start = time.perf_counter()
    box, _ = imageoperations.checkMask(held["image"], held["mask"])
    image, mask = imageoperations.cropToTumorMask(held["image"], held["mask"], box)
    if name == "prepare":
        answer["ms"][name] = 1e3 * (time.perf_counter() - start)
        return
    start = time.perf_counter()
    features = CLASS[name](image, mask, binCount=case["bins"], label=1)
    features.enableAllFeatures()
    values = features.execute()
    answer["ms"][name] = 1e3 * (time.perf_counter() - start)
    answer["values"][name] = numbers(values.items())


serve(radiomics.__version__, run)
