/** Text that is safe on a terminal. */

/** The text with a picture in place of each control character other than tab: `␛` for ESC, `␊` for a newline. */
export function pictured(text: string): string {
  return text.replace(/\p{Cc}/gu, (letter) => (letter === '\t' ? letter : pictureOf(letter)))
}

/** Unicode has a picture for each of the first 32 control characters. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0)
  if (code === 127) return '\u2421'
  return code < 32 ? String.fromCharCode(0x2400 + code) : '\ufffd'
}
