/**
 * Colours of arms and of heat maps. The first eight are such that colour-blind readers tell them apart; further hues are
 * taken around the circle by the golden angle. All have a contrast of 3:1 and more on the page's light and dark grounds.
 */

/** A colour on a light and on a dark ground. */
export interface Colour {
  readonly light: string
  readonly dark: string
}

const chosen: readonly Colour[] = [
  { light: '#1f66c1', dark: '#6cb0ff' },
  { light: '#b85c00', dark: '#ff9f45' },
  { light: '#1a7f4b', dark: '#5fd08a' },
  { light: '#b0307f', dark: '#ff82c4' },
  { light: '#6b4fc4', dark: '#b69cff' },
  { light: '#0a7d8c', dark: '#4fd0de' },
  { light: '#a33b2b', dark: '#ff8a78' },
  { light: '#6b7300', dark: '#cfd34f' },
]

/** The number of colours that were chosen for being told apart. */
export const mostOwnColours: number = chosen.length

/** A hue in the widest gap between the chosen ones, and on from there by the golden angle: neighbours are far apart. */
function furtherColour(index: number): Colour {
  const hue = Math.round(106 + 137.508 * index) % 360
  const step = index % 3
  return { light: `hsl(${hue} 75% ${22 + 4 * step}%)`, dark: `hsl(${hue} 80% ${72 + 5 * step}%)` }
}

/** Colours for so many arms. */
export function armColours(count: number): Colour[] {
  const further = Array.from({ length: Math.max(0, count - chosen.length) }, (_, i) => furtherColour(i))
  return [...chosen.slice(0, count), ...further]
}

/** Viridis (van der Walt and Smith 2015) in equal steps, low to high. */
export const heatColours: readonly string[] = [
  '#440154',
  '#471164',
  '#482071',
  '#472e7c',
  '#443b84',
  '#3f4889',
  '#3a548c',
  '#34608d',
  '#2f6c8e',
  '#2a768e',
  '#26818e',
  '#228b8d',
  '#1f958b',
  '#1fa088',
  '#24aa83',
  '#2fb47c',
  '#42be71',
  '#58c765',
  '#70cf57',
  '#8bd646',
  '#a8db34',
  '#c5e021',
  '#e2e418',
  '#fde725',
]

/** Rules of a style sheet: a class for the colour of each of so many arms, and for those of heat maps. */
export function colourRules(arms: number): string {
  const colours = armColours(arms)
  const inks = colours.map(({ light, dark }, i) => `.a${i}{color:light-dark(${light},${dark})}`).join('')
  const heat = heatColours.map((colour, i) => `.h${i}{fill:${colour}}`).join('')
  return `${inks}${heat}`
}
