/** What axe-core finds in a page. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** Violations of every rule that axe has, as `rule: element`. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const tool = (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe
    interface AxeResults {
      readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
    }
    const results = await tool.run()
    return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  })
}
