/**
 * Groups of operations that ONNX has one operator for, as programs: whoever finds such a group in a program may write the
 * operator in its place.
 */
import { Builder, type Value } from '../ir/builder.js'
import type { Program, TensorType } from '../ir/program.js'
import { activationOf } from '../model/activations/activation.js'
import { activations } from '../model/activations/index.js'
import { epsilonSetting, standardised } from '../model/layers/normalisation.js'
import { settingsSchema } from '../registry/settings.js'
import type { OnnxWriter } from './onnx-operators.js'

/** A group and its operator. */
export interface OnnxComposite {
  readonly name: string
  /** The group: its operands are the program's xs, its value the only output. */
  readonly program: Program
  /** Adds the operator, its operands being the writer's `xs`; undefined where there is none for the precision or the opset. */
  readonly write: (writer: OnnxWriter) => string | undefined
}

function activationComposites(type: TensorType): OnnxComposite[] {
  return Object.entries(activations).flatMap(([name, record]) => {
    const own = activationOf(activations, { ...settingsSchema(record).parse({}), type: name })
    const b = new Builder(name)
    const program = b.finish({ carry: {}, ys: { y: own.emit(b, b.xs('x', type)) } })
    const isGroup = program.nodes.filter(({ op }) => op !== 'constant').length > 1
    const { onnx } = own
    return onnx && isGroup ? [{ name, program, write: (writer) => onnx(writer.xs[0] ?? '', writer) }] : []
  })
}

/** LayerNormalization with the epsilon that layers have by themselves. */
function layerNorm(type: TensorType): OnnxComposite[] {
  const features = type.shape.at(-1)
  if (typeof features !== 'number' || type.shape.length < 2) return []
  const epsilon = epsilonSetting.parse(undefined)
  const b = new Builder('layerNorm')
  const [weight, bias] = ['weight', 'bias'].map((name) => b.xs(name, { dtype: type.dtype, shape: [features] }))
  const normal = standardised(b, b.xs('x', type), epsilon)
  const program = b.finish({ carry: {}, ys: { y: b.add(b.mul(normal, weight as Value), bias as Value) } })
  return [
    {
      name: 'layerNorm',
      program,
      write: ({ xs: [scale = '', shift = '', x = ''], emit }) =>
        emit('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: { float: epsilon } }),
    },
  ]
}

/** The groups whose value is of a type, with the settings that records have unless told otherwise. */
export function onnxComposites(type: TensorType): readonly OnnxComposite[] {
  if (type.shape.length === 0 || (type.dtype !== 'float32' && type.dtype !== 'float64')) return []
  return [...activationComposites(type), ...layerNorm(type)]
}
