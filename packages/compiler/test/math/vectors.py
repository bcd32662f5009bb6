"""Makes vectors.json: inputs and results of the elementary functions for f64, by mpmath in 400 digits.

    python3 vectors.py > vectors.json

A row is x, the result rounded to f64, and what the result exceeds that by, in units of its last place.
"""

import json
import math
import random

from mpmath import mp, mpf

mp.dps = 400
random.seed(15)

FUNCTIONS = {
    "exp": mp.exp,
    "log": mp.log,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
}


def inputs(name):
    """Of each order of size, of both signs, dense where results are neither 0 nor 1 nor infinite."""
    sizes = [2.0**e for e in (-1074, -1060, -1022, -700, -60, -40, -27)]
    sizes += [random.uniform(1, 2) * 2.0**e for e in range(-26, 10) for _ in range(2)]
    signed = sizes + [-x for x in sizes]
    if name == "log":
        near = [1 + s * 2.0**-e for e in (2, 5, 11, 26, 52) for s in (1, -0.5)]
        return sizes + near + [random.uniform(1, 2) * 2.0**e for e in range(-1022, 1024, 40)]
    ends = {"exp": [709.78, 709.7827, 709.79, -708.5, -744.4, -745.13, -745.2], "tanh": [19.06, 18.5, 18.7]}
    return signed + ends.get(name, [36.7, 37.4, 37.5, -708.5, -720.25, -744.4, -745.13, -745.2])


def row(x, exact):
    """Numbers above the largest are infinite, those below half the smallest are 0."""
    rounded = float(exact)
    if rounded == 0 or math.isinf(rounded):
        return [x, rounded if rounded == 0 else "Infinity", 0]
    return [x, rounded, float(mp.nstr((exact - mpf(rounded)) / mpf(math.ulp(rounded)), 4))]


rows = {name: [row(x, f(mpf(x))) for x in inputs(name)] for name, f in FUNCTIONS.items()}
print("{" + ",\n".join(f'"{n}": [\n' + ",\n".join(json.dumps(r) for r in rs) + "\n]" for n, rs in rows.items()) + "}")
