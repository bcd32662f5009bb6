"""Leaves a trace of a training loop in PyTorch or JAX, which `isograd check EXPERIMENT --against FILE` judges.

    isograd trace EXPERIMENT --out given.safetensors

writes what isograd does in the first steps. TorchTrace and JaxTrace read from it what the parameters are called, start a
model from the same weights and batches where that is wanted, and write what the loop did under the same names. The format
is that of docs/trace-format.md. One file that needs NumPy alone, so that it can be copied.
"""

import importlib
import json
import os
import re
import warnings

import numpy as np

__all__ = ["JaxTrace", "TorchTrace", "TraceError"]

DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "U8": "|u1"}
CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}

# The names that PyTorch's optimizers have for isograd's states.
TORCH_STATES = {
    "m": "exp_avg",
    "v": "exp_avg_sq",
    "vMax": "max_exp_avg_sq",
    "u": "exp_inf",
    "sum": "sum",
    "average": "grad_avg",
    "velocity": "momentum_buffer",
    "momentum": "momentum_buffer",
    "previous": "prev",
    "step": "step_size",
    "squareAverage": "square_avg",
    "deltaAverage": "acc_delta",
}

# What the parameters of a layer may be called beside isograd's name.
ROLES = {"weight": ("w", "kernel", "scale", "gamma"), "bias": ("b", "shift", "beta", "offset")}

CURE = 'make them alike, or, where layers stand in another order, give names={"dense1": "the model\'s", ...}'


class TraceError(Exception):
    """The trace and the model do not fit, or the loop left something out."""

    def __init__(self, problem):
        super().__init__(f"isograd: {problem}")


def read_safetensors(path):
    """Tensors by name, and the metadata."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}; write it by: isograd trace EXPERIMENT --out {path}") from error
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        metadata = header.pop("__metadata__", {})
        tensors = {name: _tensor(content, start, entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        cure = "it is damaged, or not of isograd; write it again by: isograd trace EXPERIMENT --out"
        raise TraceError(
            f"{path}: expected a file in the safetensors format, got something else: {cure} {path}"
        ) from error
    return tensors, metadata


def _tensor(content, start, entry):
    begin, end = entry["data_offsets"]
    flat = np.frombuffer(content[start + begin : start + end], dtype=DTYPES[entry["dtype"]])
    return flat.reshape(entry["shape"])


def write_safetensors(path, tensors, metadata):
    """Writes a file as a whole: one that is there stays as it is until the new one is complete."""
    header, offset = {"__metadata__": metadata}, 0
    arrays = {name: np.ascontiguousarray(value).reshape(np.shape(value)) for name, value in sorted(tensors.items())}
    for name, value in arrays.items():
        entry = {
            "dtype": CODES[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [offset, offset + value.nbytes],
        }
        header[name] = entry
        offset += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = f"{path}.part"
    with open(part, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for value in arrays.values():
            file.write(value.tobytes())
    os.replace(part, path)


def _layer_and_role(name):
    """("dense1", "weight") of "dense1.weight", and ("1", "w") of "w1"."""
    if "." in name:
        return tuple(name.rsplit(".", 1))
    found = re.fullmatch(r"(.*?)_?(\d+)", name)
    return (found[2], found[1]) if found else ("", name)


def _by_layer(names):
    layers = {}
    for name in names:
        layer, role = _layer_and_role(name)
        layers.setdefault(layer, {})[role] = name
    return layers


def _naturally(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def _shapes(tensors, names):
    return ", ".join(f"{name} {list(tensors[name])}" for name in names)


def _axes(theirs, own, turned):
    """The order of a tensor's own axes that makes isograd's of it; None where there is none."""
    same = tuple(range(len(theirs)))
    # Kernels of JAX may be [height, width, channels, filters].
    other = (1, 0) if len(same) == 2 else (*same[-1:], *same[-2:-1], *same[:-2])
    orders = [order for order in ((other, same) if turned else (same, other)) if len(own) == len(order)]
    return next((order for order in orders if tuple(own[axis] for axis in order) == tuple(theirs)), None)


def _one_in_layer(theirs, own, name, candidates, turned):
    """The parameter of a layer that is isograd's `name`: by its role, or the only one whose shape fits."""
    role = _layer_and_role(name)[1]
    called = [one for one in candidates if _layer_and_role(one)[1].lower() in (role, *ROLES.get(role, ()))]
    fitting = [one for one in candidates if _axes(theirs[name], own[one], one in turned) is not None]
    chosen = next((one for one in called or fitting if one in fitting), None)
    if chosen is None:
        got = _shapes(own, called or candidates) or "nothing in its place"
        raise TraceError(f"the experiment has {_shapes(theirs, [name])}, the model {got}; {CURE}")
    return chosen


