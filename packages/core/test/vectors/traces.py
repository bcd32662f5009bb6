"""Repeats in PyTorch the steps of the traces in a directory, rightly or with one cause of a difference, into traces.json.

    TRACE_INPUTS=DIR npx vitest run test/compare-trace-torch.test.ts     # writes DIR/<case>.safetensors and DIR/cases.json
    python test/vectors/traces.py DIR                                    # torch 2.13, safetensors
"""
import base64
import gzip
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save

ACTIVATIONS = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "elu": F.elu,
    "selu": F.selu,
    "silu": F.silu,
    "softplus": F.softplus,
    "leakyRelu": F.leaky_relu,
}
OPTIMIZERS = {
    "sgd": lambda p, s: torch.optim.SGD(
        p, s["learningRate"], s["momentum"], s["dampening"], s["weightDecay"], s["nesterov"]
    ),
    "adam": lambda p, s: torch.optim.Adam(
        p, s["learningRate"], (s["beta1"], s["beta2"]), s.get("epsilon", 1e-8), s["weightDecay"], s["amsgrad"]
    ),
    "adamw": lambda p, s: torch.optim.AdamW(
        p, s["learningRate"], (s["beta1"], s["beta2"]), s["epsilon"], s["weightDecay"]
    ),
    "nadam": lambda p, s: torch.optim.NAdam(
        p, s["learningRate"], (s["beta1"], s["beta2"]), s["epsilon"], s["weightDecay"]
    ),
    "adamax": lambda p, s: torch.optim.Adamax(
        p, s["learningRate"], (s["beta1"], s["beta2"]), s["epsilon"], s["weightDecay"]
    ),
    "rmsprop": lambda p, s: torch.optim.RMSprop(
        p, s["learningRate"], s["alpha"], s["epsilon"], s["weightDecay"], s["momentum"], s["centered"]
    ),
    "adagrad": lambda p, s: torch.optim.Adagrad(p, s["learningRate"], weight_decay=s["weightDecay"], eps=s["epsilon"]),
}
# Names of the states, isograd's first.
STATES = {
    "sgd": {"velocity": "momentum_buffer"},
    "adam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamw": {"m": "exp_avg", "v": "exp_avg_sq"},
    "rmsprop": {"squareAverage": "square_avg", "velocity": "momentum_buffer"},
    "nadam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamax": {},
    "adagrad": {},
}


