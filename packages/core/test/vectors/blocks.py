"""Writes blocks.json: blocks of layers, layers that drop or join, and stochastic depth, in PyTorch in float64.

    python blocks.py > blocks.json

A case is layers as an experiment writes them, shapes of inputs, tokens, what masks keep, and what PyTorch
makes of them: the output, the gradients of inputs and parameters of sum(output^2 fill) / 2, and the parameters after
five steps of gradient descent. Inputs and parameters are `fill(count, seed)`, parameters in the order of their names.
Tensors have the names and the layout that they have in isograd.
"""
import json

import torch
from torch import nn

from block_modules import Behind, Deep, Encoder, Fed, Moved, Padded, Seeing, SqueezeExcite, Through
from sequence_modules import Attention, Rotary, fill, write

torch.set_default_dtype(torch.float64)
RATE, STEPS = 0.02, 5


class Names:
    """Parameters of modules by their names in isograd, and the matrices among them that lie the other way round there."""

    def __init__(self):
        self.held, self.turned = {}, set()

    def take(self, layer, module, turns=True):
        for name, value in module.named_parameters():
            self.held[f"{layer}.{name}"] = value
            if turns and value.dim() == 2:
                self.turned.add(f"{layer}.{name}")

    def ours(self, name, value):
        return value.T if name in self.turned else value


def case(name, layers, module, names, batch, shapes, masks=None, tokens=None):
    with torch.no_grad():
        for seed, (key, value) in enumerate(sorted(names.held.items())):
            shape = list(value.shape)[::-1] if key in names.turned else list(value.shape)
            value.copy_(names.ours(key, fill(shape, seed + 11) * 0.7))
    inputs = {key: fill([batch, *shape], i + 1).requires_grad_() for i, (key, shape) in enumerate(shapes.items())}
    kept = {key: torch.tensor(values).reshape(batch, -1) for key, values in (masks or {}).items()}

    def loss():
        out = module(*inputs.values(), **({"kept": kept} if kept else {}), **(tokens or {}))
        return out, (out**2 * fill(out.shape, 5)).sum() / 2

    out, first = loss()
    gradients = dict(zip([*inputs, *names.held], torch.autograd.grad(first, [*inputs.values(), *names.held.values()])))
    for _ in range(STEPS):
        steps = torch.autograd.grad(loss()[1], list(names.held.values()))
        with torch.no_grad():
            for value, gradient in zip(names.held.values(), steps):
                value -= RATE * gradient
    flat = lambda key, value: [float(f"{x:.11g}") for x in names.ours(key, value.detach()).flatten().tolist()]
    return {
        "name": name, "layers": layers, "batch": batch, "masks": masks or {},
        "inputs": {**shapes, **{key: list(value.shape[1:]) for key, value in (tokens or {}).items()}},
        "tokens": {key: value.flatten().tolist() for key, value in (tokens or {}).items()},
        "output": flat("", out), "shape": list(out.shape[1:]),
        "gradients": {key: flat(key, value) for key, value in gradients.items()},
        "after": {key: flat(key, value) for key, value in names.held.items()},
    }  # fmt: skip


def block_names(block, attentions):
    names = Names()
    for layer, module in attentions.items():
        names.take(layer, module)
    names.take("feedForward1_in", block.linear1)
    names.take("feedForward1_out", block.linear2)
    for i, norm in enumerate([block.norm1, block.norm2, *([block.norm3] if hasattr(block, "norm3") else [])]):
        names.take(f"layerNorm{i + 1}", norm)
    return names


# batch, steps, steps of the memory, features, heads, units, norm, function
BLOCKS = [
    (2, 3, 4, 4, 2, 3, "pre", "relu"), (2, 3, 4, 4, 2, 3, "post", "relu"), (1, 1, 1, 2, 1, 1, "pre", "gelu"),
    (1, 1, 3, 2, 2, 2, "post", "gelu"), (1, 4, 1, 3, 1, 2, "pre", "gelu"), (3, 2, 5, 4, 4, 1, "post", "gelu"),
    (2, 5, 2, 2, 1, 4, "pre", "gelu"), (1, 6, 6, 4, 2, 2, "post", "gelu"), (4, 2, 2, 3, 3, 2, "pre", "relu"),
    (2, 4, 3, 6, 3, 2, "post", "relu"),
]  # fmt: skip


