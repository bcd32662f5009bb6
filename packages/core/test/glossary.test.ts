/** The glossary of the documents has every word of the table, and words in it are told plainly. */
import { expect, it } from 'vitest'
import { glossary } from '../src/text/index.js'

it('docs/glossary.md is made of the table; `npx vitest run glossary -u` writes it', async () => {
  const entries = Object.entries(glossary).map(([term, { meaning, also = [] }]) => {
    const others = also.length === 0 ? '' : ` (also ${also.join(', ')})`
    return `- **${term}**${others}: ${meaning}\n`
  })
  const head = '# Words\n\nThe words of these pages, of the command and of reports that not everybody knows.\n\n'
  await expect(head + entries.join('')).toMatchFileSnapshot('../../../docs/glossary.md')
})

it('has its words in order, each told in sentences of at most 25 words', () => {
  const words = Object.keys(glossary)
  expect(words).toEqual(words.toSorted((a, b) => a.localeCompare(b, 'en')))
  for (const [term, { meaning }] of Object.entries(glossary)) {
    for (const sentence of meaning.split(/(?<=\.) /)) {
      expect(sentence.split(' ').length, `${term}: ${sentence}`).toBeLessThan(26)
      expect(sentence).toMatch(/\.$/)
    }
  }
})
