/** A page of all presets and one for each, from their records, with the published figures that the suite holds them against. */
import { presets } from '@isograd/core'
import { published } from '@isograd/core/compare'
import { block, code, plain, table } from './places.mjs'

/** @param {number | undefined} figure */
const shown = (figure) => (figure === undefined ? '-' : `${(100 * figure).toFixed(2)} %`)

/** @param {import('@isograd/core/compare').Published | undefined} figures */
function accepted({ atLeast, atMost } = {}) {
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${shown(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${shown(atMost)}`]),
  ]
  return bounds.length === 0 ? '-' : bounds.join(', ')
}

/** An effect in words. @param {{ figure: string, above?: number | string, below?: number | string }} effect */
function effectText({ figure, above, below }) {
  const side = above === undefined ? `below ${below}` : `above ${above}`
  return `${code(figure)} ${plain(side)}`
}

function figureTable(name, arms) {
  const rows = arms.map((arm) => {
    const figures = published[name]?.[arm]
    return [
      code(arm),
      shown(figures?.final),
      accepted(figures?.accept),
      figures?.effects?.map(effectText).join('; ') ?? '-',
    ]
  })
  return table(['arm', 'published', 'accepted', 'effects, against a number or another arm'], rows)
}

function pageOfPreset(preset) {
  const { name, description } = preset
  return [
    `# ${name}`,
    plain(description),
    block('sh', `isograd describe ${name}\nisograd run ${name}\nisograd suite --preset ${name}`),
    '## Figures',
    'The [suite](../docs/suite.md) says what was measured.',
    ...(published[name] === undefined
      ? []
      : ['Published accuracies are those of the test set:', figureTable(name, Object.keys(preset.arms))]),
    '## The experiment',
    'This is the file, complete. Saved and changed, it is an experiment of your own.',
    block('json', JSON.stringify(preset, null, 2)),
    '',
  ].join('\n\n')
}

/** The pages by path. */
export function presetPages() {
  const rows = presets.map(({ name, description, arms }) => [
    `[\`${name}\`](./${name}.md)`,
    plain(description),
    Object.keys(arms).length,
  ])
  const index = [
    '# Presets',
    'Experiments that come with isograd, by name. `isograd run NAME` trains one of them.',
    table(['preset', 'what it is', 'arms'], rows),
    '',
  ].join('\n\n')
  return {
    'presets/index.md': index,
    ...Object.fromEntries(presets.map((preset) => [`presets/${preset.name}.md`, pageOfPreset(preset)])),
  }
}
