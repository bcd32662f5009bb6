/** Programs as JSON text and back, without loss: infinities, NaN and -0 in constants included. */
import { ProgramError } from '../errors.js'
import type { Program } from './program.js'
import { verify } from './verify.js'

const MARK = '$number'

/** The numbers that JSON has no text for. */
const special: Readonly<Record<string, number>> = {
  '-0': -0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

function encode(_: string, value: unknown): unknown {
  if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value
  return { [MARK]: Object.is(value, -0) ? '-0' : String(value) }
}

function decode(_: string, value: unknown): unknown {
  const marked = typeof value === 'object' && value !== null && MARK in value
  return marked ? (special[String(value[MARK])] ?? value) : value
}

/** The program as JSON text. */
export function stringifyProgram(program: Program): string {
  return JSON.stringify(program, encode)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function requireLists(owner: unknown, path: string, keys: readonly string[]): void {
  if (!isRecord(owner)) throw new ProgramError('core', `program text: ${path} must be an object`)
  for (const key of keys) {
    const list = owner[key]
    if (!Array.isArray(list) || !list.every(isRecord)) {
      throw new ProgramError('core', `program text: ${path}.${key} must be a list of objects`)
    }
  }
}

/** A program from JSON text, verified. @throws ProgramError when the text is no program or breaks a rule. */
export function parseProgram(text: string): Program {
  let parsed: unknown
  try {
    parsed = JSON.parse(text, decode)
  } catch (error) {
    throw new ProgramError('core', `program text: not JSON: ${String(error)}`, { cause: error })
  }
  if (!isRecord(parsed) || parsed['format'] !== 'isograd.program/1') {
    const got = isRecord(parsed) ? JSON.stringify(parsed['format']) : typeof parsed
    throw new ProgramError('core', `program text: expected format "isograd.program/1", got ${got}`)
  }
  requireLists(parsed, 'program', ['nodes'])
  requireLists(parsed['inputs'], 'inputs', ['constants', 'carry', 'xs'])
  requireLists(parsed['outputs'], 'outputs', ['carry', 'ys'])
  try {
    return verify(parsed as unknown as Program)
  } catch (error) {
    if (error instanceof ProgramError) throw error
    throw new ProgramError('core', `program text: malformed: ${String(error)}`, { cause: error })
  }
}
