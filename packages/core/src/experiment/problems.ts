/** Problems of an experiment, field by field: where, what was expected, what came. */
import type * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { nearest, nearestFew } from '../nearest.js'
import { isObject } from './merge-patch.js'

/** One fault of an experiment. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly expected: string
  readonly got: string
  /** Where the field stands, where that is not at its path: an arm inherits it. */
  readonly at?: readonly (string | number)[]
}

/** The places of fields in a file, as far as they are known. */
export interface Locators {
  /** Text to put behind a field's path, such as its line. */
  readonly locate?: ((path: Problem['path']) => string) | undefined
  /** File, line and column of a field; undefined for one that is nowhere. */
  readonly point?: ((path: Problem['path']) => string | undefined) | undefined
}

/** Faults of one document that are told; more are counted. */
const MOST_TOLD = 20

/** An experiment that does not fit the schema; `problems` lets a caller add lines of the file. */
export class ExperimentError extends InputError {
  override name = 'ExperimentError'
  readonly problems: readonly Problem[]
  constructor(source: string, problems: readonly Problem[], locators: Locators = {}) {
    super('core', `${source} is not a valid experiment:\n${problemLines(problems, locators).join('\n')}`)
    this.problems = problems
  }
}

/** Problems in lines, with their places; of many the first, and the number of the others. */
export function problemLines(problems: readonly Problem[], { locate, point }: Locators): string[] {
  const lines = problems.slice(0, MOST_TOLD).flatMap((problem) => {
    const place = point?.(problem.at ?? problem.path)
    return [`  ${problemText(problem, locate)}`, ...(place === undefined ? [] : [`    --> ${place}`])]
  })
  const more = problems.length - MOST_TOLD
  return more > 0 ? [...lines, `  and ${more.toLocaleString('en-US')} more`] : lines
}

/** A problem in words, with its place. @param locate text to put behind the path, such as its line. */
export function problemText({ path, expected, got, at = path }: Problem, locate?: Locators['locate']): string {
  return `${formatPath(path)}${locate?.(at) ?? ''}: expected ${expected}, got ${got}`
}

/** `model.layers[2].units`. */
export function formatPath(path: Problem['path']): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return text === '' ? '(the whole document)' : text.replace(/^\./, '')
}

/** The keys of a path: `model.layers[2].units`. */
export function parsePath(text: string): Problem['path'] {
  return [...text.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([key, index]) => (index === undefined ? key : Number(index)))
}

function valueAt(root: unknown, path: Problem['path']): unknown {
  let value = root
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'number') value = value[key]
    else value = isObject(value) ? value[String(key)] : undefined
  }
  return value
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** Types of the schema library, as people call them. */
const typeNames: Readonly<Record<string, string>> = {
  int: 'whole number',
  record: 'object',
  tuple: 'list',
}

