"""The names `torch` and `torch.nn` of a network's program, as functions of JAX.

`modules` is the table: the constructor of a module, as torch.nn has it, gives its parameters, its states and its
function of arrays. `Words` is an array with the methods that programs call. Values with height and width are kept with
their channels last, which is the order that XLA's convolutions on the CPU want; flattened so, the weights after them
are in another order, and the network is the same.
"""

import itertools
import math
import types

try:
    import jax
    from jax import lax, nn
    from jax import numpy as jnp
except ImportError:
    jax = None

modules = {}
"""Constructors by their names in torch.nn."""

called = ["cat", "add_module", "get_submodule"]
"""Names that a program may call beside constructors and the methods of `Words`."""


class Words:
    """An array and the methods of a torch.Tensor that programs call; `last`: its channels are kept last."""

    def __init__(self, array, last=False):
        self.array = array
        self.last = last

    def _axis(self, axis):
        """Where an axis as torch counts it is kept."""
        if not self.last or axis == 0:
            return axis
        return self.array.ndim - 1 if axis == 1 else axis - 1

    def unsqueeze(self, axis):
        if axis != 1:
            raise NotImplementedError(f"JAX peer: unsqueeze({axis})")
        return Words(self.array[..., None], last=True)

    def permute(self, *axes):
        ndim = self.array.ndim
        if not self.last and axes == (0, ndim - 1, *range(1, ndim - 1)) and ndim > 2:
            return Words(self.array, last=True)
        return Words(jnp.transpose(self.first(), axes))

    def mean(self, dim):
        return Words(self.array.mean(axis=tuple(map(self._axis, dim))))

    def flatten(self, axis=1):
        return Words(self.array.reshape(*self.array.shape[:axis], -1))

    def reshape(self, *shape):
        return Words(self.first().reshape(shape))

    def transpose(self, a, b):
        return Words(jnp.swapaxes(self.first(), a, b))

    def long(self):
        return Words(self.array.astype("int32"))

    def first(self):
        """The array with its channels where torch has them."""
        return jnp.moveaxis(self.array, -1, 1) if self.last else self.array

    def final(self):
        """The array with its channels last."""
        return self.array if self.last or self.array.ndim < 3 else jnp.moveaxis(self.array, 1, -1)

    @property
    def dtype(self):
        return self.array.dtype

    def __getitem__(self, index):
        return Words(self.first()[index])

    def __add__(self, other):
        return Words(self.array + array_of(other), self.last)

    def __mul__(self, other):
        return Words(self.array * array_of(other), self.last)


def array_of(value):
    return value.array if isinstance(value, Words) else value


class Module:
    """As torch.nn.Module: modules by name, and for one of the table its parameters, its states and its function."""

    made = []
    draw = None
    key = None

    def __init__(self):
        self._named = {}

    def add_module(self, name, module):
        self._named[name] = module

    def get_submodule(self, name):
        return self._named[name]

    def __call__(self, *xs, **settings):
        return self.function(self, *xs, **settings)

    @property
    def weight(self):
        return Words(self.parameters["weight"])


def module(build):
    """A record of the table: `build` takes the constructor's arguments, and returns function, parameters and states."""

    def construct(*args, **settings):
        one = Module()
        one.function, one.parameters, one.states = build(*args, **settings)
        Module.made.append(one)
        return one

    modules[build.__name__] = construct
    return construct


def drawn(fan_in, *shape):
    """Uniform within 1 / sqrt(fan-in), as torch has it."""
    return Module.draw.uniform(-1, 1, shape) / math.sqrt(fan_in)


def constant(value, *shape):
    return Module.draw.uniform(value, value, shape)


def pointwise(name, function):
    def build(*args, **settings):
        return (lambda own, x: Words(function(x.array, *args, **settings), x.last)), {}, {}

    build.__name__ = name
    module(build)


pointwise("Identity", lambda x: x)
pointwise("ReLU", lambda x: nn.relu(x))
pointwise("Sigmoid", lambda x: nn.sigmoid(x))
pointwise("Tanh", lambda x: jnp.tanh(x))
pointwise("SiLU", lambda x: nn.silu(x))
pointwise("Softmax", lambda x, dim: nn.softmax(x, axis=dim))
pointwise("Softsign", lambda x: nn.soft_sign(x))
pointwise("Softplus", lambda x, beta, threshold: jnp.logaddexp(beta * x, 0) / beta)
pointwise("LeakyReLU", lambda x, slope: nn.leaky_relu(x, slope))
pointwise("ELU", lambda x, alpha: nn.elu(x, alpha))
pointwise("SELU", lambda x: nn.selu(x))
pointwise("GELU", lambda x, approximate="none": nn.gelu(x, approximate=approximate == "tanh"))


