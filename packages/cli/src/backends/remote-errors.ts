/**
 * Errors on their way from one thread to another: a clone is no longer of its class, and the command knows errors by their
 * class.
 */
import {
  AnswerError,
  BackendError,
  type DType,
  InputError,
  ProgramError,
  UnsupportedOpError,
} from '@isograd/core/backend'
import { messageOf } from '../errors/failure.js'

/** The errors of core, which arrive as what they were; the most derived first. */
const kinds = ['UnsupportedOpError', 'AnswerError', 'BackendError', 'InputError', 'ProgramError'] as const

type ErrorKind = (typeof kinds)[number]

/** An error as plain data. */
export interface ErrorData {
  /** Undefined: no error of core. */
  readonly kind: ErrorKind | undefined
  readonly source: string
  readonly message: string
  readonly stack: string | undefined
  /** Of an operation that is not supported. */
  readonly op: string
  readonly dtype: string
}

/** By name and not by `instanceof`: an adapter may bring its own copy of core. */
function kindOf(error: unknown): ErrorKind | undefined {
  for (let at: unknown = error; at instanceof Error; at = Object.getPrototypeOf(at)) {
    const { name } = at.constructor
    const kind = kinds.find((each) => each === name)
    if (kind !== undefined) return kind
  }
  return undefined
}

/** A field of the thrown value, where it is text. */
function textOf(error: unknown, field: 'source' | 'op' | 'dtype'): string | undefined {
  if (!(error instanceof Error) || !(field in error)) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(error, field)?.value
  return typeof value === 'string' ? value : undefined
}

/** The thrown value as plain data. */
export function packError(error: unknown): ErrorData {
  return {
    kind: kindOf(error),
    source: textOf(error, 'source') ?? 'isograd',
    message: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    op: textOf(error, 'op') ?? '',
    dtype: textOf(error, 'dtype') ?? '',
  }
}

function build({ kind, source, message, op, dtype }: ErrorData): Error {
  switch (kind) {
    case 'UnsupportedOpError':
      return new UnsupportedOpError(source, op, dtype === '' ? undefined : (dtype as DType))
    case 'AnswerError':
      return new AnswerError(source, message)
    case 'BackendError':
      return new BackendError(source, message)
    case 'InputError':
      return new InputError(source, message)
    case 'ProgramError':
      return new ProgramError(source, message)
    case undefined:
      return new Error(message)
  }
}

/** The error again: its class, its message to the letter, and its stack. */
export function unpackError(data: ErrorData): Error {
  const error = build(data)
  error.message = data.message
  if (data.stack !== undefined) error.stack = data.stack
  return error
}
