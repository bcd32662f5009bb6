/** The programs of a survey, and all of their nodes, one after the other, as a backend computes them. */
import type { ScanResult } from '../../backend/contract.js'
import { extentOf } from '../../backend/scan.js'
import type { Program, ProgramNode } from '../../ir/program.js'
import type { ObservedValues, Observer } from '../../observe/observer.js'
import { type Slice, slicesOf } from '../../observe/slices.js'
import { rows, type TensorMap } from '../../tensor.js'

/** A program with what it is run on. */
export interface SurveyData {
  readonly program: Program
  readonly constants: TensorMap
  /** Each begins with its own carry, and `xs` are its steps. */
  readonly scans: readonly { readonly carry: TensorMap; readonly xs: TensorMap }[]
}

/** A program by name, built when it is its turn. Every conformance case of values is one. */
export interface SurveySubject {
  readonly id: string
  /** Builds the program and what it is run on. */
  readonly build: () => SurveyData
}

/** A node at one step, with the values of that. */
export interface ObservedNode extends Pick<ObservedValues, 'value'> {
  readonly node: ProgramNode
  /** The scan, the step and the node's name. */
  readonly place: string
  readonly slice: Slice
  readonly batch: number
}

function oneStep(xs: TensorMap, step: number): TensorMap {
  return Object.fromEntries(Object.entries(xs).map(([name, all]) => [name, rows(all, step, step + 1)]))
}

/** All nodes of the program at all steps, in order. @throws BackendError, UnsupportedOpError */
export async function* observedNodes(observer: Observer, { program, scans }: SurveyData): AsyncGenerator<ObservedNode> {
  const extents = scans.map(({ xs }) => extentOf(program, xs))
  // Without outputs of its own, whose names may be those of other nodes: nodes that are tapped bear their own.
  const bare = { ...program, outputs: { ...program.outputs, ys: [] } }
  const slices = slicesOf(bare, Math.max(0, ...extents.map(({ batch }) => batch)))
  for (const [number, scan] of scans.entries()) {
    const { steps, batch } = extentOf(program, scan.xs)
    let { carry }: Pick<ScanResult, 'carry'> = scan
    for (let step = 0; step < steps; step++) {
      let next = carry
      for (const slice of slices) {
        // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
        const { value, result } = await observer.observe(slice, carry, oneStep(scan.xs, step))
        for (const node of slice.nodes) yield { node, place: `${number}.${step} ${node.name}`, slice, batch, value }
        next = result.carry
      }
      carry = next
    }
  }
}
