"""Makes losses.json: values and gradients of losses, and finals of 100 steps, by PyTorch and Keras in float64.

    KERAS_BACKEND=torch python losses.py        (torch 2.13.0, keras 3; the order of rows is isograd's own, asked of Node)

The network has 4 inputs, 5 tanh units and 3 outputs; its weights are [inputs, outputs], as isograd has them. Steps are those of
torch.optim.SGD with a learning rate of 0.1 and a momentum of 0.9, whatever the loss.
"""
import json
import os
import subprocess
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
import torch
import torch.nn.functional as F
from keras.src.backend.common import dtypes

torch.set_default_dtype(torch.float64)
keras.config.set_floatx("float64")

# Keras takes means of float64 in float32, since its common type of the two is float32.
common_type = dtypes.result_type
dtypes.result_type = lambda *types: "float64" if "float64" in str(types) else common_type(*types)
HERE = Path(__file__).parent
ROWS, BATCH, STEPS = 20, 4, 100
random = np.random.default_rng(12)


def tensor(values):
    return torch.tensor(np.asarray(values))


def draw_targets(rows, width):
    shares = random.dirichlet(np.ones(width), rows)
    shares[0] = np.eye(width)[0]
    return {
        "category": np.concatenate([np.arange(width), random.integers(0, width, rows - width)]),
        "flags": random.integers(0, 2, (rows, width)),
        "numbers": random.normal(0, 1.5, (rows, width)),
        "distribution": shares,
    }


# --- losses: each gives the loss of every row, [rows] ------------------------------------------------------------------

none = {"reduction": "none"}


def rows_of(each):
    return each.mean(1)


def keras_rows(name, **settings):
    return lambda z, y: getattr(keras.losses, name)(reduction=None, dtype="float64", **settings)(y, z)


def one_hot(y, z):
    return F.one_hot(y, z.shape[1]).to(z.dtype)


def kl_keras(z, y):
    return keras.losses.KLDivergence(reduction=None, dtype="float64")(y, F.softmax(z, 1))


# (settings of isograd, type of the target, who defines it, its function of outputs and targets)
losses = [
    ({"type": "softmaxCrossEntropy"}, "category", "torch", lambda z, y: F.cross_entropy(z, y, **none)),
    ({"type": "softmaxCrossEntropy", "labelSmoothing": 0.1}, "category", "torch",
     lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1, **none)),
    ({"type": "softmaxCrossEntropy", "labelSmoothing": 0.1}, "category", "keras",
     lambda z, y: keras_rows("CategoricalCrossentropy", from_logits=True, label_smoothing=0.1)(z, one_hot(y, z))),
    ({"type": "softmaxCrossEntropy"}, "distribution", "torch", lambda z, y: F.cross_entropy(z, y, **none)),
    ({"type": "softmaxCrossEntropy", "labelSmoothing": 0.25}, "distribution", "torch",
     lambda z, y: F.cross_entropy(z, y, label_smoothing=0.25, **none)),
    ({"type": "binaryCrossEntropy"}, "flags", "torch",
     lambda z, y: rows_of(F.binary_cross_entropy_with_logits(z, y, **none))),
    ({"type": "binaryCrossEntropy", "labelSmoothing": 0.2}, "flags", "keras",
     keras_rows("BinaryCrossentropy", from_logits=True, label_smoothing=0.2)),
    ({"type": "meanSquaredError"}, "numbers", "torch", lambda z, y: rows_of(F.mse_loss(z, y, **none))),
    ({"type": "meanAbsoluteError"}, "numbers", "torch", lambda z, y: rows_of(F.l1_loss(z, y, **none))),
    ({"type": "huber", "delta": 0.7}, "numbers", "torch", lambda z, y: rows_of(F.huber_loss(z, y, delta=0.7, **none))),
    ({"type": "huber", "delta": 0.7}, "numbers", "keras", keras_rows("Huber", delta=0.7)),
    ({"type": "smoothL1", "beta": 0.7}, "numbers", "torch",
     lambda z, y: rows_of(F.smooth_l1_loss(z, y, beta=0.7, **none))),
    ({"type": "logCosh"}, "numbers", "keras", keras_rows("LogCosh")),
    ({"type": "hinge"}, "flags", "keras", keras_rows("Hinge")),
    ({"type": "squaredHinge"}, "flags", "keras", keras_rows("SquaredHinge")),
    ({"type": "categoricalHinge"}, "category", "torch", lambda z, y: F.multi_margin_loss(z, y, **none)),
    ({"type": "categoricalHinge", "margin": 0.5, "power": 2}, "category", "torch",
     lambda z, y: F.multi_margin_loss(z, y, p=2, margin=0.5, **none)),
    ({"type": "categoricalHinge", "formulation": "keras"}, "category", "keras",
     lambda z, y: keras_rows("CategoricalHinge")(z, one_hot(y, z))),
    ({"type": "klDivergence"}, "distribution", "torch",
     lambda z, y: F.kl_div(F.log_softmax(z, 1), y, **none).sum(1)),
    ({"type": "klDivergence", "formulation": "keras"}, "distribution", "keras", kl_keras),
]

