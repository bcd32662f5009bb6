/** The inputs of a program, as far as it tells of them before it runs: their uses, and what becomes of them. */
import {
  BATCH,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type Shape,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core/ir'

/** Tells if any value depends on the batch, so that the model takes its size as an input. */
export function usesBatch(program: Program): boolean {
  return [...valueTypes(program).values()].some(({ shape }) => shape.includes(BATCH))
}

/** The number of rows that the numbers of a node choose from. */
function rowCount({ op, inputs, id }: ProgramNode, types: ReadonlyMap<ValueId, TensorType>): Shape[number] {
  const rows = op === 'gatherRows' ? inputs[0] : id
  return (rows === undefined ? undefined : types.get(rows)?.shape[0]) ?? 0
}

/** Inputs whose values are seen before the run: row numbers in them are checked then, not in the graph. */
export function rowInputs(program: Program): { input: ProgramInput; role: 'constants' | 'xs'; count: Shape[number] }[] {
  const types = valueTypes(program)
  const readers = program.nodes.filter(({ op }) => op === 'gatherRows' || op === 'scatterAddRows')
  const read = new Set(readers.map(({ inputs }) => inputs[1]))
  return (['constants', 'xs'] as const).flatMap((role) =>
    program.inputs[role]
      .filter(({ id }) => read.has(id))
      .flatMap((input) =>
        readers
          .filter(({ inputs }) => inputs[1] === input.id)
          .map((node) => ({ input, role, count: rowCount(node, types) })),
      ),
  )
}

/**
 * Names of the carry that every step hands on as it is: it is read from outside the loop, and never comes out of it. A
 * program that computes nothing else has its carry go round all the same, for a loop must have something to give.
 */
export function handedOn({ inputs, outputs }: Program): ReadonlySet<string> {
  const given = new Map(inputs.carry.map(({ name, id }) => [name, id]))
  const same = outputs.carry.filter(({ name, value }) => given.get(name) === value)
  const computesMore = outputs.ys.length > 0 || same.length < outputs.carry.length
  return new Set(computesMore ? same.map(({ name }) => name) : [])
}