class HandAdam:
    """Adam as written by hand, with one thing otherwise."""

    def __init__(self, parameters, settings, cause):
        self.parameters, self.settings, self.cause, self.step_count = list(parameters), settings, cause, 0
        self.state = {p: {"exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)} for p in self.parameters}

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.step_count += 1
        s, t = self.settings, self.step_count
        beta1, beta2, epsilon = s["beta1"], s["beta2"], s.get("epsilon", 1e-8)
        for p in self.parameters:
            m, v = self.state[p]["exp_avg"], self.state[p]["exp_avg_sq"]
            m.mul_(beta1).add_(p.grad, alpha=1 - beta1)
            v.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
            corrections = (1, 1) if self.cause == "no correction" else (1 - beta1**t, 1 - beta2**t)
            first, second = m / corrections[0], v / corrections[1]
            root = (second + epsilon).sqrt() if self.cause == "inside" else second.sqrt() + epsilon
            p.sub_(s["learningRate"] * first / root)


class Net(torch.nn.Module):
    """The layers of an experiment, with the tensors of a trace."""

    def __init__(self, spec, tensors, cause):
        super().__init__()
        self.spec, self.cause, self.layers, counts = spec, cause, [], {}
        for layer in spec["model"]["layers"]:
            kind = layer["type"]
            counts[kind] = counts.get(kind, 0) + 1
            self.layers.append((kind, f"{kind}{counts[kind]}", layer))
        names = {n[len("initial/") :] for n in tensors if n.startswith("initial/")}
        self.tensors = {n: tensors[f"initial/{n}"].clone() for n in names if "/" not in n}
        self.trained = {n: p.requires_grad_() for n, p in self.tensors.items() if "running" not in n}

    def normalised(self, name, layer, x):
        rows = x.shape[0]
        momentum = 1 - layer["momentum"] if self.cause == "momentum" else layer["momentum"]
        mean, running = self.tensors[f"{name}.running_mean"], self.tensors[f"{name}.running_var"]
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        if self.cause == "unbiased":
            moments = x.mean(0), x.var(0)
            with torch.no_grad():
                mean.lerp_(moments[0], momentum)
                running.lerp_(moments[1], momentum)
            return (x - moments[0]) / (moments[1] + layer["epsilon"]).sqrt() * weight + bias
        # On copies, since autograd keeps what it is given.
        after = mean.clone(), running.clone()
        y = F.batch_norm(x, *after, weight, bias, True, momentum, layer["epsilon"])
        with torch.no_grad():
            mean.copy_(after[0])
            if self.cause == "biased":
                running.lerp_(x.var(0, unbiased=False), momentum)
            else:
                running.copy_(after[1])
        return y

    def forward(self, x, masks):
        for kind, name, layer in self.layers:
            if kind == "flatten":
                x = x.flatten(1)
            elif kind == "dense":
                x = x @ self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]
            elif kind == "activation":
                x = ACTIVATIONS[self.spec["activation"]["type"]](x)
            elif kind == "batchNorm":
                x = self.normalised(name, layer, x)
            elif kind == "dropout":
                x = x * masks[f"{name}.mask"] / (1 if self.cause == "dropout" else 1 - layer["rate"])
        return x


def prepared(image, cause):
    """The numbers that a loop makes of bytes."""
    x = image.float()
    if cause == "by 256":
        return x / 256
    if cause == "as bytes":
        return x
    x = x / 255
    moments = {"by mnist": (0.1307, 0.3081), "by others": (0.4734, 0.2515), "by the batch": (x.mean(), x.std())}
    if cause in moments:
        return (x - moments[cause][0]) / moments[cause][1]
    changes = {
        "inverted": lambda: 1 - x,
        "transposed": lambda: x.transpose(1, 2),
        "flipped": lambda: x.flip(2),
        "turned": lambda: x.rot90(1, (1, 2)),
        "mixed": lambda: x.flatten(1)[:, torch.arange(16) * 5 % 16].reshape(x.shape),
    }
    return changes[cause]() if cause in changes else x


def labelled(labels, cause):
    if cause == "rolled":
        return (labels + 1) % 10
    return labels.roll(-1) if cause == "row behind" else labels


BEFORE = {"two softmaxes": lambda x: x.softmax(1), "sigmoid before": torch.sigmoid}
PLAIN = {"log softmax": lambda x: x.log_softmax(1), "no softmax": lambda x: x, "no log": lambda x: x.softmax(1)}


def loss_of(spec, output, labels, cause):
    loss = spec["loss"]
    if cause in PLAIN:
        return F.nll_loss(PLAIN[cause](output), labels)
    output = BEFORE.get(cause, lambda x: x)(output)
    if loss["type"] == "categoricalHinge":
        return F.multi_margin_loss(output, labels, p=loss["power"], margin=loss["margin"])
    sum_of = F.cross_entropy(
        output, labels, reduction="sum", label_smoothing=loss.get("labelSmoothing", 0.0) * (0 if cause == "smoothing" else 1)
    )
    rows = labels.shape[0]
    return sum_of / {"sum": 1, "less one": rows - 1}.get(cause, rows)


CHANGED = {
    "no decay": {"weightDecay": 0.0},
    "beta1": {"beta1": 0.8},
    "beta2": {"beta2": 0.99},
    "epsilon": {"epsilon": 1e-5},
    "rate": {"learningRate": 0.0012},
    "momentum of sgd": {"momentum": 0.8},
    "not nesterov": {"nesterov": False},
}


def repeat(path, cause):
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    spec = json.loads(metadata["spec"])
    net = Net(spec, tensors, cause)
    settings = {**spec["optimizer"], **CHANGED.get(cause, {})}
    kind = {"coupled": "adam", "decoupled": "adamw"}.get(cause, settings["type"])
    settings = {"amsgrad": False, "epsilon": 1e-8, **settings}
    hand = cause in ("inside", "no correction")
    optimizer = HandAdam(net.trained.values(), settings, cause) if hand else OPTIMIZERS[kind](net.trained.values(), settings)
    result = {}
    for step in range(int(metadata["steps"])):
        x = prepared(tensors[f"step/{step}/data/image"], cause)
        labels = labelled(tensors[f"step/{step}/data/label"].long(), cause)
        masks = {n.split("/")[-1]: t.float() for n, t in tensors.items() if n.startswith(f"step/{step}/input/") and "mask" in n}
        loss = loss_of(spec, net(x, masks), labels, cause)
        optimizer.zero_grad()
        loss.backward()
        result[f"step/{step}/loss"] = loss.detach().clone()
        for name, parameter in net.trained.items():
            if cause == "doubled":
                parameter.grad.mul_(2)
            result[f"step/{step}/gradient/{name}"] = parameter.grad.clone()
            if cause == "scaled update":
                parameter.grad.mul_(x.shape[0])
        optimizer.step()
        for name, tensor in net.tensors.items():
            result[f"step/{step}/after/{name}"] = tensor.detach().clone()
        for name, parameter in net.trained.items():
            for ours, theirs in STATES[kind].items():
                own = optimizer.state[parameter].get(theirs)
                if own is not None:
                    result[f"step/{step}/after/{name}/{ours}"] = own.detach().clone()
    written = save({n: t.contiguous() for n, t in result.items()})
    return base64.b64encode(gzip.compress(written, mtime=0)).decode()


torch.set_num_threads(1)
directory = pathlib.Path(sys.argv[1])
cases = json.loads((directory / "cases.json").read_text())
found = {name: repeat(directory / f"{name}.safetensors", cause) for name, cause in cases.items()}
out = pathlib.Path(__file__).parent / "traces.json"
out.write_text(json.dumps({"torch": torch.__version__, "traces": found}, indent=1) + "\n")
