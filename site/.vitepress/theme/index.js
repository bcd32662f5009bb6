/** VitePress's own theme with the colours of this site, and a page for addresses that lead nowhere. */
import { withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme'
import { h } from 'vue'
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet
import './colours.css'

const notFound = () =>
  h('main', { class: 'vp-doc', style: 'padding: 64px 24px; text-align: center' }, [
    h('h1', 'No such page'),
    h('p', h('a', { href: withBase('/') }, 'To the first page')),
  ])

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { 'not-found': notFound }),
}
