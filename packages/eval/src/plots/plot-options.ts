export interface PlotOptions {
  readonly title?: string | undefined;
  /** Of the plot without its axes, in pixels. @default 480 */
  readonly width?: number | undefined;
  /** @default 320 */
  readonly height?: number | undefined;
  /** @default 'light' */
  readonly theme?: 'light' | 'dark' | undefined;
  /** Of the horizontal axis. */
  readonly xTitle?: string | undefined;
  /** Of the vertical axis. */
  readonly yTitle?: string | undefined;
}
