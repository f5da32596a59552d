/** What happens while a model comes from the hub. Local folders cause no events. */
export type HubProgress =
  | { readonly status: 'resolving'; readonly repository: string; readonly revision: string }
  /** A file was there already. */
  | { readonly status: 'cached'; readonly file: string; readonly total: number }
  /** At most ten a second for each file. Sizes in bytes. */
  | { readonly status: 'downloading'; readonly file: string; readonly loaded: number; readonly total: number }
  | { readonly status: 'downloaded'; readonly file: string; readonly total: number }
  /** The hub can't be reached, or wasn't asked; the copy of an earlier download is used. */
  | { readonly status: 'offline'; readonly directory: string; readonly reason: string }
  | { readonly status: 'ready'; readonly directory: string };
