"""Encodings of columns as scikit-learn has them: python encodings.py > encodings.json"""
import json
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler

random = np.random.default_rng(0)
plain = random.normal(1e6, 3.0, 50)
# scikit-learn multiplies before it subtracts, which costs large numbers their last digits
mild = random.normal(10.0, 3.0, 50)
holed = random.normal(-2.0, 5.0, 40).round(3)
holed[[3, 17, 30]] = np.nan
whole = random.integers(0, 6, 41).astype(float)
whole[[0, 5]] = np.nan
constant = np.full(7, 4.25)
texts = random.choice(["Oslo", "Kiel", "Bonn", "Rome"], 30).astype(object)
texts[[2, 9]] = None


def numbers(name, column, encoding, steps):
    fitted = make_pipeline(*steps).fit(column[:30, None])
    values = fitted.transform(column[:, None])[:, 0]
    listed = [None if np.isnan(value) else float(value) for value in column]
    return {"name": name, "column": listed, "encoding": encoding, "expected": values.tolist()}


def by(strategy):
    return SimpleImputer(strategy=strategy)


cases = [
    numbers("standardise", plain, "standardise", [StandardScaler()]),
    numbers("a constant", constant, "standardise", [StandardScaler()]),
    numbers("min-max", mild, "minMax", [MinMaxScaler()]),
    numbers("min-max of a constant", constant, "minMax", [MinMaxScaler()]),
    numbers("range", mild, {"type": "minMax", "low": -1, "high": 3}, [MinMaxScaler((-1, 3))]),
    numbers("mean", holed, "impute", [by("mean")]),
    numbers("median", holed, {"type": "impute", "by": "median"}, [by("median")]),
    numbers("median of an even count", holed[1:], {"type": "impute", "by": "median"}, [by("median")]),
    numbers("most frequent", whole, {"type": "impute", "by": "mostFrequent"}, [by("most_frequent")]),
    numbers("constant", holed, {"type": "impute", "value": -7.5}, [SimpleImputer(strategy="constant", fill_value=-7.5)]),
    numbers("imputed, standardised", holed, ["impute", "standardise"], [by("mean"), StandardScaler()]),
    numbers("imputed, min-max", holed, [{"type": "impute", "by": "median"}, "minMax"], [by("median"), MinMaxScaler()]),
    numbers("min-max, standardised", mild, ["minMax", "standardise"], [MinMaxScaler(), StandardScaler()]),
    numbers("whole numbers", whole, ["impute", "standardise"], [by("mean"), StandardScaler()]),
]
filled = SimpleImputer(strategy="most_frequent", missing_values=None).fit_transform(texts[:, None])
order = ["Rome", "Oslo", "Bonn", "Kiel"]
for name, encoding, encoder in [
    ("one-hot", ["impute", "oneHot"], OneHotEncoder(sparse_output=False)),
    ("ordinal", ["impute", "ordinal"], OrdinalEncoder()),
    ("in an order", ["impute", {"type": "ordinal", "order": order}], OrdinalEncoder(categories=[order])),
    ("in an order, standardised", ["impute", {"type": "ordinal", "order": order}, "standardise"],
     make_pipeline(OrdinalEncoder(categories=[order]), StandardScaler())),
]:
    values = encoder.fit(filled[:30]).transform(filled).ravel().tolist()
    cases.append({"name": name, "column": texts.tolist(), "encoding": encoding, "expected": values})
print(json.dumps(cases))