def transformers():
    for batch, steps, seen, features, heads, units, norm, function in BLOCKS:
        settings = {"heads": heads, "units": units, "norm": norm, "function": function}
        more = dict(dropout=0.0, activation=function, batch_first=True, norm_first=norm == "pre")
        name = f"{batch}x{steps}x{features}, heads {heads}, units {units}, {norm}, {function}"
        block = nn.TransformerDecoderLayer(features, heads, units, **more)
        names = block_names(block, {"selfAttention1": block.self_attn, "crossAttention1": block.multihead_attn})
        layers = [{"type": "transformerDecoder", **settings, "inputs": ["input", "memory"]}]
        yield case(f"transformerDecoder {name}, seen {seen}", layers, Seeing(block), names, batch,
                   {"input": [steps, features], "memory": [seen, features]})
        block = nn.TransformerEncoderLayer(features, heads, units, **more)
        names = block_names(block, {"selfAttention1": block.self_attn})
        yield case(f"transformerEncoder {name}", [{"type": "transformerEncoder", **settings}], block, names, batch,
                   {"input": [steps, features]})


# own tokens, tokens of the memory, features, heads, units, norm, whether an encoder is causal; 7 is padding
UNEQUAL = [
    ([[5, 2, 7], [4, 7, 7]], [[1, 2, 7, 7], [7, 3, 6, 7]], 4, 2, 3, "pre", False),
    ([[5, 2, 7], [4, 7, 7]], [[1, 2, 7, 7], [7, 3, 6, 7]], 4, 2, 3, "post", True),
    ([[1]], [[7, 2]], 1, 1, 1, "pre", True), ([[3, 7]], [[1]], 3, 1, 1, "post", False),
    ([[2, 7, 1, 7]], [[7, 7, 4]], 3, 3, 1, "post", True),
]  # fmt: skip


def unequal():
    """Transformer blocks over sequences of unequal lengths, a decoder with tokens of its memory alone and of both."""
    for own, ids, features, heads, units, norm, causal in UNEQUAL:
        batch, steps, seen = len(own), len(own[0]), len(ids[0])
        more = dict(dropout=0.0, activation="gelu", batch_first=True, norm_first=norm == "pre")
        settings = {"heads": heads, "units": units, "norm": norm, "function": "gelu", "padding": 7}
        for sees in {causal, not causal and steps > 1}:
            block = nn.TransformerEncoderLayer(features, heads, units, **more)
            names = block_names(block, {"selfAttention1": block.self_attn})
            layers = [{"type": "transformerEncoder", **settings, "causal": sees, "inputs": ["input", "own"]}]
            yield case(f"transformerEncoder of unequal lengths {own}, {norm}, causal {sees}", layers, Padded(block, 7, sees),
                       names, batch, {"input": [steps, features]}, tokens={"own": torch.tensor(own)})
        for both in (False, True):
            block = nn.TransformerDecoderLayer(features, heads, units, **more)
            names = block_names(block, {"selfAttention1": block.self_attn, "crossAttention1": block.multihead_attn})
            tokens = {"ids": torch.tensor(ids), **({"own": torch.tensor(own)} if both else {})}
            layers = [{"type": "transformerDecoder", **settings, "inputs": ["input", "memory", *tokens]}]
            yield case(f"transformerDecoder of unequal lengths {ids}, {norm}, {'both' if both else 'of the memory'}", layers,
                       Padded(block, 7, True), names, batch, {"input": [steps, features], "memory": [seen, features]},
                       tokens=tokens)


def keeping(count, seed):
    """A mask that keeps about two of three."""
    return [int((i * 7919 + seed * 104729) % 3 > 0) for i in range(count)]