# --- weights -------------------------------------------------------------------------------------------------------------


def over_weights(losses_of_rows, weights):
    return (losses_of_rows * weights).sum() / weights.sum()


def over_rows(losses_of_rows, weights):
    return (losses_of_rows * weights).mean()


CLASSES = [0.5, 2.0, 1.25]
PLAIN = {"type": "softmaxCrossEntropy"}
SMOOTH = {"type": "softmaxCrossEntropy", "labelSmoothing": 0.1}
KERAS_SMOOTH = {**SMOOTH, "formulation": "keras"}


def by_class(y):
    return tensor(CLASSES)[y]


def keras_smooth(z, y):
    return keras_rows("CategoricalCrossentropy", from_logits=True, label_smoothing=0.1)(z, one_hot(y, z))


def by_keras(loss, weights_of):
    """The loss as Keras's own class reduces it."""
    return lambda z, y, w: loss(one_hot(y, z), z, sample_weight=weights_of(y, w))


def entropy(**settings):
    return keras.losses.CategoricalCrossentropy(from_logits=True, dtype="float64", **settings)


# (fields of the experiment, type of the target, who, the loss of a batch of outputs, targets and sample weights)
weighted = [
    ({"loss": PLAIN, "classWeights": CLASSES}, "category", "torch",
     lambda z, y, w: F.cross_entropy(z, y, weight=tensor(CLASSES))),
    ({"loss": SMOOTH, "classWeights": CLASSES}, "category", "torch",
     lambda z, y, w: F.cross_entropy(z, y, weight=tensor(CLASSES), label_smoothing=0.1)),
    ({"loss": KERAS_SMOOTH, "classWeights": CLASSES, "weightedMean": "rows"}, "category", "keras",
     by_keras(entropy(label_smoothing=0.1), lambda y, w: by_class(y))),
    ({"loss": PLAIN, "samples": True}, "category", "torch",
     lambda z, y, w: over_weights(F.cross_entropy(z, y, **none), w)),
    ({"loss": PLAIN, "samples": True, "weightedMean": "rows"}, "category", "keras",
     by_keras(entropy(), lambda y, w: w)),
    ({"loss": PLAIN, "samples": True, "classWeights": CLASSES}, "category", "torch",
     lambda z, y, w: over_weights(F.cross_entropy(z, y, **none), w * by_class(y))),
    ({"loss": PLAIN, "samples": True}, "category", "keras",
     by_keras(entropy(reduction="mean_with_sample_weight"), lambda y, w: w)),
    ({"loss": {"type": "huber", "delta": 0.7}, "samples": True}, "numbers", "torch",
     lambda z, y, w: over_weights(rows_of(F.huber_loss(z, y, delta=0.7, **none)), w)),
    ({"loss": {"type": "hinge"}, "samples": True, "weightedMean": "rows"}, "flags", "keras",
     lambda z, y, w: keras.losses.Hinge(dtype="float64")(y, z, sample_weight=w)),
]

# --- regularizers and constraints of the first layer's weights, and its biases ----------------------------------------

regularized = [
    ({"regularizer": {"type": "l1", "factor": 0.003}}, "torch", lambda w, c: 0.003 * w.abs().sum(), None),
    ({"regularizer": {"type": "l2", "factor": 0.02}}, "torch", lambda w, c: 0.02 * w.square().sum(), None),
    ({"regularizer": {"type": "l2", "factor": 0.02}}, "keras", lambda w, c: keras.regularizers.L2(0.02)(w), None),
    ({"regularizer": {"type": "l1l2", "l1": 0.003, "l2": 0.02}}, "keras",
     lambda w, c: keras.regularizers.L1L2(0.003, 0.02)(w), None),
    ({"regularizer": {"type": "l1", "factor": 0.003}, "biasRegularizer": {"type": "l2", "factor": 0.05}}, "keras",
     lambda w, c: keras.regularizers.L1(0.003)(w) + keras.regularizers.L2(0.05)(c), None),
    ({"constraint": {"type": "maxNorm", "limit": 0.9}}, "torch", None, lambda w: torch.renorm(w, 2, 1, 0.9)),
    ({"constraint": {"type": "maxNorm", "limit": 0.9, "formulation": "keras"}}, "keras", None,
     keras.constraints.MaxNorm(0.9, axis=0)),
    # Keras 3.x on PyTorch makes float32 of this one, so it is written out.
    ({"constraint": {"type": "nonNegative"}}, "keras", None, lambda w: w.clamp(min=0)),
]


