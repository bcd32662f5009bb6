// maxPool: 0 where float64 gives NaN, with onnxruntime-node 1.30.0
// npm install onnxruntime-node@1.30.0
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
// The model:
//   maxPool = MaxPool(x)
//   result = Identity(maxPool)
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const ort = await import('onnxruntime-node')

const model = Buffer.from(
  'CAoSB2lzb2dyYWQaBTAuMS4wOuQBCm4KAXgSB21heFBvb2waB21heFBvb2wiB01heFBvb2wqEAoHc3RyaWRlc0ACQAKgAQcqEgoJ' +
    'ZGlsYXRpb25zQAFAAaABByoRCgRwYWRzQABAAEAAQACgAQcqFQoMa2VybmVsX3NoYXBlQAJAAqABBwoqCgdtYXhQb29sEgZyZXN1' +
    'bHQaDW91dHB1dCByZXN1bHQiCElkZW50aXR5EgdtYXhQb29sWhsKAXgSFgoUCAESEAoCCAEKAggBCgIIAgoCCAJiIAoGcmVzdWx0' +
    'EhYKFAgBEhAKAggBCgIIAQoCCAEKAggBQgQKABAV',
  'base64',
)
const session = await ort.InferenceSession.create(model)
const outputs = await session.run({
  x: new ort.Tensor('float32', new Float32Array(Uint32Array.of(0x0, 0x0, 0x0, 0x7fc00000).buffer), [1, 1, 2, 2]),
})
const result = outputs.result.data

const got = Number(result[0])
const expected = NaN // in float64
const bound = 0 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
