/** A program as text for people: one line a value, with its type and the place it belongs to. */
import { formatType, type Program, type ProgramInput, type ProgramNode, type ProgramOutput } from './program.js'

function inputLines(role: string, inputs: readonly ProgramInput[]): string[] {
  return inputs.map(({ id, name, type }) => `  ${role.padEnd(9)} %${id} ${name}: ${formatType(type)}`)
}

/** JSON, but for the numbers that it has no text for. */
function valueText(value: unknown): string {
  if (typeof value !== 'number') return JSON.stringify(value)
  return Object.is(value, -0) ? '-0' : String(value)
}

function attributeText(attributes: object): string {
  const parts = Object.entries(attributes).map(([key, value]) => `${key}=${valueText(value)}`)
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`
}

function nodeLine(node: ProgramNode): string {
  const call = `${node.op}(${node.inputs.map((id) => `%${id}`).join(', ')})${attributeText(node.attributes)}`
  return `  %${node.id} = ${call}: ${formatType(node.type)}  # ${node.name}`
}

function outputLines(role: string, outputs: readonly ProgramOutput[]): string[] {
  return outputs.map(({ name, value }) => `  ${role.padEnd(9)} ${name} = %${value}`)
}

/** The program's text. */
export function print(program: Program): string {
  return [
    `program ${program.name}`,
    ...inputLines('constant', program.inputs.constants),
    ...inputLines('carry', program.inputs.carry),
    ...inputLines('xs', program.inputs.xs),
    ...program.nodes.map(nodeLine),
    ...outputLines('-> carry', program.outputs.carry),
    ...outputLines('-> ys', program.outputs.ys),
  ].join('\n')
}
