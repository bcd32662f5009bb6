"""Writes blocks.json: blocks of layers, and stochastic depth, in PyTorch in float64.

    python blocks.py > blocks.json

A case is layers as an experiment writes them, shapes of inputs, tokens, the samples that stochastic depth keeps, and what PyTorch
makes of them: the output, the gradients of inputs and parameters of sum(output^2 fill) / 2, and the parameters after
five steps of gradient descent. Inputs and parameters are `fill(count, seed)`, parameters in the order of their names.
Tensors have the names and the layout that they have in isograd.
"""
import json
import math

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
RATE, STEPS = 0.02, 5


def fill(shape, seed):
    count = math.prod(shape)
    return torch.tensor([((i * 7919 + seed * 104729) % 2003) / 1001.5 - 1 for i in range(count)]).reshape(shape)


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
    kept = {key: torch.tensor(values) for key, values in (masks or {}).items()}

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
    flat = lambda key, value: [float(f"{x:.14g}") for x in names.ours(key, value.detach()).flatten().tolist()]
    return {
        "name": name, "layers": layers, "batch": batch, "masks": masks or {},
        "inputs": {**shapes, **{key: list(value.shape[1:]) for key, value in (tokens or {}).items()}},
        "tokens": {key: value.flatten().tolist() for key, value in (tokens or {}).items()},
        "output": flat("", out), "shape": list(out.shape[1:]),
        "gradients": {key: flat(key, value) for key, value in gradients.items()},
        "after": {key: flat(key, value) for key, value in names.held.items()},
    }  # fmt: skip


class Seeing(nn.Module):
    """A decoder block whose steps see themselves and what is before them."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x, memory):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
        return self.block(x, memory, tgt_mask=mask, tgt_is_causal=True)


class Padded(nn.Module):
    """A block that does not see steps whose token is padding."""

    def __init__(self, block, padding, causal=False):
        super().__init__()
        self.block, self.padding, self.causal = block, padding, causal

    def forward(self, x, memory=None, ids=None, own=None):
        later = torch.triu(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool), 1) if self.causal else None
        unseen = lambda one: None if one is None else one == self.padding
        if memory is None:
            return self.block(x, src_mask=later, src_key_padding_mask=unseen(own))
        return self.block(x, memory, tgt_mask=later, memory_key_padding_mask=unseen(ids), tgt_key_padding_mask=unseen(own))


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
    (2, 3, 4, 4, 2, 3, "pre", "relu"), (2, 3, 4, 4, 2, 3, "post", "relu"), (1, 1, 1, 2, 1, 1, "pre", "relu"),
    (1, 1, 3, 2, 2, 2, "post", "gelu"), (1, 4, 1, 3, 1, 2, "pre", "gelu"), (3, 2, 5, 4, 4, 1, "post", "relu"),
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


def unequal():
    """Transformer blocks over sequences of unequal lengths."""
    own, ids = torch.tensor([[5, 2, 7], [4, 7, 7]]), torch.tensor([[1, 2, 7, 7], [7, 3, 6, 7]])
    sizes = {"heads": 2, "units": 3}
    for norm, causal in (("pre", False), ("post", False), ("pre", True), ("post", True)):
        more = dict(dropout=0.0, batch_first=True, norm_first=norm == "pre")
        settings = {**sizes, "norm": norm, "padding": 7}
        block = nn.TransformerEncoderLayer(4, 2, 3, **more)
        names = block_names(block, {"selfAttention1": block.self_attn})
        layers = [{"type": "transformerEncoder", **settings, "causal": causal, "inputs": ["input", "own"]}]
        yield case(f"transformerEncoder of unequal lengths, {norm}, causal {causal}", layers, Padded(block, 7, causal), names,
                   2, {"input": [3, 4]}, tokens={"own": own})
        block = nn.TransformerDecoderLayer(4, 2, 3, **more)
        names = block_names(block, {"selfAttention1": block.self_attn, "crossAttention1": block.multihead_attn})
        both = causal
        fed = ["input", "memory", "ids", *(["own"] if both else [])]
        layers = [{"type": "transformerDecoder", **settings, "inputs": fed}]
        yield case(f"transformerDecoder of unequal lengths, {norm}, {'both' if both else 'of the memory'}", layers,
                   Padded(block, 7, True), names, 2, {"input": [3, 4], "memory": [4, 4]},
                   tokens={"ids": ids, **({"own": own} if both else {})})


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio, function, gate, axes, first):
        super().__init__()
        units = max(1, channels // ratio)
        self.squeeze, self.excite = nn.Linear(channels, units), nn.Linear(units, channels)
        self.function, self.gate, self.axes, self.first = function, gate, axes, first

    def forward(self, x):
        """The layout of samples: channels last, or without an axis of theirs."""
        y = x.unsqueeze(-1) if self.first is None else x
        spatial = tuple(range(1, 1 + self.axes)) if not self.first else tuple(range(2, 2 + self.axes))
        shares = self.gate(self.excite(self.function(self.squeeze(y.mean(spatial)))))
        ones = [1] * self.axes
        shares = shares.view(-1, *([shares.shape[1], *ones] if self.first else [*ones, shares.shape[1]]))
        return x * (shares.squeeze(-1) if self.first is None else shares)


class Behind(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


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
    for batch, shape, filters, ratio, axes in ((2, [3, 3, 2], 4, 2, 2), (1, [4, 2, 1], 3, 2, 2), (2, [5, 2], 4, 4, 1)):
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


class Moved(nn.Module):
    def forward(self, x):
        return x.movedim(-1, 1)


class Deep(nn.Module):
    """x + f(x) for the samples that are kept, over the share of those; x for the others."""

    def __init__(self, layers, rates):
        super().__init__()
        self.layers, self.rates = nn.ModuleList(layers), rates

    def forward(self, x, kept):
        for i, (layer, rate) in enumerate(zip(self.layers, self.rates)):
            keep = kept[f"stochasticDepth{i + 1}.mask"].view(-1, *[1] * (x.dim() - 1))
            x = x + layer(x) * keep / (1 - rate)
        return x


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


print(json.dumps([*transformers(), *unequal(), *squeezes(), *depths()], separators=(",", ":")))
