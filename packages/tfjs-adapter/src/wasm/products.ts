/** Several products of matrices at once on the wasm backend. */
import { elementCount } from '@isograd/core/backend'
import type { TensorInfo } from '@tensorflow/tfjs'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import type { KernelCall, KernelReplacement } from '../device/device.js'

interface ProductAttributes {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/**
 * `BatchMatMul` of several products one after the other: the kernel leaves only a single one to XNNPACK, and takes ten times as long for
 * each of several. `single` makes each of them. The right operands are tensors of their own, since it keeps a packed copy of each that it has seen.
 */
export function productsOneByOne(backend: BackendWasm, single: KernelReplacement): KernelReplacement {
  return {
    needs: [],
    run: ({ inputs, attributes }, original, device) => {
      const productOf = (of: KernelCall): TensorInfo => single.run(of, original, device)
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo }
      const { transposeA, transposeB } = attributes as ProductAttributes
      const [count, others] = [a, b].map(({ shape }) => elementCount(shape.slice(0, -2))) as [number, number]
      if (count === 1 || count !== others || transposeA || transposeB) return productOf({ inputs, attributes })
      const out = backend.makeOutput([...a.shape.slice(0, -1), Number(b.shape.at(-1))], 'float32')
      for (let i = 0; i < count; i++) {
        const [left, right] = [partOf(backend, a, count, i), partOf(backend, b, count, i)]
        const product = productOf({ inputs: { a: left, b: right }, attributes })
        const result = backend.typedArrayFromHeap(product)
        backend.typedArrayFromHeap(out).set(result, i * result.length)
        for (const { dataId } of [left, right, product]) backend.disposeData(dataId)
      }
      return out
    },
  }
}

/** A copy of one of `count` matrices. */
function partOf(backend: BackendWasm, x: TensorInfo, count: number, index: number): TensorInfo {
  const part = backend.makeOutput(x.shape.slice(-2), 'float32')
  const size = elementCount(x.shape) / count
  const from = backend.typedArrayFromHeap(x)
  backend.typedArrayFromHeap(part).set(from.subarray(index * size, (index + 1) * size))
  return part
}
