"""Writes convolution.json: convolutions and pooled windows with their gradients by PyTorch in float64."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(14)


def pad(x, padding, value=0.0):
    flat = [n for pair in reversed(padding) for n in pair]
    return F.pad(x, flat, value=value)


def numbers(t):
    return [float(f"{v:.17g}") for v in t.detach().reshape(-1).tolist()]


CONVOLUTIONS = [
    # batch, channels, outputs, input, window, strides, padding, dilations, groups
    (2, 2, 3, [5, 6], [3, 2], [1, 1], [[0, 0], [0, 0]], [1, 1], 1),
    (1, 1, 1, [4, 4], [3, 3], [1, 1], [[1, 1], [1, 1]], [1, 1], 1),
    (2, 3, 2, [7, 5], [3, 3], [2, 2], [[1, 1], [0, 1]], [1, 1], 1),
    (2, 2, 2, [7, 7], [2, 1], [3, 2], [[0, 0], [0, 0]], [1, 1], 1),
    (1, 2, 3, [2, 3], [4, 5], [1, 1], [[1, 1], [2, 1]], [1, 1], 1),
    (2, 2, 2, [7, 6], [3, 2], [1, 2], [[2, 1], [0, 3]], [2, 3], 1),
    (2, 4, 6, [5, 4], [3, 3], [1, 1], [[1, 1], [1, 1]], [1, 1], 2),
    (2, 3, 3, [5, 5], [3, 3], [2, 1], [[0, 1], [1, 0]], [1, 1], 3),
    (1, 3, 6, [4, 5], [2, 2], [1, 1], [[0, 0], [0, 0]], [1, 1], 3),
    (3, 3, 4, [3, 3], [1, 1], [2, 2], [[0, 0], [0, 0]], [1, 1], 1),
    (2, 2, 3, [7], [4], [2], [[1, 2]], [1], 1),
    (2, 4, 4, [7], [3], [1], [[0, 0]], [2], 2),
]

POOLS = [
    # batch, channels, input, window, strides, padding, dilations
    (2, 2, [4, 6], [2, 2], [2, 2], [[0, 0], [0, 0]], [1, 1]),
    (2, 1, [5, 7], [2, 3], [2, 3], [[0, 0], [0, 0]], [1, 1]),
    (1, 2, [7, 7], [3, 3], [2, 2], [[1, 1], [1, 1]], [1, 1]),
    (2, 2, [4, 5], [2, 2], [1, 1], [[0, 0], [0, 0]], [1, 1]),
    (1, 1, [7, 7], [2, 1], [3, 3], [[0, 0], [0, 0]], [1, 1]),
    (1, 2, [7, 6], [2, 3], [1, 1], [[0, 0], [0, 0]], [3, 2]),
    (2, 2, [3, 4], [3, 4], [3, 4], [[0, 0], [0, 0]], [1, 1]),
    (1, 2, [4, 5], [3, 2], [1, 2], [[1, 2], [0, 1]], [1, 1]),
    (2, 2, [7], [3], [2], [[1, 1]], [1]),
    (1, 1, [3, 3], [1, 1], [1, 1], [[0, 0], [0, 0]], [1, 1]),
]


def convolution(batch, channels, outputs, size, window, strides, padding, dilations, groups):
    x = torch.randn(batch, channels, *size, dtype=torch.float64, requires_grad=True)
    w = torch.randn(outputs, channels // groups, *window, dtype=torch.float64, requires_grad=True)
    f = F.conv1d if len(size) == 1 else F.conv2d
    y = f(pad(x, padding), w, stride=strides, dilation=dilations, groups=groups)
    dy = torch.randn_like(y)
    dx, dw = torch.autograd.grad(y, [x, w], dy)
    return {
        "attributes": {"strides": strides, "padding": padding, "dilations": dilations, "groups": groups},
        "shapes": {"x": list(x.shape), "w": list(w.shape), "y": list(y.shape)},
        **{name: numbers(t) for name, t in {"x": x, "w": w, "y": y, "dy": dy, "dx": dx, "dw": dw}.items()},
    }


def pooling(batch, channels, size, window, strides, padding, dilations):
    # Few values, so that many are equal; distinct ones would not tell which of equals is taken.
    x = torch.randint(-2, 3, (batch, channels, *size)).to(torch.float64).requires_grad_()
    largest = F.max_pool1d if len(size) == 1 else F.max_pool2d
    y = largest(pad(x, padding, float("-inf")), window, strides, dilation=dilations)
    dy = torch.randn_like(y)
    (dx,) = torch.autograd.grad(y, [x], dy)
    # The sum of a window is a convolution of each channel with ones.
    f = F.conv1d if len(size) == 1 else F.conv2d
    ones = torch.ones(channels, 1, *window, dtype=torch.float64)
    s = f(pad(x, padding), ones, stride=strides, dilation=dilations, groups=channels)
    (ds,) = torch.autograd.grad(s, [x], dy)
    return {
        "attributes": {"window": window, "strides": strides, "padding": padding, "dilations": dilations},
        "shapes": {"x": list(x.shape), "y": list(y.shape)},
        **{name: numbers(t) for name, t in {"x": x, "y": y, "dy": dy, "dx": dx, "sum": s, "dsum": ds}.items()},
    }


vectors = {
    "torch": torch.__version__.split("+")[0],
    "convolutions": [convolution(*settings) for settings in CONVOLUTIONS],
    "pools": [pooling(*settings) for settings in POOLS],
}
Path(__file__).with_suffix(".json").write_text(json.dumps(vectors) + "\n")
