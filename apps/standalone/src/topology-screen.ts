import { DOCUMENTS, ansi, topology } from '@replicante/app-replictl';
import type { QueryClient, ReadModelView, TopologyView } from '@replicante/app-replictl';

const REDRAW_MS = 500;
const KEPT_LINES = 200;
const CLEAR = '\u001b[2J';
/** A row that is too long is cut by the terminal: wrapped, it would push the picture off the screen. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

/** The live tree on a terminal: redrawn twice a second, the newest lines of the transcript below it. */
export class TopologyScreen {
  private readonly lines: string[] = [];
  private readonly pinned: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private drawing = false;

  constructor(
    private readonly query: QueryClient,
    private readonly cluster: { readonly ns: string; readonly name: string },
    private readonly out: NodeJS.WriteStream,
    private readonly stopping: AbortSignal,
  ) {}

  start(): void {
    this.out.write(`${CLEAR}${NO_WRAP}`);
    this.timer = setInterval(() => void this.draw(), REDRAW_MS);
  }

  /** Stays on the picture: addresses that a person comes back to. */
  pin(text: string): void {
    this.pinned.push(text);
  }

  line(text: string): void {
    this.lines.push(text);
    this.lines.splice(0, this.lines.length - KEPT_LINES);
  }

  /** Leaves the last picture on the terminal. */
  stop(): void {
    clearInterval(this.timer);
    this.out.write(WRAP);
  }

  private async draw(): Promise<void> {
    if (this.drawing) return;
    this.drawing = true;
    try {
      const answer = await this.query.query<{
        cluster: TopologyView | null;
        status: { readModel: ReadModelView };
      }>(DOCUMENTS.topology, this.cluster);
      const tree = answer.cluster
        ? topology(answer.cluster, answer.status.readModel, ansi)
        : 'no cluster yet';
      this.paint(tree);
    } catch (error) {
      // The last picture stays: that its query was cut off by the stop is no news.
      if (this.stopping.aborted) return;
      this.paint(
        `the query service does not answer: ${error instanceof Error ? error.message : String(error)}`,
      );
    } finally {
      this.drawing = false;
    }
  }

  /** The tree, what is pinned, and as many of the newest lines as there is room for; cut, never scrolled. */
  private paint(tree: string): void {
    const room = (this.out.rows || 40) - 1;
    const top = [...tree.split('\n'), '', ...this.pinned, ''].slice(0, room);
    const rows = [...top, ...this.lines.slice(-Math.max(1, room - top.length)).slice(0, room - top.length)];
    this.out.write(`\u001b[H${rows.map(row => `${row}\u001b[K`).join('\n')}\n\u001b[J`);
  }
}