function expectation(issue: z.core.$ZodIssue, root: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${article(typeNames[issue.expected] ?? issue.expected)}${isQuoted(issue, root) ? ' without quotes' : ''}`
    case 'too_small':
      return bound(issue.inclusive === false ? 'more than' : 'at least', issue.minimum, issue.origin)
    case 'too_big':
      return bound(issue.inclusive === false ? 'less than' : 'at most', issue.maximum, issue.origin)
    case 'invalid_value':
      return oneOf(issue.values.map(String), valueAt(root, issue.path as Problem['path']))
    case 'invalid_format':
      return `text matching ${'pattern' in issue ? issue.pattern : issue.format}`
    case 'invalid_union':
      return unionExpectation(issue, root)
    case 'invalid_key':
      return keyExpectation(issue, root)
    default:
      return issue.message === '' ? 'something else' : issue.message
  }
}

/** True for a number that stands in quotes. */
function isQuoted({ expected, path }: z.core.$ZodIssueInvalidType, root: unknown): boolean {
  const value = valueAt(root, path as Problem['path'])
  const isText = typeof value === 'string' && value.trim() !== ''
  return (expected === 'number' || expected === 'int') && isText && Number.isFinite(Number(value))
}

function keyExpectation({ issues: [issue] }: z.core.$ZodIssueInvalidKey, root: unknown): string {
  return issue === undefined ? 'another name' : `a name that is ${expectation(issue, root)}`
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}

function bound(relation: string, limit: number | bigint, origin: string): string {
  const things = origin === 'array' ? ' items' : origin === 'string' ? ' characters' : ''
  return `${relation} ${limit}${things}`
}

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion, root: unknown): string {
  if (issue.discriminator === undefined) {
    return issue.message === 'Invalid input' ? formsOf(issue, root) : issue.message
  }
  // An alternative that may leave the discriminator out is listed by undefined too.
  const listed = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
  const options = listed.filter((option) => option !== undefined).map(String)
  const given = valueAt(root, issue.path as Problem['path'])
  return options.length === 0 ? `a known "${issue.discriminator}"` : oneOf(options, given)
}

/** The forms that a value may have, each by the first thing that it lacks of it. */
function formsOf({ errors, path }: z.core.$ZodIssueInvalidUnion, root: unknown): string {
  const forms = errors.flatMap(([first]) => {
    if (first === undefined) return []
    const form = expectation({ ...first, path: [...path, ...first.path] }, root)
    const expected = 'origin' in first && first.origin === 'array' ? `a list of ${form}` : form
    return first.path.length === 0
      ? [expected]
      : [`a list with ${expected} at ${formatPath(first.path as Problem['path'])}`]
  })
  return [...new Set(forms)].join(', or ') || 'something else'
}

/** Names that are listed one by one; of more only the nearest are. */
const MOST_LISTED = 24

/** The choices, and the one that was probably meant. */
function oneOf(choices: readonly string[], given: unknown): string {
  if (choices.length > MOST_LISTED) {
    const few = nearestFew(typeof given === 'string' ? given : '', choices).map((choice) => `"${choice}"`)
    const all = `one of ${choices.length} names, which isograd list tells (one of a module comes with --use)`
    return few.length === 0 ? all : `${all}; nearest: ${few.join(', ')}`
  }
  const hint = nearest(typeof given === 'string' ? given : '', choices)
  const listed = choices.map((choice) => `"${choice}"`).join(' or ')
  return hint === undefined ? listed : `${listed}; nearest: "${hint}"`
}

/** Of the alternatives of a union, the one that the value seems meant for: its faults lie deeper, or it lists choices that are texts as it is. */
function meantAlternative(
  issue: z.core.$ZodIssueInvalidUnion,
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const deeper = issue.errors.find((faults) => faults.some(({ path }) => path.length > 0))
  const listing = (wanted: string) => issue.errors.find((faults) => faults.some(({ code }) => code === wanted))
  const choices = typeof value === 'object' && value !== null ? undefined : listing('invalid_value')
  return deeper ?? choices ?? listing('invalid_union')
}

/** Issues with whole paths, unions replaced by the faults of the alternative that was meant. */
function flattenUnions(
  issues: readonly z.core.$ZodIssue[],
  prefix: readonly PropertyKey[],
  root: unknown,
): z.core.$ZodIssue[] {
  return issues.flatMap((issue): z.core.$ZodIssue[] => {
    const path = [...prefix, ...issue.path]
    const meant =
      issue.code === 'invalid_union' ? meantAlternative(issue, valueAt(root, path as Problem['path'])) : undefined
    return meant === undefined ? [{ ...issue, path }] : flattenUnions(meant, path, root)
  })
}

/** Words on a field that is not one, such as the one that is meant; none where nothing is known. */
export type FieldHint = (key: string, path: Problem['path']) => string

const noHint: FieldHint = () => ''

/** The nearest of some fields, or all of them. */
export function hintAmong(known: readonly string[]): FieldHint {
  return (key) => {
    const near = nearest(key, known)
    // A field that belongs elsewhere is among those that are known by name.
    if (near === key) return ''
    if (near !== undefined) return `; did you mean "${near}"?`
    return known.length === 0 ? '' : `; there are: ${known.join(', ')}`
  }
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, hint: FieldHint, path: Problem['path']): Problem[] {
  return issue.keys.map((key, i) => ({
    path: [...path, key],
    expected: 'no such field',
    got: `"${key}"${i < MOST_TOLD ? hint(key, path) : ''}`,
  }))
}

/** The faults that the schema library found, in our words. */
export function problemsOf(
  { issues }: { readonly issues: readonly z.core.$ZodIssue[] },
  root: unknown,
  hint: FieldHint = noHint,
): Problem[] {
  return flattenUnions(issues, [], root).flatMap((issue, i) => {
    const path = issue.path as (string | number)[]
    // What is only counted needs no hint, which takes longer than all else.
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, i < MOST_TOLD ? hint : noHint, path)
    return [{ path, expected: expectation(issue, root), got: show(valueAt(root, path)) }]
  })
}
