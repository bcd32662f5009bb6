"""
Values of metrics by scikit-learn, on the same outputs: `python metric-vectors.py > metric-vectors.json`.

Made with scikit-learn 1.9.1 and NumPy 2.4.6. Each group has the type of its target, outputs (logits of
categories and flags) and targets, and metrics with their settings and values. `error` is the standard error by the infinitesimal jackknife, sqrt(sum of
squared derivatives by the weight of each sample), central differences of scikit-learn's `sample_weight`; of the area under the
curve it is DeLong's, from its definition over all pairs.
"""

import json
import warnings

import numpy as np
from scipy.special import expit, softmax
from scipy.stats import norm
from sklearn import metrics as sk

warnings.simplefilter("ignore")
groups = {}


def infinitesimal(score, rows, step=1e-3):
    def derivative(i):
        up, down = np.ones(rows), np.ones(rows)
        up[i] += step
        down[i] -= step
        return (score(up) - score(down)) / (2 * step)

    return float(np.sqrt(sum(derivative(i) ** 2 for i in range(rows))))


def case(name, spec, kind, output, target, score, error=None, names=None):
    rows = len(output)
    value = float(score(None))
    if error is True:
        error = infinitesimal(score, rows)
    group = groups.setdefault(
        name.split(": ")[0],
        {
            "type": kind,
            "width": int(np.reshape(output, (rows, -1)).shape[1]),
            **({} if names is None else {"names": names}),
            "output": np.reshape(output, -1).astype(float).tolist(),
            "target": np.reshape(target, -1).astype(float).tolist(),
            "metrics": [],
        },
    )
    one = {"name": name, "spec": spec, "value": None if np.isnan(value) else value}
    if error is not None:
        one["error"] = None if np.isnan(error) else float(error)
    group["metrics"].append(one)


def delong(scores, actual):
    """Variance of areas from all pairs, over any number of labels: one standard error of their mean."""
    parts = np.zeros(len(actual))
    labels = actual.shape[1]
    for label in range(labels):
        is_so = actual[:, label] == 1
        above, below = scores[is_so, label], scores[~is_so, label]
        wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
        area = wins.mean()
        m, n = wins.shape
        parts[is_so] += (wins.mean(axis=1) - area) / np.sqrt(m * (m - 1)) / labels
        parts[~is_so] += (wins.mean(axis=0) - area) / np.sqrt(n * (n - 1)) / labels
    return float(np.sqrt((parts**2).sum()))


def calibration(probability, right, weight, bins):
    weight = np.ones(len(right)) if weight is None else weight
    at = np.clip(np.digitize(probability, np.linspace(0, 1, bins + 1), right=True) - 1, 0, bins - 1)
    gaps = [abs((weight * (right - probability))[at == b].sum()) for b in range(bins)]
    return sum(gaps) / weight.sum()


def labels_of(kind, output, threshold=0.5):
    if kind == "category":
        return output.argmax(axis=1)
    return (output > np.log(threshold / (1 - threshold))).astype(int)


