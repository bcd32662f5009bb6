"""Opens the files of make.mjs with other tools, and writes how far each is from the reference backend.

    node test/exports/make.mjs DIRECTORY && python test/exports/check.py DIRECTORY > test/exports/opened.json

Needs onnx, onnxruntime, onnx2torch, openvino, opencv-python-headless, torch, tract, keras, safetensors. A tool that refuses a file
ends the program; each is given the opsets that it knows.
"""
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import sys
from pathlib import Path
from unittest.mock import MagicMock

os.environ['KERAS_BACKEND'] = 'torch'
try:
    import torchvision.ops
except Exception:  # onnx2torch imports it for two operators that no model here has
    sys.modules['torchvision'] = sys.modules['torchvision.ops'] = MagicMock()

import cv2
import numpy as np
import onnx
import onnx2torch
import onnxruntime
import openvino
import torch
import tract

# onnx2torch 1.5 has no operators of opset 20 and later.
ONNX2TORCH = {'opset13.onnx', 'opset17.onnx'}


def program(path):
    spec = importlib.util.spec_from_file_location(f'{path.parent.name}_{path.stem}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def far(got, wanted):
    return float(np.abs(np.asarray(got, dtype=np.float64) - np.asarray(wanted)).max())


def by_tract(path, values):
    model = tract.onnx().load(str(path))
    model.set_input_fact(0, ','.join([*map(str, values.shape), 'u8' if values.dtype == np.uint8 else 'f32']))
    outputs = model.into_model().into_runnable().run([values])
    return outputs[[output.name for output in onnx.load(path).graph.output].index('output')].to_numpy()


def onnx_file(path, samples, expected):
    encoded = (samples / np.float32(255)).astype(np.float32)
    stored = path.name == 'stored.onnx'
    feed = {'image': samples} if stored else {'samples': encoded}
    onnx.checker.check_model(onnx.load(path), full_check=True)
    output, prediction = onnxruntime.InferenceSession(path).run(['output', 'prediction'], feed)
    found = {'onnxruntime': max(far(output, expected['output']), far(prediction, expected['prediction']))}
    compiled = openvino.Core().compile_model(openvino.Core().read_model(path), 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    found['openvino'] = far(compiled(list(feed.values()))['output'], expected['output'])
    found['tract'] = far(by_tract(path, *feed.values()), expected['output'])
    if path.name in ONNX2TORCH:
        module = onnx2torch.convert(onnx.load(path)).eval()
        found['onnx2torch'] = far(module(torch.tensor(encoded))[0].detach(), expected['output'])
    # OpenCV 5 computes the gelu of tanh by erf.
    if not stored and (path.parent.name != 'geluTanh' or path.name in ONNX2TORCH):
        net = cv2.dnn.readNetFromONNX(str(path))
        net.setInput(encoded)
        found['opencv'] = far(net.forward('output'), expected['output'])
    return found


def opened(path, samples, expected):
    encoded = (samples / np.float32(255)).astype(np.float32)
    if path.suffix == '.onnx':
        return onnx_file(path, samples, expected)
    if path.name == 'model.py':
        return {'torch': far(program(path).load()(torch.tensor(encoded)).detach(), expected['output'])}
    if path.name == 'model_keras.py':
        return {'keras': far(program(path).load().predict(encoded, verbose=0), expected['prediction'])}
    return {}


results = {}
for directory in sorted(Path(sys.argv[1]).iterdir()):
    expected = json.loads((directory / 'expected.json').read_text())
    samples = np.array(expected['samples'], dtype=np.uint8).reshape(expected['shape'])
    files = [path for path in sorted(directory.iterdir()) if path.suffix in ('.onnx', '.py', '.safetensors')]
    for path in files:
        try:
            found = opened(path, samples, expected)
        except Exception as error:
            print(directory.name, path.name, repr(error)[:300], file=sys.stderr)
            raise
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        results[f'{directory.name}/{path.name}'] = {'sha256': digest, **found}

tools = ['onnx', 'onnxruntime', 'onnx2torch', 'openvino', 'opencv-python-headless', 'torch', 'tract', 'keras', 'safetensors']
versions = {tool: importlib.metadata.version(tool) for tool in tools}
lines = [f'  {json.dumps(name)}: {json.dumps(found)}' for name, found in results.items()]
print(f'{{\n "versions": {json.dumps(versions)},\n "files": {{\n' + ',\n'.join(lines) + '\n }\n}')
