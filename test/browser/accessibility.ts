/** Faults of a page that a reader would meet: what axe-core finds, what is wider than the window, noise and requests. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import type { OpenPage } from './browser.js'

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

/** Opens every part of a page that can be folded. */
export async function openEverything(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true
  })
  await page.waitForFunction(() => document.querySelectorAll('details[data-table] table').length > 0)
}

/** All faults of a page, folded and opened; it is open afterwards. */
export async function faultsOf({ page, said, requested }: OpenPage): Promise<string[]> {
  const folded = await violations(page)
  await openEverything(page)
  const opened = await violations(page)
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ])
  const wide = content === window ? [] : [`${content} pixels wide in a window of ${window}`]
  return [...folded, ...opened, ...wide, ...said, ...requested]
}
