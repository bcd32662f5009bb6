/** What happens in the page after it was made: reads its data and brings every section to life. */
import { readPageData } from './page-state.js'
import { SectionView } from './section-view.js'

const data = readPageData(document)
for (const section of data.sections) {
  const element = document.getElementById(section.id)
  if (element !== null) SectionView.bring(element, section)
}
