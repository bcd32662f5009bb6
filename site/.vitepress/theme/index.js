/** VitePress's own theme, with colours that keep their contrast. */
import DefaultTheme from 'vitepress/theme'
import './colours.css'

export default DefaultTheme
