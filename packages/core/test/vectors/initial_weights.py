"""Makes initial-weights.json: files of weights as PyTorch and onnx write them, and the numbers that are in them.

    pip install torch==2.13.0 safetensors onnx numpy
    python initial_weights.py > initial-weights.json

The model is 6 - 4 - 4 with a batch normalisation between; `expected` has its weights as [inputs, outputs].
"""

import base64
import io
import json

import numpy as np
import onnx
import onnx.numpy_helper
import torch
from safetensors.torch import save

torch.manual_seed(3)
model = torch.nn.Sequential()
model.add_module("fc1", torch.nn.Linear(6, 4))
model.add_module("bn", torch.nn.BatchNorm1d(4))
model.add_module("act", torch.nn.Tanh())
model.add_module("fc2", torch.nn.Linear(4, 4))
model.train()
for _ in range(5):
    model(torch.randn(16, 6))
model.eval()

names = {"fc1": "dense1", "bn": "batchNorm1", "fc2": "dense2"}


def ours(state):
    tensors = {}
    for name, value in state.items():
        layer, role = name.split(".")
        if role == "num_batches_tracked":
            continue
        array = value.double().numpy()
        array = array.T if array.ndim == 2 else array
        tensors[f"{names[layer]}.{role}"] = {"shape": list(array.shape), "data": array.reshape(-1).tolist()}
    return tensors


def as_type(dtype):
    return {k: v.to(dtype) if v.is_floating_point() else v for k, v in model.state_dict().items()}


def archive():
    """The linear layers as NumPy saves them, [inputs, outputs], one in Fortran's order, and a counter."""
    buffer = io.BytesIO()
    first, second = (layer.weight.detach().numpy().T for layer in (model.fc1, model.fc2))
    biases = {"b1": model.fc1.bias.detach().numpy(), "b2": model.fc2.bias.detach().double().numpy()}
    np.savez_compressed(buffer, w1=first, w2=np.ascontiguousarray(second), steps=np.array([7]), **biases)
    return buffer.getvalue()


def pickled():
    buffer = io.BytesIO()
    torch.save(torch.nn.Linear(1, 1).state_dict(), buffer)
    return buffer.getvalue()


def text(data):
    return base64.b64encode(data).decode()


def exported():
    """The linear layers as PyTorch's exporter writes them: Gemm with transB."""
    linear = torch.nn.Sequential()
    linear.add_module("fc1", model.fc1)
    linear.add_module("act", torch.nn.Tanh())
    linear.add_module("fc2", model.fc2)
    buffer = io.BytesIO()
    torch.onnx.export(linear, (torch.randn(1, 6),), buffer, dynamo=False, opset_version=17)
    return buffer.getvalue()


def made():
    """A MatMul, and numbers in the fields of their own instead of raw bytes."""
    weight = model.fc1.weight.detach().numpy().T
    bias = model.fc1.bias.detach().double().numpy()
    tensors = [
        onnx.helper.make_tensor("w", onnx.TensorProto.FLOAT, weight.shape, weight.reshape(-1).tolist()),
        onnx.helper.make_tensor("b", onnx.TensorProto.DOUBLE, bias.shape, bias.tolist()),
        onnx.helper.make_tensor("counter", onnx.TensorProto.INT64, [1], [7]),
    ]
    nodes = [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])]
    border = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [None, s]) for n, s in (("x", 6), ("y", 4))]
    graph = onnx.helper.make_graph(nodes, "made", border[:1], border[1:], tensors)
    return onnx.helper.make_model(graph, ir_version=8).SerializeToString()


print(
    json.dumps(
        {
            "made": f"torch {torch.__version__.split('+')[0]}, onnx {onnx.__version__}, numpy {np.__version__}",
            "expected": {
                "float32": ours(model.state_dict()),
                "float16": ours(as_type(torch.float16)),
                "bfloat16": ours(as_type(torch.bfloat16)),
            },
            "files": {
                "float32": text(save(model.state_dict())),
                "marked": text(save(model.state_dict(), {"format": "pt"})),
                "float16": text(save(as_type(torch.float16))),
                "bfloat16": text(save(as_type(torch.bfloat16))),
                "float64": text(save(as_type(torch.float64))),
                "onnx": text(exported()),
                "matmul": text(made()),
                "npz": text(archive()),
                "pickle": text(pickled()),
            },
        }
    )
)
