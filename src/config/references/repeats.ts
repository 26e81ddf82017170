/** Places whose value another place had before, with that first place. Undefined values do not count. */
export function findRepeats(
  values: readonly (string | undefined)[],
): { readonly index: number; readonly first: number }[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value)
    return value === undefined || first === index ? [] : [{ index, first }]
  })
}