def flat(values):
    return np.asarray(values.detach()).ravel().tolist()


def read(name, values):
    """Targets as PyTorch and Keras take them."""
    return tensor(values) if name == "category" else tensor(values).to(torch.float64)


def value_and_gradient(outputs, loss):
    z = tensor(outputs).requires_grad_()
    value = loss(z)
    value.backward()
    return {"value": float(value.detach()), "gradient": flat(z.grad)}


def row_order():
    program = (
        "import('@isograd/core/data').then(({ RandomStream }) => console.log(JSON.stringify(Array.from({ length: "
        f"{STEPS * BATCH // ROWS} }}, (_, epoch) => [...new RandomStream(0, 'shuffle', epoch).permutation({ROWS})]).flat())))"
    )
    printed = subprocess.run(["node", "-e", program], cwd=HERE, capture_output=True, check=True, text=True).stdout
    return json.loads(printed)


class Training:
    def __init__(self):
        self.x = random.normal(size=(ROWS, 4))
        self.targets = draw_targets(ROWS, 3)
        self.weights = random.uniform(0.2, 2, ROWS)
        self.weights[3] = 0
        shapes = {"dense1.weight": (4, 5), "dense1.bias": (5,), "dense2.weight": (5, 3), "dense2.bias": (3,)}
        self.initial = {name: random.uniform(-0.7, 0.7, shape) for name, shape in shapes.items()}
        self.order = row_order()

    def run(self, kind, loss, penalty=None, constraint=None):
        w1, c1, w2, c2 = (tensor(value).requires_grad_() for value in self.initial.values())
        x, y, w = tensor(self.x), read(kind, self.targets[kind]), tensor(self.weights)
        optimizer = torch.optim.SGD([w1, c1, w2, c2], lr=0.1, momentum=0.9)
        told, penalties = [], []
        for step in range(STEPS):
            rows = self.order[step * BATCH : (step + 1) * BATCH]
            value = loss(torch.tanh(x[rows] @ w1 + c1) @ w2 + c2, y[rows], w[rows])
            more = torch.zeros(()) if penalty is None else penalty(w1, c1)
            optimizer.zero_grad()
            (value + more).backward()
            optimizer.step()
            if constraint is not None:
                w1.data = constraint(w1.data)
            told.append(float(value.detach()))
            penalties.append(float(more.detach()))
        finals = dict(zip(self.initial, map(flat, (w1, c1, w2, c2))))
        at = [0, STEPS // 2, STEPS - 1]
        extra = {} if penalty is None else {"penalties": [penalties[i] for i in at]}
        return {"losses": [told[i] for i in at], **extra, "finals": finals}


def main():
    width, rows = 3, 6
    outputs = random.normal(0, 2, (rows, width))
    targets = draw_targets(rows, width)
    sample_weights = random.uniform(0.2, 2, rows)
    training = Training()
    values, trainings = [], []
    for settings, kind, who, rows_of_loss in losses:
        y = read(kind, targets[kind])
        found = value_and_gradient(outputs, lambda z: rows_of_loss(z, y).mean())
        values.append({"experiment": {"loss": settings}, "target": kind, "by": who, **found})
        result = training.run(kind, lambda z, target, w: rows_of_loss(z, target).mean())
        trainings.append({"experiment": {"loss": settings}, "target": kind, "by": who, **result})
    for fields, kind, who, loss in weighted:
        y, w = read(kind, targets[kind]), tensor(sample_weights)
        values.append({"experiment": fields, "target": kind, "by": who, **value_and_gradient(outputs, lambda z: loss(z, y, w))})
        trainings.append({"experiment": fields, "target": kind, "by": who, **training.run(kind, loss)})
    for fields, who, penalty, constraint in regularized:
        plain = lambda z, y, w: F.mse_loss(z, y)
        result = training.run("numbers", plain, penalty, constraint)
        trainings.append({"layer": fields, "experiment": {"loss": {"type": "meanSquaredError"}}, "target": "numbers", "by": who, **result})

    def plain_lists(arrays):
        return {name: value.ravel().tolist() for name, value in arrays.items()}

    document = {
        "versions": {"torch": torch.__version__, "keras": keras.__version__},
        "values": {"outputs": outputs.ravel().tolist(), "targets": plain_lists(targets), "weights": sample_weights.tolist(), "cases": values},
        "training": {
            "x": training.x.ravel().tolist(), "targets": plain_lists(training.targets), "weights": training.weights.tolist(),
            "initial": plain_lists(training.initial), "order": training.order, "cases": trainings,
        },
    }
    (HERE / "losses.json").write_text(json.dumps(document) + "\n")


main()
