"""Writes graph.json: graphs of layers in PyTorch in float64, their outputs and the gradients of all parameters.

    python graph.py > graph.json
"""
import json

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


class Siamese(nn.Module):
    """One branch for two inputs, batch normalisation included, joined three ways."""

    inputs = {"left": [3], "right": [3]}
    layers = [
        {"type": "dense", "units": 4, "name": "branch", "inputs": ["left"]},
        {"type": "batchNorm", "name": "norm"},
        {"type": "activation", "function": "tanh", "name": "a"},
        {"type": "shared", "layer": "branch", "inputs": ["right"]},
        {"type": "shared", "layer": "norm"},
        {"type": "activation", "function": "tanh", "name": "b"},
        {"type": "multiply", "inputs": ["a", "b"], "name": "product"},
        {"type": "add", "inputs": ["a", "b", "product"], "name": "sum"},
        {"type": "concatenate", "inputs": ["sum", "left", "product"]},
        {"type": "dense", "units": 2, "name": "out"},
    ]

    def __init__(self):
        super().__init__()
        self.branch, self.norm, self.out = nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(11, 2)

    def forward(self, left, right):
        a = torch.tanh(self.norm(self.branch(left)))
        b = torch.tanh(self.norm(self.branch(right)))
        product = a * b
        return self.out(torch.cat([a + b + product, left, product], dim=1))


class Skips(nn.Module):
    """Layers that are listed out of order, a residual one among them, and axes that change places."""

    inputs = {"input": [6]}
    layers = [
        {"type": "dense", "units": 2, "name": "out", "inputs": ["join"]},
        {"type": "dense", "units": 6, "name": "first", "inputs": ["input"]},
        {"type": "residual", "name": "block", "layers": [{"type": "dense", "units": 6, "name": "inner"}]},
        {"type": "reshape", "shape": [2, -1], "name": "grid"},
        {"type": "permute", "axes": [1, 0], "name": "turned"},
        {"type": "flatten", "name": "flat"},
        {"type": "concatenate", "inputs": ["flat", "first", "input"], "axis": 0, "name": "join"},
    ]
    output = "out"

    def __init__(self):
        super().__init__()
        self.out, self.first, self.inner = nn.Linear(18, 2), nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        first = self.first(x)
        block = first + self.inner(first)
        flat = block.reshape(-1, 2, 3).permute(0, 2, 1).flatten(1)
        return self.out(torch.cat([flat, first, x], dim=1))


def flat(tensor):
    return [float(value) for value in tensor.detach().flatten()]


def case(kind):
    model = kind()
    inputs = {name: torch.randn(5, *shape, requires_grad=True) for name, shape in kind.inputs.items()}
    # Dense weights are [inputs, outputs] in isograd.
    turned = {name: value.T if value.ndim == 2 else value for name, value in model.named_parameters()}
    parameters = {name: {"shape": list(value.shape), "data": flat(value)} for name, value in turned.items()}
    output = model(*inputs.values())
    weights = torch.randn_like(output)
    (output * weights).sum().backward()
    gradients = {name: flat(p.grad.T if p.ndim == 2 else p.grad) for name, p in model.named_parameters()}
    states = {name: flat(value) for name, value in model.named_buffers() if "running" in name}
    return {
        "model": {"layers": kind.layers, **({"output": kind.output} if hasattr(kind, "output") else {})},
        "inputs": {name: {"shape": list(value.shape), "data": flat(value)} for name, value in inputs.items()},
        "parameters": parameters,
        "weights": flat(weights),
        "output": flat(output),
        "gradients": gradients,
        "inputGradients": {name: flat(value.grad) for name, value in inputs.items()},
        "states": states,
    }


print(json.dumps({"torch": torch.__version__.split("+")[0], "cases": {kind.__name__: case(kind) for kind in (Siamese, Skips)}}, indent=1))
