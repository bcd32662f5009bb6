/** A program of the runtime alone that shows a failure: what all such pages have in common, around what the runtime's writer says. */
import type { Imprecision, Reduced } from '@isograd/core/compare'
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

/** One element that is wrong. */
interface WrongElement {
  /** Its number in the result, from 0. */
  readonly flat: number
  /** The value in float64. */
  readonly expected: number
  /** The value that the runtime gives. */
  readonly got: number
  /** The difference that rounding may make; 0 where one of the two is not finite. */
  readonly bound: number
}

/** Errors that are too large as a whole. */
interface LargeErrors {
  /** Their size in those of what is sound. */
  readonly size: number
  /** The largest size that is let pass. */
  readonly limit: number
}

/** The figures of a failure. */
export type Figures = WrongElement | LargeErrors

/** A failure in words of a page and of an issue. */
interface Telling {
  readonly figures: Figures
  /** The failure in a few words. */
  readonly title: string
  /** Figures of the issue by name. */
  readonly facts: Readonly<Record<string, string>>
  /** Lines of the page that judge `result`: `isRight`, and `words` to print behind it. */
  readonly judging: readonly string[]
}

/** The worst element; a bound is for finite numbers alone. */
function wrongElement({ error: { worst }, node }: Reduced): WrongElement {
  if (worst === undefined) throw new RangeError(`internal: ${node.op} is wrong nowhere`)
  const shape = node.type.shape.map(Number)
  const flat = worst.index.reduce((at, index, axis) => at * Number(shape[axis]) + index, 0)
  const { expected, got, allowed } = worst
  return { flat, expected, got, bound: Number.isFinite(expected) && Number.isFinite(allowed) ? allowed : 0 }
}

function number(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function tellingOfElement(reduced: Reduced): Telling {
  const figures = wrongElement(reduced)
  const [expected, got, bound] = [figures.expected, figures.got, figures.bound].map(number)
  return {
    figures,
    title: `${got} where float64 gives ${expected}`,
    facts: { 'expected, in float64': `${expected}`, got: `${got}`, 'what rounding may change': `${bound}` },
    judging: [
      `const got = Number(result[${figures.flat}])`,
      `const expected = ${expected} // in float64`,
      `const bound = ${bound} // what rounding may change`,
      'const isRight = Number.isNaN(expected) ? Number.isNaN(got) : got === expected || Math.abs(got - expected) <= bound',
      'const words = `${got} where float64 gives ${expected} and rounding may change ${bound}`',
    ],
  }
}

function tellingOfErrors({ node, error: { like } }: Reduced, imprecision: Imprecision): Telling {
  const { expected, usual, size, limit } = imprecision
  const [listed, sizes] = [expected, usual].map((each) => Array.from(each, number).join(', '))
  const dtype = `sound ${node.type.dtype}`
  return {
    figures: { size, limit },
    title: `errors ${size.toPrecision(3)} times those of ${dtype}${like === undefined ? '' : `, like ${like}`}`,
    facts: {
      'expected, in float64': `${listed}`,
      [`errors in those of ${dtype}`]: size.toPrecision(3),
      limit: `${limit}`,
    },
    judging: [
      `const expected = [${listed}] // in float64`,
      `const usual = [${sizes}] // errors of ${dtype}: roundings that are as often up as down, and plain loops`,
      'const squares = expected.map((value, i) => ((result[i] - value) / usual[i]) ** 2)',
      'const size = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length)',
      `const isRight = size <= ${limit}`,
      `const words = \`errors are \${size} times those of ${dtype}, of which ${limit} may be\``,
    ],
  }
}

/** The words for a failure. */
export function tellingOf(reduced: Reduced): Telling {
  const { imprecision } = reduced
  return imprecision === undefined ? tellingOfElement(reduced) : tellingOfErrors(reduced, imprecision)
}

/** The sentence of every page and of the issue around it: files without it were not written here. */
export const PAGE_MARK =
  'It ends with 1 where the fault shows, with 0 where it does not, and with 2 where it cannot be run.'

/** The page. @param versions of the packages, as the backend told them. */
export function pageText(reduced: Reduced, versions: readonly string[], { imports, body, about }: Writing): string {
  const { title, judging } = tellingOf(reduced)
  const head = [
    `${reduced.node.op}: ${title}, with ${versions.join(' and ')}`,
    `npm install ${versions.map((each) => each.replace(' ', '@')).join(' ')}`,
    PAGE_MARK,
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
    ...judging,
    "console.log(isRight ? 'right:' : 'wrong:', words)",
    'process.exit(isRight ? 0 : 1)',
    '',
  ].join('\n')
}
