# SPDX-License-Identifier: Apache-2.0
"""Tables, CSV and plots of what was measured."""

import csv
import statistics

import agreement
import goals
import matplotlib
import numpy as np
from worker import CLASSES

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

ONLY_OURS = ("autocorrelation", "local_intensity", "intensity_volume_histogram", "gldzm")
TOTALS = ("same classes", "whole set")
NO_LOADING = [name for name in CLASSES if name != "prepare"]


class Times:
    """milliseconds[program, class] of each round, of one case."""

    def __init__(self, case):
        self.case, self.ms = case, {}

    def add(self, program, answer):
        for name, ms in answer["ms"].items():
            self.ms.setdefault((program, name), []).append(ms)

    def programs(self):
        return list(dict.fromkeys(program for program, _ in self.ms))

    def total(self, program, name):
        """Median over rounds of the sum over classes, without loading and preparing; None if one is
        missing. `same classes` is what all programs have: no Moran's I and Geary's C, which belong
        to our shape; `whole set` is everything we have."""
        if any((program, n) not in self.ms for n in NO_LOADING):
            return None
        ours = program == "radcohort"
        names = NO_LOADING + [n for n in ONLY_OURS if n != "autocorrelation"] * (
            ours and name == "whole set")
        sums = list(map(sum, zip(*(self.ms[program, n] for n in names))))
        if ours and name == "same classes":
            sums = [a - b for a, b in zip(sums, self.ms[program, "autocorrelation"])]
        return statistics.median(sums)

    def took(self, program, name):
        if name in TOTALS:
            return self.total(program, name)
        if (program, name) not in self.ms:
            return None
        values = self.ms[program, name]
        if program == "radcohort" and name == "shape":
            values = [a - b for a, b in zip(values, self.ms[program, "autocorrelation"])]
        return statistics.median(values)

    def rows(self):
        """(case, voxels, class, program, ms, times as slow as radcohort)"""
        for name in [*CLASSES, *ONLY_OURS, *TOTALS]:
            ours = self.took("radcohort", name)
            for program in self.programs():
                theirs = self.took(program, name)
                if theirs is not None:
                    yield (self.case["name"], self.case["voxels"], name, program, theirs,
                           theirs / ours if ours else None)


def number(value):
    return "-" if value is None else f"{value:,.2f}" if value < 10 else f"{value:,.0f}"


def table(times):
    """Markdown: a row a class, milliseconds and how many times as slow as radcohort."""
    programs = [p for p in times.programs() if p != "radcohort"]
    lines = [f"| ms, one core | radcohort | {' | '.join(programs)} |",
             "|---" * (2 + len(programs)) + "|"]
    for name in [*CLASSES, *ONLY_OURS, *TOTALS]:
        ours = times.took("radcohort", name)
        words = []
        for program in programs:
            theirs = times.took(program, name)
            words.append("-" if not theirs or theirs <= 0 else
                         f"{number(theirs)} ({theirs / ours:.1f}x)" if ours else number(theirs))
        if ours is not None:
            lines.append(f"| {name} | {number(ours)} | {' | '.join(words)} |")
    return lines


def goal_lines(times):
    return [f"- {'met' if met else '**missed**'}: {goal}: {reached}"
            for goal, reached, met in goals.check(times.case, times.took)]


def agreement_lines(case, values, failed):
    """(lines, how many values differ without a known reason)"""
    lines, unexplained = [], 0
    for program in values:
        if program.startswith("radcohort"):
            continue
        for ours in ("radcohort", "radcohort, PyRadiomics profile"):
            if ours not in values or (ours != "radcohort" and program != "pyradiomics"):
                continue
            agree, differ = agreement.compare(program, values[program], values[ours],
                                              same_names=ours != "radcohort")
            lines.append(f"- {case['name']}, {program} and {ours}: {agree} values agree within "
                         f"{agreement.TOLERANCE[program]:g}, {len(differ)} differ")
            if agree < agreement.LEAST[program]:
                unexplained += 1
                lines.append(f"  - NOT EXPLAINED: expected at least {agreement.LEAST[program]}")
            for name, theirs, own, reason in differ:
                unexplained += reason is None
                lines.append(f"  - {name}: {theirs:.8g}, ours {own:.8g}: "
                             f"{reason or 'NOT EXPLAINED'}")
    for (program, name), message in failed.items():
        lines.append(f"- {program}, {name}: failed: {message}")
    return lines, unexplained


def exponents(sizes, least=8000):
    """{(program, class): exponent} from (program, class, voxels, ms) of regions beyond `least`."""
    result = {}
    for key in dict.fromkeys((p, c) for p, c, _, _ in sizes):
        points = [(n, ms) for p, c, n, ms in sizes if (p, c) == key and n > least and ms > 0]
        if len(points) >= 2:
            n, ms = np.log(np.array(points)).T
            result[key] = float(np.polyfit(n, ms, 1)[0])
    return result


def study_lines(s):
    lines = [
        f"- {s['every']} patients, {s['columns']:,} features in the PyRadiomics profile: "
        f"radcohort {s['ours_every']:,.0f} ms a patient; all features of IBSI on the same image "
        f"types (workflows/filters.yaml): {s['ibsi_every']:,.0f} ms"]
    if "theirs" in s:
        ratio = s["theirs"] / s["ours"]
        lines.append(
            f"- {'met' if ratio >= goals.STUDY else '**missed**'}: the first {s['patients']} of "
            f"them, {goals.STUDY}x PyRadiomics: radcohort {s['ours']:,.0f} ms, PyRadiomics "
            f"{s['theirs']:,.0f} ms a patient, {ratio:.1f}x")
        lines.append(f"- {s['values']:,} of their values compared, {s['differ']} differ by more "
                     f"than 1e-6 (worst {s['worst']:.1e})")
    return lines


def write_csv(path, all_times, sizes, study, threads):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow("region voxels class program ms ratio".split())
        for times in all_times:
            writer.writerows(times.rows())
        writer.writerows(("size", n, c, p, ms, None) for p, c, n, ms in sizes)
        if study and "theirs" in study:
            writer.writerow(("study", None, "patient", "radcohort, PyRadiomics profile",
                             study["ours"], None))
            writer.writerow(("study", None, "patient", "pyradiomics", study["theirs"],
                             study["theirs"] / study["ours"]))
        if threads:
            writer.writerow(("threads", None, "speed-up of two", "radcohort", None, threads))


def plot(path, times, sizes, exponent):
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 6))
    programs = times.programs()
    for i, program in enumerate(programs):
        ms = [times.took(program, n) or np.nan for n in [*NO_LOADING, "same classes"]]
        left.bar(np.arange(len(ms)) + i / (len(programs) + 1), ms, 1 / (len(programs) + 1),
                 label=program)
    left.set(yscale="log", ylabel="ms, one core", title=f"{times.case['voxels']:,} voxels")
    left.set_xticks(np.arange(len(NO_LOADING) + 1) + 0.3, [*NO_LOADING, "same classes"], rotation=30)
    left.legend()
    for (program, name), slope in exponent.items():
        if name != "same classes":
            continue
        points = [(n, ms) for p, c, n, ms in sizes if (p, c) == (program, name)]
        right.loglog(*zip(*points), marker=".", label=f"{program}: n^{slope:.2f}")
    right.set(xlabel="voxels of the region", ylabel="ms, one core", title="same classes")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
