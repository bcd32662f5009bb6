/** Programs as JSON text and back, without loss: infinities, NaN and -0 in constants included. */
import { ProgramError } from '../errors.js'
import { parseExactly, stringifyExactly } from '../numerics/json.js'
import type { Program } from './program.js'
import { verify } from './verify.js'

/** The program as JSON text. */
export function stringifyProgram(program: Program): string {
  return stringifyExactly(program)
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
    parsed = parseExactly(text)
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
