"""Holds the modules of the JAX peer against those of PyTorch: outputs, and gradients of inputs and parameters, in float64.

    python peer_modules.py

A case is a constructor of torch.nn as exported programs write it, how they call it, and the shape of its input. Both sides
have the parameters that JAX has drawn. Prints the largest relative difference of each as JSON; the exit status is 1 where
one is above 1e-10.
"""

import json
import sys
from pathlib import Path

import jax
import numpy
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "peers"))
import jax_sequences  # adds to the table
from jax_modules import Network, Words, stand_ins

jax.config.update("jax_enable_x64", True)

MASK = "attn_mask=nn.Transformer.generate_square_subsequent_mask(5, dtype=x.dtype)"
LAST = ".transpose(0, 1).flatten(1)"
CASES = [
    *[
        (f"{kind}(3, 4, bias={bias}, batch_first=True, bidirectional={both}{more})", f"m(x){called}", [2, 5, 3])
        for kind, last, more in [
            ("RNN", "[1]", ", nonlinearity='tanh'"),
            ("RNN", "[1]", ", nonlinearity='relu'"),
            ("GRU", "[1]", ""),
            ("LSTM", "[1][0]", ""),
        ]
        for bias in [True, False]
        for both in [True, False]
        for called in ["[0]", last + LAST]
    ],
    *[
        (f"MultiheadAttention(6, {heads}, bias={bias}, batch_first=True)", f"m(x, x, x, need_weights=False{mask})[0]", [2, 5, 6])
        for heads in [1, 3]
        for bias in [True, False]
        for mask in ["", f", {MASK}"]
    ],
    ("Embedding(7, 3)", "m(x.long())", [2, 5]),
    ("Embedding(5, 3)", "x + m.weight", [2, 5, 3]),
    ("LayerNorm(6, eps=1e-05)", "m(x)", [2, 5, 6]),
    ("RMSNorm(6, eps=1e-05)", "m(x)", [2, 5, 6]),
    ("Linear(6, 4)", "m(x)", [2, 5, 6]),
    ("Conv2d(1, 4, (3, 3), stride=(2, 2), padding=(1, 1), dilation=(1, 1))", "m(x.unsqueeze(1))", [2, 9, 8]),
    ("BatchNorm2d(1, eps=1e-05, momentum=0.1)", "m(x.unsqueeze(1))", [2, 9, 8]),
    ("MaxPool2d((2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1))", "m(x.unsqueeze(1))", [2, 9, 8]),
    ("ConstantPad2d((1, 2, 0, 3), 0.0)", "m(x.unsqueeze(1))", [2, 9, 8]),
    ("Identity()", "torch.cat([m(x.unsqueeze(1)), x.unsqueeze(1), x.unsqueeze(1)], dim=1)", [2, 9, 8]),
]
PROGRAM = """
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.m = nn.{constructor}

    def forward(self, x):
        m = self.m
        return {call}
"""


def model_in(packages, constructor, call):
    """The model of a case; None: of the installed packages."""
    before = {name: sys.modules.get(name) for name in packages}
    sys.modules.update(packages)
    names = {"__name__": "model"}
    exec(PROGRAM.format(constructor=constructor, call=call), names)
    sys.modules.update(before)
    return names["Model"]


def laid_out(name, value):
    """A parameter as torch.nn lays it out."""
    if value.ndim == 4:
        return value.transpose(3, 2, 0, 1)
    return value.T if value.ndim == 2 and name != "embedding" else value


def difference(got, wanted):
    scale = max(1e-300, numpy.abs(wanted).max(initial=0))
    return float(numpy.abs(got - wanted).max(initial=0) / scale) if got.shape == wanted.shape else float("inf")


def compare(constructor, call, shape):
    draw = numpy.random.default_rng(1)
    isTokens = ".long()" in call
    x = draw.integers(0, 7, shape).astype(float) if isTokens else draw.normal(size=shape)
    network = Network(model_in(stand_ins(), constructor, call), draw, "float64")

    def output_of(parameters, inputs):
        return network.apply(parameters, network.states, jax.random.key(0), inputs)[0]

    output = output_of(network.parameters, x)
    fill = draw.normal(size=output.shape)
    lossy = lambda parameters, inputs: (output_of(parameters, inputs) * fill).sum()
    gradients, of_input = jax.grad(lossy, argnums=(0, 1))(network.parameters, x)

    model = model_in({}, constructor, call)().double()
    kind = "embedding" if constructor.startswith("Embedding") else ""
    turned = lambda tree: {name: laid_out(kind or name, numpy.asarray(value)) for name, value in tree.items()}
    weights, wanted = turned(network.parameters[0]), turned(gradients[0])
    named = dict(model.m.named_parameters())
    if set(named) != set(weights):
        return {"parameters": float("inf")}
    with torch.no_grad():
        for name, parameter in named.items():
            parameter.copy_(torch.from_numpy(weights[name].copy()))
    given = torch.from_numpy(x).requires_grad_(not isTokens)
    result = model(given)
    (result * torch.from_numpy(numpy.asarray(channels_first(output, result.shape, fill)[1]))).sum().backward()
    first = channels_first(output, result.shape, fill)[0]
    found = {"output": difference(numpy.asarray(first), result.detach().numpy())}
    if not isTokens:
        found["input"] = difference(numpy.asarray(of_input), given.grad.numpy())
    found.update({name: difference(wanted[name], one.grad.numpy()) for name, one in named.items()})
    return found


def channels_first(output, shape, fill):
    """Output and factors in the order of axes that torch has."""
    output = numpy.asarray(output)
    if output.shape == tuple(shape):
        return output, fill
    return numpy.moveaxis(output, -1, 1), numpy.moveaxis(fill, -1, 1).copy()


def main():
    found = {f"{constructor}: {call}": compare(constructor, call, shape) for constructor, call, shape in CASES}
    print(json.dumps({case: max(parts.values()) for case, parts in found.items()}, indent=1))
    sys.exit(any(value > 1e-10 or value != value for parts in found.values() for value in parts.values()))


main()