def pair(theirs, own, names, turned=frozenset()):
    """The model's own name of every parameter of isograd's, layer by layer: as names says, of the same name, or in order.

    theirs and own are shapes by name, in the order of the layers; turned are the names that are kept as [outputs, inputs].
    """
    layers, left, found = _by_layer(theirs), _by_layer(own), {}
    for word, known in [*((key, layers) for key in names), *((value, left) for value in names.values())]:
        if word not in known:
            raise TraceError(
                f'names: expected layers of the experiment, {list(layers)}, and of the model, {list(left)}, got "{word}"'
            )
    if set(layers) <= set(left):
        names = {**{layer: layer for layer in layers}, **names}
    open_layers = [layer for layer in layers if layer not in names]
    free = [layer for layer in left if layer not in names.values()]
    if len(open_layers) != len(free):
        counts = f"the experiment has {len(layers)} layers with weights ({_shapes(theirs, theirs)})"
        raise TraceError(f"{counts}, the model {len(left)} ({_shapes(own, own)}); {CURE}")
    names = {**names, **dict(zip(open_layers, free))}
    for layer, roles in layers.items():
        candidates = list(left[names[layer]].values())
        for name in roles.values():
            found[name] = _one_in_layer(theirs, own, name, candidates, turned)
            candidates.remove(found[name])
        if candidates:
            raise TraceError(f"the model has {_shapes(own, candidates)}, {layer} of the experiment has not; {CURE}")
    return found


