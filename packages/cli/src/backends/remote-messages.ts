/**
 * The messages between the command and a backend in a thread or a process of its own: plain data, a request and its
 * reply, paired by number, and notices that nobody asked for. Every exchange stands in one table, so that both sides are
 * checked against it; what carries the messages is `remote-carriers.ts`.
 */
import type { Tensor, TensorMap } from '@isograd/core'
import type { AdapterOptions, BackendInfo, BackendMemory, DType, ScanResult } from '@isograd/core/backend'
import type { CaseResult, Origin } from '@isograd/core/conformance'
import type { Program } from '@isograd/core/ir'
import type { UnusableBackend } from './load.js'
import type { ErrorData } from './remote-errors.js'

/** A constant whose elements stay where they are, in memory that all threads see. */
export interface SharedConstant {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Number of the memory: the other side cannot tell otherwise that two messages hold the same. */
  readonly memory: number
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  /** Elements. */
  readonly length: number
}

/** A constant that is sent to a process once, and is there for the next program that uses it. */
export interface SentConstant {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly memory: number
  /** Absent where it has been sent before. */
  readonly data?: Tensor['data']
}

/** Constants as they are sent. */
export type RemoteConstants = Readonly<Record<string, SharedConstant | SentConstant>>

/** The adapter that was imported over there. */
export interface AdapterDescription {
  readonly ok: true
  readonly name: string
}

/** A backend that was made over there. */
export interface BackendDescription {
  readonly ok: true
  readonly name: string
  readonly info: BackendInfo
  readonly packageName: string
  readonly packageVersion: string | undefined
  /** True where it says what memory it holds. */
  readonly tellsMemory: boolean
}

/** Tensors that a backend has written to though it was only lent: the caller's own tensors are then written to likewise. */
export type Written = Readonly<Record<'constants' | 'carry' | 'xs', TensorMap>>

interface Exchanges {
  import: {
    readonly request: { readonly asked: string; readonly cwd: string }
    readonly answer: AdapterDescription | UnusableBackend
  }
  create: {
    /** `faithful`: writes to what is lent are told. */
    readonly request: { readonly options: AdapterOptions; readonly faithful: boolean }
    readonly answer: BackendDescription | UnusableBackend
  }
  compile: {
    readonly request: { readonly program: Program; readonly constants: RemoteConstants }
    /** Number of the executable. */
    readonly answer: number
  }
  scan: {
    readonly request: { readonly executable: number; readonly carry: TensorMap; readonly xs: TensorMap }
    /** With what the request's carry lay in, to be used again, where memory changes hands. */
    readonly answer: ScanResult & { readonly spent: readonly ArrayBuffer[]; readonly written?: Written }
  }
  ready: { readonly request: { readonly executable: number; readonly batch: number }; readonly answer: undefined }
  release: {
    /** `unused`: numbers of constants that are sent again if need be. */
    readonly request: { readonly executable: number; readonly unused: readonly number[] }
    readonly answer: undefined
  }
  memory: { readonly request: undefined; readonly answer: BackendMemory }
  /** A conformance case, run over there where nothing stands between it and the backend. */
  case: {
    readonly request: { readonly id: string; readonly seconds: number; readonly origin: Origin }
    readonly answer: CaseResult
  }
  dispose: { readonly request: undefined; readonly answer: undefined }
}

/** Names of the exchanges. */
export type ExchangeName = keyof Exchanges

/** The request of an exchange. */
export type RequestOf<K extends ExchangeName> = Exchanges[K]['request']

/** Its answer. */
export type AnswerOf<K extends ExchangeName> = Exchanges[K]['answer']

/** A request of any exchange, discriminated by `kind`. */
export type Request = {
  [K in ExchangeName]: { readonly id: number; readonly kind: K; readonly body: RequestOf<K> }
}[ExchangeName]

/** Its reply. */
export type Reply =
  | { readonly id: number; readonly ok: true; readonly answer: AnswerOf<ExchangeName> }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData }

/**
 * Something that nobody asked for: an error outside of any call, that nothing is left that could answer, or that the way
 * back to the command was closed over there.
 */
export type Notice =
  | { readonly notice: 'stray'; readonly message: string }
  | { readonly notice: 'stuck' }
  | { readonly notice: 'disconnected' }

/** A message from over there. */
export type Answer = Reply | Notice

/** Seconds as messages have them. */
export function shortSeconds(seconds: number): string {
  return String(Number(seconds.toPrecision(2)))
}
