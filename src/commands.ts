/** The ids of the commands, the same words as the verbs. */
export const CommandIds = {
  showPanel: 'mlops:show-panel'
} as const;
