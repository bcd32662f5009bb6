"""Makes averaging.json: averages of weights over twenty steps by PyTorch and Keras, in float64.

    pip install torch==2.13.0 keras==3.* numpy
    KERAS_BACKEND=torch python averaging.py > averaging.json
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch.optim import swa_utils  # noqa: E402

torch.set_default_dtype(torch.float64)
keras.backend.set_floatx("float64")

SIZE, STEPS = 6, 20
WEIGHTS = np.random.default_rng(5).normal(size=(STEPS, SIZE)) * np.array([1, 1e-3, 10, 1, 100, 1])


def torch_average(start=0, every=1, **options):
    """Weights that a loop hands to AveragedModel once `start` steps are done, and every so many from then on."""
    model = torch.nn.Linear(SIZE, 1, bias=False)
    averaged = swa_utils.AveragedModel(model, **options)
    for t, weights in enumerate(WEIGHTS):
        model.weight.data = torch.tensor(weights).reshape(1, SIZE)
        if t >= start and (t - start) % every == 0:
            averaged.update_parameters(model)
        source = averaged.module if t >= start else model
        yield source.weight.detach().numpy().reshape(-1).tolist()


def keras_average(momentum):
    """Weights that SGD of rate 1 is driven to by gradients."""
    variable = keras.Variable(np.zeros(SIZE), dtype="float64")
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=momentum)
    optimizer.build([variable])
    for weights in WEIGHTS:
        before = keras.ops.convert_to_numpy(variable)
        optimizer.apply([keras.ops.convert_to_tensor(before - weights, dtype="float64")])
        yield keras.ops.convert_to_numpy(optimizer._model_variables_moving_average[0]).tolist()


def ema(decay):
    return {"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(decay)}


print(
    json.dumps(
        {
            "made": f"torch {torch.__version__.split('+')[0]}, keras {keras.__version__}",
            "weights": WEIGHTS.tolist(),
            "cases": [
                {"averaging": {"type": "ema"}, "averages": list(torch_average(**ema(0.999)))},
                {"averaging": {"type": "ema", "decay": 0.7}, "averages": list(torch_average(**ema(0.7)))},
                {
                    "averaging": {"type": "ema", "decay": 0.9, "start": 5, "every": 3},
                    "averages": list(torch_average(5, 3, **ema(0.9))),
                },
                {"averaging": {"type": "mean"}, "averages": list(torch_average())},
                {"averaging": {"type": "mean", "start": 8, "every": 2}, "averages": list(torch_average(8, 2))},
                {"averaging": {"type": "ema", "decay": 0.99}, "averages": list(keras_average(0.99))},
                {"averaging": {"type": "ema", "decay": 0.6}, "averages": list(keras_average(0.6))},
            ],
        }
    )
)
