/** The task of showing what the built-in backends make of an experiment: loops, memory, C, or WebAssembly. */
import { type Emission, emissions as table } from '@isograd/compiler/emissions'
import { InputError, selectArms, type TrainingPlan } from '@isograd/core'
import { nearest } from '@isograd/core/node'
import { writeOutput } from '../disk/write-output.js'
import { messageOf } from '../errors/failure.js'
import { printWritten } from '../terminal/print-result.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { errorOutput, output } from '../errors/output.js'
import { Datasets, isDrawn } from '../input/datasets.js'
import { nameOf, readExperiment } from '../input/experiment-file.js'
import { loadRegistry } from '../input/extensions.js'
import type { SharedValues } from '../input/options.js'
import { planArm } from '../input/plan-arm.js'
import { readSettings } from '../input/run-settings.js'
import { withStatusLine } from '../terminal/status-line.js'

/** Everything that can be shown. */
export const emissions = Object.keys(table) as readonly Emission[]

/** The options of the verb. */
export interface CompileOptions extends SharedValues {
  readonly emit?: Emission
  readonly role?: string
  readonly out?: string
}

const ZEROS = 'zeros stand for the values of a published data set here: where they count, give --data-dir'

/** The programs that every experiment has, and one for the evaluation of each table. */
export const roles = ['train', 'gradients', 'probe', 'observed', 'units', 'predict']

function programOf(plan: TrainingPlan, role: string) {
  const evaluated = Object.keys(plan.tables).map((name) => `evaluate:${name}`)
  const known = [...roles, ...evaluated]
  const found = known.find((one) => one === role)
  if (found === undefined) {
    const near = nearest(role, known)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    throw new InputError('isograd', `--role: expected one of ${known.join(', ')}, got "${role}"${hint}`)
  }
  return plan.program(found as Parameters<TrainingPlan['program']>[0])
}

/** Shows what is made of one arm. @throws InputError */
export async function compile(word: string, options: CompileOptions): Promise<ExitStatus> {
  const { emit = 'loops', role = 'train', out } = options
  if (emit === 'wasm' && out === undefined) {
    throw new InputError('isograd', '--emit wasm: these are bytes; give a file to write them to, as --out step.wasm')
  }
  if (out === undefined && options.json === true) {
    throw new InputError('isograd', '--json: it tells what --out writes; without it the text is printed as it is')
  }
  const { overrides, dataDir, arms, use } = readSettings(options)
  const registry = await loadRegistry(use)
  const whole = await readExperiment(word, overrides, registry)
  const experiment = arms === undefined ? whole : selectArms(whole, arms)
  const [first, ...more] = Object.entries(experiment.arms)
  if (arms !== undefined && more.length > 0) {
    throw new InputError('isograd', `--arm: expected one arm, got ${Object.keys(experiment.arms).join(', ')}`)
  }
  if (first === undefined) throw new InputError('isograd', `${nameOf(word)} has no arm`)
  const made = await withStatusLine(options, async (line, signal) => {
    const datasets = new Datasets({
      registry,
      dataDir,
      directory: experiment.directory,
      signal,
      blank: true,
      onProgress: line.transfer,
    })
    const { plan } = await planArm({ experiment, source: nameOf(word), datasets }, ...first).catch((error: unknown) => {
      const isBlank = dataDir === undefined && !isDrawn(registry, first[1].data.dataset)
      if (!isBlank || !(error instanceof InputError)) throw error
      throw new InputError('isograd', `${messageOf(error).replace(/^\[\w+\] /, '')}; ${ZEROS}`, { cause: error })
    })
    const program = programOf(plan, role)
    if (program.nodes.length === 0)
      errorOutput.write(`"${program.name}" computes nothing: the model has nothing for it\n`)
    return table[emit](program, plan.arm.batchSize)
  })
  if (out === undefined) output.write(typeof made === 'string' ? made : `${made.length} bytes\n`)
  else {
    writeOutput('--out', out, made)
    printWritten(options, out)
  }
  return exitStatus.ok
}
