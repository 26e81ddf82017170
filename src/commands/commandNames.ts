export const commandNames = ['serve', 'check', 'schema', 'keygen'] as const

export type CommandName = (typeof commandNames)[number]
