// logSoftmax: 46.051701891615394 where float64 gives NaN, with onnxruntime-node 1.30.0
// npm install onnxruntime-node@1.30.0
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
// The model:
//   logSoftmax = LogSoftmax(x)
//   result = Identity(logSoftmax)
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const ort = await import('onnxruntime-node')

const model = Buffer.from(
  'CAoSB2lzb2dyYWQaBTAuMS4wOqEBCj0KAXgSCmxvZ1NvZnRtYXgaCmxvZ1NvZnRtYXgiCkxvZ1NvZnRtYXgqFAoEYXhpcxj/////' +
    '//////8BoAECCi0KCmxvZ1NvZnRtYXgSBnJlc3VsdBoNb3V0cHV0IHJlc3VsdCIISWRlbnRpdHkSCmxvZ1NvZnRtYXhaDwoBeBIK' +
    'CggICxIECgIIAmIUCgZyZXN1bHQSCgoICAsSBAoCCAJCBAoAEBU=',
  'base64',
)
const session = await ort.InferenceSession.create(model)
const outputs = await session.run({
  x: new ort.Tensor('float64', new Float64Array(Uint32Array.of(0x0, 0x0, 0x0, 0x7ff80000).buffer), [2]),
})
const result = outputs.result.data

const got = Number(result[0])
const expected = NaN // in float64
const bound = 0 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
