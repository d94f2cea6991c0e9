/** What is wrong with what the nodes of a candidate boot: its lines, and the images that these name. */
import {
  BOOT_CODES,
  type FileReader,
  imageFaults,
  type NamedNetwork,
  type SurveyOutline,
  surveyBoot,
} from '../../boot/index.ts'
import { type Cluster, type Diagnostic, diagnosticAt, type Location, SourceText } from '../../config/index.ts'
import type { SourceContent } from '../sources/source.ts'

/** A file that nodes are sent, and the line that names it. Plain data. */
export interface NamedImage {
  readonly path: string
  readonly location: Location
}

/** The diagnostics of the configuration `config`, which says `cluster`, and the images that the nodes are sent next, each once. */
export function bootDiagnostics(
  cluster: Cluster,
  { origin, bytes }: SourceContent,
  networks?: readonly NamedNetwork[],
): {
  readonly diagnostics: readonly Diagnostic[]
  readonly images: readonly NamedImage[]
  readonly outline: SurveyOutline
} {
  const text = new SourceText(origin, bytes)
  const { faults, images, outline } = surveyBoot(cluster, networks)
  return {
    diagnostics: faults.map(({ code, span, message }) => diagnosticAt(BOOT_CODES, code, text.locate(span), message)),
    images: images.map(({ path, span }) => ({ path, location: text.locate(span) })),
    outline,
  }
}

/** The diagnostics of images, as `reader` may read the files, else as this process may. */
export async function imageDiagnostics(images: readonly NamedImage[], reader?: FileReader): Promise<Diagnostic[]> {
  const faults = await imageFaults(images, reader)
  return faults.map(({ image, message }) => diagnosticAt(BOOT_CODES, 'boot-no-image', image.location, message))
}
