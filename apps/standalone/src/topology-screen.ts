import { DOCUMENTS, ansi, topology } from '@replicante/app-replictl';
import type { QueryClient, ReadModelView, TopologyView } from '@replicante/app-replictl';

const REDRAW_MS = 500;
const LAST_LINES = 12;
const CLEAR = '\u001b[2J';
/** A row that is too long is cut by the terminal: wrapped, it would push the picture off the screen. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

/** The live tree on a terminal: redrawn twice a second, the newest lines of the transcript below it. */
export class TopologyScreen {
  private readonly lines: string[] = [];
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

  line(text: string): void {
    this.lines.push(text);
    this.lines.splice(0, this.lines.length - LAST_LINES);
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
      this.paint(`${tree}\n\n${this.lines.join('\n')}`);
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

  /** Home, then line by line with the rest of each cleared: no flicker, no scrolling. */
  private paint(picture: string): void {
    const rows = picture.split('\n').slice(0, (this.out.rows || 40) - 1);
    this.out.write(`\u001b[H${rows.map(row => `${row}\u001b[K`).join('\n')}\n\u001b[J`);
  }
}