@module
def Linear(inputs, units, bias=True):
    parameters = {"weight": drawn(inputs, inputs, units), **({"bias": drawn(inputs, units)} if bias else {})}

    def apply(own, x):
        product = x.array @ own.parameters["weight"]
        return Words(product + own.parameters["bias"] if bias else product)

    return apply, parameters, {}


@module
def Flatten():
    return (lambda own, x: x.flatten()), {}, {}


@module
def PReLU():
    apply = lambda own, x: Words(jnp.where(x.array > 0, x.array, own.parameters["weight"] * x.array), x.last)
    return apply, {"weight": constant(0.25, 1)}, {}


@module
def Dropout(rate):
    def apply(own, x):
        Module.key, used = jax.random.split(Module.key)
        kept = jax.random.bernoulli(used, 1 - rate, x.array.shape)
        return Words(jnp.where(kept, x.array / (1 - rate), 0), x.last)

    return apply, {}, {}


def batch_norm(name):
    def build(features, eps, momentum):
        def apply(own, x):
            given = x.final()
            axes = tuple(range(given.ndim - 1))
            mean, variance = given.mean(axes), given.var(axes)
            count = given.size // features
            unbiased = variance * (count / max(1, count - 1))
            for key, value in [("mean", mean), ("variance", unbiased)]:
                own.states[key] = (1 - momentum) * own.states[key] + momentum * lax.stop_gradient(value)
            scale = own.parameters["weight"] * lax.rsqrt(variance + eps)
            return Words((given - mean) * scale + own.parameters["bias"], last=given.ndim > 2)

        parameters = {"weight": constant(1, features), "bias": constant(0, features)}
        return apply, parameters, {"mean": constant(0, features), "variance": constant(1, features)}

    build.__name__ = name
    module(build)


for axes in ["1d", "2d"]:
    batch_norm(f"BatchNorm{axes}")


@module
def LayerNorm(features, eps):
    def apply(own, x):
        mean, variance = x.array.mean(-1, keepdims=True), x.array.var(-1, keepdims=True)
        return Words((x.array - mean) * lax.rsqrt(variance + eps) * own.parameters["weight"] + own.parameters["bias"])

    return apply, {"weight": constant(1, features), "bias": constant(0, features)}, {}


@module
def RMSNorm(features, eps):
    def apply(own, x):
        square = (x.array * x.array).mean(-1, keepdims=True)
        return Words(x.array * lax.rsqrt(square + eps) * own.parameters["weight"])

    return apply, {"weight": constant(1, features)}, {}


