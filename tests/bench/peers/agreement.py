# SPDX-License-Identifier: Apache-2.0
"""Which value of a peer is which of ours, and which are not comparable and why."""

import re

RADIOMICS = {
    "first order": (
        "{}",
        "Mean stat_mean Variance stat_var Skewness stat_skew Median stat_median Minimum stat_min "
        "10Percentile stat_p10 90Percentile stat_p90 Maximum stat_max InterquartileRange stat_iqr "
        "Range stat_range MeanAbsoluteDeviation stat_mad RobustMeanAbsoluteDeviation stat_rmad "
        "Energy stat_energy RootMeanSquared stat_rms Kurtosis stat_kurt Entropy ih_entropy "
        "Uniformity ih_uniformity",
    ),
    "glcm": (
        "cm_{}_3D_avg",
        "MaximumProbability joint_max JointAverage joint_avg SumSquares joint_var JointEntropy "
        "joint_entr DifferenceAverage diff_avg DifferenceVariance diff_var DifferenceEntropy "
        "diff_entr SumAverage sum_avg SumEntropy sum_entr JointEnergy energy Contrast contrast Id "
        "inv_diff Idn inv_diff_norm Idm inv_diff_mom Idmn inv_diff_mom_norm InverseVariance "
        "inv_var Correlation corr Autocorrelation auto_corr ClusterTendency clust_tend "
        "ClusterShade clust_shade ClusterProminence clust_prom Imc1 info_corr1 Imc2 info_corr2",
    ),
    "glrlm": (
        "rlm_{}_3D_avg",
        "ShortRunEmphasis sre LongRunEmphasis lre GrayLevelNonUniformity glnu "
        "GrayLevelNonUniformityNormalized glnu_norm RunLengthNonUniformity rlnu "
        "RunLengthNonUniformityNormalized rlnu_norm RunPercentage r_perc GrayLevelVariance gl_var "
        "RunVariance rl_var RunEntropy rl_entr LowGrayLevelRunEmphasis lgre "
        "HighGrayLevelRunEmphasis hgre ShortRunLowGrayLevelEmphasis srlge "
        "ShortRunHighGrayLevelEmphasis srhge LongRunLowGrayLevelEmphasis lrlge "
        "LongRunHighGrayLevelEmphasis lrhge",
    ),
    "glszm": (
        "szm_{}_3D",
        "SmallAreaEmphasis sze LargeAreaEmphasis lze GrayLevelNonUniformity glnu "
        "GrayLevelNonUniformityNormalized glnu_norm SizeZoneNonUniformity zsnu "
        "SizeZoneNonUniformityNormalized zsnu_norm ZonePercentage z_perc GrayLevelVariance gl_var "
        "ZoneVariance zs_var ZoneEntropy zs_entr LowGrayLevelZoneEmphasis lgze "
        "HighGrayLevelZoneEmphasis hgze SmallAreaLowGrayLevelEmphasis szlge "
        "SmallAreaHighGrayLevelEmphasis szhge LargeAreaLowGrayLevelEmphasis lzlge "
        "LargeAreaHighGrayLevelEmphasis lzhge",
    ),
    "ngldm": (
        "ngl_{}_3D",
        "SmallDependenceEmphasis lde LargeDependenceEmphasis hde GrayLevelNonUniformity glnu "
        "DependenceNonUniformity dcnu DependenceNonUniformityNormalized dcnu_norm "
        "GrayLevelVariance gl_var DependenceVariance dc_var DependenceEntropy dc_entr "
        "LowGrayLevelEmphasis lgce HighGrayLevelEmphasis hgce "
        "SmallDependenceLowGrayLevelEmphasis ldlge SmallDependenceHighGrayLevelEmphasis ldhge "
        "LargeDependenceLowGrayLevelEmphasis hdlge LargeDependenceHighGrayLevelEmphasis hdhge",
    ),
    "ngtdm": (
        "ngt_{}_3D",
        "Coarseness coarseness Contrast contrast Busyness busyness Complexity complexity "
        "Strength strength",
    ),
    "shape": (
        "morph_{}",
        "MeshVolume volume VoxelVolume vol_approx SurfaceArea area_mesh SurfaceVolumeRatio av "
        "Sphericity sphericity Maximum3DDiameter diam MajorAxisLength pca_maj_axis "
        "MinorAxisLength pca_min_axis LeastAxisLength pca_least_axis Elongation pca_elongation "
        "Flatness pca_flatness",
    ),
}
NYXUS = {
    "glcm": (
        "cm_{}_3D_avg",
        "ACOR auto_corr ASM energy CLUPROM clust_prom CLUSHADE clust_shade CLUTEND clust_tend "
        "CONTRAST contrast CORRELATION corr DIFAVE diff_avg DIFENTRO diff_entr DIFVAR diff_var "
        "ID inv_diff IDN inv_diff_norm IDM inv_diff_mom IDMN inv_diff_mom_norm INFOMEAS1 "
        "info_corr1 INFOMEAS2 info_corr2 IV inv_var JAVE joint_avg JE joint_entr JMAX joint_max "
        "JVAR joint_var SUMAVERAGE sum_avg SUMENTROPY sum_entr",
    ),
    "glrlm": (
        "rlm_{}_3D_avg",
        "SRE sre LRE lre GLN glnu GLNN glnu_norm RLN rlnu RLNN rlnu_norm RP r_perc GLV gl_var "
        "RV rl_var RE rl_entr LGLRE lgre HGLRE hgre SRLGLE srlge SRHGLE srhge LRLGLE lrlge "
        "LRHGLE lrhge",
    ),
    "glszm": (
        "szm_{}_3D",
        "SAE sze LAE lze GLN glnu GLNN glnu_norm SZN zsnu SZNN zsnu_norm ZP z_perc GLV gl_var "
        "ZV zs_var ZE zs_entr LGLZE lgze HGLZE hgze SALGLE szlge SAHGLE szhge LALGLE lzlge "
        "LAHGLE lzhge",
    ),
    "ngldm": (
        "ngl_{}_3D",
        "SDE lde LDE hde GLN glnu DN dcnu DNN dcnu_norm GLV gl_var DV dc_var DE dc_entr LGLE lgce "
        "HGLE hgce SDLGLE ldlge SDHGLE ldhge LDLGLE hdlge LDHGLE hdhge",
    ),
    "ngtdm": (
        "ngt_{}_3D",
        "COARSENESS coarseness CONTRAST contrast BUSYNESS busyness COMPLEXITY complexity "
        "STRENGTH strength",
    ),
}
NYXUS_KEY = {"glcm": "3GLCM_{}_AVE", "glrlm": "3GLRLM_{}_AVE", "glszm": "3GLSZM_{}",
             "ngldm": "3GLDM_{}", "ngtdm": "3NGTDM_{}"}
