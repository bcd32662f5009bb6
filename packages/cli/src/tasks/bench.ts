/** The task of a benchmark: measured, printed, and its tables written into a file where that is asked for. */
import { stringifyDocument } from '@isograd/core'
import { runBench } from '../bench/bench.js'
import { type Block, markdownText, terminalText } from '../text/blocks.js'
import type { BenchStart } from '../bench/context.js'
import type { BenchHead } from '../bench/document.js'
import { benchBlocks } from '../bench/figures.js'
import { growthBlocks } from '../bench/growth-figures.js'
import { runGrowth } from '../bench/growth.js'
import { requireSection, sectionPlace, writeSection } from '../bench/markdown-section.js'
import { measureInProcesses } from '../bench/measuring-process.js'
import type { BenchSettings } from '../bench/settings.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { withStatusLine } from '../terminal/status-line.js'
import { styleOf } from '../text/terminal-style.js'
import { errorOutput, output } from '../errors/output.js'

/** Measures. @returns the document, and its report. */
async function measured(start: BenchStart): Promise<{ readonly document: BenchHead; readonly blocks: Block[] }> {
  if (start.settings.growth) {
    const document = await runGrowth(start)
    return { document, blocks: growthBlocks(document) }
  }
  const document = await runBench(start)
  return { document, blocks: benchBlocks(document) }
}

/** Measures. @throws Interruption, InputError */
export async function bench(settings: BenchSettings): Promise<ExitStatus> {
  const { ascii, json, markdown, growth } = settings
  requireSection(markdown, growth ? 'growth' : 'table')
  return withStatusLine(settings, async (line, signal) => {
    const errorText = (text: string): void => {
      line.clear()
      errorOutput.write(text)
    }
    const measure = measureInProcesses(signal, errorText, settings.timeoutSeconds)
    const { document, blocks } = await measured({ settings, signal, measure, stage: line.show, note: line.note })
    line.clear()
    const style = styleOf(output, process.env, ascii)
    output.write(json ? stringifyDocument(document) : terminalText(style, blocks))
    if (markdown !== undefined) {
      writeSection(...sectionPlace(markdown, growth ? 'growth' : 'table'), markdownText(blocks))
    }
    return document.failures.length === 0 ? exitStatus.ok : exitStatus.backend
  })
}
