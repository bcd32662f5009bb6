/** Wrong convolutions and pooled windows: kernels turned, windows out of place, groups mixed up, the wrong one of several maxima. */
import { inputAt, type NumericTensor } from '../../../ir/ops/operation.js'
import type { Window } from '../../../ir/ops/windows.js'
import type { ProgramNode } from '../../../ir/program.js'
import type { Alteration, Application } from '../altered-nodes.js'
import { columnsOf } from '../fault.js'
import { type NodeRow, rowsAt } from '../plant-node.js'
import { mapped, moved, ofInputs, ofResult, withAttributes } from './alterations.js'

type Windowed = Window & { readonly groups?: number }

function windowOf({ attributes }: ProgramNode): Windowed {
  return attributes as unknown as Windowed
}

function groupsOf(node: ProgramNode): number {
  return Number(windowOf(node).groups)
}

/** Places of the last axes, behind so many others. */
function placesOf({ shape }: Pick<NumericTensor, 'shape'>, others: number): number {
  return shape.slice(others).reduce((product, length) => product * length, 1)
}

/** The operation with its second input changed. */
function ofKernel(change: (kernel: NumericTensor, one: Application) => NumericTensor): Alteration {
  return (one) => one.again({ inputs: [inputAt(one.inputs, 0), change(inputAt(one.inputs, 1), one)] })
}

/** The operation with its first input changed. */
function ofSamples(change: (samples: NumericTensor, one: Application) => NumericTensor): Alteration {
  return (one) => one.again({ inputs: [change(inputAt(one.inputs, 0), one), ...one.inputs.slice(1)] })
}

/** Each plane from the place of another, by number along axis `axis` of so many. */
function fromPlane(tensor: NumericTensor, axis: 0 | 1, from: (plane: number, count: number) => number): NumericTensor {
  const [size, count] = [placesOf(tensor, axis + 1), Number(tensor.shape[axis])]
  return mapped(tensor, (_, flat) => {
    const plane = Math.floor(flat / size) % count
    return Number(tensor.data[flat + (from(plane, count) - plane) * size])
  })
}

const isUneven: NodeRow['fits'] = (node) => windowOf(node).padding.some(([before, after]) => before !== after)
const isPadded: NodeRow['fits'] = (node) => windowOf(node).padding.some(([before]) => before > 0)
const isGrouped: NodeRow['fits'] = (node) => groupsOf(node) > 1
const hasSeveralChannels: NodeRow['fits'] = (_, [x]) => x !== undefined && x.shape[1] !== 1
const hasWindow: NodeRow['fits'] = (_, [, kernel]) => kernel?.shape.slice(2).some((length) => length !== 1) === true

const kernels = rowsAt(['convolve', 'convolveData'], {
  'kernel-turned': [
    'the kernel is read from behind',
    ofKernel((kernel) => {
      const places = placesOf(kernel, 2)
      return mapped(kernel, (_, flat) => Number(kernel.data[flat + places - 1 - 2 * (flat % places)]))
    }),
    { fits: hasWindow },
  ],
  'kernel-of-first-output': [
    'the kernel of the first output is taken for all',
    ofKernel((k) => fromPlane(k, 0, () => 0)),
  ],
  'kernel-without-last': [
    'the last place of the kernel is left out',
    ofKernel((kernel) => mapped(kernel, (x, flat) => ((flat + 1) % placesOf(kernel, 2) === 0 ? 0 : x))),
    { fits: hasWindow },
  ],
  'kernel-without-first': [
    'the first place of the kernel is left out',
    ofKernel((kernel) => mapped(kernel, (x, flat) => (flat % placesOf(kernel, 2) === 0 ? 0 : x))),
    { fits: hasWindow },
  ],
  'groups-exchanged': [
    'each group has the kernels of the next',
    ofKernel((kernel, { node }) => fromPlane(kernel, 0, (plane, count) => (plane + count / groupsOf(node)) % count)),
    { fits: isGrouped },
  ],
})

