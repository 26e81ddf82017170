import { readFile } from 'node:fs/promises'
import { describeReadFault } from '../../files/readFault.ts'
import type { Finding, SettingPath } from '../problems/problem.ts'

/** Why the file cannot be read, or else the sentences that `find` has about what it says. */
export async function checkFile(
  path: SettingPath,
  file: string,
  find: (content: Buffer, file: string) => readonly string[],
): Promise<Finding[]> {
  try {
    return find(await readFile(file), file).map((message) => ({ path, message }))
  } catch (error) {
    return [{ path, message: `the file ${file} ${describeReadFault(error)}.` }]
  }
}
