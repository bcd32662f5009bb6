/** The task of a benchmark: measured, printed, and its tables written into a file where that is asked for. */
import { runBench } from '../bench/bench-task.js'
import { growthMarkdown } from '../bench/growth-markdown.js'
import { growthReport } from '../bench/growth-report.js'
import { runGrowth } from '../bench/growth-task.js'
import { benchMarkdown, checkPlace, writeSection } from '../bench/markdown.js'
import { measureInProcesses } from '../bench/measure.js'
import { benchReport } from '../bench/report.js'
import type { BenchSettings } from '../bench/settings.js'
import type { Site } from '../bench/site.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { withStatusLine } from '../terminal/status-line.js'
import { styleOf, type TerminalStyle } from '../text/terminal-style.js'

/** The document of a bench, and how it is shown. */
interface Product {
  readonly document: { readonly failures: readonly unknown[] }
  readonly report: (style: TerminalStyle) => string
  readonly markdown: string
}

async function produce(site: Site): Promise<Product> {
  if (site.settings.growth) {
    const document = await runGrowth(site)
    return { document, report: (style) => growthReport(style, document), markdown: growthMarkdown(document) }
  }
  const document = await runBench(site)
  return { document, report: (style) => benchReport(style, document), markdown: benchMarkdown(document) }
}

/** Measures. @throws Interruption, InputError */
export async function bench(settings: BenchSettings): Promise<ExitStatus> {
  const { ascii, json, markdown, growth } = settings
  if (markdown !== undefined) checkPlace(markdown)
  return withStatusLine(ascii, async (line, signal) => {
    const errorText = (text: string): void => {
      line.clear()
      process.stderr.write(text)
    }
    const measure = measureInProcesses(signal, errorText)
    const product = await produce({ settings, signal, measure, stage: line.show })
    line.clear()
    const style = styleOf(process.stdout, process.env, ascii)
    process.stdout.write(json ? `${JSON.stringify(product.document, undefined, 2)}\n` : product.report(style))
    if (markdown !== undefined) writeSection(markdown, growth ? 'growth' : 'table', product.markdown)
    return product.document.failures.length === 0 ? exitStatus.ok : exitStatus.backend
  })
}