def label_cases(title, kind, output, target, names=None):
    told = labels_of(kind, output)
    one_flag = kind == "flags" and output.shape[1] == 1
    y, z = (target.ravel(), told.ravel()) if one_flag else (target, told)
    functions = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    for name, function in functions.items():

        def score(weight, average, told=z):
            return function(y, told, average=average, sample_weight=weight, zero_division=0)

        case(
            f"{title}: {name}", {"type": name}, kind, output, target,
            lambda weight: score(weight, "binary" if one_flag else "macro"), True, names,
        )
        for average in ["macro", "micro", "weighted"]:
            case(
                f"{title}: {average} {name}", {"type": name, "average": average}, kind, output, target,
                lambda weight: score(weight, average), True,
            )
        if not one_flag and kind == "flags":
            continue
        label = 1
        case(
            f"{title}: {name} of one label", {"type": name, "label": label if names is None else names[label]},
            kind, output, target,
            lambda weight: function(y, z, labels=[label], average="macro", sample_weight=weight, zero_division=0),
            True, names,
        )
    if kind == "flags":
        told_at = labels_of(kind, output, 0.3)
        t = told_at.ravel() if one_flag else told_at
        case(
            f"{title}: F1 above 0.3", {"type": "f1", "threshold": 0.3}, kind, output, target,
            lambda weight: sk.f1_score(
                y, t, average="binary" if one_flag else "macro", sample_weight=weight, zero_division=0
            ), True,
        )
    if kind == "category" or one_flag:
        case(
            f"{title}: balanced accuracy", {"type": "balancedAccuracy"}, kind, output, target,
            lambda weight: sk.balanced_accuracy_score(y, z, sample_weight=weight), True,
        )
        case(
            f"{title}: diagonal", {"type": "confusionMatrix"}, kind, output, target,
            lambda weight: sk.accuracy_score(y, z, sample_weight=weight), True,
        )


def probability_cases(title, kind, output, target):
    width = output.shape[1]
    if kind == "category":
        # Sums in another order round otherwise: what is equal but for that is a tie.
        p = softmax(np.sort(output, axis=1), axis=1)
        p = np.take_along_axis(p, output.argsort(axis=1).argsort(axis=1), axis=1)
        actual = np.eye(width)[target]
        log_loss = lambda weight: sk.log_loss(target, p, labels=range(width), sample_weight=weight)
        brier = lambda weight: sk.brier_score_loss(target, p, labels=range(width), sample_weight=weight)
        confidence, right = p.max(axis=1), (p.argmax(axis=1) == target).astype(float)
        if width == 2:
            area = lambda weight: sk.roc_auc_score(target, p[:, 1])
        elif set(target) == set(range(width)):
            area = lambda weight: sk.roc_auc_score(target, p, multi_class="ovr")
        else:
            area = lambda weight: np.nan
    else:
        p, actual = expit(output), target
        log_loss = lambda weight: np.mean(
            [sk.log_loss(target[:, k], p[:, k], labels=[0, 1], sample_weight=weight) for k in range(width)]
        )
        brier = lambda weight: np.mean(
            [sk.brier_score_loss(target[:, k], p[:, k], labels=[0, 1], sample_weight=weight) for k in range(width)]
        )
        confidence, right = p.ravel(), target.ravel().astype(float)
        defined = all(0 < target[:, k].sum() < len(target) for k in range(width))
        area = lambda weight: sk.roc_auc_score(target, p) if defined else np.nan
    case(f"{title}: log loss", {"type": "logLoss"}, kind, output, target, log_loss, True)
    case(f"{title}: Brier score", {"type": "brierScore"}, kind, output, target, brier, True)
    for bins in [15, 4]:
        case(
            f"{title}: calibration error in {bins} bins", {"type": "expectedCalibrationError", "bins": bins},
            kind, output, target, lambda weight: calibration(confidence, right, weight, bins),
            infinitesimal(lambda weight: calibration(confidence, right, weight, bins), len(output))
            if width == 1 or kind == "category" else None,
        )
    value = area(None)
    case(
        f"{title}: ROC AUC", {"type": "rocAuc"}, kind, output, target, area,
        np.nan if np.isnan(value) else delong(p, actual),
    )


