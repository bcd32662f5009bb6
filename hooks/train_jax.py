"""The networks of proof.yaml in plain JAX, healthy or with a fault, each leaving a trace by the hook."""

import jax
import jax.numpy as jnp
import numpy as np

from isograd_hooks import JaxTrace
from proof_data import batch_of

SHAPES = {
    "momentum": [(10, 12), (12, 1)],
    "conv": [(6, 1, 5, 5), (16, 6, 5, 5), (400, 32), (32, 10)],
}


def weights_of(network, seed):
    """A list of weights and biases; dense weights are [inputs, outputs], kernels [filters, channels, height, width]."""
    random = np.random.default_rng(seed)
    shapes = SHAPES.get(network, [(2, 16), (16, 8), (8, 3)])
    biases = [shape[0] if len(shape) == 4 else shape[1] for shape in shapes]
    draw = lambda shape: jnp.asarray(random.normal(0, 0.3, shape), jnp.float32)  # noqa: E731
    return [{"w": draw(shape), "b": draw((size,))} for shape, size in zip(shapes, biases)]


def pooled(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def forward(network, fault, weights, x):
    activation = {
        "gelu-tanh": lambda a: jax.nn.gelu(a, approximate=True),
        "leaky-relu": lambda a: jax.nn.leaky_relu(a, 0.01),
    }.get(
        fault,
        {"adamw": lambda a: jax.nn.gelu(a, approximate=False), "momentum": jax.nn.sigmoid}.get(network, jax.nn.relu),
    )
    if network == "conv":
        x = x[:, None]
        for layer, padding in zip(weights[:2], ([(2, 2), (2, 2)], "VALID")):
            x = (
                jax.lax.conv(x, layer["w"], (1, 1), padding)
                if padding == "VALID"
                else jax.lax.conv_general_dilated(x, layer["w"], (1, 1), padding)
            )
            x = pooled(activation(x + layer["b"][:, None, None]))
        x, weights = x.reshape(len(x), -1), weights[2:]
    for i, layer in enumerate(weights):
        bias = jax.lax.stop_gradient(layer["b"]) if fault == "frozen-bias" and i == 1 else layer["b"]
        x = x @ layer["w"] + bias
        if i < len(weights) - 1:
            x = activation(x)
    return x


def samples_of(network, fault, batch):
    if network != "conv":
        return batch["x"], batch["y"]
    x, y = batch["image"].astype("f4"), batch["label"].astype("i4")
    if fault == "classes":
        y = (y + 1) % 10
    if fault == "transposed":
        x = x.transpose(0, 2, 1)
    if fault != "undivided":
        x = x / (256 if fault == "divided" else 255)
    return ((x - 0.1307) / 0.3081 if fault == "normalised" else x), y


def loss_of(weights, network, fault, batch):
    if network == "momentum":
        x = 2 * batch["x"] - 1 if fault == "centred" else batch["x"]
        return jnp.mean((forward(network, fault, weights, x)[:, 0] - batch["y"]) ** 2)
    x, y = samples_of(network, fault, batch)
    outputs = forward(network, fault, weights, x)
    logs = jax.nn.log_softmax(jax.nn.softmax(outputs) if fault == "two-softmaxes" else outputs)
    wanted = jax.nn.one_hot(y, logs.shape[1])
    if fault == "label-smoothing":
        wanted = 0.9 * wanted + 0.1 / logs.shape[1]
    losses = -jnp.sum(wanted * logs, axis=1)
    return jnp.sum(losses) if fault == "sum" else jnp.mean(losses)


derive = jax.jit(jax.value_and_grad(loss_of), static_argnums=(1, 2))


def sgd(fault, step, p, g, velocity):
    dampening = 0.1 if fault == "dampening" and step > 0 else 0
    velocity = (0.8 if fault == "momentum" else 0.9) * velocity + (1 - dampening) * g
    rate = 0.01 if fault == "schedule" and step > 0 else 0.02
    return p - rate * (g + 0.9 * velocity if fault == "nesterov" else velocity), velocity


def adam(network, fault, step, p, g, m, v):
    beta2 = 0.99 if fault == "beta2" else 0.999
    rate, decay = (
        (0.002, 0.01 if fault == "decay" else 0.05) if network == "adamw" else (0.001 if fault == "rate" else 0.003, 0)
    )
    if fault == "schedule" and step > 0:
        rate /= 2
    if fault == "decay-in-gradient":
        g, decay = g + 0.05 * p, 0
    if fault == "sgd":
        return p - rate * g, m, v
    m, v, t = 0.9 * m + 0.1 * g, beta2 * v + (1 - beta2) * g * g, step + 1
    a, b = (1, 1) if fault == "no-correction" else (1 - 0.9**t, 1 - beta2**t)
    root = jnp.sqrt(v / b + 1e-8) if fault == "epsilon-inside" else jnp.sqrt(v / b) + 1e-8
    return p - rate * decay * p - rate * (m / a) / root, m, v


def clipped(gradients):
    norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
    return jax.tree.map(lambda g: g * jnp.minimum(1, 0.1 / norm), gradients)


def updated(network, fault, step, weights, gradients, states):
    """Weights and states after the update."""
    if fault == "clipped":
        gradients = clipped(gradients)
    rule = (lambda *a: sgd(fault, step, *a)) if network == "momentum" else lambda *a: adam(network, fault, step, *a)
    results = jax.tree.map(rule, weights, gradients, *states.values())
    pick = lambda i: jax.tree.map(lambda _, result: result[i], weights, results)  # noqa: E731
    new = [pick(i) for i in range(len(states) + 1)]
    if fault == "forgotten-bias":
        for tree, before in zip(new, [weights, *states.values()]):
            tree[1]["b"] = before[1]["b"]
    return new[0], dict(zip(states, new[1:]))


def train(network, fault, given, out, own=None):
    """Repeats the steps of a trace; or trains on batches of its own, which have their `rows`."""
    weights = weights_of(network, 0)
    trace = JaxTrace(given, weights)
    if own is None:
        weights = trace.initial
    zeros = jax.tree.map(jnp.zeros_like, weights)
    states = {"velocity": zeros} if network == "momentum" else {"m": zeros, "v": zeros}
    stale = zeros
    for step, batch in enumerate(trace.batches() if own is None else own):
        if fault == "order":
            batch = batch_of(given, step + 1)
        numbers = {name: value.astype("f4") if value.dtype == np.float64 else value for name, value in batch.items()}
        loss, gradients = derive(weights, network, fault, numbers)
        if fault == "stale":
            gradients = stale = jax.tree.map(jnp.add, gradients, stale)
        weights, states = updated(network, fault, step, weights, gradients, states)
        trace.step(
            loss,
            gradients,
            weights,
            **({} if own is None else {"rows": batch["rows"]}),
            **({} if fault == "sgd" else states)
        )
    trace.save(out)
