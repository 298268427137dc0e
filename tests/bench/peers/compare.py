# SPDX-License-Identifier: Apache-2.0
"""Times radcohort and its peers in turn on the same regions and compares their values. run.sh
calls this; see there for the options.

The processes of PyRadiomics and MIRP live through all rounds and have computed a small region
before; Nyxus gets a process for each class (see peer_nyxus.py). Ours is a new
process in each round, so it runs three times and its median counts. MIRP takes minutes for
a region of more than half a million voxels, and gets one round of them there."""

import argparse
import csv
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import agreement
import cases
import matplotlib
import numpy as np
from worker import CLASSES

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

HERE = Path(__file__).resolve().parent
PEERS = ("pyradiomics", "nyxus", "mirp")
# Our families behind a class of the peers.
OURS = {
    "prepare": ["prepare"],
    "first order": ["statistics", "intensity_histogram"],
    "glcm": ["glcm"],
    "glrlm": ["glrlm"],
    "glszm": ["glszm"],
    "ngldm": ["ngldm"],
    "ngtdm": ["ngtdm"],
    "shape": ["morphology"],
}
TOTALS = ("whole set", "same classes")
ONLY_OURS = ["local_intensity", "intensity_volume_histogram", "gldzm"]


def own_run(program, case):
    text = subprocess.run(
        [program, "--image", case["image"], "--mask", case["mask"], "--bins", str(case["bins"])]
        + ["--runs", "3"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    answer = json.loads(text)
    values = answer.pop("values")
    return {k: statistics.median(v) for k, v in answer.items() if isinstance(v, list)}, values


class Peer:
    """A worker process; None for an answer means it died."""

    def __init__(self, home, name):
        self.home, self.name, self.version, self.process = home, name, None, None

    def start(self):
        self.process = subprocess.Popen(
            [self.home / self.name / "bin/python", HERE / f"peer_{self.name}.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=open(self.home / "out" / f"peer_{self.name}.log", "a"),
            text=True,
        )

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process = None

    def send(self, case, classes):
        if self.process is None:
            self.start()
        try:
            print(json.dumps(dict(case, classes=classes)), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else None
        self.version = answer["version"] if answer else self.version
        return answer

    def ask(self, case):
        return self.send(case, CLASSES)


class FreshPeer(Peer):
    """A process for each class. Times are beyond the cheapest call, which stands for reading."""

    def ask(self, case):
        whole = {"ms": {}, "values": {}, "failed": {}}
        for name in CLASSES:
            answer = self.send(case, [name])
            self.stop()
            for key in whole:
                whole[key].update(answer[key] if answer else {})
            if answer is None:
                whole["failed"][name] = "its process died"
        reading = min(whole["ms"].values(), default=0.0)
        whole["ms"] = {name: ms - reading for name, ms in whole["ms"].items()}
        whole["ms"]["prepare"] = reading
        return whole


PROGRAM = {"nyxus": FreshPeer}


def measure(program, peers, case, rounds):
    """Rounds of every program in turn; times[program][class] is a list."""
    times, values, failed = {}, {}, {}
    for turn in range(rounds):
        ms, values["radcohort"] = own_run(program, case)
        for name, families in OURS.items():
            times.setdefault(("radcohort", name), []).append(sum(ms[f] for f in families))
        for name in ONLY_OURS + ["autocorrelation"]:
            times.setdefault(("radcohort", name), []).append(ms[name])
        for peer in peers:
            if turn > 0 and peer.name == "mirp" and case["voxels"] > 500_000:
                continue
            answer = peer.ask(case)
            if answer is None:
                failed[peer.name, "all"] = "its process died"
                continue
            for name, ms in answer["ms"].items():
                times.setdefault((peer.name, name), []).append(ms)
            values[peer.name] = answer["values"]
            for name, message in answer["failed"].items():
                failed[peer.name, name] = message
    return times, values, failed


def middle(times, program, name):
    return statistics.median(times[program, name]) if (program, name) in times else None


def total(times, program, everything):
    """Median over rounds of the sum over classes; None if one is missing. Ours is over all
    families, or over what all programs have: no Moran's I and Geary's C either."""
    names = list(CLASSES)
    if program == "radcohort" and everything:
        names += ONLY_OURS
    if any((program, n) not in times for n in names):
        return None
    sums = list(map(sum, zip(*(times[program, n] for n in names))))
    if program == "radcohort" and not everything:
        sums = [a - b for a, b in zip(sums, times[program, "autocorrelation"])]
    return statistics.median(sums)


def took(times, program, name):
    if name in TOTALS:
        return total(times, program, name == TOTALS[0])
    return middle(times, program, name)


def number(value):
    return "-" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def rows_of(case, times, peers):
    """(case, class, program, ms, fastest ms, times as slow as radcohort)"""
    for name in [*CLASSES, "autocorrelation", *ONLY_OURS, *TOTALS]:
        ours = took(times, "radcohort", name)
        for program in ["radcohort"] + [p.name for p in peers]:
            theirs = took(times, program, name)
            if theirs is None:
                continue
            best = min(times[program, name]) if (program, name) in times else None
            yield case["name"], case["voxels"], name, program, theirs, best, theirs / ours


def print_table(case, rows, peers):
    names = [p.name for p in peers]
    print(f"\n### {case['name']}: {case['voxels']:,} voxels, {case['bins']} bins\n")
    print("| ms (ratio) | radcohort | " + " | ".join(names) + " |")
    print("|---" * (2 + len(names)) + "|")
    for name in dict.fromkeys(row[2] for row in rows):
        cell = {row[3]: row for row in rows if row[2] == name}
        words = [
            f"{number(cell[p][4])} ({cell[p][6]:.1f}x)" if p in cell and cell[p][4] > 0 else "-"
            for p in names
        ]
        print(f"| {name} | {number(cell['radcohort'][4])} | " + " | ".join(words) + " |")


def print_agreement(case, values, failed):
    """Returns how many values differ without a known reason."""
    unexplained = 0
    for program in values:
        if program == "radcohort":
            continue
        agree, differ = agreement.compare(program, values[program], values["radcohort"])
        print(
            f"\n{case['name']}, {program}: {agree} values agree within "
            f"{agreement.TOLERANCE[program]:g}, {len(differ)} differ"
        )
        for name, theirs, ours, reason in differ:
            unexplained += reason is None
            print(f"- {name}: {theirs:.8g}, ours {ours:.8g}: {reason or 'NOT EXPLAINED'}")
    for (program, name), message in failed.items():
        print(f"- {program}, {name}: failed: {message}")
    return unexplained


def scaling(program, folder, sizes, rounds):
    """Our families against the size of the region: rows and {family: exponent from 10^4 on}."""
    rows = []
    for size in sizes:
        case = cases.ball(folder, f"ball{size}", (0.75 * size / np.pi) ** (1 / 3))
        runs = [own_run(program, case)[0] for _ in range(rounds)]
        for name in runs[0]:
            if name != "diagnostics":
                rows.append((name, case["voxels"], statistics.median(r[name] for r in runs)))
        for key in ("image", "mask", "levels"):
            os.remove(case[key])
    exponent = {}
    for name in dict.fromkeys(r[0] for r in rows):
        points = [(n, ms) for f, n, ms in rows if f == name and n > 8000]
        if len(points) >= 2:
            n, ms = np.log(np.array(points)).T
            exponent[name] = float(np.polyfit(n, ms, 1)[0])
    return rows, exponent


def plot(out, rows, size_rows, exponent):
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 6))
    chosen = [r for r in rows if r[1] == max(r[1] for r in rows)]
    names = [n for n in list(CLASSES) + ["whole set"] if n != "prepare"]
    programs = list(dict.fromkeys(r[3] for r in chosen))
    for i, program in enumerate(programs):
        ms = {r[2]: r[4] for r in chosen if r[3] == program}
        left.bar(np.arange(len(names)) + 0.2 * i, [ms.get(n, 0) for n in names], 0.2, label=program)
    left.set(yscale="log", ylabel="ms, one core", title=f"{chosen[0][1]:,} voxels")
    left.set_xticks(np.arange(len(names)) + 0.3, names, rotation=30)
    left.legend()
    for name in exponent:
        points = [(n, ms) for f, n, ms in size_rows if f == name]
        right.loglog(*zip(*points), marker=".", label=f"{name}: n^{exponent[name]:.2f}")
    right.set(xlabel="voxels of the region", ylabel="ms, one core", title="radcohort")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(out / "peers.png", dpi=120)


def own_study(build, data, out, patients):
    """Wall time (ms) of a whole run of one rank over these patients, start and file included."""
    root = out / "study"
    (root / "nifti").mkdir(parents=True, exist_ok=True)
    for link in list((root / "nifti").iterdir()):
        link.unlink()
    for patient in patients:
        (root / "nifti" / patient).symlink_to(data / "sts/nifti" / patient)
    (root / "ct.yaml").write_text(
        f"""cohort: {{root: {root}, image: "nifti/{{patient}}/{{modality}}_image.nii.gz",
  mask: "nifti/{{patient}}/{{modality}}_mask.nii.gz"}}
images:
  CT:
    interpolation: {{spacing: [1, 1, 1], image: cubic_spline, mask: linear, round: true}}
    resegmentation: {{range: [-200, 200]}}
    discretisation: {{method: fixed_bin_size, bin_width: 10}}
features: {{aggregations: [3D, 3D_avg, 3D_comb]}}
output: {{file: {root}/ct.h5mu}}
"""
    )
    (root / "ct.h5mu").unlink(missing_ok=True)
    start = time.perf_counter()
    done = subprocess.run(
        [build / "radcohort", "run", root / "ct.yaml"], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"radcohort run: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return 1e3 * (time.perf_counter() - start)


def study(arguments, out):
    """From files to features on the sarcoma patients' CT: ours, and PyRadiomics on a subset."""
    every = sorted(p.name for p in (arguments.data / "sts/nifti").iterdir() if p.is_dir())
    few = every[: arguments.patients]
    print("\n### From files to features: CT of sarcoma patients, 1 mm, original image\n")
    whole = own_study(arguments.build, arguments.data, out, every)
    print(f"- radcohort, 1 rank, {len(every)} patients: {whole / len(every):,.0f} ms a patient")
    if not (arguments.home / "pyradiomics/ready").exists():
        return
    text = subprocess.run(
        [arguments.home / "pyradiomics/bin/python", HERE / "study_pyradiomics.py"]
        + [arguments.data / "sts", *few],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    theirs = sum(json.loads(line)["ms"] for line in text.splitlines())
    ours = statistics.median(
        own_study(arguments.build, arguments.data, out, few) for _ in range(3)
    )
    print(
        f"- the first {len(few)} of them: radcohort {ours / len(few):,.0f} ms a patient (start and "
        f"output file included), PyRadiomics {theirs / len(few):,.0f} ms (start not included): "
        f"{theirs / ours:.1f}x"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patients", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small regions only: does it run?")
    a = parser.parse_args()
    out, program = a.home / "out", a.build / "tests/bench/bench_texture"
    peers = [PROGRAM.get(name, Peer)(a.home, name) for name in PEERS if (a.home / name / "ready").exists()]
    regions = [cases.phantom(out, a.data)] if a.data else []
    regions.append(cases.ball(out, "ball", 20.0 if a.quick else 72.5))
    small = cases.ball(out, "small", 6.0)
    for peer in peers:  # imports and lazy tables are paid here
        peer.ask(small)
    load = os.getloadavg()
    model = next(
        (x.split(":")[1].strip() for x in open("/proc/cpuinfo") if x.startswith("model name")), "?"
    )
    print(f"{datetime.date.today()}, {platform.machine()}, {model}, {os.cpu_count()} cores, one used")
    print("radcohort, " + ", ".join(f"{p.name} {p.version}" for p in peers))
    for name in PEERS:
        if not (a.home / name / "ready").exists():
            print(f"{name}: could not be installed (see {name}.log)")
    rows, unexplained = [], 0
    for case in regions:
        times, values, failed = measure(program, peers, case, a.rounds)
        rows.extend(rows_of(case, times, peers))
        print_table(case, [r for r in rows if r[0] == case["name"]], peers)
        unexplained += print_agreement(case, values, failed)
    sizes = [10**k for k in range(3, 6 if a.quick else 8)]
    size_rows, exponent = scaling(program, out, sizes, 3)
    print("\n### Cost against size: exponents from 10^4 voxels on\n")
    print(", ".join(f"{name} {e:.2f}" for name, e in exponent.items()))
    if a.data and not a.quick:
        study(a, out)
    print(f"\nLoad average at the start {load[0]:.2f}, at the end {os.getloadavg()[0]:.2f}.")
    with open(out / "peers.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("region voxels class program median_ms fastest_ms ratio".split())
        writer.writerows(rows)
        writer.writerows(("ball", n, f, "radcohort", ms, None, None) for f, n, ms in size_rows)
    plot(out, rows, size_rows, exponent)
    sys.exit(1 if unexplained else 0)


main()
