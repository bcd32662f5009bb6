/**
 * A backend that is held to the contract: what it answers is checked at once, and whatever it throws is told as its own
 * failure. Everything that is asked of it through here is right, so that nothing that goes wrong is the user's fault.
 */
import { BackendError, UnsupportedOpError } from '../errors.js'
import { type Program, type ProgramNode, valueTypes } from '../ir/program.js'
import { thrownText } from '../text/visible.js'
import { executableFault, OutputCheck } from './answers.js'
import type { Backend, Executable } from './contract.js'
import { extentOf } from './scan.js'

/** Any error as a `BackendError` of this backend. Typed errors of its own pass as they are. */
export function ownedError(backend: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'UnsupportedOpError') return error
  if (error instanceof BackendError && error.source === backend) return error
  return new BackendError(backend, thrownText(error).replace(`[${backend}] `, ''), { cause: error })
}

/** Does work of a backend. @throws BackendError of this backend, whatever was thrown. */
export async function owning<T>(backend: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw ownedError(backend, error)
  }
}

/** Layers that are named where an operation is missing; the others are counted. */
const MOST_LAYERS = 3

function needText(nodes: readonly ProgramNode[], { name }: ProgramNode): string {
  const layers = [...new Set(nodes.flatMap(({ layer }) => (layer === '' ? [] : [layer])))]
  const more = layers.length > MOST_LAYERS ? ` and ${layers.length - MOST_LAYERS} more` : ''
  const named = layers.length === 0 ? 'the program' : `${layers.slice(0, MOST_LAYERS).join(', ')}${more}`
  return `needed by ${named}, first in node ${name}`
}

/** The error of an operation that is missing, with the layers of the program that need it and the cure. */
function placed(backend: string, error: unknown, program: Program): unknown {
  if (!(error instanceof Error) || error.name !== 'UnsupportedOpError') return error
  const { op, dtype } = error as UnsupportedOpError
  const types = valueTypes(program)
  const nodes = program.nodes.filter(
    (node) => node.op === op && (!dtype || [node.id, ...node.inputs].some((id) => types.get(id)?.dtype === dtype)),
  )
  const [first] = nodes
  if (first === undefined) return error
  const cure = 'take a backend that has it, such as reference, or a network that does without'
  const hint = error.message.split(': ').slice(1).join(': ')
  const text = [needText(nodes, first), cure, hint].filter((part) => part !== '').join('; ')
  return new UnsupportedOpError(backend, op, dtype, text, { cause: error })
}

/** The answer of `compile`, checked. @throws BackendError */
export function requireExecutable(backend: string, program: string, answer: unknown): Executable {
  const fault = executableFault(answer)
  if (fault !== undefined) throw new BackendError(backend, `compile of "${program}": ${fault}`)
  return answer as Executable
}

const held = new WeakMap<Backend, Backend>()

/** The backend, held to the contract; the same one for the same backend. */
export function holdToContract(backend: Backend): Backend {
  const known = held.get(backend)
  if (known !== undefined) return known
  const { name, info } = backend
  const strict: Backend = {
    name,
    info,
    compile: (program, constants) =>
      owning(name, async () => {
        const inner = requireExecutable(
          name,
          program.name,
          await backend.compile(program, constants).catch((error: unknown) => {
            throw placed(name, error, program)
          }),
        )
        const outputs = new OutputCheck(program)
        const ready = inner.ready?.bind(inner)
        return {
          ...(ready && { ready: (batch: number) => owning(name, () => ready(batch)) }),
          scan: (carry, xs) =>
            owning(name, async () => outputs.require(name, await inner.scan(carry, xs), extentOf(program, xs))),
          dispose: () => owning(name, () => inner.dispose()),
        }
      }),
    dispose: () => backend.dispose(),
  }
  held.set(backend, strict)
  held.set(strict, strict)
  return strict
}
