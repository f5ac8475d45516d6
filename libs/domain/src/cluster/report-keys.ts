interface Note {
  readonly category: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const noteKey = ({ category, message, data }: Note): string =>
  [category, message, data['node_id'], data['action_id'], data['step-id']].join('\u0000');

/** What of a report counts as a change: its mode and which notes it holds, not their details. */
export const reportKeys = (report: { readonly mode: string; readonly notes: readonly Note[] }): string =>
  [report.mode, ...report.notes.map(noteKey)].join('\n');
