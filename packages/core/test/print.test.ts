import { expect, it } from 'vitest'
import { Builder } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { print } from '../src/ir/print.js'
import { BATCH } from '../src/ir/program.js'
import { gradientStages } from '../src/plan/stages.js'

it('prints a training step with types, stages and layers', () => {
  const b = new Builder('step', 'forward')
  const scale = b.constants('scale', { dtype: 'float32', shape: [2] })
  const kernel = b.carry('kernel', { dtype: 'float32', shape: [2, 3] })
  const x = b.xs('x', { dtype: 'float32', shape: [BATCH, 2] })
  const signal = b.within({ layer: 'dense1' }, () => b.relu(b.matmul(b.mul(x, scale), kernel)))
  const loss = b.within({ stage: 'loss' }, () => b.reduceSum(signal))
  const [slope = loss] = gradient(b, loss, [kernel], gradientStages)
  const next = b.within({ stage: 'update' }, () => b.sub(kernel, b.mul(slope, b.constant(-0, 'float32'))))
  expect(print(b.finish({ carry: { kernel: next }, ys: { loss } }))).toMatchInlineSnapshot(`
    "program step
      constant  %0 scale: float32[2]
      carry     %1 kernel: float32[2,3]
      xs        %2 x: float32[batch,2]
      %3 = mul(%2, %0): float32[batch,2]  # forward/dense1/mul
      %4 = matmul(%3, %1) {transposeA=false, transposeB=false}: float32[batch,3]  # forward/dense1/matmul
      %5 = relu(%4): float32[batch,3]  # forward/dense1/relu
      %6 = reduceSum(%5) {axes=[0,1], keepDims=false}: float32[]  # loss/reduceSum
      %7 = constant() {value=1, dtype="float32"}: float32[]  # forward/constant
      %8 = reshape(%7) {shape=[1,1]}: float32[1,1]  # activation-gradient/reshape
      %9 = broadcastTo(%8) {shape=["batch",3]}: float32[batch,3]  # activation-gradient/broadcastTo
      %10 = constant() {value=0, dtype="float32"}: float32[]  # activation-gradient/dense1/constant
      %11 = greater(%5, %10): bool[batch,3]  # activation-gradient/dense1/greater
      %12 = cast(%11) {dtype="float32"}: float32[batch,3]  # activation-gradient/dense1/cast
      %13 = mul(%9, %12): float32[batch,3]  # activation-gradient/dense1/mul
      %14 = matmul(%3, %13) {transposeA=true, transposeB=false}: float32[2,3]  # weight-gradient/dense1/matmul
      %15 = constant() {value=-0, dtype="float32"}: float32[]  # update/constant
      %16 = mul(%14, %15): float32[2,3]  # update/mul
      %17 = sub(%1, %16): float32[2,3]  # update/sub
      -> carry  kernel = %17
      -> ys     loss = %6"
  `)
})
