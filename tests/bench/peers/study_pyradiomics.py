# SPDX-License-Identifier: Apache-2.0
"""PyRadiomics from files to features, one JSON line a patient: study_pyradiomics.py ROOT PATIENT..."""

import json
import logging
import sys
import time
from pathlib import Path

from radiomics import featureextractor

logging.getLogger("radiomics").setLevel(logging.ERROR)
root = Path(sys.argv[1])
extractor = featureextractor.RadiomicsFeatureExtractor(
    binWidth=10,
    resampledPixelSpacing=[1, 1, 1],
    interpolator="sitkBSpline",
    resegmentRange=[-200, 200],
    label=1,
)
extractor.enableAllFeatures()
for patient in sys.argv[2:]:
    folder = root / "nifti" / patient
    start = time.perf_counter()
    values = extractor.execute(str(folder / "CT_image.nii.gz"), str(folder / "CT_mask.nii.gz"))
    print(
        json.dumps(
            {
                "patient": patient,
                "ms": 1e3 * (time.perf_counter() - start),
                "voxels": float(values["original_shape_VoxelVolume"]),
            }
        ),
        flush=True,
    )
