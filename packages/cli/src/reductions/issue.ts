/** The text of an issue for the authors of a runtime: everything that they ask for, and nothing of isograd's own. */
import { arch, platform } from 'node:os'
import { versions as running } from 'node:process'
import type { Reduced } from '@isograd/core/compare'
import { tellingOf } from './page.js'

/** The parts of an issue. */
export interface IssueParts {
  readonly reduced: Reduced
  /** Packages with their versions. */
  readonly versions: readonly string[]
  /** Absent where the text stands below the page. */
  readonly page?: string
  /** The lines that the page printed when it was run here. */
  readonly printed: string
}

/** The operands as they are told: dtypes and shapes. */
function operandText({ xs }: Reduced): string {
  return Object.values(xs)
    .map(({ dtype, shape }) => `${dtype} [${shape.slice(1).join(', ')}]`)
    .join(', ')
}

/** The issue, in Markdown. */
export function issueText({ reduced, versions, page, printed }: IssueParts): string {
  const { node } = reduced
  const { title, facts } = tellingOf(reduced)
  const rows = Object.entries(facts).map(([name, fact]) => `| ${name} | ${fact} |`)
  const system = `Node ${running.node} on ${platform()}/${arch()}`
  return `# ${node.op}: ${title}

| | |
| --- | --- |
| versions | ${versions.join(', ')}; ${system} |
| operands | ${operandText(reduced)} |
${rows.join('\n')}

Save this as \`repro.mjs\`, then \`npm install ${versions.map((each) => each.replace(' ', '@')).join(' ')}\` and \`node repro.mjs\`:

${page === undefined ? '(the program)' : `\`\`\`js\n${page.trimEnd()}\n\`\`\``}

It prints

\`\`\`
${printed}
\`\`\`
`
}
