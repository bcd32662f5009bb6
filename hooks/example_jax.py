import sys

import jax
import jax.numpy as jnp
import optax

from isograd_hooks import JaxTrace

shapes = [(2, 16), (16, 8), (8, 3)]
params = [{"w": jax.random.normal(jax.random.key(i), s), "b": jnp.zeros(s[1])} for i, s in enumerate(shapes)]
optimizer = optax.adam(0.003)
trace = JaxTrace(sys.argv[1], params)


def loss_of(params, x, y):
    for layer in params[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    logits = x @ params[-1]["w"] + params[-1]["b"]
    return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()


params = trace.initial
state = optimizer.init(params)
for batch in trace.batches():
    loss, grads = jax.value_and_grad(loss_of)(params, batch["x"].astype("f4"), batch["y"].astype("i4"))
    updates, state = optimizer.update(grads, state)
    params = optax.apply_updates(params, updates)
    trace.step(loss, grads, params, m=state[0].mu, v=state[0].nu)

trace.save(sys.argv[2])
