import sys

import torch
from torch import nn

from isograd_hooks import TorchTrace

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
trace = TorchTrace(sys.argv[1], model, optimizer)

for batch in trace.batches():  # in the place of a loop over a DataLoader
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(batch["x"].float()), batch["y"].long())
    loss.backward()
    optimizer.step()
    trace.step(loss)

trace.save(sys.argv[2])
