# SPDX-License-Identifier: Apache-2.0
"""The cohort file as Python sees it: mudata, anndata and h5py open it and find the values.

check_python.py WRITER MPIEXEC FOLDER RADCOHORT
"""
import math
import os
import subprocess
import sys
import warnings

try:
    import anndata
    import h5py
    import mudata
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing} (pip install mudata h5py)")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)

ROWS, COLUMNS = 9, 4


def expected(modality, row, column):
    if (row + column) % 17 == 5:
        return math.nan
    return (modality + 1) * 1000.0 + row + column / 7.0


def write(writer, mpiexec, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "sample.h5mu")
    subprocess.run([mpiexec, "-n", "3", writer, path, str(ROWS), str(COLUMNS)], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def read_without_warnings(path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mdata = mudata.read_h5mu(path)
    # mudata 0.3 announces its own change of defaults whatever file it reads.
    ours = [w for w in caught if not issubclass(w.category, FutureWarning)]
    assert not ours, [str(w.message) for w in ours]
    return mdata


def check_image_modalities(mdata):
    for m, name in enumerate(["CT", "PT"]):
        mod = mdata.mod[name]
        values = np.array([[expected(m, r, c) for c in range(COLUMNS + m)] for r in range(ROWS)])
        np.testing.assert_array_equal(mod.X, values)
        assert list(mod.var_names) == [f"{name}.stat_{c}" for c in range(COLUMNS + m)]
        assert list(mod.obs_names) == [f"P{r + m:05d}" for r in range(ROWS)]
        assert list(mod.obs["status"]) == ["geometry" if r % 5 == 3 else "ok" for r in range(ROWS)]
        assert mod.obs["error"].iloc[3] == "mask does not fit: größer"
        assert mod.obs["error"].iloc[0] == ""
        assert len(mod.obs["digest"].iloc[0]) == 64
        assert list(mod.obs["n_voxels"]) == [100 + r for r in range(ROWS)]
        assert list(mod.obs["volume_mm3"]) == [0.5 * r for r in range(ROWS)]
        assert list(mod.var["ibsi_code"]) == ["Q4LE"] * (COLUMNS + m)
        assert list(mod.var["place"]) == list(range(COLUMNS + m))


def check_tables(mdata):
    clinical = mdata.mod["clinical"]
    assert list(clinical.X[:, 0]) == [40 + r / 8 for r in range(ROWS)]
    assert list(clinical.obs["sex_größe"]) == ["weiblich ♀" if r % 2 else "" for r in range(ROWS)]
    assert list(mdata.obs_names) == [f"P{r:05d}" for r in range(ROWS + 1)]
    assert list(mdata.mod) == ["CT", "PT", "clinical"]
    assert mdata.obs_names[mdata.obsmap["PT"] == 1].tolist() == ["P00001"]
    assert mdata.obsmap["CT"][-1] == 0
    cox = mdata.uns["cox"]
    assert cox.index.name == "term" and list(cox.index) == ["CT.stat_0", "clinical.age"]
    assert cox["hr"].iloc[0] == 1 / 3 and math.isnan(cox["hr"].iloc[1])
    assert cox["reason"].iloc[1] == 'no events, "none"'
    assert mdata.var.index.get_indexer(cox.index).tolist() == [0, 2 * COLUMNS + 1]
    assert mdata.uns["join"]["cox"].equals(cox)
    facts = mdata.uns["provenance"]
    assert facts["program"] == "radcohort" and facts["n_tasks"] == 2 * ROWS
    assert facts["workflow"] == "images:\n  - name: CT\n"
    assert facts["end"] == "2020-01-01T00:00:00Z"


def check_other_readers(path):
    mod = mudata.read(path + "/mod/CT")
    assert isinstance(mod, anndata.AnnData) and mod.shape == (ROWS, COLUMNS)
    with h5py.File(path) as file:
        assert file["mod/CT/X"].chunks is None and file["mod/CT/X"].dtype == "<f8"
        assert file["mod/PT/X"][2, 1] == expected(1, 2, 1)
        assert file["mod/CT/obs/status"].asstr()[3] == "geometry"
        from anndata.io import read_elem

        assert read_elem(file["uns/cox"]).shape == (2, 3)
    backed = mudata.read_h5mu(path, backed=True)
    assert backed.mod["CT"].X[1, 1] == expected(0, 1, 1)


def check_rewriting(path, mdata, radcohort):
    """What Python writes again, Python and radcohort read again."""
    copy = path.replace("sample", "copy")
    mdata.write(copy)
    again = mudata.read_h5mu(copy)
    np.testing.assert_array_equal(again.mod["PT"].X, mdata.mod["PT"].X)
    for table in ["CT", "PT/obs", "clinical/var", "obs", "cox", "join/cox"]:
        ours, theirs = (subprocess.run([radcohort, "export", file, "--table", table], check=True,
                                       stdout=subprocess.PIPE).stdout for file in (path, copy))
        assert ours == theirs, table


def main():
    path = write(*sys.argv[1:4])
    mdata = read_without_warnings(path)
    check_image_modalities(mdata)
    check_tables(mdata)
    check_other_readers(path)
    check_rewriting(path, mdata, sys.argv[4])
    print(mdata)


main()
