/** Gives each cell the title of its column: on a phone, where a row of a table is a list, it stands before the value. */
export function titleCells(): void {
  for (const table of document.querySelectorAll('.scroll > table')) {
    const titles = [...table.querySelectorAll('thead th')].map(({ textContent }) => textContent.trim())
    for (const { children } of table.querySelectorAll('tbody tr')) {
      // A head of several rows stands in the first of them alone.
      const missing = titles.length - children.length
      for (const [i, cell] of [...children].entries()) cell.setAttribute('data-title', titles[missing + i] ?? '')
    }
  }
}
