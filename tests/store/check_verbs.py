# SPDX-License-Identifier: Apache-2.0
"""`radcohort show` and `radcohort export` on a sample cohort: the same bits as in the file, clear
errors, and no crash whatever byte is damaged. Needs nothing beyond Python itself.

check_verbs.py WRITER MPIEXEC RADCOHORT FOLDER
"""
import csv
import io
import math
import os
import random
import subprocess
import sys

ROWS, COLUMNS = 9, 4
RUN_FAILED, USAGE = 5, 2


def expected(modality, row, column):
    if (row + column) % 17 == 5:
        return math.nan
    return (modality + 1) * 1000.0 + row + column / 7.0


def call(*command):
    return subprocess.run(command, capture_output=True, timeout=60)


def table(radcohort, path, name, *options):
    done = call(radcohort, "export", path, "--table", name, *options)
    assert done.returncode == 0, done.stderr
    return list(csv.reader(io.StringIO(done.stdout.decode(), newline="")))


def check_export(radcohort, path, folder):
    wide = table(radcohort, path, "PT")
    first = wide[0].index("stat_0")
    assert wide[0][0] == "observation" and len(wide) == ROWS + 1
    for r in range(ROWS):
        for c in range(COLUMNS + 1):
            cell, value = wide[1 + r][first + c], expected(1, r, c)
            assert cell == "" if math.isnan(value) else float(cell) == value
    names = [row[0] for row in table(radcohort, path, "CT/var")]
    assert names == ["variable"] + [f"stat_{c}" for c in range(COLUMNS)]
    some = table(radcohort, path, "CT", "--columns", "status", "--columns", "stat_[01]")
    assert some[0] == ["observation", "status", "stat_0", "stat_1"]
    cox = table(radcohort, path, "/cox")
    assert cox[1:] == [["CT.stat_0", repr(1 / 3), "9", ""],
                       ["clinical.age", "", "9", 'no events, "none"']]
    facts = dict(table(radcohort, path, "provenance"))
    assert facts["workflow"] == "images:\n  - name: CT\n"
    out = os.path.join(folder, "cox.csv")
    assert table(radcohort, path, "cox", "--out", out) == []
    with open(out, newline="") as file:
        assert list(csv.reader(file)) == cox
    assert not os.path.exists(out + ".part")
    listed = call(radcohort, "export", path, "--list").stdout.decode().splitlines()[1:]
    for line in listed:
        assert len(table(radcohort, path, line.split()[0])) > 1


def check_show(radcohort, path):
    text = call(radcohort, "show", path).stdout.decode()
    for part in ["CT           9        4       2", "mask does not fit: größer", "clinical.age",
                 "n_tasks", "end       2020-01-01T00:00:00Z"]:
        assert part in text, (part, text)
    rows = call(radcohort, "show", path, "CT", "--rows", "2", "--columns", "stat_*")
    assert rows.stdout.decode().splitlines()[1:] == [
        "  P00000         1000  1000.1  1000.3  1000.4",
        "  P00001         1001  1001.1  1001.3  1001.4", "  (7 more rows)"]


def check_errors(radcohort, path, folder):
    for code, message, command in [
            (RUN_FAILED, "did you mean 'cox'", ("export", path, "--table", "coxx")),
            (RUN_FAILED, "has no column 'stat_9'", ("show", path, "CT", "--columns", "stat_9")),
            (RUN_FAILED, "No such file", ("show", os.path.join(folder, "none.h5mu"))),
            (RUN_FAILED, "is no readable HDF5 file", ("show", __file__)),
            (RUN_FAILED, "cannot be written",
             ("export", path, "--table", "cox", "--out", "/proc/none/x.csv")),
            (USAGE, "--table NAME is needed", ("export", path)),
            (USAGE, "--rows", ("show", path, "CT", "--rows", "some"))]:
        done = call(radcohort, *command)
        assert done.returncode == code and message in done.stderr.decode(), (command, done)
        assert done.stdout == b""


def check_damage(radcohort, path, folder):
    """Single damaged bytes all over the file, and files cut short."""
    with open(path, "rb") as file:
        sound = file.read()
    damaged = os.path.join(folder, "damaged.h5mu")
    numbers = random.Random(1)
    failures = 0
    for turn in range(40):
        content = bytearray(sound)
        if turn % 8 == 7:
            del content[numbers.randrange(len(content)):]
        else:
            # Most of the structure lies in the first pages of each part of the file.
            content[numbers.randrange(512, len(content))] ^= 1 << numbers.randrange(8)
            content[numbers.randrange(512, 8192)] = 0xFF
        with open(damaged, "wb") as file:
            file.write(content)
        done = call(radcohort, "show", damaged)
        assert done.returncode in (0, RUN_FAILED), (turn, done)
        assert done.returncode == 0 or b"radcohort: " in done.stderr, (turn, done)
        failures += done.returncode != 0
    assert failures > 5, failures


def main():
    writer, mpiexec, radcohort, folder = sys.argv[1:5]
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "sample.h5mu")
    subprocess.run([mpiexec, "-n", "2", writer, path, str(ROWS), str(COLUMNS)], check=True,
                   stdout=subprocess.DEVNULL)
    check_export(radcohort, path, folder)
    check_show(radcohort, path)
    check_errors(radcohort, path, folder)
    check_damage(radcohort, path, folder)


main()
