"""Writes sequences.json: layers for sequences, and normalisation, in PyTorch in float64.

    python sequences.py > sequences.json

A case is layers as an experiment writes them, shapes of inputs, and what PyTorch makes of them: the output, the gradients of
inputs and parameters of sum(output^2 fill) / 2, and the parameters after five steps of gradient descent. Inputs and
parameters are `fill(count, seed)`, which the test computes too. Parameters have PyTorch's names and layout, but for
layers that PyTorch lacks ("ours"), which are written out here.
"""
import json
import math

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
RATE, STEPS = 0.05, 5


def fill(shape, seed):
    count = math.prod(shape)
    return torch.tensor([((i * 7919 + seed * 104729) % 2003) / 1001.5 - 1 for i in range(count)]).reshape(shape)


def tokens(shape, count, seed):
    n = math.prod(shape)
    return torch.tensor([(i * 7919 + seed * 104729) % count for i in range(n)]).reshape(shape)


class Recurrent(nn.Module):
    def __init__(self, kind, features, units, sequences, both=False, bias=True, padding=None, **more):
        super().__init__()
        self.layer = kind(features, units, batch_first=True, bidirectional=both, bias=bias, **more)
        self.sequences, self.padding = sequences, padding

    def forward(self, x, ids=None):
        if ids is None:
            out, h = self.layer(x)
        else:
            lengths = (ids != self.padding).sum(1)
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            out, h = self.layer(packed)
            out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
        h = h[0] if isinstance(h, tuple) else h
        return out if self.sequences else h.transpose(0, 1).flatten(1)


class Peephole(nn.Module):
    """LSTM whose gates see the cell, after Gers et al. (2002)."""

    def __init__(self, features, units, sequences):
        super().__init__()
        self.units, self.sequences = units, sequences
        shapes = {"weight_ih_l0": [features, 4 * units], "weight_hh_l0": [units, 4 * units],
                  "bias_ih_l0": [4 * units], "bias_hh_l0": [4 * units],
                  "weight_ci_l0": [units], "weight_cf_l0": [units], "weight_co_l0": [units]}
        self.layer = nn.ParameterDict({name: torch.zeros(shape) for name, shape in shapes.items()})

    def forward(self, x):
        p = self.layer
        h = c = x.new_zeros(x.shape[0], self.units)
        out = []
        for t in range(x.shape[1]):
            z = x[:, t] @ p["weight_ih_l0"] + p["bias_ih_l0"] + h @ p["weight_hh_l0"] + p["bias_hh_l0"]
            i, f, g, o = z.chunk(4, dim=1)
            i, f = torch.sigmoid(i + c * p["weight_ci_l0"]), torch.sigmoid(f + c * p["weight_cf_l0"])
            c = f * c + i * torch.tanh(g)
            h = torch.sigmoid(o + c * p["weight_co_l0"]) * torch.tanh(c)
            out.append(h)
        return torch.stack(out, 1) if self.sequences else h


class ResetBefore(nn.Module):
    """GRU as published: the reset gate acts on the state before the product."""

    def __init__(self, features, units, sequences, bias=True):
        super().__init__()
        self.units, self.sequences, self.bias = units, sequences, bias
        shapes = {"weight_ih_l0": [features, 3 * units], "weight_hh_l0": [units, 3 * units]}
        if bias:
            shapes |= {"bias_ih_l0": [3 * units], "bias_hh_l0": [3 * units]}
        self.layer = nn.ParameterDict({name: torch.zeros(shape) for name, shape in shapes.items()})

    def forward(self, x):
        p, n = self.layer, self.units
        zero = x.new_zeros(3 * n)
        c, d = (p["bias_ih_l0"], p["bias_hh_l0"]) if self.bias else (zero, zero)
        h = x.new_zeros(x.shape[0], n)
        out = []
        for t in range(x.shape[1]):
            a = x[:, t] @ p["weight_ih_l0"] + c
            gates = torch.sigmoid(a[:, : 2 * n] + h @ p["weight_hh_l0"][:, : 2 * n] + d[: 2 * n])
            r, z = gates.chunk(2, dim=1)
            new = torch.tanh(a[:, 2 * n :] + (r * h) @ p["weight_hh_l0"][:, 2 * n :] + d[2 * n :])
            h = (1 - z) * new + z * h
            out.append(h)
        return torch.stack(out, 1) if self.sequences else h