# batch, steps, features, heads, units, norm, function, rate; rotary positions part the features of a head into two
ENCODERS = [
    (1, 1, 2, 1, 1, "pre", "gelu", 0.5), (2, 3, 4, 1, 2, "post", "relu", 0.25), (1, 4, 4, 2, 1, "pre", "gelu", 0.0625),
    (3, 2, 4, 1, 1, "post", "gelu", 0.5), (1, 5, 2, 1, 3, "pre", "relu", 0.25), (2, 2, 4, 1, 2, "post", "relu", 0.125),
    (1, 3, 6, 3, 2, "pre", "gelu", 0.5), (2, 1, 4, 2, 2, "post", "gelu", 0.9375), (1, 6, 2, 1, 2, "pre", "gelu", 0.25),
    (1, 2, 6, 1, 1, "post", "gelu", 0.5),
]  # fmt: skip


def encoders():
    """Encoder blocks that are causal, have rotary positions, and drop: each setting with each of the others, and alone."""
    for i, (batch, steps, features, heads, units, norm, function, rate) in enumerate(ENCODERS):
        for causal, rotary, drops in ((True, i % 2 == 1, False), (i % 3 == 0, True, False), (False, False, True)):
            block = nn.TransformerEncoderLayer(features, heads, units, activation=function, batch_first=True,
                                               norm_first=norm == "pre")
            attention = (Rotary if rotary else Attention)(features, heads, causal)
            names = block_names(block, {"selfAttention1": attention.layer})
            count = batch * steps * features
            masks = {f"dropout{k}.mask": keeping(count, i + k) for k in (1, 2)} if drops else None
            given = {"causal": causal, "rotary": rotary, **({"dropout": rate} if drops else {})}
            settings = {"heads": heads, "units": units, "norm": norm, "function": function, **given}
            yield case(f"transformerEncoder {batch}x{steps}x{features}, {json.dumps(settings)}",
                       [{"type": "transformerEncoder", **settings}], Encoder(block, attention, rate), names, batch,
                       {"input": [steps, features]}, masks)


def squeezes():
    functions = {"relu": torch.relu, "silu": nn.functional.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}
    # batch, shape, axes, ratio, function, gate; None: no axis of channels
    grid = [
        (2, [3, 2, 4], 2, 2, "relu", "sigmoid", False), (1, [1, 1, 1], 2, 16, "relu", "sigmoid", False),
        (2, [4, 3], 2, 1, "relu", "sigmoid", None), (3, [2, 2, 6], 2, 4, "silu", "sigmoid", False),
        (1, [5, 1, 3], 2, 1, "relu", "tanh", False), (2, [1, 4, 8], 2, 3, "silu", "tanh", False),
        (2, [2, 3, 2], 2, 2, "tanh", "sigmoid", False), (1, [3, 3, 5], 2, 5, "relu", "sigmoid", False),
    ]  # fmt: skip
    for batch, shape, axes, ratio, function, gate, first in grid:
        channels = 1 if first is None else shape[-1]
        made = SqueezeExcite(channels, ratio, functions[function], functions[gate], axes, first)
        names = Names()
        names.take("squeezeExcite1_squeeze", made.squeeze)
        names.take("squeezeExcite1_excite", made.excite)
        layers = [{"type": "squeezeExcite", "ratio": ratio, "function": function, "gate": gate}]
        yield case(f"squeezeExcite {batch}x{shape}, ratio {ratio}, {function}, {gate}", layers, made, names, batch,
                   {"input": shape})
    for batch, shape, filters, ratio, axes in ((2, [3, 3, 2], 4, 2, 2), (1, [4, 2, 1], 3, 1, 2), (2, [5, 2], 4, 2, 1)):
        kind = nn.Conv1d if axes == 1 else nn.Conv2d
        conv = kind(shape[-1], filters, 2)
        made = SqueezeExcite(filters, ratio, torch.relu, torch.sigmoid, axes, True)
        names = Names()
        names.take("convolution", conv, turns=False)
        names.take("squeezeExcite1_squeeze", made.squeeze)
        names.take("squeezeExcite1_excite", made.excite)
        layers = [{"type": f"conv{axes}d", "name": "convolution", "filters": filters, "size": 2},
                  {"type": "squeezeExcite", "ratio": ratio}]
        lastly = Behind(Moved(), conv, made)
        yield case(f"squeezeExcite behind conv{axes}d {batch}x{shape}, ratio {ratio}", layers, lastly, names, batch,
                   {"input": shape})


