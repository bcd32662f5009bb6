// add: 2 where float64 gives 1, with @tensorflow/tfjs 4.22.0 and @tensorflow/tfjs-backend-wasm 4.22.0
// npm install @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
// It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.
process.on('uncaughtException', (error) => {
  console.error(String(error))
  process.exit(2)
})
const tf = await import('@tensorflow/tfjs')
await import('@tensorflow/tfjs-backend-wasm')

await tf.setBackend('wasm')
const x = tf.tensor(Float32Array.of(0, 0), [2, 1], 'float32')
const y = tf.tensor(Float32Array.of(0, 0), [2, 1], 'float32')
const z = tf.tensor(Float32Array.of(1, 2), [2], 'float32')
const v1 = tf.fused.matMul({ a: x, b: y, transposeA: false, transposeB: true, bias: z })
const result = await v1.data()

const got = Number(result[2])
const expected = 1 // in float64
const bound = 0 // what rounding may change
const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound
console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)
process.exit(isRight ? 0 : 1)
