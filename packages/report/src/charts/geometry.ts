/** Sizes of drawings in user units. A drawing is scaled to its column; these fit a phone's at about natural size. */

/** Width, height and margins of a drawing. */
export interface Geometry {
  readonly width: number
  readonly height: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly left: number
}

/** The drawing that everything else stands beside. */
export const leading: Geometry = { width: 560, height: 350, top: 30, right: 18, bottom: 46, left: 60 }

/** Every other drawing. */
export const regular: Geometry = { width: 420, height: 270, top: 30, right: 16, bottom: 44, left: 58 }
