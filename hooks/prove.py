"""Trains what it is told, for test/proofs/hooks.mjs: one request a line, {"framework", "network", "fault", "given", "out"}.

With "own", batches {"rows", ...fields} as lists, it trains on these; with "example", it runs the program that docs/hooks.md
shows. After each request it prints a line: {"done": true}.
"""

import importlib
import json
import runpy
import sys
from pathlib import Path

import numpy as np

DTYPES = {"x": "f8", "image": "u1", "label": "u1", "rows": "i4"}


def arrays(batch, framework):
    numbers = {name: np.asarray(value, dtype=DTYPES.get(name)) for name, value in batch.items()}
    if framework == "jax":
        return numbers
    import torch

    return {name: torch.from_numpy(value) for name, value in numbers.items()}


for line in sys.stdin:
    request = json.loads(line)
    framework = request["framework"]
    if request.get("example"):
        sys.argv = ["example", request["given"], request["out"]]
        runpy.run_path(str(Path(__file__).with_name(f"example_{framework}.py")))
        print(json.dumps({"done": True}), flush=True)
        continue
    own = request.get("own") and [arrays(batch, framework) for batch in request["own"]]
    train = importlib.import_module(f"train_{framework}").train
    train(request["network"], request.get("fault"), request["given"], request["out"], own)
    print(json.dumps({"done": True}), flush=True)