def patches(array, size, stride, padding, dilation):
    """The window of every place along one axis: [rows, *places, product of the window's lengths and channels]."""
    padded = jnp.pad(array, [(0, 0), *((one, one) for one in padding), (0, 0)])
    spans = [step * (length - 1) + 1 for length, step in zip(size, dilation)]
    places = [(length - span) // step for length, span, step in zip(padded.shape[1:-1], spans, stride)]
    sides = [range(0, span, step) for span, step in zip(spans, dilation)]
    cuts = [
        padded[(slice(None), *(slice(at, at + count * step + 1, step) for at, count, step in zip(corner, places, stride)))]
        for corner in itertools.product(*sides)
    ]
    return jnp.concatenate(cuts, axis=-1)


def convolution(name, layout):
    """As products of patches: within a scan XLA's own convolutions take several times as long on the CPU."""

    def build(channels, filters, size, stride, padding, dilation, groups=1, bias=True):
        fan_in = math.prod(size) * channels // groups
        weight = drawn(fan_in, *size, channels // groups, filters)

        def product(given, kernel):
            if groups == 1:
                return patches(given, size, stride, padding, dilation) @ kernel.reshape(-1, filters)
            words = {"rhs_dilation": dilation, "dimension_numbers": layout, "feature_group_count": groups}
            return lax.conv_general_dilated(given, kernel, stride, [(one, one) for one in padding], **words)

        def apply(own, x):
            result = product(x.final(), own.parameters["weight"])
            return Words(result + own.parameters["bias"] if bias else result, last=True)

        return apply, {"weight": weight, **({"bias": drawn(fan_in, filters)} if bias else {})}, {}

    build.__name__ = name
    module(build)


convolution("Conv1d", ("NWC", "WIO", "NWC"))
convolution("Conv2d", ("NHWC", "HWIO", "NHWC"))


def tiled(array, size):
    """Windows that lie side by side as axes of their own: the gradient of their maximum needs no scatter."""
    rows, *lengths, channels = array.shape
    cut = array[(slice(None), *(slice(0, length // one * one) for length, one in zip(lengths, size)))]
    pairs = [axis for length, one in zip(lengths, size) for axis in (length // one, one)]
    return cut.reshape(rows, *pairs, channels), tuple(range(2, 2 * len(size) + 1, 2))


def windows(x, size, stride, padding, dilation, start, operation):
    around = [(0, 0), *((one, one) for one in padding), (0, 0)]
    words = {"window_dilation": (1, *dilation, 1)}
    return lax.reduce_window(x.final(), start, operation, (1, *size, 1), (1, *stride, 1), around, **words)


def is_tiled(size, stride, padding):
    return tuple(size) == tuple(stride) and not any(padding)


def max_pool(name):
    def build(size, stride, padding, dilation):
        def apply(own, x):
            if is_tiled(size, stride, padding) and set(dilation) == {1}:
                pieces, axes = tiled(x.final(), size)
                return Words(pieces.max(axes), last=True)
            return Words(windows(x, size, stride, padding, dilation, -jnp.inf, lax.max), last=True)

        return apply, {}, {}

    build.__name__ = name
    module(build)


def average_pool(name):
    def build(size, stride, padding, count_include_pad):
        def apply(own, x):
            if is_tiled(size, stride, padding):
                pieces, axes = tiled(x.final(), size)
                return Words(pieces.mean(axes), last=True)
            sums = lambda given: windows(given, size, stride, padding, [1] * len(size), 0.0, lax.add)
            counts = math.prod(size) if count_include_pad else sums(Words(jnp.ones_like(x.final()), last=True))
            return Words(sums(x) / counts, last=True)

        return apply, {}, {}

    build.__name__ = name
    module(build)


for axes in ["1d", "2d"]:
    max_pool(f"MaxPool{axes}")
    average_pool(f"AvgPool{axes}")


@module
def Embedding(tokens, units):
    apply = lambda own, x: Words(own.parameters["weight"].at[x.array].get(mode="promise_in_bounds"))
    return apply, {"weight": Module.draw.normal(size=(tokens, units))}, {}


@module
def ConstantPad2d(around, value):
    left, right, top, bottom = around

    def apply(own, x):
        sides = [(0, 0), (top, bottom), (left, right), (0, 0)]
        return Words(jnp.pad(x.final(), sides, constant_values=value), last=True)

    return apply, {}, {}


class Network:
    """The program's model as a function of its parameters and states, which are lists over its modules."""

    def __init__(self, build, draw, precision):
        Module.draw, Module.made = draw, []
        self.model = build()
        self.modules = Module.made
        cast = lambda tree: {name: jnp.asarray(value, precision) for name, value in tree.items()}
        self.parameters = [cast(one.parameters) for one in self.modules]
        self.states = [cast(one.states) for one in self.modules]

    def apply(self, parameters, states, key, inputs):
        """The output for a batch, and the states after it."""
        Module.key = key
        for one, given, kept in zip(self.modules, parameters, states):
            one.parameters, one.states = given, dict(kept)
        output = self.model.forward(Words(inputs))
        return output.array, [one.states for one in self.modules]


def concatenated(values, dim):
    if all(value.last for value in values):
        return Words(jnp.concatenate([value.array for value in values], values[0]._axis(dim)), last=True)
    return Words(jnp.concatenate([value.first() for value in values], dim))


def stand_ins():
    """The packages that a program imports, for `sys.modules`."""
    torch, names = types.ModuleType("torch"), types.ModuleType("torch.nn")
    names.__dict__.update(modules, Module=Module)
    torch.__dict__.update(nn=names, cat=concatenated)
    return {"torch": torch, "torch.nn": names}


def words():
    """Every name that a program may call: modules, methods of arrays, and functions of torch."""
    methods = [name for name in vars(Words) if not name.startswith("_")]
    return [*modules, *methods, *called]