const convolutions = rowsAt(['convolve', 'convolveData', 'convolveFilter'], {
  'group-of-first': [
    'every group sees the channels of the first',
    ofSamples((x, { node }) => fromPlane(x, 1, (plane, count) => plane % (count / groupsOf(node)))),
    { fits: isGrouped },
  ],
  'channels-mirrored': [
    'channels are read in the other order',
    ofSamples((x) => fromPlane(x, 1, (plane, count) => count - 1 - plane)),
    { fits: hasSeveralChannels },
  ],
  'channels-of-first': [
    'the first channel is read for all',
    ofSamples((x) => fromPlane(x, 1, () => 0)),
    { fits: hasSeveralChannels },
  ],
})

const windows = rowsAt(
  ['convolve', 'convolveData', 'convolveFilter', 'maxPool', 'maxPoolData', 'sumPool', 'sumPoolData'],
  {
    'padding-exchanged': [
      'padding before and behind have changed places',
      withAttributes((_, { node }) => ({ padding: windowOf(node).padding.map(([before, after]) => [after, before]) })),
      { fits: isUneven },
    ],
    'window-off-by-one': [
      'windows begin one place late',
      withAttributes((_, { node }) => ({
        padding: windowOf(node).padding.map(([before, after]) =>
          before > 0 ? [before - 1, after + 1] : [before, after],
        ),
      })),
      { fits: isPadded },
    ],
    'places-shifted': [
      'each place has the value of the one before',
      moved((row, column) => [row, Math.max(0, column - 1)]),
    ],
    'plane-mirrored': [
      'places come in the other order',
      moved((row, column, _, columns) => [row, columns - 1 - column]),
    ],
    'edge-forgotten': [
      'the last place of each row is zero',
      ofResult((x, flat, { shape }) => ((flat + 1) % columnsOf(shape) === 0 ? 0 : x)),
    ],
    'samples-without-signs': ['the signs of the samples are lost', ofInputs((x, k) => (k === 0 ? Math.abs(x) : x))],
    'planes-exchanged': [
      'each channel has the plane of the next',
      ({ right, shape }) => fromPlane({ shape, data: right }, 1, (plane, count) => (plane + 1) % count).data,
      { fits: ({ type }) => type.shape[1] !== 1 },
    ],
  },
)

/** Gradients whose windows move otherwise than those of the forward pass: only there other windows are as many. */
const gradients = rowsAt(['convolveData', 'convolveFilter', 'sumPoolData'], {
  'gradient-without-stride': [
    'windows move by one in the gradient',
    withAttributes((_, { node }) => ({ strides: windowOf(node).strides.map(() => 1) })),
    { fits: (node) => windowOf(node).strides.some((stride) => stride > 1) },
  ],
  'gradient-without-dilation': [
    'windows are not dilated in the gradient',
    withAttributes((_, { node }) => ({ dilations: windowOf(node).dilations.map(() => 1) })),
    { fits: (node) => windowOf(node).dilations.some((dilation) => dilation > 1) },
  ],
})

const maxima = rowsAt(['maxPool', 'maxPoolData'], {
  'smallest-of-window': ['the smallest of each window is taken', ofInputs((x, k) => (k === 0 ? -x : x))],
  'last-of-window': ['the last place of each window is taken', ofSamples((x) => mapped(x, (_, flat) => flat))],
  'pool-from-zero': ['the largest is never below zero', ofInputs((x, k) => (k === 0 ? Math.max(0, x) : x))],
  'pool-of-magnitudes': [
    'the largest magnitude of each window is taken',
    ofInputs((x, k) => (k === 0 ? Math.abs(x) : x)),
  ],
})

const sums = rowsAt(['sumPool', 'sumPoolData'], {
  'windows-doubled': ['each window is counted twice', ofResult((x) => 2 * x)],
  'windows-accumulate': [
    'sums go on from those of the call before',
    ({ right, before }) => (before === undefined ? right : right.map((x, i) => x + Number(before[i]))),
    { isLate: true },
  ],
})

/** Every kind. */
export const windowRows: readonly NodeRow[] = [
  ...kernels,
  ...convolutions,
  ...windows,
  ...gradients,
  ...maxima,
  ...sums,
]
