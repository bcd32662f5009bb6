"""The networks of proof.yaml in PyTorch, healthy or with a fault, each leaving a trace by the hook."""

import torch
from torch import nn

from isograd_hooks import TorchTrace
from proof_data import batch_of

torch.set_num_threads(1)


class InsideRoot(torch.optim.Optimizer):
    """Adam as it is easily written by hand: epsilon inside of the root, or no bias correction."""

    def __init__(self, parameters, lr, inside, corrected):
        super().__init__(parameters, {"lr": lr})
        self.inside, self.corrected = inside, corrected

    @torch.no_grad()
    def step(self):
        for p in self.param_groups[0]["params"]:
            state = self.state[p]
            if not state:
                state.update(step=0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
            state["step"] += 1
            m, v, t = state["exp_avg"], state["exp_avg_sq"], state["step"]
            m.mul_(0.9).add_(p.grad, alpha=0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            a, b = (1 - 0.9**t, 1 - 0.999**t) if self.corrected else (1, 1)
            root = (v / b + 1e-8).sqrt() if self.inside else (v / b).sqrt() + 1e-8
            p.sub_(self.param_groups[0]["lr"] * (m / a) / root)


def model_of(network, fault):
    activation = {
        "gelu-tanh": lambda: nn.GELU(approximate="tanh"),
        "leaky-relu": lambda: nn.LeakyReLU(0.01),
    }.get(fault, {"adamw": nn.GELU, "momentum": nn.Sigmoid}.get(network, nn.ReLU))
    if network == "momentum":
        return nn.Sequential(nn.Linear(10, 12), activation(), nn.Linear(12, 1))
    if network == "conv":
        pool = nn.MaxPool2d
        planes = [nn.Unflatten(1, (1, 28)), nn.Conv2d(1, 6, 5, padding=2), activation(), pool(2)]
        more = [nn.Conv2d(6, 16, 5), activation(), pool(2), nn.Flatten()]
        return nn.Sequential(*planes, *more, nn.Linear(400, 32), activation(), nn.Linear(32, 10))
    return nn.Sequential(nn.Linear(2, 16), activation(), nn.Linear(16, 8), activation(), nn.Linear(8, 3))


def optimizer_of(network, fault, model):
    parameters = [p for name, p in model.named_parameters() if not (fault == "forgotten-bias" and name == "2.bias")]
    if network == "momentum":
        momentum = 0.8 if fault == "momentum" else 0.9
        dampening = 0.1 if fault == "dampening" else 0
        return torch.optim.SGD(
            parameters, lr=0.02, momentum=momentum, dampening=dampening, nesterov=fault == "nesterov"
        )
    if fault in ("epsilon-inside", "no-correction"):
        return InsideRoot(parameters, 0.003, fault == "epsilon-inside", fault != "no-correction")
    if fault == "sgd":
        return torch.optim.SGD(parameters, lr=0.003)
    beta2 = 0.99 if fault == "beta2" else 0.999
    if network != "adamw":
        return torch.optim.Adam(parameters, lr=0.001 if fault == "rate" else 0.003, betas=(0.9, beta2))
    if fault == "decay-in-gradient":
        return torch.optim.Adam(parameters, lr=0.002, weight_decay=0.05)
    return torch.optim.AdamW(parameters, lr=0.002, betas=(0.9, beta2), weight_decay=0.01 if fault == "decay" else 0.05)


def samples_of(network, fault, batch):
    if network != "conv":
        return batch["x"].float(), batch["y"].long()
    x, y = batch["image"].float(), batch["label"].long()
    if fault == "classes":
        y = (y + 1) % 10
    if fault == "transposed":
        x = x.transpose(1, 2)
    if fault != "undivided":
        x = x / (256 if fault == "divided" else 255)
    return ((x - 0.1307) / 0.3081 if fault == "normalised" else x), y


def loss_of(network, fault, model, batch):
    if network == "momentum":
        x = batch["x"].float()
        return nn.functional.mse_loss(model(2 * x - 1 if fault == "centred" else x)[:, 0], batch["y"].float())
    x, y = samples_of(network, fault, batch)
    if fault == "two-softmaxes":
        return nn.functional.cross_entropy(model(x).softmax(1), y)
    if fault == "log-softmax":
        return nn.functional.nll_loss(model(x).log_softmax(1), y)
    smoothing = 0.1 if fault == "label-smoothing" else 0
    return nn.functional.cross_entropy(
        model(x), y, reduction="sum" if fault == "sum" else "mean", label_smoothing=smoothing
    )


def train(network, fault, given, out, own=None):
    """Repeats the steps of a trace; or trains on batches of its own, which have their `rows`."""
    torch.manual_seed(0)
    model = model_of(network, fault)
    if fault == "frozen-bias":
        model[2].bias.requires_grad_(False)
    optimizer = optimizer_of(network, fault, model)
    trace = TorchTrace(given, model, optimizer)
    every = 2 if network == "accumulated" else 1
    for step, batch in enumerate(trace.batches() if own is None else own):
        if fault == "order":
            batch = {name: torch.from_numpy(value) for name, value in batch_of(given, step + 1).items()}
        if step % every == 0 and (fault != "stale" or step == 0):
            optimizer.zero_grad()
        if fault == "schedule" and step == 1:
            optimizer.param_groups[0]["lr"] *= 0.5
        loss = loss_of(network, fault, model, batch)
        if fault == "healthy-gradients":
            for parameter, gradient in zip(model.parameters(), torch.autograd.grad(loss, list(model.parameters()))):
                parameter.grad = gradient
        else:
            (loss / every).backward()
        if fault == "clipped":
            nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        if step % every == every - 1:
            optimizer.step()
        trace.step(loss, **({} if own is None else {"rows": batch["rows"]}))
    trace.save(out)
