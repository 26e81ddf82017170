// Names of form fields, as the readers behind us compare them: what somebody could take for the field of another name,
// and which names are no trick.

/**
 * Whether everybody who reads a form finds this name in it.
 *
 * Threat: a quote or backslash ends a name early or late, `%` is decoded once more by some, NUL ends it for C, Tomcat
 * decodes `=?` (RFC 2047), brackets that do not match are each reader's own, and `__proto__` is where some look for
 * all fields that are missing.
 */
export function isFieldName(name: string): boolean {
  return name.length <= maxLength && !tricks.test(name) && brackets.test(name)
}

// Because PHP cuts the head of a part after 5 KB, and reads on.
const maxLength = 500
const tricks = /[\p{C}"\\;]|=\?|__proto__|%(?:[\da-f]{2}|u[\da-f]{4})/iu
/** None, or `user[mail][0].x`. */
const brackets = /^[^[\]]*$|^[^[\]]+(?:\[[^[\]]*\](?:\.[^[\]]+)?)+$/

/**
 * Whether some reader takes a field of this name for the wanted one, a part of it or the whole that it is part of.
 *
 * Threat: PHP makes `_` of `.`, space and a bracket that is not closed, drops spaces in front and what stands behind a
 * bracket; ASP and others forget case; full-width letters, accents and characters without width are lost on the way
 * to an old code page.
 */
export function isLikeField(name: string, wanted: string): boolean {
  if (fold(name) === fold(wanted)) return true
  // Because an image that is clicked on sends its place under its own name.
  if (name === `${wanted}.x` || name === `${wanted}.y`) return false
  const others = toSteps(wanted)
  return [name, name.replace(/\]\..*$/s, '')].some((each) => {
    const steps = toSteps(each)
    return steps.length > 0 && steps.every((step, at) => at >= others.length || step === others[at])
  })
}

/** `user[mail]` is `user`, then `mail`, and so is `user.mail` to some. */
function toSteps(name: string): string[] {
  const steps = name.split(/[[(.]/).map((step) => fold(step.split(']', 1)[0]!))
  return steps.filter((step) => step !== '')
}

function fold(name: string): string {
  return name
    .split('\0', 1)[0]!
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_|_$/g, '')
}
