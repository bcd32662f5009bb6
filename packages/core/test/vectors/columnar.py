"""Files as pyarrow writes them: python columnar.py > columnar.json"""
import base64
import io
import json
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

table = pa.table({
    "age": pa.array([31, None, 58], pa.int64()),
    "size": pa.array([0.5, 1.25, -3.0], pa.float32()),
    "city": ["Oslo", None, "Bonn"],
    "kind": pa.array(["a", "b", "a"]).dictionary_encode(),
    "yes": [True, False, True],
    "far": pa.array([2**40, 1, 2], pa.int64()),
    "pair": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float64(), 2)),
})


def encoded(write):
    out = io.BytesIO()
    write(out)
    return base64.b64encode(out.getvalue()).decode()


flat = table.drop_columns(["pair"])
print(json.dumps({
    "parquet": encoded(lambda out: parquet.write_table(flat, out)),
    "arrow": encoded(lambda out: feather.write_feather(table, out, compression="uncompressed")),
    "lz4": encoded(lambda out: feather.write_feather(flat, out, compression="lz4")),
    "brotli": encoded(lambda out: parquet.write_table(flat, out, compression="brotli")),
    "columns": {
        "age": [31, None, 58], "size": [0.5, 1.25, -3.0], "city": ["Oslo", None, "Bonn"], "kind": ["a", "b", "a"],
        "yes": [1, 0, 1], "far": [2**40, 1, 2], "pair": [1, 2, 3, 4, 5, 6],
    },
}))
