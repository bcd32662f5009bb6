"""Writes sequences.json: layers for sequences, and normalisation, in PyTorch in float64.

    python sequences.py > sequences.json

A case is layers as an experiment writes them, shapes of inputs, and what PyTorch makes of them: the output, the gradients of
inputs and parameters of sum(output^2 fill) / 2, and the parameters after five steps of gradient descent. Inputs and
parameters are `fill(count, seed)`, which the test computes too. Parameters have PyTorch's names and layout, but for
layers that PyTorch lacks ("ours"), which are written out here.
"""
import math

import torch
from torch import nn

from sequence_modules import Attention, OfItself, Only, Peephole, Positions, Recurrent, ResetBefore, Rotary, fill, write

torch.set_default_dtype(torch.float64)
RATE, STEPS = 0.05, 5


def tokens(shape, count, seed):
    n = math.prod(shape)
    return torch.tensor([(i * 7919 + seed * 104729) % count for i in range(n)]).reshape(shape)


def named(module):
    """Parameters by their names in the layer."""
    if isinstance(module, Recurrent):
        return module.parameters_by_name()
    return {name.removeprefix("layer."): value for name, value in module.named_parameters()}


def case(name, layers, module, batch, shapes, ids=None, ours=False):
    """`shapes`: of inputs by name; `ids`: those of tokens, by name: (shape, ids)."""
    parameters = dict(sorted(named(module).items()))
    with torch.no_grad():
        for seed, value in enumerate(parameters.values()):
            value.copy_(fill(value.shape, seed + 11) * 0.7)
    inputs = {key: fill([batch, *shape], i + 1).requires_grad_() for i, (key, shape) in enumerate(shapes.items())}
    given = {**inputs, **({} if ids is None else ids)}

    def loss():
        out = module(*given.values())
        return out, (out**2 * fill(out.shape, 5)).sum() / 2

    out, first = loss()
    wanted = [*inputs.values(), *parameters.values()]
    gradients = torch.autograd.grad(first, wanted)
    for _ in range(STEPS):
        steps = torch.autograd.grad(loss()[1], list(parameters.values())) if parameters else []
        with torch.no_grad():
            for value, gradient in zip(parameters.values(), steps):
                value -= RATE * gradient
    flat = lambda value: [float(f"{x:.11g}") for x in value.detach().flatten().tolist()]
    return {
        "name": name, "layers": layers, "batch": batch, "ours": ours,
        "inputs": {key: list(value.shape[1:]) for key, value in given.items()},
        "tokens": {key: value.flatten().tolist() for key, value in (ids or {}).items()},
        "output": flat(out), "shape": list(out.shape[1:]),
        "gradients": {key: flat(value) for key, value in zip([*inputs, *parameters], gradients)},
        "after": {key: flat(value) for key, value in parameters.items()},
    }


def settings(type, **more):
    return [{"type": type, "name": "layer", **more}]


# batch, steps, features, units, sequences, direction, bias: one of each that may be 1, too
GRID = [
    (2, 3, 2, 2, False, "forward", True), (1, 1, 1, 1, False, "forward", True), (1, 4, 2, 1, True, "forward", True),
    (3, 2, 1, 3, True, "forward", False), (2, 1, 3, 2, True, "both", True), (2, 3, 2, 2, False, "both", True),
    (1, 5, 1, 2, True, "both", False), (2, 3, 1, 1, False, "both", False), (2, 6, 2, 2, False, "forward", False),
    (4, 2, 2, 1, True, "forward", True),
]  # fmt: skip

# tokens, features, units, bias; the token of padding is the last
UNEQUAL = [([[3, 1, 0, 0], [2, 2, 2, 2], [5, 0, 0, 0]], 2, 2, True, 0), ([[1, 7], [2, 3]], 1, 1, False, 7)]

# What torch.nn does not pack: padding before and between others.
BETWEEN = [([[0, 3, 0, 1], [2, 0, 0, 0]], 2, 1, True, 0)]