class Attention(nn.Module):
    def __init__(self, features, heads, causal=False, bias=True, padding=None):
        super().__init__()
        self.layer = nn.MultiheadAttention(features, heads, bias=bias, batch_first=True)
        self.causal, self.padding = causal, padding

    def forward(self, x, y=None, ids=None):
        y = x if y is None else y
        mask = torch.triu(torch.ones(x.shape[1], y.shape[1], dtype=torch.bool), 1) if self.causal else None
        unseen = None if ids is None else ids == self.padding
        return self.layer(x, y, y, need_weights=False, attn_mask=mask, key_padding_mask=unseen)[0]


class Rotary(nn.Module):
    """Causal or full self-attention with rotary positions on the halves of a head."""

    def __init__(self, features, heads, causal):
        super().__init__()
        self.heads, self.causal = heads, causal
        shapes = {"in_proj_weight": [features, 3 * features], "out_proj.weight": [features, features],
                  "in_proj_bias": [3 * features], "out_proj.bias": [features]}
        self.names = list(shapes)
        self.layer = nn.ParameterList([torch.zeros(shape) for shape in shapes.values()])

    def forward(self, x):
        w, v, c, d = self.layer
        b, n, f = x.shape
        width = f // self.heads
        q, k, u = ((x @ w + c).reshape(b, n, 3, self.heads, width).permute(2, 0, 3, 1, 4))
        angle = torch.arange(n)[:, None] / 10000 ** (torch.arange(width // 2)[None] * 2 / width)
        turn = lambda y: torch.cat([y[..., : width // 2] * angle.cos() - y[..., width // 2 :] * angle.sin(),
                                    y[..., width // 2 :] * angle.cos() + y[..., : width // 2] * angle.sin()], -1)
        y = nn.functional.scaled_dot_product_attention(turn(q), turn(k), u, is_causal=self.causal)
        return y.transpose(1, 2).reshape(b, n, f) @ v + d


class Only(nn.Module):
    def __init__(self, layer, before=lambda x: x):
        super().__init__()
        self.layer, self.before = layer, before

    def forward(self, x):
        return self.layer(self.before(x))


class Positions(nn.Module):
    def __init__(self, steps, features, learned):
        super().__init__()
        self.layer = nn.ParameterDict({"weight": torch.zeros(steps, features)} if learned else {})
        position, i = torch.arange(steps)[:, None], torch.arange(features)[None]
        angle = position / 10000 ** ((i - i % 2) / features)
        self.table = torch.where(i % 2 == 0, angle.sin(), angle.cos())

    def forward(self, x):
        return x + (self.layer["weight"] if len(self.layer) else self.table)


def named(module):
    """Parameters by their names in the layer."""
    if isinstance(module, Rotary):
        return dict(zip(module.names, module.layer))
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
    flat = lambda value: [float(f"{x:.14g}") for x in value.detach().flatten().tolist()]
    return {
        "name": name, "layers": layers, "batch": batch, "ours": ours,
        "inputs": {key: list(value.shape[1:]) for key, value in given.items()},
        "tokens": {key: value.flatten().tolist() for key, value in (ids or {}).items()},
        "output": flat(out), "shape": list(out.shape[1:]),
        "gradients": {key: flat(value) for key, value in zip([*inputs, *parameters], gradients)},
        "after": {key: flat(value) for key, value in parameters.items()},
    }


def settings(kind, **more):
    return [{"type": kind, "name": "layer", **more}]


def recurrent():
    """(batch, steps, features, units, sequences, direction, bias): one of each that may be 1, too."""
    grid = [(2, 3, 2, 2, False, "forward", True), (1, 1, 1, 1, False, "forward", True), (1, 4, 2, 1, True, "forward", True),
            (3, 2, 1, 3, True, "forward", False), (2, 1, 3, 2, True, "both", True), (2, 3, 2, 2, False, "both", True),
            (1, 5, 1, 2, True, "both", False), (2, 3, 1, 1, False, "both", False), (2, 6, 2, 2, False, "forward", False),
            (4, 2, 2, 1, True, "forward", True)]
    kinds = {"simpleRnn": (nn.RNN, {}), "gru": (nn.GRU, {}), "lstm": (nn.LSTM, {})}
    for kind, (module, more) in kinds.items():
        for batch, steps, features, units, sequences, direction, bias in grid:
            layers = settings(kind, units=units, returnSequences=sequences, direction=direction, bias=bias)
            made = Recurrent(module, features, units, sequences, direction == "both", bias, **more)
            yield case(f"{kind} {batch}x{steps}x{features} to {units}, {direction}, sequences {sequences}, bias {bias}",
                       layers, made, batch, {"input": [steps, features]})
        for direction in ("forward", "both"):
            for sequences in (False, True):
                ids = torch.tensor([[3, 1, 0, 0], [2, 2, 2, 2], [5, 0, 0, 0]])
                layers = settings(kind, units=2, returnSequences=sequences, direction=direction, inputs=["input", "ids"])
                made = Recurrent(module, 2, 2, sequences, direction == "both", padding=0)
                yield case(f"{kind} of unequal lengths, {direction}, sequences {sequences}", layers, made, 3,
                           {"input": [4, 2]}, {"ids": ids})
    for steps, features in ((4, 2), (1, 1)):
        yield case(f"simpleRnn relu {steps}", settings("simpleRnn", units=2, function="relu"),
                   Recurrent(nn.RNN, features, 2, False, nonlinearity="relu"), 2, {"input": [steps, features]})
    for batch, steps, features, units, sequences, direction, bias in grid:
        if direction == "both":
            continue
        if bias:
            yield case(f"peephole {batch}x{steps}x{features} to {units}, sequences {sequences}",
                       settings("lstm", units=units, peephole=True, returnSequences=sequences),
                       Peephole(features, units, sequences), batch, {"input": [steps, features]}, ours=True)
        yield case(f"gru reset before {batch}x{steps}x{features} to {units}, sequences {sequences}, bias {bias}",
                   settings("gru", units=units, reset="before", returnSequences=sequences, bias=bias),
                   ResetBefore(features, units, sequences, bias), batch, {"input": [steps, features]}, ours=True)


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
        if features % (2 * heads) == 0:
            yield case(f"rotary {name}, causal {causal}", settings("selfAttention", heads=heads, causal=causal, rotary=True),
                       Rotary(features, heads, causal), batch, {"input": [steps, features]}, ours=True)
    ids = torch.tensor([[1, 2, 0, 0], [3, 0, 0, 0]])

    class Padded(Attention):
        def forward(self, x, ids):
            return super().forward(x, None, ids)

    for causal in (False, True):
        yield case(f"selfAttention of unequal lengths, causal {causal}",
                   settings("selfAttention", heads=2, causal=causal, inputs=["input", "ids"]),
                   Padded(4, 2, causal, padding=0), 2, {"input": [4, 4]}, {"ids": ids})
    yield case("crossAttention of unequal lengths", settings("crossAttention", heads=1, inputs=["input", "memory", "ids"]),
               Attention(2, 1, padding=0), 2, {"input": [3, 2], "memory": [4, 2]}, {"ids": ids})


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
    for batch, steps, features in ((2, 3, 4), (1, 1, 1), (1, 5, 3), (3, 2, 2), (2, 9, 2)):
        for learned in (True, False):
            yield case(f"positional {batch}x{steps}x{features}, learned {learned}",
                       settings("positional", of="learned" if learned else "sinusoidal"),
                       Positions(steps, features, learned), batch, {"input": [steps, features]}, ours=True)
    for batch, shape, units in ((2, [3, 2], 2), (1, [1, 1], 1), (3, [2], 4), (1, [2, 2, 3], 2), (2, [4, 1], 3)):
        for bias in (True, False):
            yield case(f"dense {batch}x{shape} to {units}, bias {bias}", settings("dense", units=units, bias=bias, axis="last"),
                       Only(nn.Linear(shape[-1], units, bias=bias)), batch, {"input": shape})


print(json.dumps([*recurrent(), *attention(), *norms(), *others()], separators=(",", ":")))
