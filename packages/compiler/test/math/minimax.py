"""Minimax polynomials of src/math/formats.ts, by Remez' exchange in 60 digits: prints each with its
relative error, the highest power first.

    python3 minimax.py        (needs mpmath)
"""

from mpmath import mp, mpf, matrix, lu_solve, log, expm1, atanh, sqrt

mp.dps = 60


def remez(function, weight, low, high, degree):
    """Coefficients, lowest first, of the polynomial that brings (polynomial - function) * weight nearest to 0."""
    count = degree + 2
    # Not symmetric: a point in the middle, where the weight may be 0, has no error to level.
    points = [low + (high - low) * (1 - mp.cos(mp.pi * (i + mpf("0.1")) / count)) / 2 for i in range(count)]
    for _ in range(30):
        rows = [[x**j for j in range(degree + 1)] + [(-1) ** i / weight(x)] for i, x in enumerate(points)]
        *solution, levelled = lu_solve(matrix(rows), matrix([function(x) for x in points]))
        error = lambda x: (mp.polyval(solution[::-1], x) - function(x)) * weight(x)
        grid = [low + (high - low) * (1 - mp.cos(mp.pi * mpf(i) / 600)) / 2 for i in range(601)]
        values = [error(x) for x in grid]
        extrema = []
        for x, value in zip(grid, values):
            if extrema and (extrema[-1][1] > 0) == (value > 0):
                if abs(value) > abs(extrema[-1][1]):
                    extrema[-1] = (x, value)
            else:
                extrema.append((x, value))
        if len(extrema) < count:
            raise ArithmeticError(f"{len(extrema)} extrema, {count} wanted")
        points = [x for x, _ in extrema[:count]]
        largest = max(abs(value) for _, value in extrema)
        if largest < abs(levelled) * mpf("1.001"):
            break
    return solution, largest


def near(function, x):
    """The function at x, at 0 by its limit."""
    return function(x if abs(x) > mpf("1e-18") else mpf("1e-18"))


def exponential(degree):
    """P of expm1(r) = r + r^2 P(r), |r| <= ln(2) / 2 and a little; error relative to expm1."""
    edge = log(2) / 2 * (1 + mpf("1e-4"))
    return remez(
        lambda r: near(lambda t: (expm1(t) - t) / t**2, r),
        lambda r: near(lambda t: t**2 / abs(expm1(t)), r),
        -edge,
        edge,
        degree,
    )


def logarithm(degree):
    """L of 2 atanh(s) = 2 s + s z L(z), z = s^2, |s| <= (sqrt(2) - 1) / (sqrt(2) + 1); error relative to 2 atanh."""
    edge = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * (1 + mpf("1e-6"))
    tail = lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z
    return remez(
        lambda z: near(tail, z),
        lambda z: near(lambda t: t * sqrt(t) / (2 * atanh(sqrt(t))), z),
        mpf("0"),
        edge,
        degree,
    )


for name, (coefficients, error) in {
    "exponential f32": exponential(4),
    "exponential f64": exponential(9),
    "logarithm f32": logarithm(2),
    "logarithm f32, one more": logarithm(3),
    "logarithm f64": logarithm(6),
}.items():
    print(f"{name}: relative error 2^{mp.nstr(mp.log(error, 2), 4)}")
    for coefficient in reversed(coefficients):
        print(f"  {float(coefficient)!r}")
