/** `isograd bench`: how fast backends train, beside other frameworks and beside what the machine can do at best. */
import type { Command } from 'commander'
import { runBench } from '../bench/bench.js'
import { type Block, markdownText, terminalText } from '../bench/blocks.js'
import type { BenchStart } from '../bench/context.js'
import type { BenchHead } from '../bench/document.js'
import { benchBlocks } from '../bench/figures.js'
import { runGrowth } from '../bench/growth.js'
import { growthBlocks } from '../bench/growth-figures.js'
import { checkPlace, writeSection } from '../bench/markdown-section.js'
import { isMeasuring, measureInProcesses, serveJob } from '../bench/measuring-process.js'
import { type BenchOptions, type BenchSettings, peerNames, readBenchSettings } from '../bench/settings.js'
import { StageLine } from '../check/stage-line.js'
import { type ExitStatus, exitStatus } from '../exit-status.js'
import { interruptible } from '../interrupt.js'
import { lookOf } from '../look.js'

const help = `
Each measurement has a process of its own, and repetitions are interleaved: every backend
and every peer once, then all of them again. Peers: torch is PyTorch on the CPU, where a
python3 on the search path can import it; tfjs is TensorFlow.js with a layers model and fit;
floor is the least that a step can take on a backend: its matrix products alone, and one
read and one write of parameters and optimizer state.

MNIST is taken from --data-dir, from the directory in ISOGRAD_MNIST_DIR, or from where it was
downloaded to before; the built-in digits are taken where there is none.

Presets: \`preset\` or \`preset:arm\`, or \`all\`; one of each network unless given.

--growth measures the time of a step against width, depth and batch, and memory against
the number of rows in the data set.

--markdown replaces what stands between <!-- isograd bench: table --> and
<!-- end of table --> in the file (growth in place of table with --growth).

Examples:
  isograd bench --preset torch-mlp5 --backend onnx
  isograd bench --preset softmax-linear:none,keras-13x10:sigmoid --peer none --steps 100
  isograd bench --json > bench.json
  isograd bench --growth --backend onnx --markdown docs/benchmarks.md

Exit status:
  0 measured, also where a peer is not there; 2 wrong input, 3 a backend could not run,
  130 interrupted`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .option('-p, --preset <names>', 'presets, separated by commas; one of each network unless given')
    .option('-b, --backend <names>', 'backends, separated by commas')
    .option('--peer <names>', `${peerNames.join(', ')} or none; all unless given`)
    .option('--threads <n>', 'threads inside one operation, of PyTorch too; 1 unless given')
    .option('--repetitions <n>', 'measure everything so many times', '5')
    .option('--steps <n>', 'time at least so many steps a repetition; as many as take a second unless given')
    .option('--data-dir <dir>', 'take MNIST from files in this directory')
    .option('--growth', 'measure how time and memory grow instead')
    .option('--json', 'print one JSON document instead of the report')
    .option('--markdown <file>', 'write the tables to this file as well')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (options: BenchOptions) => {
      if (isMeasuring()) await serveJob()
      else finish(await bench(readBenchSettings(options)))
    })
}

/** Measures. @returns the document, and its report. */
async function measured(start: BenchStart): Promise<{ readonly document: BenchHead; readonly blocks: Block[] }> {
  if (start.settings.growth) {
    const document = await runGrowth(start)
    return { document, blocks: growthBlocks(document) }
  }
  const document = await runBench(start)
  return { document, blocks: benchBlocks(document) }
}

async function bench(settings: BenchSettings): Promise<ExitStatus> {
  const { ascii, json, markdown, growth } = settings
  if (markdown !== undefined) checkPlace(markdown)
  const line = new StageLine(process.stderr, lookOf(process.stderr, process.env, ascii))
  const errorText = (text: string): void => {
    line.clear()
    process.stderr.write(text)
  }
  try {
    return await interruptible({ stopping: () => {}, exiting: () => line.clear() }, async (signal) => {
      const measure = measureInProcesses(signal, errorText)
      const { document, blocks } = await measured({ settings, signal, measure, stage: (text) => line.show(text) })
      line.clear()
      const look = lookOf(process.stdout, process.env, ascii)
      process.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : terminalText(look, blocks))
      if (markdown !== undefined) writeSection(markdown, growth ? 'growth' : 'table', markdownText(blocks))
      return document.failures.length === 0 ? exitStatus.ok : exitStatus.backend
    })
  } finally {
    line.clear()
  }
}
