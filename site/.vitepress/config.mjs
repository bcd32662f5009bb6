/** The site: its pages are those that `generate/pages.mjs` and TypeDoc made. Nothing is asked of other hosts. */
import { defineConfig } from 'vitepress'
import { sidebar } from '../sidebar.mjs'

/** The anchor of a heading, as GitHub makes it: links between documents hold on both. @param {string} text */
const slugify = (text) =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')

/** A head of a table without text is a plain cell: a reader that hears the page would hear nothing. */
function plainEmptyHeads(md) {
  md.core.ruler.push('plain-empty-heads', ({ tokens }) => {
    for (const [i, token] of tokens.entries()) {
      if (token.type === 'th_open' && tokens[i + 1]?.content === '') token.tag = tokens[i + 2].tag = 'td'
    }
  })
}

export default defineConfig({
  lang: 'en',
  title: 'isograd',
  description: 'Train one experiment on several backends and be told whether they agree.',
  base: process.env['DOCS_BASE'] ?? '/',
  srcDir: 'pages',
  srcExclude: ['entries/**'],
  outDir: 'dist',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  cleanUrls: false,
  markdown: {
    config: plainEmptyHeads,
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/docs/guides/start' },
      { text: 'Commands', link: '/commands/' },
      { text: 'Experiment file', link: '/reference/' },
      { text: 'Presets', link: '/presets/' },
      { text: 'Packages', link: '/api/' },
    ],
    sidebar: sidebar(),
  },
})
