/**
 * Parameter groups: settings of their own for the parameters that a pattern matches, as param_groups of torch.optim and
 * requires_grad. Every group that matches a parameter applies to it, in the order of the list; of two that say the same
 * setting the later one counts. Parameters of equal settings are updated alike.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import type { Model } from '../model/model.js'
import { didYouMean } from '../nearest.js'
import { isMatch } from '../pattern.js'
import type { Spec } from '../registry/settings.js'

const pattern = z.string().check(z.minLength(1))

/** `{ "match": "*.bias", "optimizer": { "weightDecay": 0 } }`, `{ "match": "dense1", "frozen": true }`. */
export const groupSchema = z
  .strictObject({
    /** Names of parameters (`dense1.weight`) or layers (`dense1`); `*` stands for any letters, `?` for one. */
    match: z.union([pattern, z.array(pattern).check(z.minLength(1))]),
    /** Learning rate of the group. */
    learningRate: z.exactOptional(z.number().check(z.positive())),
    /** Other settings of the optimizer. */
    optimizer: z.exactOptional(z.record(z.string(), z.unknown())),
    /** True: they stay as they are. */
    frozen: z.exactOptional(z.boolean()),
  })
  .check(
    z.refine((group) => Object.keys(group).length > 1, {
      error: '"learningRate", "optimizer" or "frozen" beside "match"',
    }),
  )

/** A group as an experiment writes it. */
export type GroupSpec = z.output<typeof groupSchema>

/** The settings that a group gives the optimizer. */
export function settingsOfGroup({ learningRate, optimizer = {} }: GroupSpec): Readonly<Record<string, unknown>> {
  return learningRate === undefined ? optimizer : { ...optimizer, learningRate }
}

/** Parameters that are updated alike. */
export interface ParameterGroup {
  /** The patterns that made it, or `others`. */
  readonly label: string
  /** Stands in the names of its scalars: empty for the parameters that no group matches. */
  readonly prefix: string
  readonly settings: Spec
  /** True where the parameters stay as they are. */
  readonly frozen: boolean
  readonly parameters: readonly string[]
}

function patternsOf({ match }: GroupSpec): readonly string[] {
  return typeof match === 'string' ? [match] : match
}

function isOf(glob: string, name: string): boolean {
  return isMatch(glob, name, '?')
}

function requireMatches({ parameters }: Model, groups: readonly GroupSpec[]): void {
  const names = parameters.flatMap(({ name, layer }) => [name, layer])
  for (const [i, group] of groups.entries()) {
    const odd = patternsOf(group).find((glob) => !names.some((name) => isOf(glob, name)))
    if (odd === undefined) continue
    const all = parameters.map(({ name }) => name).join(', ')
    const expected = `expected the name of a parameter or a layer that has some, got "${odd}", which matches none`
    throw new InputError('core', `groups[${i}].match: ${expected}${didYouMean(odd, names)} There are: ${all}`)
  }
}

/**
 * The parameters of a model by groups, those that no group matches first, where there are any.
 * @throws InputError for a pattern that matches nothing, or when nothing is left to train.
 */
export function groupParameters(model: Model, optimizer: Spec, groups: readonly GroupSpec[] = []): ParameterGroup[] {
  requireMatches(model, groups)
  const found = new Map<string, ParameterGroup & { parameters: string[] }>()
  for (const { name, layer } of model.parameters) {
    const own = groups.filter((group) => patternsOf(group).some((glob) => isOf(glob, name) || isOf(glob, layer)))
    const key = own.map((group) => groups.indexOf(group)).join('+')
    const known = found.get(key) ?? {
      label: own.length === 0 ? 'others' : own.flatMap(patternsOf).join(', '),
      prefix: own.length === 0 ? '' : `${key}.`,
      settings: Object.assign({}, optimizer, ...own.map(settingsOfGroup)) as Spec,
      frozen: own.findLast(({ frozen }) => frozen !== undefined)?.frozen === true,
      parameters: [],
    }
    known.parameters.push(name)
    found.set(key, known)
  }
  const all = [...found.values()]
  if (groups.length === 0 || all.some(({ frozen }) => !frozen)) return all
  throw new InputError('core', 'groups: expected a parameter that is not frozen, got none: nothing would be trained')
}
