"""Makes optimizers.json: steps of PyTorch's and Keras's optimizers in float64, and of Muon's formula, which both round.

    pip install torch==2.13.0 keras==3.* numpy
    KERAS_BACKEND=torch python optimizers.py > optimizers.json

Each case is twenty steps of one weight with given gradients; steps 1, 2, 10 and 20 are kept. Rules in which only a sign
counts are kept step by step, with the state that each step began with.
"""

import json
import math
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

torch.set_default_dtype(torch.float64)
keras.backend.set_floatx("float64")

STEPS, SHAPE = 20, (3, 4)
KEPT = (1, 2, 10, 20)
START = np.array([0.5, -0.3, 1.2, -2, 0.01, 0, 3, -0.7, 0.25, -1e-3, 8, 0.9]).reshape(SHAPE)
SCALES = np.array([1, 0.1, 10, 1e-3, 2, 0, 1e-9, 50, 0.5, 1, 1e-2, 5])


def gradient(t):
    """Signs change, some elements are now and then exactly 0, the sixth always is, and step 7 has none."""
    values = [
        0 if (t + i) % 5 == 0 or t == 7 else SCALES[i] * (math.sin(0.9 * t * (1 + i % 3) + i) + (1.5 if i == 8 else 0))
        for i in range(12)
    ]
    return np.array(values, dtype=np.float64).reshape(SHAPE)


GRADIENTS = [gradient(t) for t in range(1, STEPS + 1)]


def torch_run(make):
    """Parameters after each step."""
    parameter = torch.nn.Parameter(torch.tensor(START))
    optimizer = make([parameter])
    for g in GRADIENTS:
        parameter.grad = torch.tensor(g)
        optimizer.step()
        yield parameter.detach().numpy().copy()


def keras_run(optimizer):
    variable = keras.Variable(START, dtype="float64")
    optimizer.build([variable])
    for g in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")])
        yield keras.ops.convert_to_numpy(variable).copy()


def orthogonalized(update, norm):
    x = update.T if update.shape[0] > update.shape[1] else update
    x = x / norm(np.sqrt((x * x).sum()))
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x.T if update.shape[0] > update.shape[1] else x


def muon_run(lr=0.001, decay=0.1, momentum=0.95, nesterov=True, scale="original", eps=1e-7):
    """torch.optim.Muon without its bfloat16. The weight is [inputs, outputs] here, PyTorch's the other way round."""
    p, buffer = START.T.copy(), np.zeros(SHAPE[::-1])
    rows, columns = p.shape
    ratio = {"original": math.sqrt(max(1, rows / columns)), "matchRms": 0.2 * math.sqrt(max(rows, columns)), "none": 1}
    for g in (each.T for each in GRADIENTS):
        buffer = buffer + (1 - momentum) * (g - buffer)
        update = g + momentum * (buffer - g) if nesterov else buffer
        x = orthogonalized(update, lambda norm: max(norm, eps))
        p = p * (1 - lr * decay) - lr * ratio[scale] * x
        yield p.T.copy()


