"""Makes optimizers-training.json: what every optimizer of PyTorch and Keras trains in a hundred steps, in float64.

    node control-given.mjs                       (data, initial weights, rows of each step)
    pip install torch==2.13.0 keras==3.* numpy
    KERAS_BACKEND=torch python optimizers_training.py > optimizers-training.json

The training is the one of ../control-plan.ts: 45 rows in batches of ten, twenty epochs of five steps, mean squared error.
"""

import json
import math
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import torch  # noqa: E402
from torch.optim import swa_utils  # noqa: E402

torch.set_default_dtype(torch.float64)
keras.backend.set_floatx("float64")
GIVEN = json.loads((Path(__file__).parent / "control-given.json").read_text())
X = torch.tensor(GIVEN["x"]).reshape(-1, 3)
Y = torch.tensor(GIVEN["y"]).reshape(-1, 1)
NAMES = list(GIVEN["weights"])


def start():
    return [torch.tensor(one["values"]).reshape(one["shape"]) for one in GIVEN["weights"].values()]


def loss_of(weights, rows):
    w1, b1, w2, b2 = weights
    return torch.nn.functional.mse_loss(torch.tanh(X[rows] @ w1 + b1) @ w2 + b2, Y[rows])


def finals(weights):
    return {name: value.detach().flatten().tolist() for name, value in zip(NAMES, weights)}


def torch_run(make):
    weights = [torch.nn.Parameter(value) for value in start()]
    optimizers = make(weights)
    for rows in GIVEN["rows"]:
        for weight in weights:
            weight.grad = None
        loss_of(weights, rows).backward()
        for optimizer in optimizers if isinstance(optimizers, list) else [optimizers]:
            optimizer.step()
    return finals(weights)


def keras_run(optimizer):
    variables = [keras.Variable(value.numpy(), dtype="float64") for value in start()]
    optimizer.build(variables)
    for rows in GIVEN["rows"]:
        weights = [torch.tensor(keras.ops.convert_to_numpy(v), requires_grad=True) for v in variables]
        optimizer.apply(list(torch.autograd.grad(loss_of(weights, rows), weights)))
    return finals([keras.ops.convert_to_tensor(v) for v in variables])


class Muon(torch.optim.Optimizer):
    """torch.optim.Muon without its bfloat16, for weights [inputs, outputs]."""

    def __init__(self, parameters, lr, momentum=0.95, decay=0.1):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state.setdefault("m", torch.zeros_like(p))
                m.lerp_(p.grad, 1 - group["momentum"])
                x = p.grad.lerp(m, group["momentum"]).T
                x = x / x.norm().clamp(min=1e-7)
                for _ in range(5):
                    gram = x @ x.T
                    x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
                rows, columns = x.shape
                p.mul_(1 - group["lr"] * group["decay"])
                p.sub_(group["lr"] * math.sqrt(max(1, rows / columns)) * x.T)


def muon(weights):
    matrices, others = [w for w in weights if w.ndim == 2], [w for w in weights if w.ndim != 2]
    return [Muon(matrices, lr=0.01), torch.optim.AdamW(others, lr=0.01)]


def averaged(**options):
    weights = [torch.nn.Parameter(value) for value in start()]
    module = torch.nn.ParameterList(weights)
    average = swa_utils.AveragedModel(module, **options)
    optimizer = torch.optim.Adam(weights, lr=0.02)
    for rows in GIVEN["rows"]:
        optimizer.zero_grad()
        loss_of(weights, rows).backward()
        optimizer.step()
        average.update_parameters(module)
    return finals(list(average.module))


T, K = torch.optim, keras.optimizers


def of_torch(settings, kind, **options):
    return {"optimizer": settings, "weights": torch_run(lambda weights: kind(weights, **options))}


def of_keras(settings, kind, **options):
    return {"optimizer": {**settings, "formulation": "keras"}, "weights": keras_run(kind(**options))}


print(
    json.dumps(
        {
            "made": f"torch {torch.__version__.split('+')[0]}, keras {keras.__version__}",
            "optimizers": [
                of_torch(
                    {"type": "sgd", "learningRate": 0.1, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01},
                    T.SGD, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01,
                ),
                of_torch({"type": "adam", "learningRate": 0.02, "amsgrad": True}, T.Adam, lr=0.02, amsgrad=True),
                of_torch({"type": "adamw", "learningRate": 0.02}, T.AdamW, lr=0.02),
                of_torch({"type": "nadam", "learningRate": 0.02}, T.NAdam, lr=0.02),
                of_torch({"type": "radam", "learningRate": 0.02}, T.RAdam, lr=0.02),
                of_torch({"type": "adamax", "learningRate": 0.02}, T.Adamax, lr=0.02),
                of_torch({"type": "adagrad", "learningRate": 0.05}, T.Adagrad, lr=0.05),
                of_torch({"type": "adadelta"}, T.Adadelta),
                of_torch(
                    {"type": "rmsprop", "centered": True, "momentum": 0.5}, T.RMSprop, centered=True, momentum=0.5
                ),
                of_torch({"type": "rprop"}, T.Rprop),
                of_torch({"type": "asgd", "learningRate": 0.1, "t0": 20}, T.ASGD, lr=0.1, t0=20),
                {"optimizer": {"type": "muon", "learningRate": 0.01}, "weights": torch_run(muon)},
                of_keras({"type": "sgd", "momentum": 0.9}, K.SGD, momentum=0.9),
                of_keras(
                    {"type": "adam", "learningRate": 0.02, "weightDecay": 0.1},
                    K.Adam, learning_rate=0.02, weight_decay=0.1,
                ),
                of_keras({"type": "adamw", "learningRate": 0.02}, K.AdamW, learning_rate=0.02),
                of_keras({"type": "nadam", "learningRate": 0.02}, K.Nadam, learning_rate=0.02),
                of_keras({"type": "adamax", "learningRate": 0.02}, K.Adamax, learning_rate=0.02),
                of_keras({"type": "adagrad", "learningRate": 0.05}, K.Adagrad, learning_rate=0.05),
                of_keras({"type": "adadelta", "learningRate": 1}, K.Adadelta, learning_rate=1.0),
                of_keras(
                    {"type": "rmsprop", "learningRate": 0.01, "centered": True, "momentum": 0.5},
                    K.RMSprop, learning_rate=0.01, centered=True, momentum=0.5,
                ),
                {"optimizer": {"type": "lion"}, "weights": keras_run(K.Lion())},
            ],
            "averages": [
                {"averaging": {"type": "ema", "decay": 0.95}, "weights": averaged(multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.95))},
                {"averaging": {"type": "mean"}, "weights": averaged()},
            ],
        }
    )
)
