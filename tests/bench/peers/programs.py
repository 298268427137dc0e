# SPDX-License-Identifier: Apache-2.0
"""The programs that are timed: ours, and workers of the peers."""

import json
import os
import statistics
import subprocess
from pathlib import Path

from worker import CLASSES

HERE = Path(__file__).resolve().parent
# Our families behind a class of the peers, in each profile.
FAMILIES = {
    "ibsi": {
        "prepare": ["prepare"],
        "first order": ["statistics", "intensity_histogram"],
        "glcm": ["glcm"],
        "glrlm": ["glrlm"],
        "glszm": ["glszm"],
        "ngldm": ["ngldm"],
        "ngtdm": ["ngtdm"],
        "shape": ["morphology"],
        "autocorrelation": ["autocorrelation"],  # of morphology: Moran's I and Geary's C
        "local_intensity": ["local_intensity"],
        "intensity_volume_histogram": ["intensity_volume_histogram"],
        "gldzm": ["gldzm"],
    },
    "pyradiomics": {
        "prepare": ["prepare"],
        "first order": ["firstorder"],
        "glcm": ["glcm"],
        "glrlm": ["glrlm"],
        "glszm": ["glszm"],
        "ngldm": ["gldm"],
        "ngtdm": ["ngtdm"],
        "shape": ["shape"],
    },
}


class Own:
    """radcohort in one of its profiles. A new process each time, so it runs three times and its
    median counts."""

    def __init__(self, program, profile, threads=1):
        self.name = "radcohort" if profile == "ibsi" else "radcohort, PyRadiomics profile"
        self.program, self.profile, self.threads, self.version = program, profile, threads, ""

    def ask(self, case):
        def free():
            os.sched_setaffinity(0, range(os.cpu_count()))

        words = [self.program, "--image", case["image"], "--mask", case["mask"]]
        words += ["--bins", str(case["bins"]), "--profile", self.profile, "--runs", "3"]
        text = subprocess.run(
            words,
            check=True,
            capture_output=True,
            text=True,
            env=dict(os.environ, OMP_NUM_THREADS=str(self.threads)),
            preexec_fn=free if self.threads > 1 else None,
        ).stdout
        answer = json.loads(text)
        ms = {k: statistics.median(v) for k, v in answer.items() if isinstance(v, list)}
        return {
            "ms": {n: sum(ms[f] for f in fs) for n, fs in FAMILIES[self.profile].items()},
            "values": answer["values"],
            "failed": {},
        }

    def suits(self, case, turn):
        return True


class Peer:
    """A worker process that lives through all rounds; None for an answer means it died."""

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
        if self.process is not None:
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
        if not line:
            self.stop()
            return None
        answer = json.loads(line)
        self.version = answer["version"]
        return answer

    def ask(self, case):
        return self.send(case, CLASSES)

    def suits(self, case, turn):
        """MIRP takes minutes for more than half a million voxels: one round of that."""
        return self.name != "mirp" or case["voxels"] < 500_000 or turn == 0


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


def peer(home, name):
    return (FreshPeer if name == "nyxus" else Peer)(home, name)
