"""The parts that the peers in Python share: the samples, the network's program, batches, and the timing of steps.

A peer reads one JSON document from standard input (the program, the optimizer, the files with the samples, how long to
measure) and prints one. The samples are held as floats in memory and indexed by a shuffled order, which costs less than
a loader of data: what is timed is the step, not a way to read data.
"""

import json
import os
import sys
import time
import types


def read_tensor(numpy, directory, spec):
    """An array whose elements are in a file."""
    path = os.path.join(directory, spec["data"]["file"])
    return numpy.fromfile(path, dtype=spec["dtype"]).reshape(spec["shape"])


def read_samples(numpy, job):
    """Inputs as the network sees them, and the category of each."""
    samples, directory = job["samples"], job["directory"]
    stored = read_tensor(numpy, directory, samples["inputs"]).astype(job["arm"]["precision"])
    targets = read_tensor(numpy, directory, samples["targets"]).astype("int64")
    return stored * stored.dtype.type(samples["factor"]) + stored.dtype.type(samples["offset"]), targets


def model_of(program, modules):
    """The model of a program that `isograd export` writes; `modules` stand in for packages that it imports."""
    safetensors = types.ModuleType("safetensors.torch")
    safetensors.load_file = None
    sys.modules.update({"safetensors.torch": safetensors, **modules})
    names = {"__name__": "model", "__file__": __file__}
    exec(program, names)
    return names["Model"]()


def steps_of_epoch(count, arm):
    """Whole batches, and the size of a partial one that is kept."""
    size = arm["batchSize"]
    return count // size, count % size if arm["lastBatch"] == "keep" else 0


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

    def __init__(self, job):
        self.effort = job["effort"]
        self.started_at = job["startedAt"]
        self.first = None
        self.warm = 0.0
        self.steps = 0
        self.seconds = 0.0

    def add(self, steps, seconds):
        """Adds some steps; the first piece always belongs to the warm-up. Returns whether that was enough."""
        if self.first is None:
            self.first = time.time() - self.started_at
        if self.warm == 0 or self.warm < self.effort["warmSeconds"]:
            self.warm += max(seconds, 1e-300)
            return False
        self.steps += steps
        self.seconds += seconds
        wanted = self.effort.get("steps")
        return self.seconds >= self.effort["seconds"] if wanted is None else self.steps >= wanted

    def report(self, form):
        """Prints the timing. `form` says which form of the framework this is."""
        peak = peak_bytes()
        result = {
            "stepSeconds": self.seconds / self.steps,
            "steps": self.steps,
            "firstStepSeconds": self.first,
            "form": form,
            **({} if peak is None else {"peakBytes": peak}),
        }
        print(json.dumps(result))
