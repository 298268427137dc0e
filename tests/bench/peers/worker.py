# SPDX-License-Identifier: Apache-2.0
"""What the workers of all peers share.

A worker is one process that reads commands, a JSON line each, and answers each with a JSON line:
{"image", "levels", "mask", "bins", "classes"} -> {"version", "ms": {class: milliseconds},
"values": {class: {feature: value}}, "failed": {class: message}}. So programs take turns without
paying for their start each time.
"""

import json
import os
import sys

CLASSES = ("prepare", "first order", "glcm", "glrlm", "glszm", "ngldm", "ngtdm", "shape")


def serve(version, run):
    """run(case, class, answer) fills answer["ms"] and answer["values"]."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the peers print themselves goes elsewhere
    for line in sys.stdin:
        case = json.loads(line)
        answer = {"version": version, "ms": {}, "values": {}, "failed": {}}
        for name in case["classes"]:
            try:
                run(case, name, answer)
            except Exception as error:  # a peer may fail in any way; that is a result
                answer["failed"][name] = repr(error)[:200]
        print(json.dumps(answer), file=out, flush=True)


def numbers(items):
    """Finite numbers among (name, value) pairs."""
    values = {}
    for key, value in items:
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if number - number == 0:
            values[str(key)] = number
    return values
