# SPDX-License-Identifier: Apache-2.0
"""Times radcohort and its peers in turn on the same regions and compares their values. run.sh
calls this; see there for the options. Programs take turns within a round, so that what else the
machine does meets all of them; medians over rounds count."""

import argparse
import datetime
import os
import sys
import time
from pathlib import Path

import cases
import goals
import numpy as np
import report
import study
from programs import Own, peer

PEERS = ("pyradiomics", "nyxus", "mirp")
# Beyond these sizes a peer takes minutes; it is left out of the sizes.
LARGEST = {"pyradiomics": 2e6, "nyxus": 2e6, "mirp": 2e4}
started = time.time()


def say(text):
    print(f"[{time.time() - started:5.0f} s] {text}", file=sys.stderr, flush=True)


def one_round(programs, case, turn, times, values, failed):
    for program in programs:
        if not program.suits(case, turn):
            continue
        say(f"{case['name']} round {turn + 1}: {program.name}")
        answer = program.ask(case)
        if answer is None:
            failed[program.name, "all"] = "its process died"
            continue
        times.add(program.name, answer)
        values[program.name] = answer["values"]
        for name, message in answer["failed"].items():
            failed[program.name, name] = message


def measure(programs, case, rounds):
    times, values, failed = report.Times(case), {}, {}
    for turn in range(rounds):
        one_round(programs, case, turn, times, values, failed)
    return times, values, failed


def grow(programs, folder, sizes):
    """(program, class, voxels, ms) of balls of these sizes."""
    rows = []
    for size in sizes:
        case = cases.ball(folder, f"ball{size:.0f}", (0.75 * size / np.pi) ** (1 / 3))
        able = [p for p in programs if case["voxels"] <= LARGEST.get(p.name, 1e9)]
        times = measure(able, case, 1)[0]
        for program in times.programs():
            for name in [*report.NO_LOADING, *report.ONLY_OURS, "same classes"]:
                ms = times.took(program, name)
                if ms is not None:
                    rows.append((program, name, case["voxels"], ms))
        for key in ("image", "mask", "levels"):
            os.remove(case[key])
    return rows


def speed_up(program, case):
    """Of two threads over one, of the whole set."""
    times = [report.Times(case), report.Times(case)]
    for _ in range(5):
        for threads in (1, 2):
            own = Own(program, "ibsi", threads)
            times[threads - 1].add(own.name, own.ask(case))
    one, two = (t.took("radcohort", "whole set") for t in times)
    return one / two


def machine():
    lines = open("/proc/cpuinfo").read().splitlines()
    model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, one used"


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patients", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="small regions only: does it run?")
    return parser.parse_args()


def main():
    a = parse()
    out, bench = a.home / "out", a.build / "tests/bench/bench_texture"
    own = [Own(bench, "ibsi"), Own(bench, "pyradiomics")]
    peers = [peer(a.home, name) for name in PEERS if (a.home / name / "ready").exists()]
    regions = [cases.phantom(out, a.data)] if a.data else []
    regions.append(cases.ball(out, "ball", 20.0 if a.quick else 72.5))
    small = cases.ball(out, "small", 6.0)
    for program in peers:  # imports and lazy tables are paid here
        say(f"starting {program.name}")
        program.ask(small)
    load, lines, all_times, unexplained = os.getloadavg()[0], [], [], 0
    for case in regions:
        times, values, failed = measure(own + peers, case, a.rounds)
        all_times.append(times)
        agreeing, n = report.agreement_lines(case, values, failed)
        unexplained += n
        lines += ["", f"### {case['name']}: {case['voxels']:,} voxels, {case['bins']} bins", "",
                  *report.table(times), "", *report.goal_lines(times), "", *agreeing]
    lines += ["", "### Cost against size: exponents from 10^4 voxels on", ""]
    top = 5 if a.quick else 7.5
    sizes = grow(own + peers, out, [10 ** (k / 2) for k in range(6, int(2 * top) + 1)])
    exponent = report.exponents(sizes)
    lines += [f"- {p}, {name}: {e:.2f}" for (p, name), e in exponent.items()
              if name == "same classes" or p == "radcohort"]
    figures = threads = None
    if a.data and not a.quick:
        say("study")
        figures = study.measure(a.home, a.build, a.data, a.patients)
        lines += ["", "### From files to features: sarcoma CT at 1 mm, original, 5 LoG, 8 wavelet "
                  "bands", "", *report.study_lines(figures)]
        unexplained += figures.get("differ", 0)
    if os.cpu_count() >= 2 and not a.quick:
        say("threads")
        threads = speed_up(bench, regions[-1])
        lines += ["", f"- {'met' if threads >= goals.THREADS else '**missed**'}: two threads "
                  f"{goals.THREADS}x as fast as one, whole set, {regions[-1]['voxels']:,} voxels: "
                  f"{threads:.2f}x"]
    head = [f"{datetime.date.today()}, {machine()}; load average at the start {load:.2f}, at the "
            f"end {os.getloadavg()[0]:.2f}.", "",
            "radcohort beside " + ", ".join(f"{p.name} {p.version}" for p in peers) + "."]
    head += [f"{name} could not be installed (see {name}.log)." for name in PEERS
             if not (a.home / name / "ready").exists()]
    text = "\n".join(head + lines) + "\n"
    print(text)
    (out / "peers.md").write_text(text)
    report.write_csv(out / "peers.csv", all_times, sizes, figures, threads)
    report.plot(out / "peers.png", all_times[-1], sizes, exponent)
    for program in peers:
        program.stop()
    say(f"written: {out}/peers.md, peers.csv, peers.png")
    sys.exit(1 if unexplained else 0)


if __name__ == "__main__":
    main()