def cells():
    """Each: its name, settings, a module of (features, units, sequences, direction, bias, padding), and whether it is ours."""
    for kind, module in (("simpleRnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)):
        yield kind, {"type": kind}, (lambda *given, module=module, **more: Recurrent(module, *given, **more)), False
    yield "peephole", {"type": "lstm", "peephole": True}, Peephole, True
    yield "gru reset before", {"type": "gru", "reset": "before"}, ResetBefore, True


def recurrent():
    for kind, spec, module, ours in cells():
        for i, (batch, steps, features, units, sequences, direction, bias) in enumerate(GRID):
            for way in (direction, "backward")[: 1 + i % 2]:
                layers = settings(**spec, units=units, returnSequences=sequences, direction=way, bias=bias)
                yield case(f"{kind} {batch}x{steps}x{features} to {units}, {way}, sequences {sequences}, bias {bias}", layers,
                           module(features, units, sequences, way, bias), batch, {"input": [steps, features]}, ours=ours)
        for ids, features, units, bias, padding in [*UNEQUAL, *(BETWEEN if ours else ())]:
            for way in ("forward", "backward", "both"):
                for sequences in (False, True):
                    layers = settings(**spec, units=units, returnSequences=sequences, direction=way, bias=bias,
                                      padding=padding, inputs=["input", "ids"])
                    made = module(features, units, sequences, way, bias, padding)
                    yield case(f"{kind} of unequal lengths {ids}, {way}, sequences {sequences}", layers, made, len(ids),
                               {"input": [len(ids[0]), features]}, {"ids": torch.tensor(ids)}, ours=ours)
    for steps, features in ((4, 3), (5, 4)):
        yield case(f"simpleRnn relu {steps}", settings("simpleRnn", units=2, function="relu"),
                   Recurrent(nn.RNN, features, 2, False, nonlinearity="relu"), 2, {"input": [steps, features]})
    for i, (batch, steps, features, units, sequences, _, bias) in enumerate(GRID):
        kind, spec, module, ours = list(cells())[i % 5]
        layers = settings("bidirectional", layer={**spec, "units": units, "returnSequences": sequences, "bias": bias})
        yield case(f"bidirectional {kind} {batch}x{steps}x{features} to {units}, sequences {sequences}, bias {bias}", layers,
                   module(features, units, sequences, "both", bias), batch, {"input": [steps, features]}, ours=ours)


# tokens, features, heads, bias, the token of padding: each step sees at least one that is before it
SEEN = [
    ([[1, 2, 0, 0], [3, 0, 0, 0]], 4, 2, True, 0), ([[4]], 1, 1, True, 0), ([[7, 0], [7, 7], [1, 7]], 2, 1, False, 0),
    ([[2, 9, 9, 5, 9]], 2, 2, True, 9), ([[1, 1, 1], [1, 3, 1]], 3, 3, False, 3),
]  # fmt: skip


def attention():
    """(batch, steps, features, heads, causal, bias)"""
    grid = [(2, 3, 4, 2, False, True), (1, 1, 1, 1, False, True), (1, 1, 2, 2, True, True), (2, 5, 2, 1, True, True),
            (1, 4, 4, 4, True, False), (3, 2, 3, 3, False, False), (2, 3, 2, 2, True, False), (1, 7, 2, 1, False, True),
            (2, 8, 2, 1, True, True), (4, 1, 2, 1, True, False)]
    for batch, steps, features, heads, causal, bias in grid:
        name = f"{batch}x{steps}x{features}, heads {heads}, bias {bias}"
        yield case(f"selfAttention {name}, causal {causal}", settings("selfAttention", heads=heads, causal=causal, bias=bias),
                   Attention(features, heads, causal, bias), batch, {"input": [steps, features]})
        yield case(f"crossAttention {name}", settings("crossAttention", heads=heads, bias=bias, inputs=["input", "memory"]),
                   Attention(features, heads, False, bias), batch, {"input": [steps, features], "memory": [steps + 1, features]})
        for seen in ({steps + 2, max(1, steps - 1)} if causal else ()):
            yield case(f"crossAttention {name}, causal, seen {seen}",
                       settings("crossAttention", heads=heads, bias=bias, causal=True, inputs=["input", "memory"]),
                       Attention(features, heads, True, bias), batch, {"input": [steps, features], "memory": [seen, features]})
    more = [(1, 1, 4, 2, False, True), (3, 5, 2, 1, False, False), (1, 4, 8, 2, True, False), (2, 2, 6, 3, False, True),
            (1, 7, 4, 1, True, True), (2, 3, 4, 1, False, False)]
    for batch, steps, features, heads, causal, bias in [one for one in grid if one[2] % (2 * one[3]) == 0] + more:
        yield case(f"rotary {batch}x{steps}x{features}, heads {heads}, bias {bias}, causal {causal}",
                   settings("selfAttention", heads=heads, causal=causal, rotary=True, bias=bias),
                   Rotary(features, heads, causal, bias), batch, {"input": [steps, features]})
    for ids, features, heads, bias, padding in SEEN:
        batch, steps = len(ids), len(ids[0])
        for causal in (False, True):
            name = f"of unequal lengths {ids}, heads {heads}, causal {causal}"
            spec = dict(heads=heads, bias=bias, causal=causal, padding=padding)
            given = dict(batch=batch, ids={"ids": torch.tensor(ids)})
            yield case(f"selfAttention {name}", settings("selfAttention", **spec, inputs=["input", "ids"]),
                       OfItself(features, heads, causal, bias, padding), shapes={"input": [steps, features]}, **given)
            yield case(f"crossAttention {name}", settings("crossAttention", **spec, inputs=["input", "memory", "ids"]),
                       Attention(features, heads, causal, bias, padding),
                       shapes={"input": [3, features], "memory": [steps, features]}, **given)


def norms():
    for batch, shape in ((2, [3]), (1, [1]), (1, [4]), (2, [3, 2]), (1, [2, 1]), (3, [2, 2, 2]), (1, [1, 5]), (2, [1, 1, 3])):
        for epsilon in ((1e-5, 0.1) if len(shape) < 3 else (1e-5,)):
            name = f"{batch}x{shape}, epsilon {epsilon}"
            yield case(f"layerNorm {name}", settings("layerNorm", epsilon=epsilon),
                       Only(nn.LayerNorm(shape[-1], eps=epsilon)), batch, {"input": shape})
            yield case(f"rmsNorm {name}", settings("rmsNorm", epsilon=epsilon),
                       Only(nn.RMSNorm(shape[-1], eps=epsilon)), batch, {"input": shape})
    shapes = [(2, [4, 2]), (1, [4, 3, 2]), (1, [4, 1, 1]), (3, [2, 3]), (1, [6, 2]), (2, [2, 2, 2, 2])]
    for batch, shape in shapes:
        for groups in (1, 2):
            yield case(f"groupNorm {batch}x{shape}, groups {groups}", settings("groupNorm", groups=groups),
                       Only(nn.GroupNorm(groups, shape[0])), batch, {"input": shape})
        if math.prod(shape[1:]) == 1:
            continue
        kind = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)[len(shape) - 2]
        for epsilon in (1e-5, 0.5):
            yield case(f"instanceNorm {batch}x{shape}, epsilon {epsilon}", settings("instanceNorm", epsilon=epsilon),
                       Only(kind(shape[0], eps=epsilon, affine=True)), batch, {"input": shape})


def others():
    for batch, shape, count, units in ((2, [3], 5, 2), (1, [1], 1, 1), (1, [4], 2, 1), (3, [1], 3, 3), (2, [2, 2], 4, 2),
                                       (1, [6], 3, 2), (4, [2], 2, 2), (2, [5], 9, 1), (1, [2], 40, 2), (2, [1], 1, 4)):
        ids = tokens([batch, *shape], count, 3)
        yield case(f"embedding {batch}x{shape}, {count} tokens to {units}", settings("embedding", tokens=count, units=units),
                   Only(nn.Embedding(count, units)), batch, {}, {"input": ids})
    for batch, steps, features in ((2, 3, 4), (1, 1, 1), (1, 5, 3), (3, 2, 2), (2, 9, 2),
                                   (1, 1, 5), (4, 1, 2), (1, 12, 1), (2, 2, 7), (1, 3, 2)):
        for learned in (True, False):
            yield case(f"positional {batch}x{steps}x{features}, learned {learned}",
                       settings("positional", of="learned" if learned else "sinusoidal"),
                       Positions(steps, features, learned), batch, {"input": [steps, features]}, ours=True)
    for batch, shape, units in ((2, [3, 2], 2), (1, [1, 1], 1), (3, [2], 4), (1, [2, 2, 3], 2), (2, [4, 1], 3)):
        for bias in (True, False):
            yield case(f"dense {batch}x{shape} to {units}, bias {bias}", settings("dense", units=units, bias=bias, axis="last"),
                       Only(nn.Linear(shape[-1], units, bias=bias)), batch, {"input": shape})


write([*recurrent(), *attention(), *norms(), *others()])
