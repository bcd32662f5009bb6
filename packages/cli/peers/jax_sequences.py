"""Layers for sequences in the table of `jax_modules.py`: recurrent ones, one scan over the steps, and attention."""

import math

from jax_modules import Words, called, drawn, module, modules

try:
    from jax import lax, nn
    from jax import numpy as jnp
except ImportError:
    lax = None


def rnn_cell(x, product, state, nonlinearity):
    return (jnp.tanh(x + product) if nonlinearity == "tanh" else nn.relu(x + product),)


def gru_cell(x, product, state, _):
    units = state[0].shape[-1]
    reset, update = jnp.split(nn.sigmoid(x[:, : 2 * units] + product[:, : 2 * units]), 2, axis=-1)
    new = jnp.tanh(x[:, 2 * units :] + reset * product[:, 2 * units :])
    return (new + update * (state[0] - new),)


def lstm_cell(x, product, state, _):
    i, f, g, o = jnp.split(x + product, 4, axis=-1)
    cell = nn.sigmoid(f) * state[1] + nn.sigmoid(i) * jnp.tanh(g)
    return nn.sigmoid(o) * jnp.tanh(cell), cell


def recurrent(name, gates, states, cell):
    """Gates in the order of torch.nn; the product of the input with its weights is one for all steps."""

    def build(inputs, units, bias, batch_first, bidirectional, nonlinearity="tanh"):
        ways = ["", "_reverse"] if bidirectional else [""]
        shapes = {"weight_ih": [inputs, gates * units], "weight_hh": [units, gates * units]}
        shapes.update({"bias_ih": [gates * units], "bias_hh": [gates * units]} if bias else {})

        def run(own, x, way):
            one = {role: own.parameters[f"{role}_l0{way}"] for role in shapes}
            products = jnp.swapaxes(x @ one["weight_ih"] + one.get("bias_ih", 0), 0, 1)

            def step(state, product):
                after = cell(product, state[0] @ one["weight_hh"] + one.get("bias_hh", 0), state, nonlinearity)
                return after, after[0]

            zero = jnp.zeros((x.shape[0], units), x.dtype)
            last, outputs = lax.scan(step, (zero,) * states, products, reverse=way != "")
            return last, jnp.swapaxes(outputs, 0, 1)

        def apply(own, x):
            runs = [run(own, x.array, way) for way in ways]
            last = [Words(jnp.stack(parts)) for parts in zip(*(last for last, _ in runs))]
            return Words(jnp.concatenate([outputs for _, outputs in runs], -1)), last[0] if states == 1 else tuple(last)

        return apply, {f"{role}_l0{way}": drawn(units, *shape) for way in ways for role, shape in shapes.items()}, {}

    build.__name__ = name
    module(build)


recurrent("RNN", 1, 1, rnn_cell)
recurrent("GRU", 3, 1, gru_cell)
recurrent("LSTM", 4, 2, lstm_cell)


class Transformer:
    """Of torch.nn.Transformer, what programs call."""

    @staticmethod
    def generate_square_subsequent_mask(steps, dtype):
        return Words(jnp.triu(jnp.full((steps, steps), -jnp.inf, dtype), 1))


modules["Transformer"] = Transformer
called.append("generate_square_subsequent_mask")


@module
def MultiheadAttention(features, heads, bias, batch_first):
    width = features // heads

    def parted(array):
        """[rows, heads, steps, features of a head]."""
        return jnp.swapaxes(array.reshape(*array.shape[:2], heads, width), 1, 2)

    def apply(own, query, key, value, need_weights, attn_mask=None):
        given = own.parameters

        def projected(x, first, stop):
            columns = slice(first * features, stop * features)
            product = x.array @ given["in_proj_weight"][:, columns]
            return jnp.split(product + given["in_proj_bias"][columns] if bias else product, stop - first, axis=-1)

        three = projected(query, 0, 3) if query is key else [*projected(query, 0, 1), *projected(key, 1, 3)]
        q, k, v = map(parted, three)
        scores = q @ jnp.swapaxes(k, 2, 3) / math.sqrt(width)
        shares = nn.softmax(scores if attn_mask is None else scores + attn_mask.array, axis=-1)
        seen = jnp.swapaxes(shares @ v, 1, 2).reshape(query.array.shape)
        product = seen @ given["out_proj.weight"]
        return Words(product + given["out_proj.bias"] if bias else product), None

    weights = {"in_proj_weight": [features, 3 * features], "out_proj.weight": [features, features]}
    biases = {"in_proj_bias": [3 * features], "out_proj.bias": [features]} if bias else {}
    return apply, {name: drawn(features, *shape) for name, shape in {**weights, **biases}.items()}, {}
