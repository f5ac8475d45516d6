/** Columns two spaces apart, headings in capitals; what cannot be told is a dash. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | null | undefined)[])[],
): string {
  const cells = [
    headings,
    ...rows.map(row => row.map(cell => (cell === null || cell === undefined || cell === '' ? '-' : cell))),
  ];
  const widths = headings.map((_, column) => Math.max(...cells.map(row => (row[column] ?? '').length)));
  return cells
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const yesNo = (value: boolean | null): string | null => (value === null ? null : value ? 'Yes' : 'No');