def depths():
    grid = [
        (2, [3], [0.5], [[1, 0]]), (2, [3], [0.5], [[0, 0]]), (1, [1], [0.25], [[1]]), (3, [2, 2], [0.75], [[0, 1, 0]]),
        (4, [2], [0.125, 0.5], [[1, 1, 0, 1], [0, 1, 1, 0]]), (2, [2, 2, 2], [0.5], [[1, 1]]), (1, [4], [0.5], [[0]]),
        (2, [1, 3], [0.25, 0.25], [[1, 0], [0, 1]]), (5, [2], [0.9375], [[0, 0, 1, 0, 0]]), (2, [5], [0.0625], [[0, 1]]),
    ]  # fmt: skip
    for batch, shape, rates, masks in grid:
        made = Deep([nn.Linear(shape[-1], shape[-1]) for _ in rates], rates)
        names = Names()
        for i, layer in enumerate(made.layers):
            names.take(f"dense{i + 1}", layer)
        inner = {"type": "dense", "units": shape[-1], "axis": "last"}
        layers = [{"type": "residual", "layers": [inner, {"type": "stochasticDepth", "rate": rate}]} for rate in rates]
        kept = {f"stochasticDepth{i + 1}.mask": mask for i, mask in enumerate(masks)}
        yield case(f"stochasticDepth {batch}x{shape}, rates {rates}, kept {masks}", layers, made, names, batch,
                   {"input": shape}, kept)


def feeding():
    functions = {"relu": torch.relu, "tanh": torch.tanh, "gelu": nn.functional.gelu, "silu": nn.functional.silu}
    grid = [(2, [3], 4, "relu"), (1, [1], 1, "tanh"), (1, [2, 3], 2, "gelu"), (3, [2], 1, "silu"), (2, [1, 1], 3, "relu"),
            (1, [5], 2, "tanh"), (1, [2, 2, 2], 2, "relu"), (4, [1], 5, "gelu"), (2, [4, 1], 1, "silu"), (1, [1, 4], 4, "tanh")]
    for batch, shape, units, function in grid:
        made = Fed(shape[-1], units, functions[function])
        names = Names()
        names.take("feedForward1_in", made.first)
        names.take("feedForward1_out", made.second)
        yield case(f"feedForward {batch}x{shape}, units {units}, {function}",
                   [{"type": "feedForward", "units": units, "function": function}], made, names, batch, {"input": shape})


def through(name, layers, function, features, batch, shapes, masks=None):
    made, names = Through(function, features), Names()
    names.take("out", made.out)
    behind = {"type": "dense", "name": "out", "units": 2, "axis": "last"}
    return case(f"{name} {batch}x{list(shapes.values())}, {json.dumps(layers)}", [*layers, behind], made, names, batch, shapes, masks)


def drops():
    grid = [(2, [3], 0.5), (1, [1], 0.25), (1, [4], 0.0625), (3, [2, 2], 0.75), (1, [1, 1], 0.5), (2, [2, 1, 3], 0.125),
            (4, [1], 0.9375), (1, [3, 2], 0.5), (2, [5], 0.25), (1, [2, 2, 2], 0.5)]
    for i, (batch, shape, rate) in enumerate(grid):
        count = torch.Size([batch, *shape]).numel()
        dropped = lambda x, kept, rate=rate: x * kept["drop.mask"].view(x.shape) / (1 - rate)
        yield through("dropout", [{"type": "dropout", "name": "drop", "rate": rate}], dropped, shape[-1], batch,
                      {"input": shape}, {"drop.mask": keeping(count, i + 1)})
    # Channels lie last, and first behind it; without one in the samples there is one.
    grid = [(2, [2, 2, 3], 0.5), (1, [1, 1, 1], 0.25), (1, [3, 2], 0.5), (3, [2, 1, 2], 0.75), (1, [2, 2, 4], 0.0625),
            (2, [1, 3, 2], 0.125), (4, [1, 2, 1], 0.9375), (1, [2, 3, 2], 0.5), (2, [4, 1, 2], 0.25), (5, [2, 2], 0.5)]
    for i, (batch, shape, rate) in enumerate(grid):
        channels = shape[2] if len(shape) == 3 else 1
        def dropped(x, kept, rate=rate):
            y = x.movedim(-1, 1) if x.dim() == 4 else x.unsqueeze(1)
            return y * kept["drop.mask"][:, :, None, None] / (1 - rate)
        yield through("spatialDropout", [{"type": "spatialDropout", "name": "drop", "rate": rate}], dropped, shape[1], batch,
                      {"input": shape}, {"drop.mask": keeping(batch * channels, i + 1)})


