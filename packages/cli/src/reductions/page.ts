/** A program of the runtime alone that shows a failure: what all such pages have in common, around what the runtime's writer says. */
import type { Reduced } from '@isograd/core/compare'
import { visible } from '@isograd/core/text'

/** The part of a page that computes with a runtime. */
export interface Writing {
  /** Lines that load the runtime. */
  readonly imports: readonly string[]
  /** Lines that leave the result in `result`, a typed array. */
  readonly body: readonly string[]
  /** The program in words of the runtime. */
  readonly about: readonly string[]
}

/** A runtime that pages can be written for. */
export interface PageWriter {
  /** The packages to install, as \`versions\` of a backend names them. */
  readonly packages: readonly string[]
  /** The ways to write the program, nearest to what the backend does first. @throws InputError for what it cannot be written in */
  readonly ways: (reduced: Reduced) => Promise<readonly Writing[]>
}

/** The figures that a page and an issue tell. */
export interface Shown {
  readonly flat: number
  readonly expected: number
  readonly got: number
  readonly bound: number
}

/** The worst element of a failure; a bound is for finite numbers alone. */
export function shownOf({ error: { worst }, node }: Reduced): Shown {
  if (worst === undefined) throw new RangeError(`internal: ${node.op} is wrong nowhere`)
  const shape = node.type.shape.map(Number)
  const flat = worst.index.reduce((at, index, axis) => at * Number(shape[axis]) + index, 0)
  const { expected, got, allowed } = worst
  return { flat, expected, got, bound: Number.isFinite(expected) && Number.isFinite(allowed) ? allowed : 0 }
}

function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** The page. @param versions of the packages, as the backend told them. */
export function pageText(reduced: Reduced, versions: readonly string[], { imports, body, about }: Writing): string {
  const { flat, expected, got, bound } = shownOf(reduced)
  const head = [
    `${reduced.node.op}: ${number(got)} where float64 gives ${number(expected)}, with ${versions.join(' and ')}`,
    `npm install ${versions.map((each) => each.replace(' ', '@')).join(' ')}`,
    'It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.',
    ...about,
  ]
  return [
    ...head.map((line) => `// ${visible(line)}`.trimEnd()),
    "process.on('uncaughtException', (error) => {",
    '  console.error(String(error))',
    '  process.exit(2)',
    '})',
    ...imports,
    '',
    ...body,
    '',
    `const got = Number(result[${flat}])`,
    `const expected = ${number(expected)} // in float64`,
    `const bound = ${number(bound)} // what rounding may change`,
    'const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound',
    "console.log(isRight ? 'right:' : 'wrong:', got, 'where float64 gives', expected, 'and rounding may change', bound)",
    'process.exit(isRight ? 0 : 1)',
    '',
  ].join('\n')
}
