"""Files as NumPy writes them: python npy.py > npy.json"""
import base64
import io
import json
import numpy as np

random = np.random.default_rng(0)


def saved(array, **options):
    out = io.BytesIO()
    np.save(out, array, **options)
    return base64.b64encode(out.getvalue()).decode()


def case(name, array, dtype, expected=None):
    values = (array if expected is None else expected).ravel().tolist()
    return {"name": name, "npy": saved(array), "dtype": dtype, "shape": list(array.shape), "values": [float(v) for v in values]}


grid = np.arange(24).reshape(2, 3, 4)
floats = random.normal(size=(3, 4))
halves = np.array([0, -0.5, 65504, 6e-8, 6.1e-5, 1 / 3], "f2")
cases = [
    case("uint8", grid.astype("u1"), "uint8"),
    case("bool", grid % 2 == 0, "uint8"),
    case("int8", (grid - 12).astype("i1"), "int32"),
    case("uint16", (grid * 2000).astype("u2"), "int32"),
    case("int32", grid.astype("i4") - 70000, "int32"),
    case("int64", grid.astype("i8") - 70000, "int32"),
    case("uint64", grid.astype("u8"), "int32"),
    case("float16", halves, "float32"),
    case("float32", floats.astype("f4"), "float32"),
    case("float64", floats, "float64"),
    case("float64, big-endian", floats.astype(">f8"), "float64"),
    case("uint16, big-endian", (grid * 2000).astype(">u2"), "int32"),
    case("column-major", np.asfortranarray(floats), "float64"),
    case("column-major, three axes", np.asfortranarray(grid.astype("f4")), "float32"),
    case("a row", np.asfortranarray(np.arange(5.0)), "float64"),
]


class Harm:
    def __reduce__(self):
        return (exec, ("raise SystemExit('executed')",))


record = np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])
refused = [
    {"message": "complex numbers", "npy": saved(np.array([1j]))},
    {"message": "texts", "npy": saved(np.array(["a"]))},
    {"message": "texts", "npy": saved(np.array([b"a"]))},
    {"message": "Python objects", "npy": saved(np.array([Harm()], object), allow_pickle=True)},
    {"message": "records", "npy": saved(record)},
    {"message": "dates", "npy": saved(np.array(["2020-01-01"], "M8[D]"))},
    {"message": "value 1: expected a number of 32 bits with sign, got 2147483648", "npy": saved(np.array([1, 2**31]))},
]
arrays = {"x_train": floats, "y_train": np.array([0, 1, 0]), "x_test": floats[:2] + 1, "y_test": np.array([1, 1])}
npz = {}
for name, save in [("stored", np.savez), ("compressed", np.savez_compressed)]:
    out = io.BytesIO()
    save(out, **arrays)
    npz[name] = base64.b64encode(out.getvalue()).decode()
print(json.dumps({"cases": cases, "refused": refused, "npz": npz, "x_test": (floats[:2] + 1).ravel().tolist()}))
