"""Makes control.json: learning rates of PyTorch's schedulers and what PyTorch trains with them, with parameter groups and
with accumulated gradients, in float64.

    node control-given.mjs                       (data, initial weights, rows of each step)
    pip install torch==2.13.0
    python control.py > control.json

The training is the one of ../control-plan.ts: 45 rows in batches of ten, twenty epochs of five steps.
"""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler as S

torch.set_default_dtype(torch.float64)
GIVEN = json.loads((Path(__file__).parent / "control-given.json").read_text())
X = torch.tensor(GIVEN["x"]).reshape(-1, 3)
Y = torch.tensor(GIVEN["y"]).reshape(-1, 1)
PER_EPOCH, EPOCHS = 5, 20


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        values = {
            name: torch.tensor(given["values"]).reshape(given["shape"]) for name, given in GIVEN["weights"].items()
        }
        self.names = list(values)
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(value) for value in values.values()])

    def named(self):
        return dict(zip(self.names, self.weights))

    def forward(self, x):
        w1, b1, w2, b2 = self.weights
        return torch.tanh(x @ w1 + b1) @ w2 + b2


OPTIMIZERS = {
    "sgd": ({"type": "sgd", "learningRate": 0.1, "momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    "adam": ({"type": "adam", "learningRate": 0.02}, lambda p: torch.optim.Adam(p, lr=0.02, foreach=False)),
    "adamw": (
        {"type": "adamw", "learningRate": 0.02, "weightDecay": 0.1},
        lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1, foreach=False),
    ),
    "rmsprop": (
        {"type": "rmsprop", "learningRate": 0.01},
        lambda p: torch.optim.RMSprop(p, lr=0.01, foreach=False),
    ),
}
NADAM = [
    (
        {"type": "nadam", "learningRate": 0.02, "weightDecay": 0.05, "decoupled": True},
        lambda p: torch.optim.NAdam(p, lr=0.02, weight_decay=0.05, decoupled_weight_decay=True, foreach=False),
    ),
    # Keras's is PyTorch's with momentum_decay 1, which is decoupled and has another epsilon.
    (
        {"type": "nadam", "formulation": "keras", "learningRate": 0.02, "weightDecay": 0.05},
        lambda p: torch.optim.NAdam(
            p, lr=0.02, eps=1e-7, weight_decay=0.05, momentum_decay=1, decoupled_weight_decay=True, foreach=False
        ),
    ),
]


def finals(network):
    return {name: value.detach().flatten().tolist() for name, value in network.named().items()}


def train(optimizer, network, scheduler=None, by="step", accumulate=1, epochs=EPOCHS, clip=None):
    """The rates of all updates, and the weights at the end. Batches left at an epoch's end make an update of their own."""
    rates = []
    for epoch in range(epochs):
        total = 0.0
        for first in range(0, PER_EPOCH, accumulate):
            parts = [GIVEN["rows"][epoch * PER_EPOCH + i] for i in range(first, min(first + accumulate, PER_EPOCH))]
            count = sum(len(rows) for rows in parts)
            optimizer.zero_grad()
            for rows in parts:
                loss = torch.nn.functional.mse_loss(network(X[rows]), Y[rows])
                (loss * (len(rows) / count)).backward()
                total += loss.item() * len(rows)
            if clip is not None:
                torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if scheduler is not None and by == "step":
                scheduler.step()
        if by == "epoch":
            scheduler.step()
        if by == "plateau":
            scheduler.step(total / len(X))
    return rates, finals(network)


def warm(optimizer, steps, start, rest):
    return S.SequentialLR(optimizer, [S.LinearLR(optimizer, start_factor=start, total_iters=steps), rest], [steps])


def plateau(**settings):
    return lambda o: S.ReduceLROnPlateau(o, **settings)


SCHEDULES = [
    ("epoch", {"type": "constant", "factor": 0.25, "length": 4}, lambda o: S.ConstantLR(o, factor=0.25, total_iters=4)),
    ("epoch", {"type": "step", "every": 6, "gamma": 0.3}, lambda o: S.StepLR(o, 6, gamma=0.3)),
    ("epoch", {"type": "multiStep", "milestones": [3, 11, 12], "gamma": 0.4}, lambda o: S.MultiStepLR(o, [3, 11, 12], 0.4)),
    ("step", {"type": "exponential", "gamma": 0.98, "by": "step"}, lambda o: S.ExponentialLR(o, 0.98)),
    ("step", {"type": "cosine"}, lambda o: S.CosineAnnealingLR(o, 100)),
    ("epoch", {"type": "cosine", "by": "epoch", "minimum": 0.003}, lambda o: S.CosineAnnealingLR(o, 20, eta_min=0.003)),
    ("step", {"type": "cosine", "length": 30, "minimum": 0.001}, lambda o: S.CosineAnnealingLR(o, 30, eta_min=0.001)),
    ("step", {"type": "cosineRestarts", "length": 30}, lambda o: S.CosineAnnealingWarmRestarts(o, 30)),
    (
        "step",
        {"type": "cosineRestarts", "length": 10, "multiply": 2, "minimum": 0.002},
        lambda o: S.CosineAnnealingWarmRestarts(o, 10, T_mult=2, eta_min=0.002),
    ),
    ("epoch", {"type": "linear", "length": 5}, lambda o: S.LinearLR(o)),
    (
        "step",
        {"type": "linear", "by": "step", "from": 1, "to": 0.1, "length": 80},
        lambda o: S.LinearLR(o, start_factor=1, end_factor=0.1, total_iters=80),
    ),
    ("step", {"type": "polynomial", "power": 2}, lambda o: S.PolynomialLR(o, total_iters=100, power=2)),
    ("epoch", {"type": "polynomial", "by": "epoch", "length": 8}, lambda o: S.PolynomialLR(o, total_iters=8)),
    (
        "step",
        {"type": "oneCycle"},
        lambda o: S.OneCycleLR(o, o.param_groups[0]["lr"], total_steps=100, cycle_momentum=False),
    ),
    (
        "step",
        {"type": "oneCycle", "threePhase": True, "anneal": "linear", "divideBy": 10, "finalDivideBy": 100, "riseShare": 0.4},
        lambda o: S.OneCycleLR(
            o,
            o.param_groups[0]["lr"],
            total_steps=100,
            pct_start=0.4,
            anneal_strategy="linear",
            cycle_momentum=False,
            div_factor=10,
            final_div_factor=100,
            three_phase=True,
        ),
    ),
    (
        "epoch",
        {"type": "piecewise", "boundaries": [5, 9], "factors": [1, 2, 0.1]},
        lambda o: S.LambdaLR(o, lambda at: 1 if at < 5 else 2 if at < 9 else 0.1),
    ),
    (
        "step",
        {"type": "constant", "warmup": {"steps": 12}},
        lambda o: S.LambdaLR(o, lambda at: min(1, at / 12)),
    ),
    (
        "step",
        {"type": "cosine", "warmup": {"epochs": 2, "from": 0.1}},
        lambda o: warm(o, 10, 0.1, S.CosineAnnealingLR(o, 90)),
    ),
    ("plateau", {"type": "plateau", "patience": 1, "factor": 0.5}, plateau(patience=1, factor=0.5)),
    (
        "plateau",
        {"type": "plateau", "patience": 0, "factor": 0.5, "threshold": 0.05, "cooldown": 2, "minimum": 0.004},
        plateau(patience=0, factor=0.5, threshold=0.05, cooldown=2, min_lr=0.004),
    ),
    (
        "plateau",
        {"type": "plateau", "patience": 1, "threshold": 0.003, "thresholdMode": "absolute", "minimum": 1e-5},
        plateau(patience=1, threshold=0.003, threshold_mode="abs", min_lr=1e-5),
    ),
]


def scheduled(by, schedule, make, settings, optimizer_of):
    network = Network()
    optimizer = optimizer_of(network.parameters())
    scheduler = make(optimizer)
    rates, weights = train(optimizer, network, scheduler, by)
    return {"schedule": schedule, "optimizer": settings, "rates": rates, "weights": weights}


def grouped(groups, settings, make, frozen=()):
    network = Network()
    for name, value in network.named().items():
        value.requires_grad_(name not in frozen)
    _, weights = train(make(network.named()), network, epochs=4)
    return {"groups": groups, "optimizer": settings, "weights": weights}


def decay_without_biases(named):
    biases = [value for name, value in named.items() if name.endswith(".bias")]
    others = [value for name, value in named.items() if not name.endswith(".bias")]
    groups = [{"params": others}, {"params": biases, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=0.02, weight_decay=0.1, foreach=False)


def rates_by_layer(named):
    groups = [
        {"params": [named["dense1.weight"]], "lr": 0.01},
        {"params": [named["dense1.bias"]], "lr": 0.01, "momentum": 0, "weight_decay": 0},
        {"params": [named["dense2.bias"]], "momentum": 0, "weight_decay": 0},
        {"params": [named["dense2.weight"]]},
    ]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, weight_decay=0.01)


def without_first_layer(named):
    return torch.optim.Adam([value for value in named.values() if value.requires_grad], lr=0.02, foreach=False)


def accumulated(accumulate, settings, make, clip=None):
    network = Network()
    _, weights = train(make(network.parameters()), network, accumulate=accumulate, clip=clip)
    more = {} if clip is None else {"clipping": {"type": "norm", "maxNorm": clip}}
    return {"accumulate": accumulate, "optimizer": settings, "more": more, "weights": weights}


ADAMW = {"type": "adamw", "learningRate": 0.02, "weightDecay": 0.1}
SGD = {"type": "sgd", "learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.01}
ADAM = {"type": "adam", "learningRate": 0.02}

print(
    json.dumps(
        {
            "made": f"torch {torch.__version__.split('+')[0]}",
            "schedules": [
                scheduled(*case, *OPTIMIZERS[list(OPTIMIZERS)[i % 4] if i % 5 else "adamw"])
                for i, case in enumerate(SCHEDULES)
            ]
            + [scheduled(*SCHEDULES[i], *optimizer) for i, optimizer in zip((4, 18), NADAM)],
            "groups": [
                grouped([{"match": "*.bias", "optimizer": {"weightDecay": 0}}], ADAMW, decay_without_biases),
                grouped(
                    [
                        {"match": "dense1", "learningRate": 0.01},
                        {"match": "*.bias", "optimizer": {"weightDecay": 0, "momentum": 0}},
                    ],
                    SGD,
                    rates_by_layer,
                ),
                grouped(
                    [{"match": "dense1", "frozen": True}],
                    ADAM,
                    without_first_layer,
                    frozen=("dense1.weight", "dense1.bias"),
                ),
            ],
            "accumulation": [
                accumulated(5, *OPTIMIZERS["adam"]),
                accumulated(2, *OPTIMIZERS["sgd"]),
                accumulated(4, *OPTIMIZERS["adamw"], clip=0.05),
            ],
        }
    )
)
