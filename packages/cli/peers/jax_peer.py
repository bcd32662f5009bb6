"""The peer JAX: one compiled scan of training steps an epoch on the CPU, the state donated from one to the next.

The network is the program that the peer PyTorch runs too: `Words` and the modules of `jax_modules.py` are what that
program takes for torch and torch.nn. The rows of the whole epoch are shuffled before its scan; a partial last batch,
whose size would be another program, is left out, and so is what two seconds are not enough for.
"""

import json
import os
import sys
import time

from peer import Stopwatch, model_of, read_samples, steps_of_epoch

FORM = "one jitted scan an epoch, or two seconds of it, its state donated"
LONGEST_SECONDS = 2
OPTIMIZERS = {}


def optimizer(record):
    OPTIMIZERS[record.__name__] = record
    return record


@optimizer
def SGD(lr, momentum=0.0):
    """As torch.optim.SGD. @returns the state of a parameter, and the update of one."""

    def update(jnp, step, parameter, gradient, velocity):
        moved = gradient if momentum == 0 else momentum * velocity[0] + gradient
        return parameter - lr * moved, (() if momentum == 0 else (moved,))

    return 0 if momentum == 0 else 1, update


@optimizer
def Adam(lr, betas, eps=1e-8):
    """As torch.optim.Adam."""
    first, second = betas

    def update(jnp, step, parameter, gradient, moments):
        mean = first * moments[0] + (1 - first) * gradient
        square = second * moments[1] + (1 - second) * gradient * gradient
        corrected = mean / (1 - first**step)
        root = jnp.sqrt(square / (1 - second**step))
        return parameter - lr * corrected / (root + eps), (mean, square)

    return 2, update


def optimizer_of(text):
    """An optimizer from an expression of torch.optim on `parameters`."""
    return eval(text.replace("(parameters, ", "("), dict(OPTIMIZERS))


def scan_of(jax, network, update, loss_of):
    """A compiled function that trains on rows of batch after batch."""
    jnp = jax.numpy

    def step(inputs, targets, carry, rows):
        parameters, states, moments, count, key = carry
        key, own = jax.random.split(key)
        take = lambda column: column.at[rows].get(mode="promise_in_bounds")
        lossy = lambda now: loss_of(network, now, states, own, take(inputs), take(targets))
        (loss, states), gradients = jax.value_and_grad(lossy, has_aux=True)(parameters)
        leaves, tree = jax.tree.flatten(parameters)
        pairs = zip(leaves, jax.tree.leaves(gradients), moments)
        updated = [update(jnp, (count + 1).astype(leaf.dtype), leaf, gradient, kept) for leaf, gradient, kept in pairs]
        parameters = jax.tree.unflatten(tree, [leaf for leaf, _ in updated])
        return (parameters, states, [kept for _, kept in updated], count + 1, key), loss

    def scan(carry, inputs, targets, order):
        return jax.lax.scan(lambda now, rows: step(inputs, targets, now, rows), carry, order)

    return jax.jit(scan, donate_argnums=0)


def cross_entropy(jax):
    def loss_of(network, parameters, states, key, inputs, targets):
        logits, states = network.apply(parameters, states, key, inputs)
        chosen = jax.numpy.take_along_axis(jax.nn.log_softmax(logits), targets[:, None], 1)
        return -chosen.mean(), states

    return loss_of


def flags(threads):
    """The compiler's own pool has so many threads, and products use them."""
    several = "true" if threads > 1 else "false"
    return f"--xla_cpu_multi_thread_eigen={several} intra_op_parallelism_threads={threads}"


def start(jax, numpy, job):
    """The network, the compiled scan, and what it starts from."""
    import jax_sequences  # adds to the table
    from jax_modules import Network, stand_ins

    arm = job["arm"]
    draw = numpy.random.default_rng(arm["seed"])
    network = Network(lambda: model_of(job["program"], stand_ins()), draw, arm["precision"])
    moments_of, update = optimizer_of(job["optimizer"])
    leaves = jax.tree.leaves(network.parameters)
    moments = [tuple(jax.numpy.zeros_like(leaf) for _ in range(moments_of)) for leaf in leaves]
    key = jax.random.key(arm["seed"], impl="unsafe_rbg")
    carry = (network.parameters, network.states, moments, jax.numpy.int32(0), key)
    return scan_of(jax, network, update, cross_entropy(jax)), carry


def main():
    job = json.load(sys.stdin)
    arm = job["arm"]
    os.environ["XLA_FLAGS"] = flags(job["threads"])
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import numpy

    jax.config.update("jax_enable_x64", arm["precision"] == "float64")
    inputs, targets = read_samples(numpy, job)
    scan, carry = start(jax, numpy, job)
    columns = jax.device_put(inputs), jax.device_put(targets.astype("int32"))
    draw, size = numpy.random.default_rng(arm["seed"]), arm["batchSize"]
    stopwatch = Stopwatch(job)

    def timed(carry, steps):
        before = time.perf_counter()
        order = draw.permutation(len(targets))[: steps * size].astype("int32").reshape(steps, size)
        carry, losses = scan(carry, *columns, order)
        losses.block_until_ready()
        return carry, time.perf_counter() - before

    carry, seconds = timed(carry, 1)
    stopwatch.add(1, seconds)
    carry, seconds = timed(carry, 1)
    whole, _ = steps_of_epoch(len(targets), arm)
    steps = min(whole, job["effort"].get("steps") or max(1, int(LONGEST_SECONDS / seconds)))
    carry, _ = timed(carry, steps)
    while True:
        carry, seconds = timed(carry, steps)
        if stopwatch.add(steps, seconds):
            break
    stopwatch.report(f"{FORM}, convolutions as products" if "nn.Conv" in job["program"] else FORM)


if sys.argv[1:] == ["--words"]:
    import jax_sequences  # adds to the table
    from jax_modules import words

    print(json.dumps(words()))
else:
    main()
