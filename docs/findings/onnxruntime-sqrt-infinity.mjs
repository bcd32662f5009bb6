// sqrt: NaN where float64 gives Infinity, with onnxruntime-node 1.20.1
// npm install onnxruntime-node@1.20.1
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
// The model:
//   sqrt = Sqrt(x)
//   result = Identity(sqrt)
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const ort = await import('onnxruntime-node')

const model = Buffer.from(
  'CAoSB2lzb2dyYWQaBTAuMS4wOm0KFQoBeBIEc3FydBoEc3FydCIEU3FydAonCgRzcXJ0EgZyZXN1bHQaDW91dHB1dCByZXN1bHQi' +
    'CElkZW50aXR5EgRzcXJ0Wg8KAXgSCgoICAESBAoCCARiFAoGcmVzdWx0EgoKCAgBEgQKAggEQgQKABAV',
  'base64',
)
const session = await ort.InferenceSession.create(model)
const outputs = await session.run({
  x: new ort.Tensor('float32', Float32Array.of(Infinity, 0, 0, 0), [4]),
})
const result = outputs.result.data

const got = Number(result[0])
const expected = Infinity // in float64
const bound = 0 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
