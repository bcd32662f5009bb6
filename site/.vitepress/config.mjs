/** The site: its pages are those that `generate/pages.mjs` and TypeDoc made. Nothing is asked of other hosts. */
import { defineConfig } from 'vitepress'
import { sidebar } from '../sidebar.mjs'

export default defineConfig({
  lang: 'en',
  title: 'isograd',
  description: 'Train one experiment on several backends and be told whether they agree.',
  base: process.env['DOCS_BASE'] ?? '/',
  srcDir: 'pages',
  srcExclude: ['entries/**'],
  outDir: 'dist',
  cleanUrls: false,
  markdown: { theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
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
