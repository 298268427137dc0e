# SPDX-License-Identifier: Apache-2.0
"""The comparison of values with the peers' must see what differs, and let pass only what is known."""

import agreement


def check(program, group, name, value, ours, same_names=False):
    return agreement.compare(program, {group: {name: value}}, ours, same_names)


def main():
    mean = {"stat_mean": 2.0, "stat_kurt": 0.5, "firstorder_Mean": 2.0}
    assert check("pyradiomics", "first order", "Mean", 2.0 * (1 + 1e-7), mean) == (1, [])
    agree, ((name, theirs, ours, reason),) = check("pyradiomics", "first order", "Mean", 2.01, mean)
    assert (agree, name, theirs, ours, reason) == (0, "stat_mean", 2.01, 2.0, None)
    _, (row,) = check("pyradiomics", "first order", "Kurtosis", 3.5, mean)
    assert row[3] is not None  # known, within its bound
    _, (row,) = check("pyradiomics", "shape", "MeshVolume", 1.2, {"morph_volume": 1.0})
    assert row[3] is None  # known, but beyond its bound
    for value in (-1e9, 3.6, float("nan")):
        _, (row,) = check("pyradiomics", "first order", "Kurtosis", value, mean)
        assert row[3] is None
    for theirs, reason in ((0.0, True), (77.0, False)):
        _, (row,) = check("nyxus", "ngtdm", "3NGTDM_CONTRAST", theirs, {"ngt_contrast_3D": 0.1})
        assert (row[3] is not None) == reason
    for theirs, reason in ((-3.0, True), (1e12, False)):
        _, (row,) = check("nyxus", "glszm", "3GLSZM_LAE", theirs, {"szm_lze_3D": 7.0})
        assert (row[3] is not None) == reason
    _, (row,) = check("mirp", "shape", "morph_moran_i", -5.0, {"morph_moran_i": 0.1})
    assert row[3] is None
    for program, group, name in (("pyradiomics", "first order", "Median"),
                                 ("nyxus", "glcm", "3GLCM_ASM_AVE")):
        _, (row,) = check(program, group, name, 1.0, mean)  # we have no such value, or NaN
        assert row[3] is None
    assert check("pyradiomics", "first order", "Mean", 2.0, mean, True) == (1, [])
    assert check("pyradiomics", "first order", "Kurtosis", 3.5, {"firstorder_Kurtosis": 0.5},
                 True)[1][0][3] is None  # nothing is let pass in the same profile
    assert len(check("pyradiomics", "first order", "Mean", 2.01, mean, True)[1]) == 1
    assert check("nyxus", "glcm", "3GLCM_ASM_AVE", 0.25, {"cm_energy_3D_avg": 0.25}) == (1, [])
    assert check("mirp", "glcm", "cm_energy_d1_3d_avg_fbn_n32", 0.25,
                 {"cm_energy_3D_avg": 0.25}) == (1, [])
    assert check("nyxus", "glcm", "unknown", 1.0, mean) == (0, [])


main()
