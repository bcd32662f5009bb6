"""Writes singular-values.json: singular values, effective ranks and scales of signals in numpy, of matrices and of two networks.

    python singular-values.py > singular-values.json

The effective rank is exp of the entropy of the singular values as shares of their sum (Roy and Vetterli, EUSIPCO 2007). The networks
are f(f(x A) B), of which the Jacobian of a sample is diag(f') B' diag(f') A': that of the linear one is the product of its matrices.
"""
import json

import numpy as np

rng = np.random.default_rng(0)


def facts(matrix):
    values = np.linalg.svd(matrix, compute_uv=False)
    shares = values / values.sum()
    shares = shares[shares > 0]
    return {
        "shape": matrix.shape,
        "matrix": matrix.ravel().tolist(),
        "values": values.tolist(),
        "rank": float(np.exp(-(shares * np.log(shares)).sum())),
    }


def network(x, a, b, f, slope):
    """Spreads over samples and effective ranks of what both layers give, and singular values of the Jacobian, a mean over samples."""
    first = f(x @ a)
    second = f(first @ b)
    jacobians = [np.diag(slope(v)) @ b.T @ np.diag(slope(u)) @ a.T for u, v in zip(first, second)]
    values = np.mean([np.linalg.svd(each, compute_uv=False) for each in jacobians], axis=0)
    scales = [float(np.sqrt(each.var(axis=0).mean())) for each in (first, second)]
    return {"scales": scales, "ranks": [facts(first)["rank"], facts(second)["rank"]], "jacobian": values.tolist()}


x, a, b = (np.round(rng.normal(size=shape), 3) for shape in ((4, 3), (3, 4), (4, 2)))
graded = rng.normal(size=(6, 4)) * np.array([1, 1e-3, 1e-6, 1e-9])
out = {
    "matrices": {
        "tall": facts(rng.normal(size=(7, 3))),
        "wide": facts(rng.normal(size=(3, 7))),
        "graded": facts(graded),
        "rank of two": facts(rng.normal(size=(5, 2)) @ rng.normal(size=(2, 6))),
    },
    "x": x.tolist(),
    "weights": [a.ravel().tolist(), b.ravel().tolist()],
    "networks": {
        "linear": network(x, a, b, lambda u: u, np.ones_like),
        "tanh": network(x, a, b, np.tanh, lambda y: 1 - y**2),
    },
}
print(json.dumps(out, indent=2))
