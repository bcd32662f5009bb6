/**
 * The checks of what a backend answers: its `info`, an executable, the tensors of a scan. Runs, checks and the
 * conformance cases share them; whatever is wrong with an answer is the backend's fault, never the user's.
 */
import { AnswerError } from '../errors.js'
import { concreteShape, formatType, type Program, type TensorType, valueTypes } from '../ir/program.js'
import { allocate, bytesPerElement, elementCount, sameShape } from '../tensor.js'
import { visible } from '../text/visible.js'
import { type BackendInfo, precisions, type ScanResult } from './contract.js'
import type { ScanExtent } from './scan.js'

/** A value in a few words, as messages tell what came. */
function told(value: unknown): string {
  if (typeof value === 'string') return value.length > 64 ? `${value.length} letters` : visible(JSON.stringify(value))
  if (value === null || value === undefined || typeof value === 'number') return String(value)
  if (Array.isArray(value)) return value.every(isText) ? told(value.join(', ')) : 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isSimple = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)

function isRecordOf(value: unknown, fits: (each: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(fits)
}

function isDType(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(bytesPerElement, value)
}

/** The rule of a field of `info`, in words and to be tried. */
type FieldRule = readonly [expected: string, fits: (value: unknown) => boolean]

/** Fields of `info`, which all stand in records: what is let in here can be read there. */
const infoFields: Readonly<Record<keyof BackendInfo, FieldRule>> = {
  versions: ['texts by name', (value) => isRecordOf(value, isText)],
  device: ['a text', isText],
  threads: ['a whole number from 1', (value) => Number.isInteger(value) && Number(value) >= 1],
  dtypes: [
    `some of ${Object.keys(bytesPerElement).join(', ')}`,
    (value) => Array.isArray(value) && value.length > 0 && value.every(isDType),
  ],
  options: ['texts, numbers and true or false by name', (value) => isRecordOf(value, isSimple)],
  precision: [
    `${precisions.join(', ')}, or nothing`,
    (value) => value === undefined || precisions.some((precision) => precision === value),
  ],
  untested: ['texts by name, or nothing', (value) => value === undefined || isRecordOf(value, isText)],
}

function infoFault(info: Fields): string | undefined {
  for (const [field, [expected, fits]] of Object.entries(infoFields)) {
    if (!fits(info[field])) return `info.${field}: expected ${expected}, got ${told(info[field])}`
  }
  const extra = Object.keys(info).find((name) => !Object.hasOwn(infoFields, name))
  return extra && `info.${visible(extra)}: expected no such field; what else can be said stands in info.options`
}

/** The fault of what stands for a backend, but for its name: `info`, or a missing function; undefined where it has none. */
export function backendFault(value: unknown): string | undefined {
  if (!isObject(value)) return `backend: expected an object, got ${told(value)}`
  const { info } = value
  if (!isObject(info)) return `info: expected an object, got ${told(info)}`
  return infoFault(info) ?? missingFunction(value, ['compile', 'dispose'])
}

function missingFunction(value: Fields, names: readonly string[]): string | undefined {
  const missing = names.find((name) => typeof value[name] !== 'function')
  return missing === undefined ? undefined : `${missing}: expected a function, got ${told(value[missing])}`
}

/** The fault of what `compile` returned; undefined where it has none. */
export function executableFault(value: unknown): string | undefined {
  if (!isObject(value)) return `expected an executable, got ${told(value)}`
  return missingFunction(value, ['scan', 'dispose'])
}

/** One output of a program. */
interface Declared {
  readonly name: string
  readonly type: TensorType
}

/** The type and the array of what should be a tensor, in words. */
function typeOf(value: unknown): string {
  if (!isObject(value)) return value === undefined ? 'nothing' : told(value)
  const { dtype, shape, data } = value
  if (typeof dtype !== 'string' || !Array.isArray(shape)) return 'an object without dtype and shape'
  const type = `${visible(dtype)}[${shape.map(String).join(',')}]`
  const array = classOf(data)
  return array === undefined ? `${type} in ${told(data)}` : `${type} in a ${array} of ${(data as Uint8Array).length}`
}

const arrays = new Map<TensorType['dtype'], string>()

/** The class of the array that the elements of a dtype lie in. */
function arrayOf(dtype: TensorType['dtype']): string {
  const known = arrays.get(dtype) ?? allocate(dtype, 0)[Symbol.toStringTag]
  arrays.set(dtype, known)
  return known
}

/** The class of an array, whichever copy of it made it; undefined for what is none. */
function classOf(data: unknown): string | undefined {
  return ArrayBuffer.isView(data) ? (data as unknown as Uint8Array)[Symbol.toStringTag] : undefined
}

function isTensor(value: unknown, dtype: TensorType['dtype'], shape: readonly number[]): boolean {
  if (!isObject(value) || value['dtype'] !== dtype || !Array.isArray(value['shape'])) return false
  const { data } = value as { readonly data: unknown }
  if (!sameShape(value['shape'] as number[], shape) || classOf(data) !== arrayOf(dtype)) return false
  return (data as Uint8Array).length === elementCount(shape)
}

function wrongTensor(value: unknown, dtype: TensorType['dtype'], shape: readonly number[]): string {
  const got = typeOf(value)
  const expected = formatType({ dtype, shape })
  // The array is told where it is at fault: the type alone would read the same on both sides.
  const isType = got.startsWith(`${expected} `)
  if (isType) return `expected ${expected} in a ${arrayOf(dtype)} of ${elementCount(shape)}, got ${got}`
  return `expected ${expected}, got ${got.replace(/ in a \w+Array of \d+$/, '')}`
}

/** The outputs of one program, known once: what a scan returns is held against them in a few microseconds. */
export class OutputCheck {
  readonly #program: string
  readonly #carry: readonly Declared[]
  readonly #ys: readonly Declared[]

  constructor(program: Program) {
    const types = valueTypes(program)
    const declared = (outputs: Program['outputs']['ys']): Declared[] =>
      outputs.flatMap(({ name, value }) => {
        const type = types.get(value)
        return type === undefined ? [] : [{ name, type }]
      })
    this.#program = program.name
    this.#carry = declared(program.outputs.carry)
    this.#ys = declared(program.outputs.ys)
  }

  /** @throws AnswerError for an output that is missing, superfluous, or of another dtype, shape, length or class. */
  require(backend: string, result: unknown, { steps, batch }: ScanExtent): ScanResult {
    const fault = isObject(result)
      ? (faultOf('carry', this.#carry, result['carry'], [], batch) ??
        faultOf('ys', this.#ys, result['ys'], [steps], batch))
      : `expected { carry, ys }, got ${told(result)}`
    if (fault !== undefined) throw new AnswerError(backend, `scan of "${this.#program}": ${fault}`)
    return result as ScanResult
  }
}

function faultOf(
  role: 'carry' | 'ys',
  declared: readonly Declared[],
  tensors: unknown,
  lead: readonly number[],
  batch: number,
): string | undefined {
  if (!isObject(tensors)) return `${role}: expected tensors by name, got ${told(tensors)}`
  for (const { name, type } of declared) {
    const shape = [...lead, ...concreteShape(type.shape, batch)]
    const value = Object.hasOwn(tensors, name) ? tensors[name] : undefined
    if (!isTensor(value, type.dtype, shape)) return `${role} "${name}": ${wrongTensor(value, type.dtype, shape)}`
  }
  const extra = Object.keys(tensors).find((name) => !declared.some((output) => output.name === name))
  return extra === undefined ? undefined : `${role} "${visible(extra)}" is not an output of the program`
}