def number_cases(title, output, target):
    output, target = np.round(output, 3), np.round(target, 3)
    one = output.shape[1] == 1
    for name, function, has_error in [
        ("meanSquaredError", sk.mean_squared_error, True),
        ("rootMeanSquaredError", sk.root_mean_squared_error, one),
        ("meanAbsoluteError", sk.mean_absolute_error, True),
        ("r2", sk.r2_score, False),
        ("explainedVariance", sk.explained_variance_score, one and np.var(target) > 0),
    ]:
        case(
            f"{title}: {name}", {"type": name}, "numbers", output, target,
            lambda weight: function(target, output, sample_weight=weight), True if has_error else None,
        )

    def mckean_schrader(sizes):
        wide = norm.ppf(0.995)
        n, ordered = len(sizes), np.sort(sizes)
        low = max(1, int(np.floor((n + 1) / 2 - wide * np.sqrt(n / 4) + 0.5)))
        return (ordered[n - low] - ordered[low - 1]) / (2 * wide)

    case(
        f"{title}: medianAbsoluteError", {"type": "medianAbsoluteError"}, "numbers", output, target,
        lambda weight: sk.median_absolute_error(target, output),
        np.mean([mckean_schrader(abs(output - target)[:, k]) for k in range(output.shape[1])]),
    )
    case(
        f"{title}: residuals", {"type": "residuals"}, "numbers", output, target,
        lambda weight: max(sk.max_error(target[:, k], output[:, k]) for k in range(output.shape[1])), np.nan,
    )


draw = np.random.default_rng(12)


def categories(title, rows, width, target=None, output=None, names=None):
    target = draw.integers(0, width, rows) if target is None else np.array(target)
    output = draw.normal(0, 2, (rows, width)) + 1.5 * np.eye(width)[target] if output is None else np.array(output)
    output = np.round(output, 3)
    label_cases(title, "category", output, target, names)
    probability_cases(title, "category", output, target)


def flags(title, rows, width, target=None, output=None):
    target = draw.integers(0, 2, (rows, width)) if target is None else np.array(target)
    output = draw.normal(0, 2, (rows, width)) + 2 * target - 1 if output is None else np.array(output, dtype=float)
    output = np.round(output, 3)
    label_cases(title, "flags", output, target)
    probability_cases(title, "flags", output, target)


categories("four categories", 40, 4, names=["ape", "bear", "cat", "dog"])
categories("two categories", 30, 2)
absent = draw.integers(0, 3, 25)
categories("a category that no sample has", 25, 5, target=np.where(absent == 2, 4, absent))
never = draw.normal(0, 1, (24, 3))
never[:, 2] -= 9
categories("a category that is never told", 24, 3, target=np.arange(24) % 3, output=never)
tied = draw.integers(-1, 2, (30, 3)).astype(float)
categories("ties", 30, 3, target=np.arange(30) % 3, output=tied)
categories("one category alone", 6, 3, target=[1, 1, 1, 1, 1, 1])

flags("a flag", 40, 1)
flags("a flag with ties", 24, 1, target=(np.arange(24) % 2)[:, None], output=draw.integers(-1, 2, (24, 1)))
flags("a flag that is never told", 12, 1, target=(np.arange(12) % 2)[:, None], output=-1 - draw.random((12, 1)))
flags("a flag that is never set", 9, 1, target=np.zeros((9, 1), dtype=int), output=draw.normal(0, 1, (9, 1)))
flags("three flags", 36, 3)
mixed = draw.integers(0, 2, (20, 4))
mixed[:, 3] = 0
flags("four flags, one that is never set", 20, 4, target=mixed)

truth = draw.normal(3, 2, (31, 1))
number_cases("a number", truth + draw.normal(0.4, 1, (31, 1)), truth)
truth = draw.normal(0, 5, (26, 3))
number_cases("three numbers", truth * [0.9, 1, 1.2] + draw.normal(0, 1, (26, 3)), truth)
number_cases("a constant target", draw.normal(0, 1, (9, 1)), np.full((9, 1), 2.5))
number_cases("a constant target that is told", np.full((9, 1), 2.5), np.full((9, 1), 2.5))
number_cases("a constant error", np.arange(8.0)[:, None] + 0.5, np.arange(8.0)[:, None])

print("[")
for i, group in enumerate(groups.values()):
    results = group.pop("metrics")
    facts = ",\n    ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in group.items())
    lines = ",\n      ".join(json.dumps(one) for one in results)
    print(f'{"" if i == 0 else ", "}{{\n    {facts},\n    "metrics": [\n      {lines}\n    ]\n  }}')
print("]")
