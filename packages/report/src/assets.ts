/** The page's style and script, as the build put them into this file. */
import script from 'page-assets:client/main.ts'
import style from 'page-assets:style.css'
import type { PageAssets } from './page.js'

/** The style and the script for `renderPage`. */
export const assets: PageAssets = { script: script.trim(), style: style.trim() }