class Trace:
    """The common part of PyTorch's and JAX's traces: names, layouts, steps and the file."""

    def __init__(self, given, own, names, turned, producer):
        self._given, self._metadata = read_safetensors(given)
        if not self._metadata.get("format", "").startswith("isograd.trace/"):
            raise TraceError(
                f"{given}: expected a trace, got another file; write one by: isograd trace EXPERIMENT --out {given}"
            )
        parameters = [name[len("step/0/gradient/") :] for name in self._given if name.startswith("step/0/gradient/")]
        order = json.loads(self._metadata.get("parameters", "[]")) or sorted(parameters, key=_naturally)
        if any(f"initial/{name}" not in self._given for name in order):
            raise TraceError(f"{given}: expected the file of isograd trace, got a trace of a training loop")
        self._theirs = {name: self._given[f"initial/{name}"].shape for name in order}
        self._own = pair(self._theirs, {name: np.shape(value) for name, value in own.items()}, names or {}, turned)
        self._turns = {
            name: _axes(shape, np.shape(own[self._own[name]]), self._own[name] in turned)
            for name, shape in self._theirs.items()
        }
        self._dtype = self._given[f"initial/{order[0]}"].dtype
        self._every = int(json.loads(self._metadata.get("spec", "{}")).get("accumulate", 1))
        self._require_precision(own)
        self._initial = {f"initial/{name}": self._to_isograd(name, own[self._own[name]]) for name in self._theirs}
        self._producer, self._result, self._steps, self._yielded, self._is_own = producer, {}, 0, None, False

    def _require_precision(self, own):
        for name in self._own.values():
            dtype = str(own[name].dtype).replace("torch.", "")
            if dtype != self._dtype.name:
                raise TraceError(
                    f'the experiment computes in {self._dtype.name}, the model has "{name}" in {dtype}; make them alike, or set "precision"'
                )

    def _to_isograd(self, name, value):
        turned = np.transpose(np.asarray(value), self._turns[name])
        return np.array(turned, dtype=self._dtype, order="C")

    def _from_isograd(self, name):
        return np.ascontiguousarray(np.transpose(self._given[f"initial/{name}"], np.argsort(self._turns[name])))

    def _batches(self):
        for step in range(int(self._metadata["steps"])):
            if self._steps != step:
                raise TraceError(
                    f"step {step - 1} was not told; call trace.step(...) at the end of the loop's body, once"
                )
            self._yielded = step
            fields, inputs = (f"step/{step}/{kind}/" for kind in ("data", "input"))
            yield {
                name[len(prefix) :]: value
                for prefix in (fields, inputs)
                for name, value in self._given.items()
                if name.startswith(prefix) and not name.startswith(f"{inputs}optimizer.")
            }

    def _record(self, loss, gradients, after, states, rows):
        """One step: gradients and parameters after it by own names, states by isograd's name and then by own names."""
        step, self._steps = self._steps, self._steps + 1
        if rows is None and self._yielded != step:
            raise TraceError(
                "which samples were in the batch? train on trace.batches(), or give rows=, their numbers in the training data"
            )
        tell = self._result.__setitem__
        if step == 0 and self._every == 1:
            self._warn_where_nothing_moved(gradients, after)
        if rows is not None:
            self._is_own = True
            tell(f"step/{step}/rows", np.asarray(rows).astype("<i4").reshape(-1))
        tell(f"step/{step}/loss", np.asarray(loss, dtype=self._dtype).reshape(()))
        for name, own in self._own.items():
            tell(f"step/{step}/gradient/{name}", self._to_isograd(name, gradients[own]))
            tell(f"step/{step}/after/{name}", self._to_isograd(name, after[own]))
            for state, values in states.items():
                if f"initial/{name}/{state}" in self._given and values.get(own) is not None:
                    tell(f"step/{step}/after/{name}/{state}", self._to_isograd(name, values[own]))

    def _warn_where_nothing_moved(self, gradients, after):
        moved = any(
            np.any(self._to_isograd(name, after[own]) != self._initial[f"initial/{name}"])
            for name, own in self._own.items()
        )
        if not moved and any(np.any(np.asarray(gradients[own])) for own in self._own.values()):
            warnings.warn("no parameter has changed in step 0; trace.step(...) belongs behind the update of the parameters")

    def save(self, path):
        """Writes the trace. isograd check EXPERIMENT --against PATH judges it."""
        if self._steps == 0:
            raise TraceError("no step was told; call trace.step(...) at the end of the loop's body")
        own = {"start": "own"} if self._is_own else {}
        metadata = {**self._metadata, **own, "steps": str(self._steps), "producer": self._producer}
        write_safetensors(path, {**self._result, **(self._initial if self._is_own else {})}, metadata)


