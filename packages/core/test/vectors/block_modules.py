"""Blocks of layers in PyTorch, for blocks.py."""
import torch
from torch import nn


class Seeing(nn.Module):
    """A decoder block whose steps see themselves and what is before them."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x, memory):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
        return self.block(x, memory, tgt_mask=mask, tgt_is_causal=True)


class Padded(nn.Module):
    """A block that does not see steps whose token is padding."""

    def __init__(self, block, padding, causal=False):
        super().__init__()
        self.block, self.padding, self.causal = block, padding, causal

    def forward(self, x, memory=None, ids=None, own=None):
        later = torch.triu(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool), 1) if self.causal else None
        unseen = lambda one: None if one is None else one == self.padding
        if memory is None:
            return self.block(x, src_mask=later, src_key_padding_mask=unseen(own))
        return self.block(x, memory, tgt_mask=later, memory_key_padding_mask=unseen(ids), tgt_key_padding_mask=unseen(own))


class Encoder(nn.Module):
    """An encoder block with attention of its own, whose masks are told: x + f(x), what is kept over its share."""

    def __init__(self, block, attention, rate):
        super().__init__()
        self.block, self.attention, self.rate = block, attention, rate

    def dropped(self, x, kept, name):
        return x * kept[name].view(x.shape) / (1 - self.rate) if name in kept else x

    def around(self, x, inner, norm, mask):
        if self.block.norm_first:
            return x + mask(inner(norm(x)))
        return norm(x + mask(inner(x)))

    def forward(self, x, kept={}):
        block = self.block
        feed = lambda y: block.linear2(block.activation(block.linear1(y)))
        y = self.around(x, self.attention, block.norm1, lambda y: self.dropped(y, kept, "dropout1.mask"))
        return self.around(y, feed, block.norm2, lambda y: self.dropped(y, kept, "dropout2.mask"))


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio, function, gate, axes, first):
        super().__init__()
        units = max(1, channels // ratio)
        self.squeeze, self.excite = nn.Linear(channels, units), nn.Linear(units, channels)
        self.function, self.gate, self.axes, self.first = function, gate, axes, first

    def forward(self, x):
        """The layout of samples: channels last, or without an axis of theirs."""
        y = x.unsqueeze(-1) if self.first is None else x
        spatial = tuple(range(1, 1 + self.axes)) if not self.first else tuple(range(2, 2 + self.axes))
        shares = self.gate(self.excite(self.function(self.squeeze(y.mean(spatial)))))
        ones = [1] * self.axes
        shares = shares.view(-1, *([shares.shape[1], *ones] if self.first else [*ones, shares.shape[1]]))
        return x * (shares.squeeze(-1) if self.first is None else shares)


class Behind(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Moved(nn.Module):
    def forward(self, x):
        return x.movedim(-1, 1)


class Deep(nn.Module):
    """x + f(x) for the samples that are kept, over the share of those; x for the others."""

    def __init__(self, layers, rates):
        super().__init__()
        self.layers, self.rates = nn.ModuleList(layers), rates

    def forward(self, x, kept):
        for i, (layer, rate) in enumerate(zip(self.layers, self.rates)):
            keep = kept[f"stochasticDepth{i + 1}.mask"].view(-1, *[1] * (x.dim() - 1))
            x = x + layer(x) * keep / (1 - rate)
        return x


class Fed(nn.Module):
    def __init__(self, features, units, function):
        super().__init__()
        self.first, self.second, self.function = nn.Linear(features, units), nn.Linear(units, features), function

    def forward(self, x):
        return self.second(self.function(self.first(x)))


class Through(nn.Module):
    """What a function makes of the inputs, and a linear layer behind, so that there is something to train."""

    def __init__(self, function, features):
        super().__init__()
        self.function, self.out = function, nn.Linear(features, 2)

    def forward(self, *xs, **more):
        return self.out(self.function(*xs, **more))
