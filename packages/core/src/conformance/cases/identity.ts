/** Cases of the words of a backend and its adapter about themselves. */
import {
  type Adapter,
  type AdapterResult,
  type Backend,
  type BackendInfo,
  contract as current,
} from '../../backend/contract.js'
import { nameFault } from '../../backend/backend-name.js'
import { bytesPerElement } from '../../tensor.js'
import { type BehaviourCase, CaseFailure, NotApplicable } from '../case.js'
import { type Check, contractCase } from '../contract-case.js'

function require(problems: readonly (string | false | undefined)[]): void {
  const found = problems.filter((problem) => typeof problem === 'string')
  if (found.length > 0) throw new CaseFailure(found.join('; '))
}

async function checkName({ name }: Backend): Promise<void> {
  const fault = nameFault(name)
  require([fault && `name: ${fault}`])
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

async function checkVersions({ info }: Backend): Promise<void> {
  const entries = entriesOf(info.versions)
  const odd = entries.find(([, version]) => !isText(version))
  require([
    entries.length === 0 && 'info.versions is empty: expected the version of each package that computes',
    odd && `info.versions["${odd[0]}"]: expected a version, got ${JSON.stringify(odd[1])}`,
  ])
}

async function checkDevice({ info: { device, threads } }: Backend): Promise<void> {
  require([
    !isText(device) && 'info.device is empty: expected cpu, wasm, webgpu, ...',
    !(Number.isInteger(threads) && threads >= 1) && `info.threads: expected a whole number from 1, got ${threads}`,
  ])
}

async function checkDTypes({ info: { dtypes } }: Backend): Promise<void> {
  const foreign = dtypes.find((dtype) => !Object.hasOwn(bytesPerElement, dtype))
  require([
    !dtypes.some((dtype) => dtype === 'float32' || dtype === 'float64') && 'info.dtypes has no float dtype',
    foreign !== undefined && `info.dtypes: expected ${Object.keys(bytesPerElement).join(', ')}, got ${foreign}`,
  ])
}

function isPlain(value: unknown): boolean {
  return ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
}

/** Options stand in every record, so they must come back from its text. */
async function checkOptions({ info: { options } }: Backend): Promise<void> {
  const odd = entriesOf(options).find(([, value]) => !isPlain(value))
  require([
    (typeof options !== 'object' || options === null) && 'info.options: expected an object',
    odd && `info.options.${odd[0]}: expected a text, a finite number or true or false, got ${String(odd[1])}`,
  ])
}

function onAdapter(check: (adapter: Adapter) => Promise<void>): Check {
  return async (_, __, { adapter }) => {
    if (adapter === undefined) throw new NotApplicable('the adapter is not at hand')
    await check(adapter)
  }
}

async function checkAdapter({ name, variants, ...adapter }: Adapter): Promise<void> {
  const number: number | undefined = adapter.contract
  require([
    !isText(name) && 'name: expected the name of the package, got an empty one',
    number !== current.number && `contract: expected ${current.number}, got ${String(number)}`,
    variants.length === 0 && 'variants: expected at least one',
    new Set(variants).size < variants.length && `variants: ${variants.join(', ')} are not all different`,
  ])
}

/** A variant that cannot be had is answered, not thrown. An adapter of one variant need not look at the name. */
async function checkUnknownVariant(adapter: Adapter): Promise<void> {
  const what = 'create of a variant that there is not'
  const answer = (await adapter.create('no-such-variant', {}).catch((error: unknown) => {
    throw new CaseFailure(`${what}: expected { ok: false, reason, cure }, but it threw ${String(error)}`)
  })) as Partial<AdapterResult> & { readonly reason?: unknown; readonly cure?: unknown }
  if (answer.ok === true) await answer.backend?.dispose()
  if (answer.ok === true && adapter.variants.length === 1) return
  const isAnswer = answer.ok === false && isText(answer.reason) && isText(answer.cure)
  require([!isAnswer && `${what}: expected { ok: false, reason, cure }, got ok ${String(answer.ok)}`])
}

function saying(member: keyof BackendInfo | 'name', check: Check): BehaviourCase[] {
  return contractCase(member, `the backend's ${member} is what the contract asks for`, check)
}

/** Cases of what is said. */
export function identityCases(): BehaviourCase[] {
  return [
    ...saying('name', checkName),
    ...saying('versions', checkVersions),
    ...contractCase('info', 'the backend says where it computes', checkDevice),
    ...saying('dtypes', checkDTypes),
    ...saying('options', checkOptions),
    ...contractCase('adapter', 'the adapter has a name, this contract and variants', onAdapter(checkAdapter)),
    ...contractCase('unknown-variant', 'a variant that there is not is answered for', onAdapter(checkUnknownVariant)),
  ]
}
