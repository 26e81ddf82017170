export const commandNames = ['serve', 'check', 'explain', 'schema', 'keygen'] as const

export type CommandName = (typeof commandNames)[number]