PYRADIOMICS_KEY = {"first order": "firstorder", "ngldm": "gldm"}  # classes that we call otherwise

def within(limit):
    """Relative gap of at most that."""
    return lambda theirs, ours: abs(theirs - ours) <= limit * max(abs(theirs), abs(ours))


def kurtosis_not_excess(theirs, ours):
    return abs(theirs - 3 - ours) <= 1e-6 * max(abs(theirs), 1)


# (program, feature of ours as a pattern, which differences are let pass, what is known).
UNKNOWN = "cause not known; PyRadiomics and MIRP have our value"
DIFFERENT = (
    ("pyradiomics", r"stat_kurt", kurtosis_not_excess, "not the excess: 3 more than IBSI"),
    ("pyradiomics", r"morph_(volume|area_mesh|av|sphericity)$", within(1e-3),
     "another surface mesh"),
    ("pyradiomics", r"morph_pca_.*_axis", within(1e-4), "covariance over n, not n - 1"),
    ("mirp", r"morph_(moran_i|geary_c)", lambda theirs, ours: abs(theirs - ours) <= 0.05,
     "mean over random samples of 100 voxels"),
    ("mirp", r"morph_com$", within(1e-3), "image in single precision"),
    ("mirp", r"morph_(?!moran|geary|pca|com$)", within(1e-3), "another surface mesh"),
    ("mirp", r"stat_(skew|kurt)", within(1e-3), "image in single precision"),
    ("nyxus", r"cm_(info_corr1|diff_entr)", within(5e-3), UNKNOWN),
    ("nyxus", r"szm_(lze|zs_var)_3D", lambda theirs, ours: theirs < 0 < ours,
     "negative, as if its sum overflowed"),
    ("nyxus", r"ngt_.*", lambda theirs, ours: theirs == 0, "zeros in this version"),
)
# So many values must agree at least, or names have changed.
LEAST = {"pyradiomics": 90, "nyxus": 60, "mirp": 90}
# Relative tolerance for everything else.
TOLERANCE = {"pyradiomics": 1e-6, "nyxus": 1e-3, "mirp": 1e-6}


def pairs(program, values, same_names=False):
    """(our name, the peer's value) of every feature that a peer and we both have."""
    if program == "mirp":
        for group in values.values():
            for key, value in group.items():
                yield re.sub(r"(_d1)?(_a0\.0)?_3d(_avg)?_fbn_n\d+$", r"_3D\3", key), value
        return
    if same_names:
        for name, group in values.items():
            for key, value in group.items():
                yield f"{PYRADIOMICS_KEY.get(name, name)}_{key}", value
        return
    table = RADIOMICS if program == "pyradiomics" else NYXUS
    for name, (pattern, words) in table.items():
        words = words.split()
        for theirs, ours in zip(words[::2], words[1::2]):
            key = NYXUS_KEY[name].format(theirs) if program == "nyxus" else theirs
            if key in values.get(name, {}):
                yield pattern.format(ours), values[name][key]


def compare(program, values, ours, same_names=False):
    """(how many agree, [(feature, theirs, ours, reason)]); reason None: unexplained. same_names:
    ours are those of the PyRadiomics profile, where nothing may differ. A value that only the peer
    has differs (ours is NaN), but for MIRP, which has features that we do not."""
    agree, differ = 0, []
    for name, value in pairs(program, values, same_names):
        if name not in ours and program == "mirp":
            continue
        own = ours.get(name, float("nan"))
        if abs(value - own) <= TOLERANCE[program] * max(abs(value), abs(own), 1e-12):
            agree += 1
            continue
        reasons = [
            reason
            for peer, pattern, lets_pass, reason in DIFFERENT
            if peer == program and re.match(pattern, name) and lets_pass(value, own)
        ]
        differ.append((name, value, own, reasons[0] if reasons and not same_names else None))
    return agree, differ
