"""Small picture files by Pillow, and the values that Pillow reads from them.

    python pictures.py > pictures.json
"""
import base64
import io
import json

import numpy as np
from PIL import Image, __version__, features

rows, columns = np.mgrid[0:12, 0:10]
colours = np.stack([20 * columns, 18 * rows, 255 - 9 * (rows + columns)], -1).clip(0, 255).astype(np.uint8)
alpha = (25 * columns).clip(0, 255).astype(np.uint8)
rgb = Image.fromarray(colours)
grey = rgb.convert("L")
rgba = Image.fromarray(np.dstack([colours, alpha]))
palette = rgb.quantize(13)
bits = Image.fromarray((colours[..., 0] > 90).astype(np.uint8) * 255).convert("1")


def file(name, image, **options):
    target = io.BytesIO()
    image.save(target, name.split(".")[1], **options)
    read = Image.open(io.BytesIO(target.getvalue()))
    has_alpha = read.mode == "RGBA"
    values = np.asarray(read.convert("RGBA" if has_alpha else "RGB"))
    return {
        "file": name,
        "bytes": base64.b64encode(target.getvalue()).decode(),
        "channels": values.shape[2],
        "values": values.flatten().tolist(),
    }


files = [
    file("colours.jpeg", rgb, quality=90),
    file("grey.jpeg", grey, quality=90),
    file("colours.webp", rgb, lossless=True),
    file("transparent.webp", rgba, lossless=True, exact=True),
    file("colours.bmp", rgb),
    file("grey.bmp", grey),
    file("palette.bmp", palette),
    file("bits.bmp", bits),
    file("transparent.bmp", rgba),
    file("transparent.png", rgba),
]
about = f"Pillow {__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}"
print(json.dumps({"about": about, "width": 10, "height": 12, "files": files}))
