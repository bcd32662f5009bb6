"""Writes through-time.json: gradients of the states of recurrent cells, by step, in PyTorch in float64.

    python through_time.py > through-time.json

Two sequences of four steps; all weights of the input are 0.7, all of the state 0.4, no bias. The loss is the mean over the
sequences of the only unit of the last state. For each step the L2 norm of the gradients of all tensors of the state, of both sequences.
"""
import json

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
X = torch.tensor([[0.5, -1.0, 0.25, 2.0], [1.5, 0.75, -0.5, 1.0]])


def norms(cell):
    for name, parameter in cell.named_parameters():
        nn.init.constant_(parameter, 0.7 if name == "weight_ih" else 0.4)
    state, states = None, []
    for step in range(4):
        state = cell(X[:, step : step + 1], state)
        tensors = state if isinstance(state, tuple) else (state,)
        for one in tensors:
            one.retain_grad()
        states.append(tensors)
    states[-1][0].mean().backward()
    return [sum(float((one.grad**2).sum()) for one in tensors if one.grad is not None) ** 0.5 for tensors in states]


cells = {"simpleRnn": nn.RNNCell, "gru": nn.GRUCell, "lstm": nn.LSTMCell}
norms_of = {name: norms(cell(1, 1, bias=False)) for name, cell in cells.items()}
print(json.dumps({"x": X.tolist(), "norms": norms_of}, indent=2))
