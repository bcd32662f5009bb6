"""Makes optimizer-ends.json: PyTorch's optimizers in float32 with their rates at both ends.

    pip install torch==2.13.0 numpy
    python optimizer_ends.py > optimizer-ends.json

Twelve weights take eight steps each, of which three are kept. Gradients of 1, 1000 and 0.001 are followed by ones of a ten thousandth to a
millionth of them, which is where an average that is written the wrong way round loses its digits. Kept are the change of
each weight and the state after the step.
"""

import json

import numpy as np
import torch

SHAPE = (3, 4)
KEPT = (2, 4, 7)
START = np.zeros(SHAPE, dtype=np.float32)
LARGE = np.array([1, 1e3, 1e-3, -1, 2, -3e3, 5, 0.7, 1e2, -1e-2, 40, -6], dtype=np.float32)
FACTORS = [1, -2, 1e-4, 3e-5, 1e-6, -1e-5, 1e-4, 1]
GRADIENTS = [(LARGE * np.float32(factor)).reshape(SHAPE) for factor in FACTORS]

STATES = {
    "exp_avg": "m",
    "exp_avg_sq": "v",
    "exp_inf": "u",
    "square_avg": "squareAverage",
    "acc_delta": "deltaAverage",
    "grad_avg": "average",
}


def flat(values):
    return [float(value) for value in np.asarray(values).reshape(-1)]


def of(settings, kind, **options):
    parameter = torch.nn.Parameter(torch.tensor(START))
    optimizer = kind([parameter], foreach=False, **options)
    steps = {}
    for t, g in enumerate(GRADIENTS, 1):
        before = parameter.detach().clone()
        parameter.grad = torch.tensor(g)
        optimizer.step()
        state = optimizer.state[parameter]
        kept = {ours: flat(state[name]) for name, ours in STATES.items() if name in state}
        if t in KEPT:
            steps[str(t)] = {"change": flat(parameter.detach() - before), "state": kept}
    return {"settings": settings, "steps": steps}


T = torch.optim
near = [0.0, 1e-6, 0.3]
CASES = [
    *(of({"type": "adam", "learningRate": 0.01, "beta1": 0, "beta2": b}, T.Adam, lr=0.01, betas=(0.0, b)) for b in near),
    *(of({"type": "adam", "learningRate": 0.01, "beta1": b, "beta2": 0}, T.Adam, lr=0.01, betas=(b, 0.0)) for b in near),
    of({"type": "adamw", "learningRate": 0.01, "beta1": 0, "beta2": 0, "weightDecay": 0}, T.AdamW, lr=0.01, betas=(0.0, 0.0), weight_decay=0),
    *(of({"type": "adamax", "learningRate": 0.01, "beta1": b, "beta2": 0}, T.Adamax, lr=0.01, betas=(b, 0.0)) for b in near),
    of({"type": "nadam", "learningRate": 0.01, "beta1": 0, "beta2": 0}, T.NAdam, lr=0.01, betas=(0.0, 0.0)),
    of({"type": "radam", "learningRate": 0.01, "beta1": 0, "beta2": 0}, T.RAdam, lr=0.01, betas=(0.0, 0.0)),
    *(of({"type": "rmsprop", "learningRate": 0.01, "alpha": a}, T.RMSprop, lr=0.01, alpha=a) for a in (*near, 1.0)),
    of({"type": "rmsprop", "learningRate": 0.01, "alpha": 1e-6, "momentum": 0.5}, T.RMSprop, lr=0.01, alpha=1e-6, momentum=0.5),
    *(of({"type": "adadelta", "rho": r}, T.Adadelta, rho=r) for r in (*near, 1.0)),
    of({"type": "sgd", "learningRate": 0.01, "momentum": 0.5, "dampening": 1}, T.SGD, lr=0.01, momentum=0.5, dampening=1),
]


def batch_norm(momentum):
    """Running statistics of one feature after batches that shrink, in float32."""
    layer = torch.nn.BatchNorm1d(1, momentum=momentum)
    kept = []
    for factor in (1e3, 1, 1e-3):
        layer(torch.tensor([[1.0], [2.0], [4.0], [-3.0]]) * factor)
        kept.append([float(layer.running_mean[0]), float(layer.running_var[0])])
    return {"momentum": momentum, "running": kept}


NORMS = [batch_norm(momentum) for momentum in (0, 1e-6, 0.1, 0.5, 0.7, 0.9, 1)]
print(json.dumps({"made": f"torch {torch.__version__}", "gradients": [flat(g) for g in GRADIENTS], "cases": CASES, "batchNorm": NORMS}))
