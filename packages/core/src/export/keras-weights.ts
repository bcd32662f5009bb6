/** Weights as Keras holds them, made of ours: as numbers, and as Python says it of a file in PyTorch's layout. */
import { InputError } from '../errors.js'
import { elementCount, type Tensor, tensor, type TensorMap } from '../tensor.js'
import type { KerasWeight } from './keras.js'

function find(weights: TensorMap, source: string): Tensor {
  const weight = weights[source]
  if (weight === undefined) throw new InputError('core', `export to tfjs: weight "${source}" is missing`)
  return weight
}

/** Parts of the last axis in another order. */
function withParts(given: Tensor, { of, order }: NonNullable<KerasWeight['parts']>): Tensor {
  const last = Number(given.shape.at(-1))
  const width = last / of
  const rows = Array.from({ length: given.data.length / last }, (_, row) => row)
  const data = rows.flatMap((row) =>
    order.flatMap((part) => Array.from(given.data.slice(row * last + part * width, row * last + (part + 1) * width))),
  )
  return tensor(given.dtype, [...given.shape.slice(0, -1), order.length * width], data)
}

/** Axes in another order: axis i of the result is axis `axes[i]`. */
function permuted({ dtype, shape, data }: Tensor, axes: readonly number[]): Tensor {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  const sizes = axes.map((axis) => Number(shape[axis]))
  const places = sizes.reduce<number[]>(
    (starts, size, i) =>
      starts.flatMap((start) => Array.from({ length: size }, (_, k) => start + k * Number(strides[Number(axes[i])]))),
    [0],
  )
  return tensor(
    dtype,
    sizes,
    places.map((place) => Number(data[place])),
  )
}

/** The numbers of a weight in Keras. @throws InputError for a tensor that is missing. */
export function kerasTensor(weights: TensorMap, weight: KerasWeight): Tensor {
  const { source, parts, plus, below, split, axes, shape } = weight
  const taken = (name: string): Tensor => {
    const whole = find(weights, name)
    return parts === undefined ? whole : withParts(whole, parts)
  }
  let made = taken(source)
  if (plus !== undefined) {
    const other = taken(plus).data
    const sums = Array.from(made.data, (value, i) => value + Number(other[i]))
    made = tensor(made.dtype, made.shape, sums)
  }
  if (below !== undefined) made = tensor(made.dtype, [2, ...made.shape], [...made.data, ...taken(below).data])
  if (split !== undefined) made = tensor(made.dtype, split, made.data)
  if (axes !== undefined) made = permuted(made, axes)
  return shape === undefined ? made : tensor(made.dtype, shape, made.data)
}

/** The Python expression of a weight of numpy arrays `weights`. @param transposed names of those that lie the other way round there. */
export function kerasExpression(weight: KerasWeight, transposed: ReadonlySet<string>): string {
  const { source, parts, plus, below, split, axes, shape } = weight
  const taken = (name: string): string => {
    const whole = `weights[${JSON.stringify(name)}]${transposed.has(name) ? '.T' : ''}`
    if (parts === undefined) return whole
    const cut = `np.split(${whole}, ${parts.of}, -1)`
    const [only, ...more] = parts.order
    if (more.length === 0) return `${cut}[${only}]`
    return `np.concatenate([${cut}[i] for i in (${parts.order.join(', ')})], -1)`
  }
  const summed = plus === undefined ? taken(source) : `(${taken(source)} + ${taken(plus)})`
  const rows = below === undefined ? summed : `np.stack([${summed}, ${taken(below)}])`
  const parted = split === undefined ? rows : `${rows}.reshape([${split.join(', ')}])`
  const ordered = axes === undefined ? parted : `${parted}.transpose(${axes.join(', ')})`
  return shape === undefined ? ordered : `${ordered}.reshape([${shape.join(', ')}])`
}
