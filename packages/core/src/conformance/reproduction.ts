/** A failure as a program for Node: saved in a file and run, it prints what the reference and the backend make of it. */
import { print } from '../ir/print.js'
import { stringifyProgram } from '../ir/serialize.js'
import { type Tensor, type TensorMap, totalElements } from '../tensor.js'
import { visible } from '../text/visible.js'
import type { Trial } from './shrink.js'

/** The origin of the backend. */
export interface Origin {
  /** The module to import: a package, or the address of a file. */
  readonly module: string
  /** The variant of its adapter; the preferred one if absent. */
  readonly variant?: string
}

/** A text with more numbers than this is none to look at. */
const MOST_ELEMENTS = 256

/** Elements of a tensor as JavaScript writes them; as words where one is NaN, since NaN of JavaScript is but one of many. */
export function elementsText({ data }: Tensor): string {
  const name = data.constructor.name
  if (!data.some((value) => Number.isNaN(value))) {
    return `${name}.of(${Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value))).join(', ')})`
  }
  const words = new Uint32Array(data.slice().buffer)
  return `new ${name}(Uint32Array.of(${Array.from(words, (word) => `0x${word.toString(16)}`).join(', ')}).buffer)`
}

/** Text as JavaScript writes it, between single quotes. */
function quoted(text: string): string {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`
}

function mapText(map: TensorMap): string {
  const entries = Object.entries(map).map(([name, one]) => {
    const { dtype, shape } = one
    return `  ${quoted(name)}: { dtype: '${dtype}', shape: [${shape.join(', ')}], data: ${elementsText(one)} },`
  })
  return entries.length === 0 ? '{}' : ['{', ...entries, '}'].join('\n')
}

function comment(text: string): string {
  return text
    .split('\n')
    .map((line) => `// ${visible(line)}`.trimEnd())
    .join('\n')
}

/** The program's text; undefined where there is too much of it. */
export function reproductionText(
  { program, constants, scans: [{ carry, xs }] }: Trial,
  what: string,
  { module, variant }: Origin,
): string | undefined {
  const tensors = [constants, carry, xs].flatMap((map) => Object.values(map))
  if (totalElements(tensors) > MOST_ELEMENTS) return undefined
  return `${comment(what)}
${comment(print(program))}
import { referenceBackend } from '@isograd/core'
import { parseProgram } from '@isograd/core/ir'
import { isogradAdapter } from ${quoted(module)}

const program = parseProgram(${quoted(stringifyProgram(program))})
const constants = ${mapText(constants)}
const carry = ${mapText(carry)}
const xs = ${mapText(xs)}

const made = await isogradAdapter.create(${variant === undefined ? 'isogradAdapter.variants[0]' : quoted(variant)}, {})
if (!made.ok) throw new Error(made.reason)
for (const backend of [referenceBackend(), made.backend]) {
  const executable = await backend.compile(program, constants)
  const result = await executable.scan(carry, xs)
  for (const [name, { data }] of Object.entries({ ...result.carry, ...result.ys })) console.log(backend.name, name, data)
}
`
}
