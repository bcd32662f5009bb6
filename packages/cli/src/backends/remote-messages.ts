/**
 * The messages between the command's thread and a backend in a thread of its own: plain data, a request and its reply,
 * paired by number. Every exchange stands in one table, so that both sides are checked against it.
 */
import type { TensorMap } from '@isograd/core'
import type { AdapterOptions, BackendInfo, DType, ScanResult } from '@isograd/core/backend'
import type { Program } from '@isograd/core/ir'
import type { UnusableBackend } from './load.js'
import type { ErrorData } from './remote-errors.js'

/** A constant whose elements stay where they are, in memory that all threads see. */
export interface SharedConstant {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Number of the memory: a thread cannot tell otherwise that two messages hold the same. */
  readonly memory: number
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  /** Elements. */
  readonly length: number
}

/** A backend that was loaded in the other thread. */
export interface BackendDescription {
  readonly ok: true
  readonly name: string
  readonly info: BackendInfo
  readonly packageName: string
  readonly packageVersion: string | undefined
}

interface Exchanges {
  load: {
    readonly request: { readonly asked: string; readonly options: AdapterOptions; readonly cwd: string }
    readonly answer: BackendDescription | UnusableBackend
  }
  compile: {
    readonly request: { readonly program: Program; readonly constants: Readonly<Record<string, SharedConstant>> }
    /** Number of the executable. */
    readonly answer: number
  }
  scan: {
    readonly request: { readonly executable: number; readonly carry: TensorMap; readonly xs: TensorMap }
    /** With what the request's carry lay in, to be used again. */
    readonly answer: ScanResult & { readonly spent: readonly ArrayBuffer[] }
  }
  release: { readonly request: { readonly executable: number }; readonly answer: undefined }
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
