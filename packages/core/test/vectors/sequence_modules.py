"""Layers for sequences in PyTorch, for sequences.py and blocks.py: those that torch.nn has, and those that are written out."""
import json
import math

import torch
from torch import nn

SUFFIXES = {"forward": [""], "backward": ["_reverse"], "both": ["", "_reverse"]}


def fill(shape, seed):
    """Numbers that the tests compute too."""
    count = math.prod(shape)
    return torch.tensor([((i * 1238 + seed * 104729) % 2003) / 1001.5 - 1 for i in range(count)]).reshape(shape)


def write(cases):
    """A case a line."""
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    print(f"[\n{lines}\n]")


class Recurrent(nn.Module):
    """A layer of torch.nn; backward it is the second half of one that goes both ways."""

    def __init__(self, kind, features, units, sequences, direction="forward", bias=True, padding=None, **more):
        super().__init__()
        self.layer = kind(features, units, batch_first=True, bidirectional=direction != "forward", bias=bias, **more)
        self.units, self.sequences, self.padding = units, sequences, padding
        self.isBackward = direction == "backward"

    def parameters_by_name(self):
        return {name: value for name, value in self.layer.named_parameters() if not self.isBackward or name.endswith("_reverse")}

    def forward(self, x, ids=None):
        if ids is None:
            out, h = self.layer(x)
        else:
            lengths = (ids != self.padding).sum(1)
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            out, h = self.layer(packed)
            out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
        h = h[0] if isinstance(h, tuple) else h
        if self.isBackward:
            out, h = out[..., self.units :], h[1:]
        return out if self.sequences else h.transpose(0, 1).flatten(1)


class Written(nn.Module):
    """A layer of a cell that torch.nn lacks: the steps in either order; steps of padding leave the state, and give 0."""

    def __init__(self, features, units, sequences, direction="forward", bias=True, padding=None):
        super().__init__()
        self.units, self.sequences, self.padding, self.suffixes = units, sequences, padding, SUFFIXES[direction]
        width = self.gates * units
        shapes = {"weight_ih_l0": [features, width], "weight_hh_l0": [units, width], **{role: [units] for role in self.own}}
        if bias:
            shapes |= {"bias_ih_l0": [width], "bias_hh_l0": [width]}
        self.layer = nn.ParameterDict({role + way: torch.zeros(shape) for way in self.suffixes for role, shape in shapes.items()})

    def way(self, x, ids, suffix):
        zero = x.new_zeros(self.gates * self.units)
        p = {role: self.layer[role + suffix] if role + suffix in self.layer else zero
             for role in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", *self.own)}
        state = (x.new_zeros(x.shape[0], self.units),) * self.states
        steps, out = range(x.shape[1]), {}
        for t in reversed(steps) if suffix else steps:
            seen = torch.ones(x.shape[0], 1) if ids is None else (ids[:, t : t + 1] != self.padding).to(x.dtype)
            after = self.step(p, x[:, t] @ p["weight_ih_l0"] + p["bias_ih_l0"], *state)
            state = tuple(seen * new + (1 - seen) * old for new, old in zip(after, state))
            out[t] = seen * state[0]
        return torch.stack([out[t] for t in steps], 1), state[0]

    def forward(self, x, ids=None):
        ways = [self.way(x, ids, suffix) for suffix in self.suffixes]
        return torch.cat([out for out, _ in ways], 2) if self.sequences else torch.cat([last for _, last in ways], 1)


class Peephole(Written):
    """LSTM whose gates see the cell, after Gers et al. (2002)."""

    gates, states, own = 4, 2, ("weight_ci_l0", "weight_cf_l0", "weight_co_l0")

    def step(self, p, a, h, c):
        i, f, g, o = (a + h @ p["weight_hh_l0"] + p["bias_hh_l0"]).chunk(4, dim=1)
        i, f = torch.sigmoid(i + c * p["weight_ci_l0"]), torch.sigmoid(f + c * p["weight_cf_l0"])
        c = f * c + i * torch.tanh(g)
        return torch.sigmoid(o + c * p["weight_co_l0"]) * torch.tanh(c), c


class ResetBefore(Written):
    """GRU as published: the reset gate acts on the state before the product."""

    gates, states, own = 3, 1, ()

    def step(self, p, a, h):
        n, w, d = self.units, p["weight_hh_l0"], p["bias_hh_l0"]
        r, z = torch.sigmoid(a[:, : 2 * n] + h @ w[:, : 2 * n] + d[: 2 * n]).chunk(2, dim=1)
        new = torch.tanh(a[:, 2 * n :] + (r * h) @ w[:, 2 * n :] + d[2 * n :])
        return ((1 - z) * new + z * h,)


class Attention(nn.Module):
    def __init__(self, features, heads, causal=False, bias=True, padding=None):
        super().__init__()
        self.layer = nn.MultiheadAttention(features, heads, bias=bias, batch_first=True)
        self.heads, self.causal, self.padding = heads, causal, padding

    def forward(self, x, y=None, ids=None):
        y = x if y is None else y
        mask = torch.triu(torch.ones(x.shape[1], y.shape[1], dtype=torch.bool), 1) if self.causal else None
        unseen = None if ids is None else ids == self.padding
        return self.layer(x, y, y, need_weights=False, attn_mask=mask, key_padding_mask=unseen)[0]


class OfItself(Attention):
    """Self-attention whose second input tells padding."""

    def forward(self, x, ids):
        return super().forward(x, None, ids)


class Rotary(Attention):
    """Causal or full self-attention with rotary positions on the halves of a head."""

    def forward(self, x):
        b, n, f = x.shape
        width = f // self.heads
        given = nn.functional.linear(x, self.layer.in_proj_weight, self.layer.in_proj_bias)
        q, k, u = given.reshape(b, n, 3, self.heads, width).permute(2, 0, 3, 1, 4)
        angle = torch.arange(n)[:, None] / 10000 ** (torch.arange(width // 2)[None] * 2 / width)
        turn = lambda y: torch.cat([y[..., : width // 2] * angle.cos() - y[..., width // 2 :] * angle.sin(),
                                    y[..., width // 2 :] * angle.cos() + y[..., : width // 2] * angle.sin()], -1)
        y = nn.functional.scaled_dot_product_attention(turn(q), turn(k), u, is_causal=self.causal)
        return self.layer.out_proj(y.transpose(1, 2).reshape(b, n, f))


class Only(nn.Module):
    def __init__(self, layer, before=lambda x: x):
        super().__init__()
        self.layer, self.before = layer, before

    def forward(self, x):
        return self.layer(self.before(x))


class Positions(nn.Module):
    def __init__(self, steps, features, learned):
        super().__init__()
        self.layer = nn.ParameterDict({"weight": torch.zeros(steps, features)} if learned else {})
        position, i = torch.arange(steps)[:, None], torch.arange(features)[None]
        angle = position / 10000 ** ((i - i % 2) / features)
        self.table = torch.where(i % 2 == 0, angle.sin(), angle.cos())

    def forward(self, x):
        return x + (self.layer["weight"] if len(self.layer) else self.table)
