/** The document of `isograd matrix --json`, and its tables. */
import type { BackendInfo } from '@isograd/core/backend'
import type { CheckReport } from '@isograd/core/compare'
import type { Block } from '../text/blocks.js'
import { plural } from '../text/layout.js'
import { formatRate } from '../text/numbers.js'
import type { Environment } from './environment.js'

/** One experiment on one backend: the verdict of its check, or what kept it from one. */
export interface MatrixCell {
  readonly experiment: string
  /** The verdict; `failed` where there is none. */
  readonly verdict: CheckReport['verdict'] | 'failed'
  readonly reason: string
  /** Training steps a second. */
  readonly stepsPerSecond?: number
}

/** A backend with its cells; none where it cannot be used, for the reason. */
export interface MatrixRow {
  readonly backend: string
  /** The backend that it is held against. */
  readonly against: string
  readonly info?: BackendInfo
  readonly reason?: string
  readonly cells: readonly MatrixCell[]
}

/** The document that `isograd matrix --json` prints: all backends. */
export interface MatrixDocument {
  readonly schema: 'isograd.matrix/1'
  readonly environment: Environment
  /** Names of the experiments. */
  readonly experiments: readonly string[]
  /** The ways in which each is checked. */
  readonly modes: readonly string[]
  /** Steps of each check. */
  readonly steps: number
  readonly rows: readonly MatrixRow[]
  /** True where every backend that was asked for agrees in every experiment. */
  readonly ok: boolean
}

type UsableRow = MatrixRow & { readonly info: BackendInfo }

function isUsable(row: MatrixRow): row is UsableRow {
  return row.info !== undefined
}

/** The precision that a backend declares, else that of its dtypes. */
function precisionOf({ precision, dtypes }: BackendInfo): string {
  return precision ?? dtypes.filter((dtype) => dtype.startsWith('float')).join(' and ')
}

/** Every package and browser that computed, once. */
function versionsText(rows: readonly UsableRow[]): string[] {
  const all = rows.flatMap(({ info }) => Object.entries(info.versions).map(([name, version]) => `${name} ${version}`))
  return all.length === 0 ? [] : [[...new Set(all)].join(', ')]
}

function cellText(cell: MatrixCell | undefined): string {
  if (cell === undefined) return ''
  const { verdict, stepsPerSecond } = cell
  return stepsPerSecond === undefined ? verdict : `${verdict}, ${formatRate(stepsPerSecond)}`
}

/** The tables, and a sentence on whatever does not agree. */
export function matrixBlocks({ environment, experiments, modes, steps, rows }: MatrixDocument): Block[] {
  const { cpu, cores, node, platform, arch } = environment
  const usable = rows.filter(isUsable)
  const parted = usable.flatMap(({ backend, cells }) =>
    cells.flatMap(({ experiment, verdict, reason }) =>
      verdict === 'agree' ? [] : [`${backend}, ${experiment}: ${verdict}: ${reason}`],
    ),
  )
  const unusable = rows.flatMap(({ backend, reason }) => (reason === undefined ? [] : [`${backend}: ${reason}`]))
  const against = [...new Set(usable.map((row) => row.against))].join(' or ')
  return [
    {
      sentences: [
        `${cpu}, ${cores} cores; Node ${node}, ${platform}/${arch}`,
        `Each backend against ${against}, ${plural(steps, 'step')}, modes ${modes.join(', ')}: the verdict, and training steps a second`,
      ],
    },
    {
      table: {
        columns: ['backend', ...experiments],
        rows: usable.map(({ backend, cells }) => [
          backend,
          ...experiments.map((name) => cellText(cells.find(({ experiment }) => experiment === name))),
        ]),
      },
    },
    {
      table: {
        columns: ['backend', 'device', 'threads', 'precision'],
        rows: usable.map(({ backend, info }) => [backend, info.device, String(info.threads), precisionOf(info)]),
      },
    },
    { sentences: versionsText(usable) },
    { sentences: parted, warning: true },
    { sentences: unusable },
  ]
}