def joins():
    """Layers without weights that join inputs, or lay a sample in another order."""
    grid = [(2, [3], 2), (1, [1], 2), (3, [2, 2], 2), (1, [4], 3), (2, [1, 3], 3), (1, [2, 1, 2], 2), (4, [1], 4),
            (2, [2], 5), (1, [3, 1], 2), (1, [2, 2, 3], 2)]
    for batch, shape, count in grid:
        shapes = {f"x{i}": shape for i in range(count)}
        for kind, function in (("add", lambda *xs: sum(xs[1:], xs[0])), ("multiply", lambda *xs: torch.stack(xs).prod(0))):
            yield through(kind, [{"type": kind, "inputs": list(shapes)}], function, shape[-1], batch, shapes)
    grid = [(2, [[3], [2]], -1), (1, [[1], [1]], 0), (2, [[2, 2], [1, 2]], 0), (1, [[2, 2], [2, 3]], -1), (3, [[1], [4], [2]], 0),
            (1, [[2, 1, 2], [2, 3, 2]], 1), (1, [[1, 2, 2], [3, 2, 2]], -3), (2, [[2, 1], [2, 1], [2, 2]], 1),
            (4, [[1], [1], [1], [1]], -1), (1, [[3, 2], [3, 2]], -2)]
    for batch, parts, axis in grid:
        shapes = {f"x{i}": shape for i, shape in enumerate(parts)}
        at = axis if axis < 0 else axis + 1
        width = sum(one[-1] for one in parts) if axis in (-1, len(parts[0]) - 1) else parts[0][-1]
        yield through("concatenate", [{"type": "concatenate", "inputs": list(shapes), "axis": axis}],
                      lambda *xs, at=at: torch.cat(xs, at), width, batch, shapes)
    grid = [(2, [6], [2, 3]), (1, [1], [1, 1]), (2, [2, 3], [6]), (1, [2, 3], [3, 2]), (3, [4], [-1, 2]), (1, [2, 2, 2], [-1]),
            (1, [1, 5], [5, 1]), (2, [3, 2], [1, -1, 2]), (1, [12], [2, 3, 2]), (4, [2, 1], [2])]
    for batch, shape, to in grid:
        whole = list(torch.empty(shape).reshape(to).shape)
        yield through("reshape", [{"type": "reshape", "shape": to}], lambda x, to=whole: x.reshape(-1, *to), whole[-1], batch,
                      {"input": shape})
    grid = [(2, [3], [0]), (1, [2, 3], [1, 0]), (2, [2, 2], [1, 0]), (1, [1, 4], [1, 0]), (2, [2, 3, 1], [2, 0, 1]),
            (1, [2, 3, 2], [0, 2, 1]), (3, [2, 1], [0, 1]), (1, [1, 1, 3], [1, 2, 0]), (1, [3, 2, 2], [2, 1, 0]), (2, [1], [0])]
    for batch, shape, axes in grid:
        yield through("permute", [{"type": "permute", "axes": axes}],
                      lambda x, axes=axes: x.permute(0, *[axis + 1 for axis in axes]), shape[axes[-1]], batch, {"input": shape})
        yield through("flatten", [{"type": "flatten"}], lambda x: x.flatten(1), torch.Size(shape).numel(), batch, {"input": shape})


def slopes():
    """One slope for all."""
    for batch, shape in ((2, [3]), (1, [1]), (1, [5]), (3, [2, 2]), (1, [1, 4]), (2, [2, 1, 2]), (4, [1]), (1, [3, 3]), (2, [7]),
                         (1, [2, 2, 2])):
        made, names = nn.PReLU(), Names()
        names.take("prelu1", made)
        yield case(f"prelu {batch}x{shape}", [{"type": "prelu"}], made, names, batch, {"input": shape})


write([*transformers(), *unequal(), *encoders(), *squeezes(), *depths(), *feeding(), *drops(), *joins(), *slopes()])
