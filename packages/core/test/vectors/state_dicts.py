"""Writes state-dicts.json: files of weights that PyTorch saved, layer by layer, and what its modules give with them.

    pip install torch==2.13.0 safetensors numpy
    python state_dicts.py > state-dicts.json

Modules have the names of the layers. Weights are saved in float32; inputs are `fill`, and outputs are computed in float64.
"""
import base64

import torch
from safetensors.torch import save
from torch import nn

from sequence_modules import fill, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)


def planes(x):
    return x.movedim(-1, 1)


def whole(out):
    return out[0]


def last(out):
    """The outputs of the last steps of all ways, side by side."""
    h = out[1][0] if isinstance(out[1], tuple) else out[1]
    return h.transpose(0, 1).flatten(1)


class Model(nn.Module):
    def __init__(self, modules, forward):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)
        self.run = forward

    def forward(self, *xs):
        return self.run(self, *xs)


def moved(model):
    """Weights and running statistics off what they begin as."""
    for name, value in [*model.named_parameters(), *model.named_buffers()]:
        if value.is_floating_point():
            value.data += 0.3 * torch.rand(value.shape)


def case(name, layers, modules, forward, shapes, tokens=None):
    model = Model(modules, forward)
    moved(model)
    metadata = {"format": "pt"} if name.endswith("square") else None
    file = base64.b64encode(save(model.float().state_dict(), metadata)).decode()
    model = model.double().eval()
    inputs = [fill([2, *shape], i + 1) for i, shape in enumerate(shapes.values())]
    if tokens is not None:
        inputs = [torch.tensor(tokens)]
    output = model(*inputs)
    return {
        "name": name, "layers": layers, "inputs": shapes, "batch": len(inputs[0]), "file": file,
        "tokens": {} if tokens is None else {"input": inputs[0].flatten().tolist()},
        "output": [float(f"{x:.12g}") for x in output.flatten().tolist()],
    }  # fmt: skip


def spatial():
    conv2d = {"type": "conv2d", "name": "c", "filters": 4, "size": [3, 2], "groups": 2}
    yield case("conv2d", [conv2d], {"c": nn.Conv2d(2, 4, (3, 2), groups=2)}, lambda m, x: m.c(planes(x)), {"input": [4, 3, 2]})
    yield case("conv1d", [{"type": "conv1d", "name": "c", "filters": 3, "size": 2, "bias": False}],
               {"c": nn.Conv1d(2, 3, 2, bias=False)}, lambda m, x: m.c(planes(x)), {"input": [4, 2]})
    yield case("depthwiseConv2d", [{"type": "depthwiseConv2d", "name": "c", "size": 2, "multiplier": 2}],
               {"c": nn.Conv2d(2, 4, 2, groups=2)}, lambda m, x: m.c(planes(x)), {"input": [3, 3, 2]})
    yield case("convTranspose2d", [{"type": "convTranspose2d", "name": "c", "filters": 3, "size": 2, "stride": 2}],
               {"c": nn.ConvTranspose2d(2, 3, 2, 2)}, lambda m, x: m.c(planes(x)), {"input": [2, 2, 2]})
    yield case("batchNorm", [{"type": "batchNorm", "name": "n"}], {"n": nn.BatchNorm1d(3)}, lambda m, x: m.n(x), {"input": [3]})
    yield case("batchNorm of planes", [{**conv2d, "size": 1, "groups": 1}, {"type": "batchNorm", "name": "n"}],
               {"c": nn.Conv2d(2, 4, 1), "n": nn.BatchNorm2d(4)}, lambda m, x: m.n(m.c(planes(x))), {"input": [2, 2, 2]})
    yield case("groupNorm", [{"type": "groupNorm", "name": "n", "groups": 2}], {"n": nn.GroupNorm(2, 4)}, lambda m, x: m.n(x),
               {"input": [4, 3]})


def sequences():
    kinds = (("simpleRnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM))
    for (kind, module), both, all_steps in [(each, *way) for each in kinds for way in ((False, True), (True, False))]:
        layers = [{"type": kind, "name": "r", "units": 2, "direction": "both" if both else "forward", "returnSequences": all_steps}]
        yield case(f"{kind}{', both ways' if both else ''}", layers, {"r": module(3, 2, batch_first=True, bidirectional=both)},
                   lambda m, x, take=whole if all_steps else last: take(m.r(x)), {"input": [4, 3]})
    attention = lambda m, x, y: m.a(x, y, y, need_weights=False)[0]
    yield case("selfAttention", [{"type": "selfAttention", "name": "a", "heads": 2}],
               {"a": nn.MultiheadAttention(4, 2, batch_first=True)}, lambda m, x: attention(m, x, x), {"input": [3, 4]})
    yield case("crossAttention", [{"type": "crossAttention", "name": "a", "heads": 1, "bias": False, "inputs": ["input", "memory"]}],
               {"a": nn.MultiheadAttention(2, 1, batch_first=True, bias=False)}, attention, {"input": [3, 2], "memory": [2, 2]})
    yield case("embedding", [{"type": "embedding", "name": "e", "tokens": 5, "units": 2}], {"e": nn.Embedding(5, 2)},
               lambda m, x: m.e(x), {"input": [3]}, [[0, 4, 2], [1, 3, 3]])
    yield case("embedding, square", [{"type": "embedding", "name": "e", "tokens": 3, "units": 3}], {"e": nn.Embedding(3, 3)},
               lambda m, x: m.e(x), {"input": [2]}, [[0, 2], [1, 1]])
    yield case("learned positions", [{"type": "positional", "name": "p"}], {"p": nn.Embedding(3, 2)}, lambda m, x: x + m.p.weight,
               {"input": [3, 2]})
    yield case("layerNorm", [{"type": "layerNorm", "name": "n"}], {"n": nn.LayerNorm(3)}, lambda m, x: m.n(x), {"input": [2, 3]})
    yield case("rmsNorm", [{"type": "rmsNorm", "name": "n"}], {"n": nn.RMSNorm(3, eps=1e-5)}, lambda m, x: m.n(x), {"input": [2, 3]})
    yield case("prelu", [{"type": "prelu", "name": "p"}], {"p": nn.PReLU()}, lambda m, x: m.p(x), {"input": [4]})
    yield case("dense", [{"type": "dense", "name": "d", "units": 2}], {"d": nn.Linear(3, 2)}, lambda m, x: m.d(x), {"input": [3]})
    # Squares do not tell their layout: the file says that it is PyTorch's.
    yield case("dense, square", [{"type": "dense", "name": "d", "units": 3}], {"d": nn.Linear(3, 3)}, lambda m, x: m.d(x),
               {"input": [3]})


write([*spatial(), *sequences()])
