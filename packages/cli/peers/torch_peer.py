"""The peer in Python: a training step of PyTorch on the CPU, timed as isograd's steps are.

Reads one JSON document from standard input (the modules, the optimizer, the files with the samples, how long to
measure) and prints one. The samples are held as floats in memory and indexed by a shuffled order, which costs less than
a DataLoader: what is timed is the step, not a way to read data.
"""

import json
import os
import sys
import time


def read_tensor(torch, directory, spec):
    """A tensor whose elements are in a file."""
    with open(os.path.join(directory, spec["data"]["file"]), "rb") as file:
        content = bytearray(file.read())
    return torch.frombuffer(content, dtype=getattr(torch, spec["dtype"])).reshape(spec["shape"])


def module(torch, text):
    """A module from its constructor in torch.nn, as isograd's exports name it."""
    return eval(text, dict(vars(torch.nn)))


def optimizer(torch, text, parameters):
    """An optimizer from an expression of torch.optim on `parameters`."""
    return eval(text, {**vars(torch.optim), "parameters": parameters})


def batches(torch, count, arm):
    """Rows of batch after batch, a new order for each epoch."""
    size = arm["batchSize"]
    stop = count if arm["lastBatch"] == "keep" else count - count % size
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
    arm, samples = job["arm"], job["samples"]
    torch.set_num_threads(job["threads"])
    torch.set_num_interop_threads(1)
    torch.manual_seed(arm["seed"])
    dtype = getattr(torch, arm["precision"])
    inputs = read_tensor(torch, job["directory"], samples["inputs"]).to(dtype) * samples["factor"] + samples["offset"]
    targets = read_tensor(torch, job["directory"], samples["targets"]).to(torch.int64)
    model = torch.nn.Sequential(*(module(torch, text) for text in job["modules"])).to(dtype)
    loss_of = torch.nn.CrossEntropyLoss()
    steps = optimizer(torch, job["optimizer"], model.parameters())
    stopwatch = Stopwatch(job["effort"])
    first = None
    before = time.perf_counter()
    for rows in batches(torch, len(targets), arm):
        steps.zero_grad(set_to_none=True)
        loss = loss_of(model(inputs[rows]), targets[rows])
        loss.backward()
        steps.step()
        loss.item()
        now = time.perf_counter()
        if first is None:
            first = time.time() - job["startedAt"]
        if stopwatch.add(now - before):
            break
        before = now
    peak = peak_bytes()
    result = {
        "stepSeconds": stopwatch.seconds / stopwatch.steps,
        "steps": stopwatch.steps,
        "firstStepSeconds": first,
        **({} if peak is None else {"peakBytes": peak}),
    }
    print(json.dumps(result))


main()
