"""The peer PyTorch: eager training steps on the CPU with the fastest optimizer that it has."""

import json
import sys
import time

from peer import Stopwatch, model_of, read_samples, steps_of_epoch


def optimizer(torch, text, parameters):
    """An optimizer from an expression of torch.optim on `parameters`, fused where this PyTorch can; and its form."""
    names = {**vars(torch.optim), "parameters": list(parameters)}
    for form in ["fused=True", "foreach=True"]:
        try:
            return eval(f"{text[:-1]}, {form})", names), form
        except (RuntimeError, TypeError):
            continue
    return eval(text, names), "its defaults"


def batches(torch, count, arm):
    """Rows of batch after batch, a new order for each epoch."""
    size = arm["batchSize"]
    whole, rest = steps_of_epoch(count, arm)
    while True:
        yield from torch.randperm(count)[: whole * size + rest].split(size)


def main():
    import numpy
    import torch

    job = json.load(sys.stdin)
    arm = job["arm"]
    torch.set_num_threads(job["threads"])
    torch.set_num_interop_threads(1)
    torch.manual_seed(arm["seed"])
    inputs, targets = map(torch.from_numpy, read_samples(numpy, job))
    model = model_of(job["program"], {}).to(inputs.dtype)
    loss_of = torch.nn.functional.cross_entropy
    steps, form = optimizer(torch, job["optimizer"], model.parameters())
    stopwatch = Stopwatch(job)
    before = time.perf_counter()
    for rows in batches(torch, len(targets), arm):
        steps.zero_grad(set_to_none=True)
        loss = loss_of(model(inputs.index_select(0, rows)), targets.index_select(0, rows))
        loss.backward()
        steps.step()
        loss.item()
        now = time.perf_counter()
        if stopwatch.add(1, now - before):
            break
        before = now
    stopwatch.report(f"eager, {job['optimizer'].split('(')[0]} with {form}")


main()
