# SPDX-License-Identifier: Apache-2.0
"""What the texture engine aims at, per core. `NAIVE` are milliseconds of a plain C kernel (voxel by
voxel over a padded volume of small integers, 32 levels) on a core of a two-core server: the limit
that code without a better idea meets."""

PHANTOM, BALL = 125_000, 1_630_000  # voxels
NAIVE = {
    PHANTOM: {"first order": 0.8, "glcm": 1.3, "glrlm": 10, "glszm": 5, "ngldm": 0.8, "ngtdm": 1,
              "shape": 6},
    BALL: {"first order": 13, "glcm": 15, "glrlm": 87, "glszm": 57, "ngldm": 10, "ngtdm": 14,
           "shape": 45},
}
TEXTURE = ("glcm", "glrlm", "glszm", "ngldm", "ngtdm")
# (what, of which program, times as fast at the smaller and the larger size)
RATIOS = [("same classes", "pyradiomics", {PHANTOM: 20, BALL: 30}),
          ("same classes", "nyxus", {PHANTOM: 6, BALL: 10})]
RATIOS += [(name, "pyradiomics", {PHANTOM: 6, BALL: 6}) for name in TEXTURE]
NAIVE_FACTOR = 2  # all kernels together against the plain ones
STUDY = 20  # original, five Laplacians of Gaussian and eight wavelet bands, reading included
THREADS = 1.8  # two threads on two cores, at the larger size


def size_of(case):
    """The size whose goals hold for a case; None: none do."""
    for size in (PHANTOM, BALL):
        if abs(case["voxels"] / size - 1) < 0.1:
            return size
    return None


def check(case, took):
    """Lines (goal, reached, met). took(program, class) is milliseconds or None."""
    size = size_of(case)
    if size is None:
        return
    for name, program, goal in RATIOS:
        ours, theirs = took("radcohort", name), took(program, name)
        if ours and theirs:
            yield (f"{name}: {goal[size]}x {program}", f"{theirs / ours:.1f}x",
                   theirs / ours >= goal[size])
    kernels = sum(took("radcohort", name) for name in NAIVE[size])
    plain = sum(NAIVE[size].values())
    yield (f"all kernels within {NAIVE_FACTOR}x of plain ones ({plain:.1f} ms)",
           f"{kernels:.1f} ms, {kernels / plain:.2f}x", kernels <= NAIVE_FACTOR * plain)