def keras_muon_run(learning_rate=0.001, weight_decay=0.004, momentum=0.95, nesterov=True, rms_rate=0.2):
    """keras.optimizers.Muon without its norm in float32, and held against it as far as that goes."""
    p, m = START.copy(), np.zeros(SHAPE)
    options = {"weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov, "rms_rate": rms_rate}
    rounded = keras_run(keras.optimizers.Muon(learning_rate=learning_rate, **options))
    for g, kerass in zip(GRADIENTS, rounded):
        m = momentum * m + g
        x = orthogonalized(g + momentum * m if nesterov else m, lambda norm: norm + 1e-7)
        scale = 1 if rms_rate is None else rms_rate * math.sqrt(max(p.shape))
        p = p - p * weight_decay * learning_rate - learning_rate * scale * x
        assert np.abs(p - kerass).max() < 1e-7
        yield p.copy()


def flat(array):
    return [float(value) for value in np.asarray(array).reshape(-1)]


def kept(run):
    return {str(t): flat(p) for t, p in enumerate(run, 1) if t in KEPT}


T, K = torch.optim, keras.optimizers


def case(settings, run):
    return {"settings": settings, "parameters": kept(run)}


def of_torch(settings, kind, **options):
    return case(settings, torch_run(lambda parameters: kind(parameters, **options)))


def of_keras(settings, kind, **options):
    return case({**settings, "formulation": "keras"}, keras_run(kind(**options)))


CASES = [
    of_torch({"type": "sgd", "learningRate": 0.05, "weightDecay": 0.4}, T.SGD, lr=0.05, weight_decay=0.4),
    of_torch(
        {"type": "sgd", "momentum": 0.8, "dampening": 0.3, "weightDecay": 0.1},
        T.SGD, momentum=0.8, dampening=0.3, weight_decay=0.1,
    ),
    of_torch(
        {"type": "sgd", "learningRate": 0.02, "momentum": 0.9, "nesterov": True},
        T.SGD, lr=0.02, momentum=0.9, nesterov=True,
    ),
    of_torch({"type": "adam"}, T.Adam),
    of_torch({"type": "adam", "weightDecay": 0.3}, T.Adam, weight_decay=0.3),
    of_torch({"type": "adam", "amsgrad": True, "beta2": 0.5}, T.Adam, amsgrad=True, betas=(0.9, 0.5)),
    of_torch({"type": "adamw"}, T.AdamW),
    of_torch(
        {"type": "adamw", "learningRate": 0.1, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "weightDecay": 0.3},
        T.AdamW, lr=0.1, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.3,
    ),
    of_torch({"type": "adamw", "amsgrad": True, "beta2": 0.5}, T.AdamW, amsgrad=True, betas=(0.9, 0.5)),
    of_torch({"type": "nadam"}, T.NAdam),
    of_torch(
        {"type": "nadam", "weightDecay": 0.2, "momentumDecay": 0.1, "beta1": 0.8},
        T.NAdam, weight_decay=0.2, momentum_decay=0.1, betas=(0.8, 0.999),
    ),
    of_torch(
        {"type": "nadam", "weightDecay": 0.2, "decoupled": True}, T.NAdam, weight_decay=0.2, decoupled_weight_decay=True
    ),
    of_torch({"type": "radam"}, T.RAdam),
    of_torch({"type": "radam", "beta2": 0.9, "weightDecay": 0.2}, T.RAdam, betas=(0.9, 0.9), weight_decay=0.2),
    of_torch(
        {"type": "radam", "beta2": 0.5, "weightDecay": 0.2, "decoupled": True, "learningRate": 0.05},
        T.RAdam, betas=(0.9, 0.5), weight_decay=0.2, decoupled_weight_decay=True, lr=0.05,
    ),
    of_torch({"type": "adamax"}, T.Adamax),
    of_torch(
        {"type": "adamax", "learningRate": 0.05, "beta2": 0.7, "epsilon": 1e-3, "weightDecay": 0.2},
        T.Adamax, lr=0.05, betas=(0.9, 0.7), eps=1e-3, weight_decay=0.2,
    ),
    of_torch(
        {"type": "adadelta", "learningRate": 3, "rho": 0.5, "epsilon": 1e-3, "weightDecay": 0.1},
        T.Adadelta, lr=3, rho=0.5, eps=1e-3, weight_decay=0.1,
    ),
    of_torch(
        {"type": "adagrad", "learningRate": 0.5, "learningRateDecay": 0.2, "initialAccumulator": 0.1, "weightDecay": 0.05},
        T.Adagrad, lr=0.5, lr_decay=0.2, initial_accumulator_value=0.1, weight_decay=0.05,
    ),
    of_torch({"type": "rmsprop", "momentum": 0.9, "weightDecay": 0.1}, T.RMSprop, momentum=0.9, weight_decay=0.1),
    of_torch(
        {"type": "rmsprop", "learningRate": 0.1, "alpha": 0.8, "epsilon": 1e-3, "centered": True, "momentum": 0.5},
        T.RMSprop, lr=0.1, alpha=0.8, eps=1e-3, centered=True, momentum=0.5,
    ),
    of_torch(
        {"type": "asgd", "learningRate": 0.1, "lambda": 0.3, "alpha": 0.5, "t0": 4, "weightDecay": 0.2},
        T.ASGD, lr=0.1, lambd=0.3, alpha=0.5, t0=4, weight_decay=0.2,
    ),
    of_keras({"type": "sgd"}, K.SGD),
    of_keras({"type": "sgd", "momentum": 0.9, "weightDecay": 0.1}, K.SGD, momentum=0.9, weight_decay=0.1),
    of_keras(
        {"type": "sgd", "momentum": 0.9, "nesterov": True, "learningRate": 0.03},
        K.SGD, momentum=0.9, nesterov=True, learning_rate=0.03,
    ),
    of_keras({"type": "adam"}, K.Adam),
    of_keras(
        {"type": "adam", "weightDecay": 0.2, "learningRate": 0.05, "amsgrad": True, "beta2": 0.6},
        K.Adam, weight_decay=0.2, learning_rate=0.05, amsgrad=True, beta_2=0.6,
    ),
    of_keras({"type": "adamw"}, K.AdamW),
    of_keras({"type": "adamw", "amsgrad": True, "weightDecay": 0.1}, K.AdamW, amsgrad=True, weight_decay=0.1),
    of_keras({"type": "nadam"}, K.Nadam),
    of_keras(
        {"type": "nadam", "learningRate": 0.05, "beta1": 0.7, "weightDecay": 0.1},
        K.Nadam, learning_rate=0.05, beta_1=0.7, weight_decay=0.1,
    ),
    of_keras({"type": "adamax"}, K.Adamax),
    of_keras(
        {"type": "adamax", "beta2": 0.7, "epsilon": 1e-3, "weightDecay": 0.1},
        K.Adamax, beta_2=0.7, epsilon=1e-3, weight_decay=0.1,
    ),
    of_keras({"type": "adagrad"}, K.Adagrad),
    of_keras(
        {"type": "adagrad", "initialAccumulator": 0.5, "weightDecay": 0.2, "learningRate": 0.1},
        K.Adagrad, initial_accumulator_value=0.5, weight_decay=0.2, learning_rate=0.1,
    ),
    of_keras({"type": "adadelta"}, K.Adadelta),
    of_keras(
        {"type": "adadelta", "learningRate": 0.5, "rho": 0.7, "weightDecay": 0.2},
        K.Adadelta, learning_rate=0.5, rho=0.7, weight_decay=0.2,
    ),
    of_keras({"type": "rmsprop"}, K.RMSprop),
    of_keras(
        {"type": "rmsprop", "momentum": 0.8, "weightDecay": 0.2, "learningRate": 0.02},
        K.RMSprop, momentum=0.8, weight_decay=0.2, learning_rate=0.02,
    ),
    of_keras(
        {"type": "rmsprop", "centered": True, "momentum": 0.5, "epsilon": 1e-3},
        K.RMSprop, centered=True, momentum=0.5, epsilon=1e-3,
    ),
    case({"type": "muon", "formulation": "keras"}, keras_muon_run()),
    case(
        {"type": "muon", "formulation": "keras", "scale": "none", "nesterov": False, "momentum": 0.8, "learningRate": 0.02},
        keras_muon_run(rms_rate=None, nesterov=False, momentum=0.8, learning_rate=0.02),
    ),
    case({"type": "muon"}, muon_run()),
    case(
        {"type": "muon", "scale": "matchRms", "nesterov": False, "learningRate": 0.02, "weightDecay": 0.3},
        muon_run(scale="matchRms", nesterov=False, lr=0.02, decay=0.3),
    ),
]


def torch_steps(settings, make, names):
    """Each step from the state before it; the first has none."""
    parameter = torch.nn.Parameter(torch.tensor(START))
    optimizer = make([parameter])
    steps = []
    for g in GRADIENTS:
        state = {ours: flat(optimizer.state[parameter][theirs]) for ours, theirs in names.items() if optimizer.state[parameter]}
        before = flat(parameter.detach())
        parameter.grad = torch.tensor(g)
        optimizer.step()
        steps.append({"parameter": before, "state": state, "after": flat(parameter.detach())})
    return {"settings": settings, "steps": steps}


def keras_steps(settings, optimizer, names):
    variable = keras.Variable(START, dtype="float64")
    optimizer.build([variable])
    steps = []
    for g in GRADIENTS:
        state = {ours: flat(keras.ops.convert_to_numpy(getattr(optimizer, theirs)[0])) for ours, theirs in names.items()}
        before = flat(keras.ops.convert_to_numpy(variable))
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype="float64")])
        steps.append({"parameter": before, "state": state, "after": flat(keras.ops.convert_to_numpy(variable))})
    return {"settings": settings, "steps": steps}


BY_STEP = [
    torch_steps({"type": "rprop"}, lambda p: T.Rprop(p, foreach=False), {"previous": "prev", "step": "step_size"}),
    keras_steps({"type": "lion"}, K.Lion(), {"m": "_momentums"}),
    keras_steps(
        {"type": "lion", "learningRate": 0.02, "beta1": 0.7, "beta2": 0.8, "weightDecay": 0.3},
        K.Lion(learning_rate=0.02, beta_1=0.7, beta_2=0.8, weight_decay=0.3),
        {"m": "_momentums"},
    ),
]

print(
    json.dumps(
        {
            "made": f"torch {torch.__version__.split('+')[0]}, keras {keras.__version__}, numpy {np.__version__}",
            "start": flat(START),
            "gradients": [flat(g) for g in GRADIENTS],
            "cases": CASES,
            "bySteps": BY_STEP,
        }
    )
)