class TorchTrace(Trace):
    """A trace of a training loop in PyTorch.

    given: the file of `isograd trace`. names: the model's layers by those of the experiment, where they stand in another order.
    """

    def __init__(self, given, model, optimizer, names=None):
        self._torch = torch = importlib.import_module("torch")
        self._optimizer, self._gradients = optimizer, {}
        if any(float(state.get("step", 1)) > 0 for state in optimizer.state.values()):
            raise TraceError("the optimizer has made steps; make the trace before the first one")
        self._parameters = dict(model.named_parameters())
        self._buffers = {name: value for name, value in model.named_buffers() if value.is_floating_point()}
        turned = {name for name, value in self._parameters.items() if value.dim() == 2 and self._is_turned(model, name)}
        own = {name: value.detach().cpu() for name, value in self._parameters.items()}
        super().__init__(given, own, names, turned, f"PyTorch {torch.__version__}")
        self._states = self._layer_states()
        for name, value in self._parameters.items():
            if value.requires_grad and self._every == 1:
                value.register_post_accumulate_grad_hook(self._keep(name))
            elif value.requires_grad:
                value.register_hook(self._add(name))

    def _is_turned(self, model, name):
        """PyTorch's own modules, and what is made of Linear, keep weights as [outputs, inputs], but for embeddings."""
        module, own = model.get_submodule(name.rpartition(".")[0]), self._torch.nn
        is_own = isinstance(module, own.Linear) or type(module).__module__.startswith("torch.")
        return is_own and not isinstance(module, own.Embedding)

    def _keep(self, name):
        # Behind the backward pass: what the loop does to a gradient afterwards, such as clipping, is of the update.
        def keep(parameter):
            self._gradients[name] = parameter.grad.detach().cpu().clone()

        return keep

    def _add(self, name):
        # Of batches that make one update together, each by itself, and not divided by their number.
        def add(gradient):
            share = self._given.get(f"step/{self._steps}/input/accumulation.share", 1 / self._every)
            own = gradient.detach().cpu() / float(share)
            self._gradients[name] = self._gradients.get(name, 0) + own

        return add

    def _layer_states(self):
        """The buffers that are layer states of the experiment, such as running means."""
        layers = {_layer_and_role(name)[0]: _layer_and_role(own)[0] for name, own in self._own.items()}
        found = {}
        for key in self._given:
            layer, role = _layer_and_role(key[8:])
            own = f"{layers.get(layer)}.{role}"
            if key.startswith("initial/") and "/" not in key[8:] and own in self._buffers:
                found[key[8:]] = own
        return found

    def batches(self):
        """isograd's batches, by the names of the fields; the model starts from isograd's weights."""
        with self._torch.no_grad():
            for name, own in self._own.items():
                self._parameters[own].copy_(self._torch.from_numpy(self._from_isograd(name).copy()))
        for batch in self._batches():
            yield {name: self._torch.from_numpy(value.copy()) for name, value in batch.items()}

    def step(self, loss, rows=None):
        """To be called once a step, after optimizer.step(). rows: the samples of the batch, where the loop chose them."""
        after = {name: value.detach().cpu() for name, value in self._parameters.items()}
        if not self._gradients and self._every == 1:
            # No backward pass ran: those that torch.autograd.grad gave, as the optimizer found them.
            own = {name: value.grad for name, value in self._parameters.items() if value.grad is not None}
            self._gradients = {name: value.detach().cpu().clone() for name, value in own.items()}
        gradients = {name: self._gradients.get(name, self._torch.zeros_like(value)) for name, value in after.items()}
        self._gradients.clear()
        rows = rows.cpu() if hasattr(rows, "cpu") else rows
        self._record(float(loss.detach()), gradients, after, self._optimizer_states(), rows)
        for name, own in self._states.items():
            value = self._buffers[own].detach().cpu().numpy()
            self._result[f"step/{self._steps - 1}/after/{name}"] = np.array(value, dtype=self._dtype)

    def _optimizer_states(self):
        def of(parameter, key):
            value = self._optimizer.state.get(parameter, {}).get(key)
            return None if value is None else value.detach().cpu()

        parameters = self._parameters.items()
        return {state: {name: of(one, key) for name, one in parameters} for state, key in TORCH_STATES.items()}


class JaxTrace(Trace):
    """A trace of a training loop in JAX.

    given: the file of `isograd trace`. parameters: a tree of them, such as a list of (weights, biases) or dictionaries.
    names: layers in the tree, such as "0" or "hidden", by those of the experiment, where they stand in another order.
    """

    def __init__(self, given, parameters, names=None):
        self._jax = importlib.import_module("jax")
        own = self._leaves(parameters)
        self._tree = self._jax.tree.structure(parameters)
        ordered = {name: own[name] for name in sorted(own, key=_naturally)}
        super().__init__(given, ordered, names, frozenset(), f"JAX {self._jax.__version__}")
        self._order = list(own)

    def _leaves(self, tree):
        def text(key):
            return str(next(getattr(key, each) for each in ("key", "idx", "name") if hasattr(key, each)))

        leaves = self._jax.tree_util.tree_flatten_with_path(tree)[0]
        return {".".join(text(key) for key in path): leaf for path, leaf in leaves}

    @property
    def initial(self):
        """isograd's initial weights, as a tree like that of the parameters."""
        theirs = {own: self._from_isograd(name) for name, own in self._own.items()}
        return self._jax.tree.unflatten(self._tree, [self._jax.numpy.asarray(theirs[own]) for own in self._order])

    def batches(self):
        """isograd's batches, by the names of the fields; begin at trace.initial."""
        return self._batches()

    def step(self, loss, gradients, parameters, rows=None, **states):
        """To be called once a step, with the parameters after it. rows: the samples of the batch, where the loop chose
        them. states: trees of the optimizer's, by isograd's names, such as m= and v= of Adam."""
        told = {state: self._leaves(tree) for state, tree in states.items()}
        self._record(float(loss), self._leaves(gradients), self._leaves(parameters), told, rows)
