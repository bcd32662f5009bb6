"""Trains what it is told, for test/proofs/hooks.mjs: one request a line, {"framework", "network", "fault", "given", "out"}.

With "own", batches {"rows", ...fields} as lists, it trains on these. After each request it prints a line: {"done": true}.
"""

import importlib
import json
import sys

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
    own = request.get("own") and [arrays(batch, framework) for batch in request["own"]]
    train = importlib.import_module(f"train_{framework}").train
    train(request["network"], request.get("fault"), request["given"], request["out"], own)
    print(json.dumps({"done": True}), flush=True)
