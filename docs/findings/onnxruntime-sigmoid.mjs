// sigmoid: 5.960464477539063e-8 where float64 gives 1.12535162055095e-7, with onnxruntime-node 1.30.0
// npm install onnxruntime-node@1.30.0
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
// The model:
//   forward/activation1/sigmoid = Sigmoid(x)
//   result = Identity(forward/activation1/sigmoid)
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const ort = await import('onnxruntime-node')

const model = Buffer.from(
  'CAoSB2lzb2dyYWQaBTAuMS4wOrgBCkYKAXgSG2ZvcndhcmQvYWN0aXZhdGlvbjEvc2lnbW9pZBobZm9yd2FyZC9hY3RpdmF0aW9u' +
    'MS9zaWdtb2lkIgdTaWdtb2lkCj4KG2ZvcndhcmQvYWN0aXZhdGlvbjEvc2lnbW9pZBIGcmVzdWx0Gg1vdXRwdXQgcmVzdWx0IghJ' +
    'ZGVudGl0eRIHc2lnbW9pZFoPCgF4EgoKCAgBEgQKAggBYhQKBnJlc3VsdBIKCggIARIECgIIAUIECgAQFQ==',
  'base64',
)
const session = await ort.InferenceSession.create(model)
const outputs = await session.run({
  x: new ort.Tensor('float32', Float32Array.of(-16), [1]),
})
const result = outputs.result.data

const got = Number(result[0])
const expected = 1.12535162055095e-7 // in float64
const bound = 1.0732189394446189e-13 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
