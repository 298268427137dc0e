# SPDX-License-Identifier: Apache-2.0
"""Which habitats are compared: patient, images (the first one's mask is the region), their number."""

CASES = {
    "ct_pet": ("STS_001", ["CT", "PET"], 3),
    "ct_pet_mr": ("STS_002", ["CT", "PET", "MR_T1"], 4),
    "pet": ("STS_015", ["PET"], 2),
    "mr_pet": ("STS_003", ["MR_T1", "PET"], 3),
    "pet_ct_mr": ("STS_012", ["PET", "CT", "MR_T1"], 5),
}
