# SPDX-License-Identifier: Apache-2.0
"""PyRadiomics from files to features, one JSON line a patient:
study_pyradiomics.py ROOT PARAMS PATIENT..."""

import json
import logging
import sys
import time
from pathlib import Path

from radiomics import featureextractor

logging.getLogger("radiomics").setLevel(logging.ERROR)
extractor = featureextractor.RadiomicsFeatureExtractor(sys.argv[2], additionalInfo=False)
for patient in sys.argv[3:]:
    folder = Path(sys.argv[1]) / "nifti" / patient
    start = time.perf_counter()
    values = extractor.execute(str(folder / "CT_image.nii.gz"), str(folder / "CT_mask.nii.gz"))
    ms = 1e3 * (time.perf_counter() - start)
    print(json.dumps({"patient": patient, "ms": ms,
                      "values": {k: float(v) for k, v in values.items()}}), flush=True)
