"""Writes spatial-layers.json: layers over spatial axes by PyTorch in float64, five steps of gradient descent each."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1998)
STEPS, RATE = 5, 0.05


class Padded(nn.Module):
    """A module behind padding that differs before and behind, or that follows from the size of its input."""

    def __init__(self, inner, padding, value=0.0):
        super().__init__()
        self.inner, self.padding, self.value = inner, padding, value

    def forward(self, x):
        flat = [n for pair in reversed(self.padding) for n in pair]
        return self.inner(F.pad(x, flat, value=self.value))


def same(sizes, window, strides, dilations):
    pairs = []
    for n, k, s, d in zip(sizes, window, strides, dilations):
        whole = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        pairs.append([whole // 2, whole - whole // 2])
    return pairs


def conv(axes, channels, spec, sizes):
    each = lambda v: [v] * axes if isinstance(v, int) else v
    window, strides, dilations = each(spec["size"]), each(spec.get("stride", 1)), each(spec.get("dilation", 1))
    padding = spec.get("padding", "valid")
    pairs = [[0, 0]] * axes
    if padding == "same":
        pairs = same(sizes, window, strides, dilations)
    elif isinstance(padding, int):
        pairs = [[padding, padding]] * axes
    elif padding != "valid":
        pairs = [p if isinstance(p, list) else [p, p] for p in padding]
    depthwise = spec["type"] == "depthwiseConv2d"
    filters = channels * spec.get("multiplier", 1) if depthwise else spec["filters"]
    groups = channels if depthwise else spec.get("groups", 1)
    kind = nn.Conv1d if axes == 1 else nn.Conv2d
    inner = kind(channels, filters, window, strides, 0, dilations, groups, bias=spec.get("bias", True))
    return Padded(inner, pairs)


def transposed(channels, spec):
    return nn.ConvTranspose2d(
        channels, spec["filters"], spec["size"], spec.get("stride", 1), spec.get("padding", 0),
        spec.get("outputPadding", 0), spec.get("groups", 1), spec.get("bias", True), spec.get("dilation", 1),
    )  # fmt: skip


def pool(axes, spec, sizes):
    each = lambda v: [v] * axes if isinstance(v, int) else v
    window = each(spec.get("size", 2))
    strides, dilations = each(spec.get("stride", window)), each(spec.get("dilation", 1))
    padding = spec.get("padding", "valid")
    if spec["type"] == "maxPool":
        kind = nn.MaxPool1d if axes == 1 else nn.MaxPool2d
        pairs = [[0, 0]] * axes
        if padding == "same":
            pairs = same(sizes, window, strides, dilations)
        elif isinstance(padding, int):
            pairs = [[padding, padding]] * axes
        return Padded(kind(window if axes > 1 else window[0], strides if axes > 1 else strides[0], 0, dilations if axes > 1 else dilations[0]), pairs, float("-inf"))
    kind = nn.AvgPool1d if axes == 1 else nn.AvgPool2d
    return kind(window, strides, 0 if padding == "valid" else padding, count_include_pad=spec.get("countPadding", True))


class Whole(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def forward(self, x):
        axes = tuple(range(2, x.dim()))
        largest = F.adaptive_max_pool1d if len(axes) == 1 else F.adaptive_max_pool2d
        return x.mean(axes) if self.name == "globalAveragePool" else largest(x, 1).flatten(1)


def module(spec, axes, channels, sizes):
    kind = spec["type"]
    if kind in ("conv1d", "conv2d", "depthwiseConv2d"):
        return conv(axes, channels, spec, sizes)
    if kind == "convTranspose2d":
        return transposed(channels, spec)
    if kind in ("maxPool", "averagePool"):
        return pool(axes, spec, sizes)
    if kind in ("globalAveragePool", "globalMaxPool"):
        return Whole(kind)
    if kind == "upsampling":
        factor = spec.get("factor", 2)
        return nn.Upsample(scale_factor=tuple(map(float, [factor] * axes if isinstance(factor, int) else factor)))
    if kind == "zeroPadding":
        padding = spec.get("padding", 1)
        pairs = [[padding, padding]] * axes if isinstance(padding, int) else [p if isinstance(p, list) else [p, p] for p in padding]
        return Padded(nn.Identity(), pairs)
    if kind == "batchNorm":
        bn = nn.BatchNorm1d if axes == 1 else nn.BatchNorm2d
        return bn(channels, eps=spec.get("epsilon", 1e-5), momentum=spec.get("momentum", 0.1))
    raise ValueError(kind)


def c2(**more):
    return {"type": "conv2d", **more}


def c1(**more):
    return {"type": "conv1d", **more}


def dw(**more):
    return {"type": "depthwiseConv2d", **more}


def ct(**more):
    return {"type": "convTranspose2d", **more}


def mp(**more):
    return {"type": "maxPool", **more}


def ap(**more):
    return {"type": "averagePool", **more}


# spec, batch, channels (0: samples have no such axis), sizes, where channels lie in samples
CASES = [
    (c2(filters=2, size=3), 2, 0, [5, 4], "last"),
    (c2(filters=3, size=[3, 2], padding="same"), 2, 2, [4, 5], "last"),
    (c2(filters=2, size=3, stride=2, padding="same"), 2, 2, [6, 5], "first"),
    (c2(filters=2, size=[2, 1], stride=[3, 2]), 2, 2, [7, 5], "last"),
    (c2(filters=2, size=5, padding=2), 1, 1, [3, 3], "first"),
    (c2(filters=2, size=3, padding=[[0, 1], [2, 0]], bias=False), 2, 2, [4, 3], "last"),
    (c2(filters=2, size=2, dilation=[2, 3], padding=[1, 2]), 2, 1, [5, 5], "last"),
    (c2(filters=4, size=3, groups=2, padding=1), 2, 4, [4, 3], "first"),
    (c2(filters=1, size=1), 3, 1, [3, 3], "last"),
    (c2(filters=2, size=[4, 3], stride=2, padding="same", dilation=1), 1, 3, [7, 6], "last"),
    *[(c1(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(filters=2, size=3), 2, 0, [7], "last"),
        (dict(filters=3, size=2, padding="same"), 2, 2, [5], "last"),
        (dict(filters=2, size=3, stride=2, padding="same"), 2, 2, [7], "first"),
        (dict(filters=2, size=2, stride=3), 1, 2, [7], "last"),
        (dict(filters=2, size=7, padding=3), 1, 1, [3], "first"),
        (dict(filters=2, size=3, padding=[[0, 2]], bias=False), 2, 2, [5], "last"),
        (dict(filters=2, size=3, dilation=2), 2, 1, [6], "last"),
        (dict(filters=4, size=3, groups=2, padding=1), 2, 4, [4], "first"),
        (dict(filters=1, size=1), 3, 1, [3], "last"),
        (dict(filters=4, size=2, groups=4), 2, 4, [5], "last"),
    ]],
    *[(dw(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(size=3), 2, 2, [4, 5], "last"),
        (dict(size=3, padding="same"), 2, 3, [4, 4], "first"),
        (dict(size=2, multiplier=2), 2, 2, [3, 4], "last"),
        (dict(size=[3, 2], stride=2, padding="same"), 2, 2, [5, 6], "last"),
        (dict(size=3, bias=False), 1, 1, [3, 3], "last"),
        (dict(size=3, dilation=2, padding=2), 2, 2, [5, 4], "first"),
        (dict(size=1, stride=2), 2, 3, [3, 4], "last"),
        (dict(size=[1, 3]), 2, 2, [2, 5], "last"),
        (dict(size=5, padding=2), 1, 2, [3, 3], "last"),
        (dict(size=2), 2, 0, [4, 4], "last"),
    ]],
    *[(ct(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(filters=2, size=2, stride=2), 2, 2, [3, 2], "last"),
        (dict(filters=2, size=3), 2, 1, [3, 3], "first"),
        (dict(filters=3, size=3, stride=2, padding=1, outputPadding=1), 2, 2, [3, 2], "last"),
        (dict(filters=2, size=[2, 3], stride=[3, 2]), 1, 2, [2, 3], "last"),
        (dict(filters=2, size=1, stride=3), 1, 2, [2, 2], "last"),
        (dict(filters=4, size=2, groups=2, bias=False), 2, 4, [3, 3], "first"),
        (dict(filters=2, size=2, dilation=2, padding=1), 2, 2, [3, 4], "last"),
        (dict(filters=1, size=4, stride=2, padding=1), 2, 1, [2, 2], "last"),
        (dict(filters=2, size=2, stride=2), 1, 0, [2, 3], "last"),
        (dict(filters=3, size=2, groups=3, stride=2), 1, 3, [2, 2], "first"),
    ]],
    *[(mp(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(), 2, 2, [4, 6], "last"),
        (dict(size=[2, 3]), 2, 2, [5, 7], "first"),
        (dict(size=3, stride=2), 2, 2, [7, 6], "last"),
        (dict(size=3, stride=2, padding=1), 2, 1, [5, 5], "last"),
        (dict(size=3, stride=2, padding="same"), 2, 2, [5, 6], "last"),
        (dict(size=2, stride=3), 1, 2, [7, 5], "last"),
        (dict(size=2, dilation=2, stride=1), 2, 1, [4, 5], "first"),
        (dict(size=[3, 4]), 1, 1, [3, 4], "last"),
        (dict(size=2), 2, 0, [4, 4], "last"),
        (dict(size=3, stride=1), 2, 2, [5], "first"),
    ]],
    *[(ap(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(), 2, 2, [4, 6], "last"),
        (dict(size=[2, 3]), 2, 2, [5, 7], "first"),
        (dict(size=3, stride=2), 2, 2, [7, 6], "last"),
        (dict(size=3, stride=2, padding=1), 2, 1, [5, 5], "last"),
        (dict(size=3, stride=2, padding=1, countPadding=False), 2, 2, [5, 6], "last"),
        (dict(size=2, stride=3), 1, 2, [7, 5], "last"),
        (dict(size=[1, 2], stride=1), 2, 1, [4, 5], "first"),
        (dict(size=[3, 4]), 1, 1, [3, 4], "last"),
        (dict(size=2), 2, 0, [4, 4], "last"),
        (dict(size=3, stride=1, padding=1, countPadding=False), 2, 2, [5], "first"),
    ]],
    *[({"type": kind}, b, c, n, w) for kind in ("globalAveragePool", "globalMaxPool") for b, c, n, w in [
        (2, 2, [4, 3], "last"), (2, 3, [2, 2], "first"), (1, 1, [5, 1], "last"), (3, 0, [3, 3], "last"), (2, 2, [6], "first"),
        (1, 4, [1, 1], "last"), (2, 1, [1, 7], "first"), (2, 2, [7, 7], "last"), (4, 2, [3, 2], "last"), (2, 5, [2, 3], "first"),
    ]],
    *[({"type": "upsampling", **s}, b, c, n, w) for s, b, c, n, w in [
        (dict(), 2, 2, [3, 2], "last"), (dict(factor=3), 2, 1, [2, 2], "first"), (dict(factor=[1, 2]), 2, 2, [2, 3], "last"),
        (dict(factor=2), 1, 0, [3, 3], "last"), (dict(factor=2), 2, 2, [4], "first"), (dict(factor=1), 2, 2, [2, 2], "last"),
        (dict(factor=[3, 1]), 1, 3, [2, 2], "last"), (dict(factor=4), 1, 1, [1, 2], "last"), (dict(factor=[2, 3]), 2, 2, [1, 1], "first"),
        (dict(factor=5), 1, 1, [3], "first"),
    ]],
    *[({"type": "zeroPadding", **s}, b, c, n, w) for s, b, c, n, w in [
        (dict(), 2, 2, [3, 2], "last"), (dict(padding=2), 2, 1, [2, 2], "first"), (dict(padding=[1, 0]), 2, 2, [2, 3], "last"),
        (dict(padding=[[0, 1], [2, 0]]), 1, 2, [3, 3], "last"), (dict(padding=[[1, 2]]), 2, 2, [4], "first"), (dict(padding=0), 2, 2, [2, 2], "last"),
        (dict(padding=1), 1, 0, [2, 2], "last"), (dict(padding=4), 1, 1, [1, 2], "last"), (dict(padding=[0, 3]), 2, 2, [1, 1], "first"),
        (dict(padding=[[3, 0], [0, 0]]), 1, 1, [3, 2], "first"),
    ]],
    *[({"type": "batchNorm", **s}, b, c, n, "first") for s, b, c, n in [
        (dict(), 2, 2, [3, 2]), (dict(epsilon=0.1), 3, 1, [2, 2]), (dict(momentum=0.5), 2, 3, [2, 3]), (dict(momentum=1), 2, 2, [1, 2]),
        (dict(), 1, 2, [3, 3]), (dict(), 4, 2, [1, 1]), (dict(momentum=0), 2, 2, [2, 2]), (dict(), 2, 2, [5]),
        (dict(epsilon=1e-3, momentum=0.01), 2, 4, [2, 2]), (dict(), 3, 1, [4]),
    ]],
    # Behind the others, whose draws stay as they are.
    *[(ct(**s), b, c, n, w) for s, b, c, n, w in [
        (dict(filters=2, size=3, stride=2, outputPadding=[0, 1]), 2, 1, [2, 3], "last"),
        (dict(filters=2, size=[3, 4], stride=[2, 3], padding=[1, 0], outputPadding=[1, 2]), 1, 2, [3, 2], "first"),
        (dict(filters=1, size=3, padding=[0, 1]), 2, 2, [3, 3], "last"),
    ]],
]  # fmt: skip


def drawn(*shape):
    """Two digits are enough, and short."""
    return (torch.randn(*shape, dtype=torch.float64) * 100).round() / 100


def numbers(t):
    return [float(v) for v in t.detach().reshape(-1).tolist()]


def case(spec, batch, channels, sizes, where):
    axes = len(sizes)
    model = module(spec, axes, max(1, channels), sizes).double()
    parameters = {n.replace("inner.", ""): p for n, p in model.named_parameters()}
    states = {n: v for n, v in model.named_buffers() if v.is_floating_point()}
    initial = {n: [list(v.shape), numbers(v)] for n, v in {**parameters, **states}.items()}
    shape = sizes if channels == 0 else [channels, *sizes] if where == "first" else [*sizes, channels]
    xs, dys, first = [], [], None
    for _ in range(STEPS):
        x = drawn(batch, *shape).requires_grad_()
        y = model(x.unsqueeze(1) if channels == 0 else x if where == "first" else x.movedim(-1, 1))
        dy = drawn(*y.shape)
        gradients = torch.autograd.grad(y, [x, *parameters.values()], dy)
        if first is None:
            names = ["input", *parameters]
            first = {"y": [list(y.shape), numbers(y)], "gradients": {n: numbers(g) for n, g in zip(names, gradients)}}
        with torch.no_grad():
            for p, g in zip(parameters.values(), gradients[1:]):
                p -= RATE * g
        xs.append(numbers(x))
        dys.append(numbers(dy))
    last = {n: numbers(v) for n, v in {**parameters, **states}.items()}
    return {"spec": spec, "channels": where, "shape": shape, "batch": batch, "initial": initial, "xs": xs, "dys": dys, "first": first, "last": last}


vectors = {"torch": torch.__version__.split("+")[0], "rate": RATE, "cases": [case(*one) for one in CASES]}
Path(__file__).with_name("spatial-layers.json").write_text(json.dumps(vectors) + "\n")
print(len(CASES))
