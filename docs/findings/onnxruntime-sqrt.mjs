// sqrt: 1.3978529977975995e-7 where float64 gives 1.3978528260658472e-7, with onnxruntime-node 1.20.1
// npm install onnxruntime-node@1.20.1
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
// The model:
//   update/dense1.weight/sqrt = Sqrt(x)
//   result = Identity(update/dense1.weight/sqrt)
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const ort = await import('onnxruntime-node')

const model = Buffer.from(
  'CAoSB2lzb2dyYWQaBTAuMS4wOqwBCj8KAXgSGXVwZGF0ZS9kZW5zZTEud2VpZ2h0L3NxcnQaGXVwZGF0ZS9kZW5zZTEud2VpZ2h0' +
    'L3NxcnQiBFNxcnQKPAoZdXBkYXRlL2RlbnNlMS53ZWlnaHQvc3FydBIGcmVzdWx0Gg1vdXRwdXQgcmVzdWx0IghJZGVudGl0eRIE' +
    'c3FydFoPCgF4EgoKCAgBEgQKAggEYhQKBnJlc3VsdBIKCggIARIECgIIBEIECgAQFQ==',
  'base64',
)
const session = await ort.InferenceSession.create(model)
const outputs = await session.run({
  x: new ort.Tensor('float32', Float32Array.of(0, 1.9539925233402755e-14, 0, 0), [4]),
})
const result = outputs.result.data

const got = Number(result[1])
const expected = 1.3978528260658472e-7 // in float64
const bound = 1.6663704260224712e-14 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
