"""The peer in Python: a training step of PyTorch on the CPU, timed as isograd's steps are.

Reads one JSON document from standard input (the network, the data's directory, how long to measure) and prints one.
The data set is held as float32 in memory and indexed by a shuffled order, which costs less than a DataLoader: what is
timed is the step, not a way to read data.
"""

import gzip
import json
import os
import struct
import sys
import time


def read_idx(directory, stem):
    """Bytes and dimensions of an IDX file, under any of its usual names."""
    dotted = stem.replace("-idx", ".idx")
    for name in (stem, dotted, stem + ".gz", dotted + ".gz"):
        path = os.path.join(directory, name)
        if os.path.exists(path):
            opener = gzip.open if name.endswith(".gz") else open
            with opener(path, "rb") as file:
                content = file.read()
            rank = content[3]
            shape = struct.unpack(">" + "I" * rank, content[4 : 4 + 4 * rank])
            return bytearray(content[4 + 4 * rank :]), shape
    raise FileNotFoundError(f"no {stem} in the data directory")


def activation(torch, spec):
    nn = torch.nn
    makers = {
        "linear": lambda: nn.Identity(),
        "relu": lambda: nn.ReLU(),
        "leakyRelu": lambda: nn.LeakyReLU(spec["slope"]),
        "sigmoid": lambda: nn.Sigmoid(),
        "tanh": lambda: nn.Tanh(),
        "softsign": lambda: nn.Softsign(),
        "softmax": lambda: nn.Softmax(dim=1),
        "elu": lambda: nn.ELU(spec["alpha"]),
        "selu": lambda: nn.SELU(),
        "softplus": lambda: nn.Softplus(spec["beta"]),
        "silu": lambda: nn.SiLU(),
        "gelu": lambda: nn.GELU(),
        "geluTanh": lambda: nn.GELU(approximate="tanh"),
    }
    return makers[spec["type"]]()


def layer(torch, spec):
    nn = torch.nn
    kind = spec["type"]
    if kind == "flatten":
        return nn.Flatten()
    if kind == "dense":
        return nn.Linear(spec["inputs"], spec["units"], bias=spec["bias"])
    if kind == "dropout":
        return nn.Dropout(spec["rate"])
    return activation(torch, spec["function"])


def optimizer(torch, spec, parameters):
    if spec["type"] == "sgd":
        return torch.optim.SGD(parameters, lr=spec["learningRate"], momentum=spec["momentum"])
    betas = (spec["beta1"], spec["beta2"])
    return torch.optim.Adam(parameters, lr=spec["learningRate"], betas=betas, eps=spec["epsilon"])


def load(torch, directory, dtype):
    pixels, shape = read_idx(directory, "train-images-idx3-ubyte")
    labels, _ = read_idx(directory, "train-labels-idx1-ubyte")
    images = torch.frombuffer(pixels, dtype=torch.uint8).reshape(shape).to(dtype) / 255
    return images, torch.frombuffer(labels, dtype=torch.uint8).to(torch.int64)


def batches(torch, count, network):
    """Rows of batch after batch, a new order for each epoch."""
    size = network["batchSize"]
    stop = count if network["lastBatch"] == "keep" else count - count % size
    while True:
        order = torch.randperm(count)
        for start in range(0, stop, size):
            yield order[start : min(start + size, stop)]


def peak_bytes():
    """The most memory that was ever resident; None where the system does not say."""
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


class Stopwatch:
    """As `stopwatch.ts`: warm up, then time so many steps, or as many as fit into so many seconds."""

    def __init__(self, effort):
        self.effort = effort
        self.warm = 0.0
        self.steps = 0
        self.seconds = 0.0

    def add(self, seconds):
        if self.warm == 0 or self.warm < self.effort["warmSeconds"]:
            self.warm += max(seconds, 1e-300)
            return False
        self.steps += 1
        self.seconds += seconds
        wanted = self.effort.get("steps")
        return self.seconds >= self.effort["seconds"] if wanted is None else self.steps >= wanted


def main():
    import torch

    job = json.load(sys.stdin)
    network = job["network"]
    torch.set_num_threads(job["threads"])
    torch.set_num_interop_threads(1)
    torch.manual_seed(network["seed"])
    dtype = torch.float64 if network["precision"] == "float64" else torch.float32
    images, labels = load(torch, job["directory"], dtype)
    model = torch.nn.Sequential(*(layer(torch, spec) for spec in network["layers"])).to(dtype)
    loss_of = torch.nn.CrossEntropyLoss()
    steps = optimizer(torch, network["optimizer"], model.parameters())
    stopwatch = Stopwatch(job["effort"])
    first = None
    before = time.perf_counter()
    for rows in batches(torch, len(labels), network):
        steps.zero_grad(set_to_none=True)
        loss = loss_of(model(images[rows]), labels[rows])
        loss.backward()
        steps.step()
        loss.item()
        now = time.perf_counter()
        if first is None:
            first = time.time() - job["startedAt"] / 1000
        if stopwatch.add(now - before):
            break
        before = now
    result = {
        "stepSeconds": stopwatch.seconds / stopwatch.steps,
        "steps": stopwatch.steps,
        "firstStepSeconds": first,
        "peakBytes": peak_bytes(),
        "versions": {"torch": torch.__version__, "python": sys.version.split()[0]},
    }
    print(json.dumps(result))


main()
